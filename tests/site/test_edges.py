"""What changed between two releases that were tested."""

from collections.abc import Callable

from matrix.model import CaseRecord, CellRecord, Report, Verdict
from matrix.site.book import Book, book_of
from matrix.site.edges import edges_of

CLEAN, REFCOUNT, GC, HELD = Verdict.CLEAN, Verdict.REFCOUNT, Verdict.GC, Verdict.HELD


def told_edges(book: Book) -> list[tuple[str, str, bool, int, int]]:
    """Older, newer, gap, better, worse."""
    (client,) = book.clients.values()
    return [(edge.older, edge.newer, edge.gap, edge.better, edge.worse) for edge in edges_of(client)]


def test_the_newest_first(told: Callable[..., Book]) -> None:
    """What somebody is about to cross stands at the top; versions are compared as numbers."""
    book = told({"3.12": {"1.0.9": CLEAN, "1.0.10": HELD, "1.0.11": HELD, "2.0": GC}})
    assert told_edges(book) == [("1.0.11", "2.0", True, 1, 0), ("1.0.9", "1.0.10", False, 0, 1)]


def test_what_comes_with_python_has_no_gap(told: Callable[..., Book]) -> None:
    """Its versions are those of the language, which follow each other."""
    book = told({"3.10": {"3.10": HELD}, "3.11": {"3.11": CLEAN}}, client="asyncio")
    assert told_edges(book) == [("3.10", "3.11", False, 1, 0)]


def test_nothing_changed(told: Callable[..., Book]) -> None:
    """No edge, however many versions."""
    assert told_edges(told({"3.12": {"1.0": GC, "1.1": GC, "1.2": GC}})) == []


def test_another_kind_is_different(
    a_cell: Callable[..., CellRecord], a_case: Callable[..., CaseRecord], a_report: Callable[..., Report]
) -> None:
    """Neither better nor worse."""
    cells = [a_cell(version="1.0"), a_cell(version="1.1")]
    cases = [
        a_case(cell, verdict=HELD, kinds={kind: HELD}) for cell, kind in zip(cells, ("socket", "thread"), strict=True)
    ]
    (edge,) = edges_of(book_of(a_report(*cells, *cases)).clients["requests"])
    assert (len(edge.changes), edge.better, edge.worse) == (1, 0, 0)


def test_interpreters_that_agree_are_one_change(told: Callable[..., Book]) -> None:
    """One line for all of them."""
    history = {"1.0": HELD, "1.1": CLEAN}
    (client,) = told({"3.9": history, "3.10": history}).clients.values()
    (edge,) = edges_of(client)
    assert [change.interpreters for change in edge.changes] == [("3.9", "3.10")]
