"""The front page: what the table means, what is true of today's releases, and the table of these."""

from collections import Counter
from collections.abc import Iterator

from matrix.model import CaseStatus, CellStatus, Report
from matrix.render import signs
from matrix.render.plain import counted, in_words
from matrix.render.table import Column, Place, Row, answers_of
from matrix.site import addresses
from matrix.site.age import moment_of
from matrix.site.book import Book
from matrix.site.changes import Changes, changes_between
from matrix.site.current import Broken, Release, forgotten_of, releases_of
from matrix.site.edges import Edge, edges_of
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
        answers=len(answers_of(book.report)),
        headline=headline(broken, releases),
        broken=broken,
        releases=releases,
        forgotten=forgotten_of(book),
        edges=_edges(book),
        changes=changes,
        since=_since(changes),
        columns=columns,
        rows=rows,
        silent=silent_in_words(book.report),
        shown=SHOWN,
    )


def headline(broken: list[Broken], releases: tuple[Release, ...]) -> str:
    """`3 guarantees are broken in current releases, 2 of them known`."""
    if not any(release.guarantees for release in releases):
        return "No current release gave a result"
    if not broken:
        return "Every guarantee holds in current releases"
    known = sum(bool(each.known) for each in broken)
    are = "guarantee is" if len(broken) == 1 else "guarantees are"
    of_them = "" if not known else ", all of them known" if known == len(broken) else f", {known} of them known"
    return f"{len(broken)} {are} broken in current releases{of_them}"


def silent_in_words(report: Report) -> list[str]:
    """`3 cells uninstallable`, `28 answers unsupported`."""
    cells = Counter(cell.status for cell in report.cells if cell.status is not CellStatus.RAN)
    answers = Counter(
        record.status for record in answers_of(report).values() if record.status is not CaseStatus.ANSWERED
    )
    return [f"{counted(number, 'cell')} {status}" for status, number in cells.items()] + [
        f"{counted(number, 'answer')} {status}" for status, number in answers.items()
    ]


def _since(changes: Changes | None) -> object:
    return moment_of(changes.since) if changes is not None else None


def _edges(book: Book) -> list[Edge]:
    """The newest of each client: the one that most readers are about to cross."""
    newest = [edges[0] for client in book.clients.values() if (edges := edges_of(client))]
    return sorted(newest, key=lambda edge: -len(edge.changes))[:EDGES]


def _table(book: Book) -> tuple[tuple[Column, ...], list[tuple[str, list[tuple[Row, tuple[Place, ...]]]]]]:
    """Columns of the current releases on the interpreter that is shown first, and the rows that say something there."""
    section = next((each for each in book.table.sections if each.interpreter == book.interpreter), None)
    if section is None:
        return (), []
    chosen = [
        number
        for number, column in enumerate(section.columns)
        if book.clients[column.cell.client].is_current(column.cell)
    ]
    rows = []
    for subject in section.subjects:
        found = list(_narrowed(subject.rows, chosen))
        if found:
            rows.append((subject.name, found))
    return tuple(section.columns[number] for number in chosen), rows


def _narrowed(rows: tuple[Row, ...], chosen: list[int]) -> Iterator[tuple[Row, tuple[Place, ...]]]:
    for row in rows:
        places = tuple(row.places[number] for number in chosen)
        if any(place.face is not signs.NOTHING for place in places):
            yield row, places


def in_one_sentence(report: Report) -> str:
    """What gave no result, joined."""
    return in_words(silent_in_words(report))
