"""`matrix.reuse`: the key covers all that can change a result; answers that differ are flaky, never either."""

from dataclasses import replace
from typing import Any

import pytest

from matrix import collect, reuse
from matrix.collect import Outcome
from matrix.config import Limits
from matrix.model import CaseRecord, CaseStatus, Cell, CellStatus, Verdict
from matrix.reuse import Ingredients, key_of
from tests.records import make_case, make_left

JOB = {
    "protocol": 1,
    "cell": "py3.12-httpx-1.0",
    "client": "httpx",
    "cases": {"paths": ["cases"], "select": ["*"]},
    "limits": {"case_seconds": 20.0},
}
INGREDIENTS = Ingredients(
    job=JOB,
    limits=Limits(),
    sandbox="docker",
    machinery="image",
    python="3.12",
    packages="lock",
    runner="pytest",
    code="code",
)


def test_equal_keys() -> None:
    """Of the same ingredients comes the same key, in whichever order a job has its fields."""
    other = replace(INGREDIENTS, job=dict(reversed(JOB.items())))
    assert key_of(INGREDIENTS) == key_of(other)


CHANGES: dict[str, dict[str, Any]] = {
    "protocol": {"job": JOB | {"protocol": 2}},
    "cell": {"job": JOB | {"cell": "py3.12-httpx-1.0@era"}},
    "selected cases": {"job": JOB | {"cases": {"paths": ["cases"], "select": ["session*"]}}},
    "paths of cases": {"job": JOB | {"cases": {"paths": ["own"], "select": ["*"]}}},
    "limit of a case": {"job": JOB | {"limits": {"case_seconds": 10.0}}},
    "limit of memory": {"limits": Limits(memory=2**31)},
    "limit of files": {"limits": Limits(files=64)},
    "kind of sandbox": {"sandbox": "process"},
    "image": {"machinery": "another image"},
    "interpreter": {"python": "3.13"},
    "the client's lock": {"packages": "another lock"},
    "pytest's lock": {"runner": "another pytest"},
    "guest and cases": {"code": "other code"},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_other_keys(change: dict[str, Any]) -> None:
    """Whatever can change a result changes its key."""
    assert key_of(replace(INGREDIENTS, **change)) != key_of(INGREDIENTS)


def test_every_limit_counts() -> None:
    """No limit is forgotten, also not one that is added later."""
    plain = key_of(INGREDIENTS)
    for name in Limits.__dataclass_fields__:
        limits = replace(Limits(), **{name: getattr(Limits(), name) * 2})
        assert key_of(replace(INGREDIENTS, limits=limits)) != plain, name


# Which results may be taken again.

CELL = Cell(python="3.12", client="httpx", version="1.0")


def case(name: str = "session", verdict: Verdict | None = Verdict.CLEAN, **fields: Any) -> CaseRecord:
    return make_case(CELL.id, name, verdict, **fields)


def outcome(*cases: CaseRecord, status: CellStatus = CellStatus.RAN, key: str = "k", reason: str = "why") -> Outcome:
    cell = collect.without_result(CELL, status, reason, sandbox="docker").cell
    return Outcome(cell=replace(cell, key=key), cases=cases)


UNSUPPORTED = case(verdict=None, status=CaseStatus.UNSUPPORTED)


@pytest.mark.parametrize(
    ("found", "may"),
    [
        pytest.param(outcome(case(), UNSUPPORTED), True, id="whole"),
        pytest.param(outcome(case(verdict=Verdict.HELD)), True, id="a leak"),
        *(
            pytest.param(outcome(status=CellStatus.IMPORT_ERROR, reason=reason), may, id=reason)
            for reason, may in (
                ("ModuleNotFoundError: No module named 'cgi'\n\nTraceback", True),
                ("ModuleNotFoundError: No module named 'httpx'", False),
                ("MemoryError", False),
                ("OSError: [Errno 28] No space left on device", False),
            )
        ),
        pytest.param(outcome(case(), key=""), False, id="no key"),
        *(
            pytest.param(outcome(case(), case("b", None, status=status)), False, id=f"case {status}")
            for status in (CaseStatus.ERROR, CaseStatus.TIMEOUT, CaseStatus.OOM, CaseStatus.CRASHED)
        ),
        *(
            pytest.param(outcome(case(), status=status), False, id=f"cell {status}")
            for status in CellStatus
            if status not in {CellStatus.RAN, CellStatus.IMPORT_ERROR}
        ),
    ],
)
def test_reusable(found: Outcome, may: bool) -> None:
    """A whole answer may be taken again; what the machine may have spoilt is measured again."""
    assert reuse.reusable(found) is may


# Measured more than once.


def kept(*verdicts: Verdict | None) -> CaseRecord:
    """What is kept of a case after these answers, one after the other."""
    found = None
    for verdict in verdicts:
        status = CaseStatus.ANSWERED if verdict else CaseStatus.UNSUPPORTED
        found = reuse.measured(outcome(case(verdict=verdict, status=status)), found)
    assert found is not None
    return found.cases[0]


def test_the_same_again() -> None:
    """Answers that agree stay what they are; how many there were is kept, and not shown."""
    again = kept(Verdict.CLEAN, Verdict.CLEAN)
    assert (again.status, again.verdict, again.answers) == (CaseStatus.ANSWERED, Verdict.CLEAN, {"clean": 2})
    assert reuse.shown(outcome(again)).cases[0].answers == {}


def test_flaky() -> None:
    """Answers that differ are neither: no verdict, no pass, the counts, and words for it."""
    found = kept(Verdict.CLEAN, Verdict.CLEAN, Verdict.GC)
    assert (found.status, found.verdict, found.passed, found.known) == (CaseStatus.FLAKY, None, None, None)
    assert found.answers == {"clean": 2, "gc": 1}
    assert found.reason == "the same measurement came to clean twice and gc once"


def test_flaky_stays_flaky() -> None:
    """A case that has flickered once is not steady for answering the same again; all its answers are counted."""
    found = kept(Verdict.CLEAN, Verdict.GC, Verdict.CLEAN, Verdict.CLEAN)
    assert (found.status, found.answers) == (CaseStatus.FLAKY, {"clean": 3, "gc": 1})


def test_unsupported_is_an_answer() -> None:
    """A case that is supported only sometimes flickers, too."""
    assert kept(None, Verdict.CLEAN).answers == {"unsupported": 1, "clean": 1}


def test_flaky_has_the_evidence() -> None:
    """What was left is shown, whichever of the measurements saw it."""
    left = (make_left(verdict=Verdict.GC),)
    leaky = outcome(case(verdict=Verdict.GC, left=left, growth="constant 1", kinds={"socket": Verdict.GC}))
    clean = outcome(case())
    for first, second in ((leaky, clean), (clean, leaky)):
        (found,) = reuse.measured(second, reuse.measured(first, None)).cases
        assert (found.left, found.growth, found.kinds) == (left, None, {})


def test_flaky_is_shown_with_its_counts() -> None:
    """Of a flaky case the counts are what there is to show."""
    found = kept(Verdict.CLEAN, Verdict.GC)
    assert reuse.shown(outcome(found)).cases[0].answers == {"clean": 1, "gc": 1}
    assert reuse.flickering(outcome(case("steady"), found)) == (found,)


def test_others_are_untouched() -> None:
    """One case that flickers says nothing of those beside it."""
    before = reuse.measured(outcome(case("a"), case("b")), None)
    found = reuse.measured(outcome(case("a"), case("b", Verdict.GC)), before)
    assert [each.status for each in found.cases] == [CaseStatus.ANSWERED, CaseStatus.FLAKY]


def test_a_case_that_was_not_there() -> None:
    """A case that is measured for the first time is compared with nothing."""
    found = reuse.measured(outcome(case("a"), case("new")), reuse.measured(outcome(case("a")), None))
    assert [each.answers for each in found.cases] == [{"clean": 2}, {"clean": 1}]


def test_reused() -> None:
    """A result that is taken again says so."""
    assert reuse.reused(outcome(case())).cell.reused
