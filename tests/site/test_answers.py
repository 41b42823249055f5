"""One answer in full."""

from collections.abc import Callable

from matrix.model import CaseRecord, CellRecord, Contract, Left, Verdict
from matrix.site.answers import MOST_GROUPS, answers_of

ACell = Callable[..., CellRecord]
ACase = Callable[..., CaseRecord]
ALeft = Callable[..., Left]


def test_controls_are_no_answers_but_have_lines(a_cell: ACell, a_case: ACase) -> None:
    """The number of a line is that of the cell's own report: header, cell, and all its records."""
    cell = a_cell()
    records = (a_case(cell, "control[leaks]", contract=Contract.CONTROL), a_case(cell, "a"), a_case(cell, "b"))
    assert [(answer.record.case, answer.line) for answer in answers_of(cell, records)] == [("a", 4), ("b", 5)]


def test_like_things_are_told_once(a_cell: ACell, a_case: ACase, a_left: ALeft) -> None:
    """Twenty tasks that were left are one entry and a number."""
    cell = a_cell()
    left = tuple(a_left(what=f"task {number}") for number in range(20))
    (answer,) = answers_of(cell, (a_case(cell, verdict=Verdict.HELD, left=left),))
    assert [alike.number for alike in answer.alike] == [20]


def test_many_different_things_are_cut(a_cell: ACell, a_case: ACase, a_left: ALeft) -> None:
    """And it says how many there are more: a page must not grow without bound."""
    cell = a_cell()
    left = tuple(a_left(state=f"state {chr(65 + number)}") for number in range(MOST_GROUPS + 3))
    (answer,) = answers_of(cell, (a_case(cell, verdict=Verdict.HELD, left=left),))
    assert (len(answer.alike), answer.more) == (MOST_GROUPS, 3)


def test_counts_are_those_that_matter(a_cell: ACell, a_case: ACase) -> None:
    """A kind that did not change and is not in the verdict says nothing."""
    cell = a_cell()
    counts = {"file": (5, 5), "socket": (0, 1), "event loop": (1, 0), "thread": (1, 1)}
    case = a_case(cell, verdict=Verdict.GC, counts=counts, kinds={"socket": Verdict.GC, "thread": Verdict.LATE})
    (answer,) = answers_of(cell, (case,))
    assert [(count.kind, count.verdict) for count in answer.counts] == [
        ("socket", Verdict.GC),
        ("event loop", None),
        ("thread", Verdict.LATE),
    ]


def test_the_fix_is_the_case_beside_it(a_cell: ACell, a_case: ACase) -> None:
    """With its own answer in this very cell."""
    cell = a_cell()
    hazard = a_case(cell, "session[left_open]", Verdict.GC, contract=Contract.HAZARD, fix="session[closed]")
    found, _ = answers_of(cell, (hazard, a_case(cell)))
    assert found.fix is not None
    assert (found.fix.case, found.fix.face.word) == ("session[closed]", "clean")
    assert found.fix.address == "cells/py3.12-requests-2.34.2.html#session.closed"


def test_a_fix_that_is_not_there_is_not_named(a_cell: ACell, a_case: ACase) -> None:
    """A link that leads nowhere helps nobody."""
    cell = a_cell()
    (answer,) = answers_of(cell, (a_case(cell, verdict=Verdict.GC, fix="session[gone]"),))
    assert answer.fix is None
