"""When a finished result stands for running its cell again, and what becomes of answers that differ. Pure.

The key of a result is a hash of all that can change it. The list of known leaks is not part
of it: marks are put on afterwards. Where results are kept is `store.py`.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from matrix.collect import Outcome
from matrix.config import Limits
from matrix.model import CaseRecord, CaseStatus, CellRecord, CellStatus
from matrix.provision.folders import digest_of

# Raise it when results that are kept must not be taken any more, for a reason that no key has.
GENERATION = 1

# These are answers. An error, a timeout or a crash may be the machine's, and is measured again.
_ANSWERS = {CaseStatus.ANSWERED, CaseStatus.UNSUPPORTED, CaseStatus.FLAKY}


@dataclass(frozen=True, kw_only=True, slots=True)
class Ingredients:
    """All that can change a cell's result."""

    job: Mapping[str, Any]  # protocol, cell, client, cases, time limits
    limits: Limits
    sandbox: str
    machinery: str  # the interpreter's image or executable, and what else the sandbox brings along
    python: str
    packages: str  # digest of the client's lock
    runner: str  # digest of pytest's lock
    code: str  # digest of guest, peer, cases and adapters


def key_of(ingredients: Ingredients) -> str:
    """Equal for cells that must come to the same."""
    return digest_of((json.dumps([GENERATION, asdict(ingredients)], sort_keys=True),))


def reusable(outcome: Outcome) -> bool:
    """Whether this is the whole truth about a cell: it ran to its end, and every case has an answer.

    Not what could not be installed: the index moves, and has been asked again by the time a key is known.
    """
    if not outcome.cell.key:
        return False
    if outcome.cell.status is CellStatus.IMPORT_ERROR:
        return _is_the_clients(outcome.cell)
    return outcome.cell.status is CellStatus.RAN and all(case.status in _ANSWERS for case in outcome.cases)


def _is_the_clients(cell: CellRecord) -> bool:
    """Whether importing it would fail again: not for want of memory or disk, nor of the client, which was installed."""
    reason = cell.reason or ""
    missing = f"No module named '{cell.client.replace('-', '_')}'"
    return not reason.startswith(("MemoryError", "OSError")) and missing not in reason.partition("\n")[0]


# What is kept has in `answers` how often each answer was given, also where it was always the same.


def measured(outcome: Outcome, before: Outcome | None) -> Outcome:
    """What is to be kept of a new measurement, after what was kept before under the same key."""
    earlier = {case.case: case for case in before.cases} if before else {}
    return replace(outcome, cases=tuple(_counted(case, earlier.get(case.case)) for case in outcome.cases))


def shown(kept: Outcome) -> Outcome:
    """What is to be shown of what is kept: counts only where they say something."""
    cases = (case if case.status is CaseStatus.FLAKY else replace(case, answers={}) for case in kept.cases)
    return replace(kept, cases=tuple(cases))


def reused(kept: Outcome) -> Outcome:
    """The same, as the result of a run that did not run it."""
    return replace(shown(kept), cell=replace(kept.cell, reused=True))


def flickering(outcome: Outcome) -> tuple[CaseRecord, ...]:
    """The cases that have been measured more than once, and not the same each time."""
    return tuple(case for case in outcome.cases if case.status is CaseStatus.FLAKY)


def _counted(case: CaseRecord, before: CaseRecord | None) -> CaseRecord:
    answer = str(case.verdict or case.status)
    counts = dict(before.answers) if before else {}
    counts[answer] = counts.get(answer, 0) + 1
    if len(counts) == 1 or before is None:
        return replace(case, answers=counts)
    evidence = case if case.left else before  # of what was left, where it was
    return replace(
        evidence,
        status=CaseStatus.FLAKY,
        verdict=None,
        passed=None,
        known=None,
        growth=None,
        bare=None,
        kinds={},
        reason=f"the same measurement {_listed(counts)}",
        answers=counts,
    )


def _listed(counts: Mapping[str, int]) -> str:
    return "came to " + " and ".join(f"{answer} {_times(number)}" for answer, number in sorted(counts.items()))


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")
