"""What became of an answer: none of it is judged by its contract, but a listed leak is no news.

Where there was no answer before, nobody knows what it would have been: a guarantee that is broken then is a new leak.

Flaky answers are neither: what was measured more than once and was not the same each time says
nothing about a change.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from matrix.diff.environment import moved
from matrix.diff.model import WORSE, Change, Kind, Moved
from matrix.diff.pairs import Pair
from matrix.guest.wire import PASSING
from matrix.known import new_kinds
from matrix.model import CaseRecord, CaseStatus, CellRecord, CellStatus, Left, Verdict

_LADDER = {verdict: rung for rung, verdict in enumerate(Verdict)}
_GROWS = re.compile(r"\+.* per call")

# A cell that never ran has no answers to compare; a release that leaves an interpreter behind is no news either.
_EXPECTED_OF_RELEASES = {CellStatus.UNINSTALLABLE}


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """One pair of cells, answer by answer."""

    pair: Pair
    changes: tuple[Change, ...]
    moved: tuple[Moved, ...]
    answers: int
    flaky: int
    new_cases: tuple[str, ...]
    dropped_cases: tuple[str, ...]


def compared(pair: Pair, old: Mapping[str, CaseRecord], new: Mapping[str, CaseRecord]) -> Compared:
    """All that changed between two cells; `old` and `new` are their cases that count, by id."""
    both = [(old[case], new[case]) for case in old if case in new]
    steady = [(before, after) for before, after in both if not _flaky(before, after)]
    alone = [after for case, after in new.items() if case not in old]
    found = (
        *_cell(pair),
        *(change for before, after in steady for change in _case(pair, before, after)),
        *(
            change
            for after in alone
            if pair.old.status is not CellStatus.RAN
            for change in _first(pair, pair.old.status, after)
        ),
    )
    environment = moved(pair.old, pair.new)
    unmoved = not environment and bool(pair.old.resolved and pair.new.resolved)
    ran = pair.old.status is pair.new.status is CellStatus.RAN
    return Compared(
        pair=pair,
        changes=tuple(replace(change, moved=environment, unmoved=unmoved) for change in found),
        moved=environment,
        answers=len(both),
        flaky=len(both) - len(steady),
        new_cases=tuple(case for case in new if case not in old) if ran else (),
        dropped_cases=tuple(case for case in old if case not in new) if ran else (),
    )


def _cell(pair: Pair) -> Iterator[Change]:
    """A cell that gives no result any more, or gives one again."""
    old, new = pair.old, pair.new
    if (old.status is CellStatus.RAN) is (new.status is CellStatus.RAN):
        return
    if new.status is CellStatus.RAN:
        if not pair.step:
            yield _change(pair, Kind.BACK, before=old.status, after=new.status)
    elif not (pair.step and new.status in _EXPECTED_OF_RELEASES):
        yield _change(pair, Kind.LOST, before=old.status, after=new.status, reason=new.reason or "")


def _case(pair: Pair, before: CaseRecord, after: CaseRecord) -> Iterator[Change]:
    match before.verdict, after.verdict:
        case None, None:
            return
        case None, Verdict() as verdict:
            leaks = tuple(_first(pair, before.status, after))
            yield from leaks or [_change(pair, Kind.BACK, case=after.case, before=before.status, after=verdict)]
        case Verdict() as verdict, None:
            reason = after.reason or ""
            yield _change(pair, Kind.LOST, case=after.case, before=verdict, after=after.status, reason=reason)
        case Verdict() as first, Verdict() as second:
            kind = _rung(first, second)
            rest = (*_things(pair, before, after), *_growth(pair, before, after))
            if kind is not None:
                yield _answer(pair, kind, before, after, rungs=(first, second))
                rest = () if kind in WORSE else tuple(each for each in rest if each.kind in WORSE)
            yield from rest


def _first(pair: Pair, before: str, after: CaseRecord) -> Iterator[Change]:
    """A broken guarantee without an answer to compare it with; listed, it is no news."""
    if after.passed is False and after.verdict is not None and not _listed(after):
        yield _answer(pair, Kind.NEW_LEAK, after, after, rungs=(before, after.verdict))


def _things(pair: Pair, before: CaseRecord, after: CaseRecord) -> Iterator[Change]:
    """The worst of the kinds decides the verdict; a pool slot that leaks too does not change it."""
    if not before.kinds or not after.kinds:
        return
    for thing in dict.fromkeys((*before.kinds, *after.kinds)):
        first, second = (record.kinds.get(thing, Verdict.CLEAN) for record in (before, after))
        kind = _rung(first, second)
        if kind is not None:
            yield _answer(pair, kind, before, after, rungs=(first, second), thing=thing)


def _growth(pair: Pair, before: CaseRecord, after: CaseRecord) -> Iterator[Change]:
    grew, grows = (bool(_GROWS.match(record.growth or "")) for record in (before, after))
    if grew is not grows and before.verdict and after.verdict:
        kind = Kind.GROWS if grows else Kind.STEADY
        yield _answer(pair, kind, before, after, rungs=(before.verdict, after.verdict))


def _rung(before: Verdict, after: Verdict) -> Kind | None:
    if before is after:
        return None
    passed, passes = before in PASSING, after in PASSING
    if passed is not passes:
        return Kind.GONE if passes else Kind.NEW_LEAK
    return Kind.LATER if _LADDER[after] > _LADDER[before] else Kind.EARLIER


def _answer(  # one argument for each thing that a change says
    pair: Pair, kind: Kind, before: CaseRecord, after: CaseRecord, *, rungs: tuple[str, Verdict], thing: str = ""
) -> Change:
    got_worse = kind in WORSE
    left = _worst(after if got_worse else before, thing)
    listed = _listed(after, thing)
    return replace(
        _change(pair, kind, case=after.case, before=rungs[0], after=rungs[1]),
        thing=thing,
        growth=after.growth or "",
        known=(after.known or "") if listed else "",
        fingerprint=left.fingerprint if left else "",
        left=left.kind if left else "",
        held_by=left.held_by if left else (),
        worse=got_worse and rungs[1] not in PASSING and not listed,
    )


def _listed(case: CaseRecord, thing: str = "") -> bool:
    news = new_kinds(case)
    return case.known is not None and not (thing in news if thing else news)


def _worst(record: CaseRecord, thing: str) -> Left | None:
    """The thing that stays longest, one with a fingerprint before one without."""
    left = [each for each in record.left if not thing or each.kind == thing]
    return max(left, key=lambda each: (_LADDER[each.verdict], bool(each.fingerprint)), default=None)


def _change(pair: Pair, kind: Kind, *, before: str, after: str, case: str = "", reason: str = "") -> Change:
    cell: CellRecord = pair.new
    return Change(
        kind=kind,
        client=cell.client,
        case=case,
        before=str(before),
        after=str(after),
        reason=reason,
        cell=cell.cell,
        interpreter=cell.interpreter,
        column=cell.column,
        step=pair.step,
    )


def _flaky(before: CaseRecord, after: CaseRecord) -> bool:
    return CaseStatus.FLAKY in (before.status, after.status)
