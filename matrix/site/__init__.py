"""Report -> the published site: static pages that need no server, no other site and, for reading, no script.

Pure: addresses and texts, nothing is written here. What every page says is computed from the report, in
modules of their own (`ranges.py`, `blame.py`, `current.py`, `edges.py`, `gaps.py`); a page module chooses,
its template shows. Everything foreign is escaped by jinja2.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from matrix.model import Report
from matrix.report import schema
from matrix.site import addresses
from matrix.site.age import SCHEDULE_HOURS
from matrix.site.badges import badge
from matrix.site.book import book_of, records_of
from matrix.site.case_page import case_page
from matrix.site.cell_page import cell_data, cell_page, retired_page
from matrix.site.client_page import client_page
from matrix.site.current import releases_of
from matrix.site.front_page import front_page
from matrix.site.gaps import gaps_of
from matrix.site.gaps_page import gaps_page
from matrix.site.matrix_page import matrix_page
from matrix.site.reading_page import reading_page
from matrix.site.templating import Pages, pages_of

_ASSETS = Path(__file__).parent / "assets"
_TOKENS = Path(__file__).parent.parent / "render" / "tokens.css"


def site(
    report: Report,
    *,
    previous: Report | None = None,
    retired: Report | None = None,
    schedule: float = SCHEDULE_HOURS,
) -> Iterator[tuple[str, str]]:
    """Every file of the site: its address and its text, one at a time."""
    book = book_of(report)
    pages = pages_of(book, schedule)
    gaps = gaps_of(book)
    yield from _assets()
    yield front_page(pages, previous)
    yield gaps_page(pages, gaps)
    yield reading_page(pages)
    yield from (matrix_page(pages, section) for section in book.table.sections)
    for release in releases_of(book):
        yield client_page(pages, release, gaps)
        yield badge(release)
    yield from (case_page(pages, row) for row in book.rows.values())
    for cell in report.cells:
        yield cell_page(pages, cell)
        yield cell_data(report.header, cell, book.records[cell.cell])
    if retired is not None:
        yield from _retired(pages, retired)


def _retired(pages: Pages, retired: Report) -> Iterator[tuple[str, str]]:
    records = records_of(retired)
    for cell in retired.cells:
        yield retired_page(pages, cell, records[cell.cell])
        yield cell_data(retired.header, cell, records[cell.cell])


def _assets() -> Iterator[tuple[str, str]]:
    tokens = _TOKENS.read_text(encoding="utf-8")
    yield addresses.STYLE, tokens + (_ASSETS / addresses.STYLE).read_text(encoding="utf-8")
    for name in (addresses.SCRIPT, addresses.ICON):
        yield name, (_ASSETS / name).read_text(encoding="utf-8")
    yield addresses.SCHEMA, json.dumps(schema(), indent=2, sort_keys=True) + "\n"
