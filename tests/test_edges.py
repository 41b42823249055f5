"""`matrix.edges`: which cells show a known leak's edge, and whether a report did."""

from typing import Any

import pytest

from matrix import edges
from matrix.known import Edge, KnownLeak
from matrix.model import CaseRecord, CaseStatus, CellRecord, CellStatus, Contract, Verdict
from matrix.versions import Bundled, Exact
from tests.records import make_case, make_cell, make_entry, make_report

BAD, GOOD = Exact(version="1.0", pins=("pool==2.0",)), Exact(version="2.0")
CASE = "cancel[body]"


def an_entry(*found: Edge, client: str = "some", cases: tuple[str, ...] = (CASE,), **fields: Any) -> KnownLeak:
    return make_entry(client, cases=cases, versions="<2", edges=found, **fields)


EDGE = Edge(bad=(BAD,), good=(GOOD,), python=("3.12", "3.9"))
ENTRY = an_entry(EDGE)
BAD_CELL, GOOD_CELL = "py3.9-some-1.0+pool-2.0", "py3.9-some-2.0"


def a_cell(cell: str, **fields: Any) -> CellRecord:
    return make_cell("3.9", "some", cell=cell, **fields)


def an_answer(cell: str, verdict: Verdict | None, *kinds: str, case: str = CASE, **fields: Any) -> CaseRecord:
    return make_case(cell, case, verdict, kinds=dict.fromkeys(kinds, verdict), **fields)


def shown(*cases: CaseRecord, cells: tuple[CellRecord, ...] = (), entry: KnownLeak = ENTRY) -> dict[str, edges.Shown]:
    """The edges of an entry by interpreter, in a report of these answers."""
    report = make_report(*(cells or [a_cell(case.cell) for case in cases]), *cases)
    return {each.python: each for each in edges.check([entry], report)}


def test_cells_are_in_the_plans_order() -> None:
    """Each once, interpreters ascending."""
    assert [cell.id for cell in edges.cells([ENTRY, ENTRY])] == [
        BAD_CELL,
        GOOD_CELL,
        "py3.12-some-1.0+pool-2.0",
        "py3.12-some-2.0",
    ]


def test_cases_of_a_cell() -> None:
    """A cell runs what it shows, once."""
    (cell, *_) = edges.cells([ENTRY])
    assert edges.cases([ENTRY, ENTRY], cell) == (CASE,)


def test_what_comes_with_the_interpreter() -> None:
    """It has the interpreter's version."""
    entry = an_entry(Edge(bad=(Bundled(),), good=(), python=("3.8",)), client="asyncio")
    assert [cell.id for cell in edges.cells([entry])] == ["py3.8-asyncio-3.8"]


def test_edge_that_is_shown() -> None:
    """The bad version leaves what is listed, the good one does not; what else it leaves does not count."""
    found = shown(an_answer(BAD_CELL, Verdict.GC, "socket", "task"), an_answer(GOOD_CELL, Verdict.HELD, "task"))
    assert (found["3.9"].shown, found["3.9"].contradicted) == (True, False)
    assert [seen.said for seen in found["3.9"].seen] == ["gc: socket, task", "held: task"]


def test_other_interpreters_are_edges_of_their_own() -> None:
    """What was not run there was not shown."""
    found = shown(an_answer(BAD_CELL, Verdict.GC, "socket"), an_answer(GOOD_CELL, Verdict.CLEAN))
    assert (found["3.12"].shown, found["3.12"].contradicted) == (False, False)
    assert {seen.said for seen in found["3.12"].seen} == {"not in this report"}


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        pytest.param(an_answer(BAD_CELL, Verdict.CLEAN), an_answer(GOOD_CELL, Verdict.CLEAN), id="no leak"),
        pytest.param(an_answer(BAD_CELL, Verdict.GC, "task"), an_answer(GOOD_CELL, Verdict.CLEAN), id="another kind"),
        pytest.param(
            an_answer(BAD_CELL, Verdict.GC, "socket"), an_answer(GOOD_CELL, Verdict.GC, "socket"), id="both leak"
        ),
    ],
)
def test_edge_that_is_contradicted(bad: CaseRecord, good: CaseRecord) -> None:
    """An answer that is the other one speaks against the entry."""
    found = shown(bad, good)["3.9"]
    assert (found.shown, found.contradicted) == (False, True)


def test_every_kind_must_be_left() -> None:
    """An entry about two kinds is shown by both."""
    entry = an_entry(EDGE, kinds=("socket", "pool slot"))
    found = shown(an_answer(BAD_CELL, Verdict.GC, "socket"), an_answer(GOOD_CELL, Verdict.CLEAN), entry=entry)
    assert found["3.9"].contradicted


def test_no_answer_is_no_contradiction() -> None:
    """A cell that could not be had, or a case without a verdict, says why."""
    cells = (a_cell(BAD_CELL, status=CellStatus.UNINSTALLABLE, reason="no wheel\nfor this"), a_cell(GOOD_CELL))
    failed = an_answer(GOOD_CELL, None, status=CaseStatus.TIMEOUT, reason="stack\nstill running")
    found = shown(failed, cells=cells)["3.9"]
    assert [seen.said for seen in found.seen] == ["uninstallable: no wheel", "timeout: still running"]
    assert (found.shown, found.contradicted) == (False, False)


def test_side_that_was_not_run() -> None:
    """An edge with one of its sides is not shown; that the other is not there is said."""
    found = shown(an_answer(BAD_CELL, Verdict.GC, "socket"))["3.9"]
    assert (found.shown, found.absent) == (False, ("good",))


def test_cell_that_ran_other_cases() -> None:
    """What was not asked for is not missed."""
    other = an_answer(BAD_CELL, Verdict.CLEAN, case="something else")
    found = shown(other, cells=(a_cell(BAD_CELL), a_cell(GOOD_CELL)))["3.9"]
    assert {seen.said for seen in found.seen} == {"not in this report"}
    assert not found.was_run


def test_edge_with_one_side() -> None:
    """A leak that nobody has mended has no good version to show."""
    entry = an_entry(Edge(bad=(BAD,), good=(), python=("3.9",)))
    assert shown(an_answer(BAD_CELL, Verdict.GC, "socket"), entry=entry)["3.9"].shown


def test_a_pattern_names_what_the_client_promises() -> None:
    """Each guarantee that fits must show it; hazards, and what the client does not have, say nothing."""
    entry = an_entry(Edge(bad=(BAD,), good=(), python=("3.9",)), cases=("cancel[*]",))
    leaks = an_answer(BAD_CELL, Verdict.GC, "socket")
    hazard = an_answer(BAD_CELL, Verdict.CLEAN, case="cancel[x]", contract=Contract.HAZARD)
    lacking = an_answer(BAD_CELL, None, case="cancel[y]", status=CaseStatus.UNSUPPORTED)
    clean = an_answer(BAD_CELL, Verdict.CLEAN, case="cancel[z]")
    assert shown(leaks, hazard, lacking, cells=(a_cell(BAD_CELL),), entry=entry)["3.9"].shown
    assert shown(leaks, clean, cells=(a_cell(BAD_CELL),), entry=entry)["3.9"].contradicted
