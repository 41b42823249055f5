"""The front page: what the table means, what is true of today's releases, and the table of these."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from matrix.model import CaseStatus, CellStatus, Report, Verdict
from matrix.render import signs
from matrix.render.plain import counted
from matrix.render.table import Column, Place, Row, answers_of
from matrix.site import addresses
from matrix.site.age import moment_of
from matrix.site.book import Book
from matrix.site.changes import Changes, changes_between
from matrix.site.current import Broken, Release, forgotten_of, releases_of
from matrix.site.edges import Edge, edges_of
from matrix.site.folding import fullest_first, says_nothing
from matrix.site.templating import Pages

SHOWN = 12
EDGES = 10


def front_page(pages: Pages, previous: Report | None) -> tuple[str, str]:
    book = pages.book
    releases = releases_of(book)
    broken = [each for release in releases for each in release.broken]
    broken.sort(key=lambda each: bool(each.known))
    changes = changes_between(previous, book.report) if previous is not None else None
    columns, rows = _table(book)
    return pages.page(
        "front",
        addresses.FRONT,
        answers=sum(record.verdict is not None for record in answers_of(book.report).values()),
        headline=headline(broken, releases),
        broken=broken,
        elsewhere=[each for release in releases for each in release.elsewhere],
        releases=releases,
        forgotten=forgotten_of(book),
        edges=_edges(book),
        changes=changes,
        since=_since(changes),
        columns=columns,
        rows=rows,
        tally=_tally(book),
        silent=silent_in_words(book.report),
        shown=SHOWN,
    )


def headline(broken: list[Broken], releases: tuple[Release, ...]) -> str:
    """`3 guarantees are broken in current releases, 2 of them known`."""
    if not any(release.guarantees for release in releases):
        return "No current release gave a result"
    if not broken:
        silent = sum(release.silent for release in releases)
        if not silent:
            return "Every guarantee holds in current releases"
        return f"No guarantee is known to be broken in current releases, {silent} not answered everywhere"
    known = sum(bool(each.known) for each in broken)
    are = "guarantee is" if len(broken) == 1 else "guarantees are"
    of_them = f", {known} of them known" if known else ""
    if known == len(broken):
        of_them = ", and known" if known == 1 else ", all of them known"
    return f"{len(broken)} {are} broken in current releases{of_them}"


def silent_in_words(report: Report) -> list[str]:
    """`3 cells (uninstallable)`, `28 answers (unsupported)`."""
    cells = Counter(cell.status for cell in report.cells if cell.status is not CellStatus.RAN)
    answers = Counter(
        record.status for record in answers_of(report).values() if record.status is not CaseStatus.ANSWERED
    )
    return [f"{counted(number, 'cell')} ({status})" for status, number in cells.items()] + [
        f"{counted(number, 'answer')} ({status})" for status, number in answers.items()
    ]


def _since(changes: Changes | None) -> object:
    return moment_of(changes.since) if changes is not None else None


def _edges(book: Book) -> list[Edge]:
    """The newest of each client: the one that most readers are about to cross."""
    newest = [edges[0] for client in book.clients.values() if (edges := edges_of(client))]
    return sorted(newest, key=lambda edge: -len(edge.changes))[:EDGES]


@dataclass(frozen=True, kw_only=True, slots=True)
class Tallied:
    """How many answers of current releases came to one verdict."""

    verdict: Verdict
    number: int
    share: float  # of the most frequent verdict, for a bar


def _tally(book: Book) -> list[Tallied]:
    found: Counter[Verdict] = Counter()
    for client in book.clients.values():
        current = {cell.cell for cell in client.cells if client.is_current(cell)}
        for (cell, _case), place in client.places.items():
            if cell in current and place.record is not None and place.record.verdict is not None:
                found[place.record.verdict] += 1
    most = max(found.values(), default=1)
    return [Tallied(verdict=verdict, number=found[verdict], share=found[verdict] / most) for verdict in Verdict]


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A row of the table of current releases."""

    row: Row
    same: bool  # one answer everywhere, and no broken guarantee
    places: tuple[Place, ...]


def _table(book: Book) -> tuple[tuple[Column, ...], list[list[Line]]]:
    """Columns of the current releases on the interpreter that is shown first, and the rows that say something there."""
    section = next((each for each in book.table.sections if each.interpreter == book.interpreter), None)
    if section is None:
        return (), []
    section = fullest_first(section)
    current = [book.clients[column.cell.client].is_current(column.cell) for column in section.columns]
    chosen = [number for number, is_current in enumerate(current) if is_current]
    rows = [list(_narrowed(subject.rows, chosen)) for subject in section.subjects]
    return tuple(section.columns[number] for number in chosen), [found for found in rows if found]


def _narrowed(rows: tuple[Row, ...], chosen: list[int]) -> Iterator[Line]:
    for row in rows:
        places = tuple(row.places[number] for number in chosen)
        if any(place.face is not signs.NOTHING for place in places):
            yield Line(row=row, same=says_nothing(places), places=places)
