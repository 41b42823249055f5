"""A report from every side: which release is current, which interpreter is shown, what comes with it."""

from collections.abc import Callable

import pytest

from matrix.model import CaseRecord, CellRecord, CellStatus, Report, Resolve, Verdict
from matrix.site.book import Book, book_of

ACell = Callable[..., CellRecord]
ACase = Callable[..., CaseRecord]
AReport = Callable[..., Report]


@pytest.mark.parametrize(
    ("versions", "current"),
    [
        (("1.9", "1.10"), "1.10"),
        (("1.9", "2.0rc1"), "1.9"),
        (("2.0a1", "2.0rc1"), "2.0rc1"),
        (("1.0", "1.0.post1"), "1.0.post1"),
        (("odd", "1.0"), "1.0"),
        (("odd",), "odd"),
    ],
)
def test_the_current_release(a_cell: ACell, a_report: AReport, versions: tuple[str, ...], current: str) -> None:
    """The newest that is no pre-release, if there is one."""
    book = book_of(a_report(*(a_cell(version=version) for version in versions)))
    assert book.clients["requests"].current == current


def test_what_is_pinned_is_not_current(a_cell: ACell, a_report: AReport) -> None:
    """Nor what was resolved as of another day: nobody gets that from an install."""
    plain = a_cell(version="1.0")
    others = [a_cell(version="2.0", pins=("urllib3==1.26.15",)), a_cell(version="2.0", resolve=Resolve.ERA)]
    client = book_of(a_report(plain, *others)).clients["requests"]
    assert client.current == "1.0"
    assert [client.is_current(cell) for cell in (plain, *others)] == [True, False, False]
    assert client.versions == ("1.0",)


def test_the_interpreter_that_is_shown(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """The newest ordinary one of those that answer for most current releases."""
    cells = [a_cell(python, client, "1.0") for client in ("a", "b") for python in ("3.9", "3.12", "3.13t", "pypy3.11")]
    cells += [
        a_cell("3.14", "a", "1.0"),
        a_cell("3.14", "b", "1.0", status=CellStatus.UNINSTALLABLE, reason="no wheel"),
    ]
    assert book_of(a_report(*cells, *map(a_case, cells[:8]))).interpreter == "3.12"


def test_only_other_interpreters(a_cell: ACell, a_report: AReport) -> None:
    """Where there is no ordinary one, another is shown; where there is none at all, none."""
    assert book_of(a_report(a_cell("pypy3.11"))).interpreter == "pypy3.11"
    assert book_of(a_report()).interpreter == ""


def test_what_comes_with_the_interpreter(told: Callable[..., Book]) -> None:
    """All its versions are current, and it has a single line."""
    clean = Verdict.CLEAN
    client = told(
        {"3.12": {"3.12": clean}, "3.13": {"3.13": clean}, "3.13t": {"3.13": clean}}, client="urllib"
    ).clients["urllib"]
    assert client.bundled
    assert all(map(client.is_current, client.cells))
    ((head, cells),) = client.lines
    assert (head, [cell.cell for cell in cells if cell]) == (
        None,
        ["py3.12-urllib-3.12", "py3.13-urllib-3.13", "py3.13t-urllib-3.13"],
    )


def test_lines_are_versions_by_interpreters(told: Callable[..., Book]) -> None:
    """The newest first; a cell that was not planned leaves its place empty."""
    clean = Verdict.CLEAN
    client = told({"3.8": {"1.0": clean}, "3.13": {"1.0": clean, "1.1": clean}}).clients["httpx"]
    assert [[cell.cell if cell else None for cell in cells] for _head, cells in client.lines] == [
        [None, "py3.13-httpx-1.1"],
        ["py3.8-httpx-1.0", "py3.13-httpx-1.0"],
    ]
