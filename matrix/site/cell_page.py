"""A page for each cell, with all its answers in full, and its own report beside it."""

import shlex
from itertools import groupby
from typing import Any

from matrix.model import CaseRecord, CellRecord, CellStatus, Contract, Footer, Header
from matrix.render import signs
from matrix.render.plain import many_lines, one_line
from matrix.render.table import NO_REASON, subject_of
from matrix.report import Record, line_of
from matrix.site import addresses
from matrix.site.age import moment_of
from matrix.site.answers import answers_of
from matrix.site.templating import Pages


def cell_page(pages: Pages, cell: CellRecord) -> tuple[str, str]:
    """A cell of the grid."""
    client = pages.book.clients[cell.client]
    records = pages.book.records[cell.cell]
    siblings = [other for other in client.cells if other.column == cell.column]
    return _page(pages, cell, records, siblings=siblings, stories=client.stories, retired=False)


def retired_page(pages: Pages, cell: CellRecord, records: tuple[CaseRecord, ...]) -> tuple[str, str]:
    """A cell that the grid no longer has."""
    return _page(pages, cell, records, siblings=[], stories={}, retired=True)


def _page(pages: Pages, cell: CellRecord, records: tuple[CaseRecord, ...], **values: Any) -> tuple[str, str]:
    answers = answers_of(cell, records)
    return pages.page(
        "cell",
        addresses.cell_page(cell.cell),
        cell=cell,
        answers=answers,
        subjects=[(name, list(found)) for name, found in groupby(answers, key=lambda one: subject_of(one.record.case))],
        controls=[record for record in records if record.contract is Contract.CONTROL],
        status=signs.of_cell(cell.status),
        believed=signs.believed(cell.status),
        reason="" if cell.status is CellStatus.RAN else many_lines(cell.reason or NO_REASON),
        ran=moment_of(cell.ran or pages.book.report.header.started),
        command=_command(cell),
        quoted=shlex.quote(one_line(cell.cell)),
        **values,
    )


def _command(cell: CellRecord) -> str:
    return f"leakmatrix run --sandbox {shlex.quote(one_line(cell.sandbox))} --cell {shlex.quote(one_line(cell.cell))}"


def cell_data(header: Header, cell: CellRecord, records: tuple[CaseRecord, ...]) -> tuple[str, str]:
    """The cell's own report, whole in itself."""
    whole: tuple[Record, ...] = (header, cell, *records, Footer(cells=1, cases=len(records)))
    return addresses.cell_data(cell.cell), "".join(map(line_of, whole))
