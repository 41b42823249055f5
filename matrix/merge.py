"""Reports of shards -> one report, or the name of what does not fit. Reads reports, writes none.

Believes only what is there: a shard that is missing, or was cut short, leaves cells that were
planned and not run, and they say so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from matrix import collect, plan_file, report
from matrix.errors import ReportError
from matrix.model import CellRecord, CellStatus, Header, Report
from matrix.order import column_key, interpreter_key
from matrix.plan_file import Entry
from matrix.shard import Shard, parse

_AGREE = {"version": "of version", "sandbox": "run in the sandbox"}
_SHARDS_AGREE = {**_AGREE, "plan": "of the plan"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A report to be merged, and where it is from."""

    place: str
    report: Report
    plan: tuple[Entry, ...] = ()
    cut_short: bool = False  # its run did not get as far as to write a report

    @property
    def shard(self) -> Shard | None:
        """Which shard it is; None for a whole run."""
        text = self.report.header.shard
        if "," in text:
            raise ReportError(f"{self.place} is a merge that lacks some shards", hint="merge the shards' own reports")
        return parse(text) if text else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Merged:
    """One report of all, and the shards that are not, or not wholly, in it."""

    report: Report
    missing: tuple[str, ...] = ()
    cut_short: tuple[str, ...] = ()


def read(folder: Path) -> Piece:
    """The report in a folder; of a run that was killed, what it had kept by then. Raises ReportError.

    A run that is killed leaves the report of an earlier one in its folder.
    """
    cells = folder / report.CELLS
    kept = sorted(cells.glob("*.jsonl")) if folder.is_dir() else []
    if (folder / report.NAME).exists() or not kept:
        whole = report.read(folder)
        if not kept and cells.is_dir() and any(cell.status is not CellStatus.NOT_RUN for cell in whole.cells):
            raise ReportError(
                f"the report in {folder} is of an earlier run: the last one there was killed before a cell had ended",
                hint=f"run it again; or remove {cells}, if the earlier report is meant",
            )
        if not kept or report.read(kept[0]).header == whole.header:
            return Piece(place=str(folder), report=whole, plan=plan_file.read(folder))
    singles = [report.read(path) for path in kept]
    whole = _joined(singles[0].header, singles)
    return Piece(place=str(folder), report=whole, plan=plan_file.read(folder), cut_short=True)


def merge(pieces: Sequence[Piece]) -> Merged:
    """All of them as one. Raises ReportError for what is there twice, or does not belong together."""
    shards = [(piece.place, piece.shard) for piece in pieces]
    _check_shards(shards)
    sharded = any(shard for _, shard in shards)
    for field, words in (_SHARDS_AGREE if sharded else _AGREE).items():
        _check_equal(words, [(piece.place, getattr(piece.report.header, field)) for piece in pieces])
    _check_cells(pieces)
    there = sorted(shard.index for _, shard in shards if shard)
    number = next((shard.of for _, shard in shards if shard), 0)
    missing = [index for index in range(1, number + 1) if index not in there]
    header = replace(_header(pieces), shard=f"{','.join(map(str, there))}/{number}" if missing else "")
    plan = next((piece.plan for piece in pieces if piece.plan), ())
    whole = _filled(_joined(header, [piece.report for piece in pieces]), plan, {f"{each}/{number}" for each in missing})
    return Merged(
        report=_ordered(whole, plan),
        missing=tuple(f"{each}/{number}" for each in missing),
        cut_short=tuple(f"{piece.shard or piece.place}" for piece in pieces if piece.cut_short),
    )


def _check_shards(shards: Sequence[tuple[str, Shard | None]]) -> None:
    (first, shard), *others = shards
    seen = {shard: first}
    for place, other in others:
        if (other is None) != (shard is None) or (shard and other and shard.of != other.of):
            what = [f"shard {each}" if each else "a whole run" for each in (shard, other)]
            raise ReportError(f"{first} is {what[0]}, and {place} is {what[1]}: they are of different runs")
        if other and other in seen:
            raise ReportError(f"{seen[other]} and {place} are both shard {other}")
        seen[other] = place


def _check_equal(words: str, values: Sequence[tuple[str, str]]) -> None:
    (first, value), *others = values
    for place, other in others:
        if other != value:
            raise ReportError(
                f"{first} and {place} do not belong together: {words} {value or 'none'}, and {words} {other or 'none'}",
                hint="shards need the same tool, sandbox, configuration, selection, cases and --times",
            )


def _check_cells(pieces: Iterable[Piece]) -> None:
    place_of: dict[str, str] = {}
    for piece in pieces:
        for cell in piece.report.cells:
            if cell.cell in place_of:
                raise ReportError(f"{cell.cell} is in {place_of[cell.cell]} and in {piece.place}")
            place_of[cell.cell] = piece.place


def _header(pieces: Sequence[Piece]) -> Header:
    headers = [piece.report.header for piece in pieces]
    reasons = dict.fromkeys(header.sandbox_reason for header in headers if header.sandbox_reason)
    plans = {header.plan for header in headers}
    return replace(
        headers[0],
        started=min(header.started for header in headers),
        sandbox_reason="; ".join(reasons),
        plan=plans.pop() if len(plans) == 1 else "",
    )


def _joined(header: Header, reports: Iterable[Report]) -> Report:
    reports = list(reports)
    return Report(
        header=header,
        cells=tuple(cell for each in reports for cell in each.cells),
        cases=tuple(case for each in reports for case in each.cases),
    )


def _filled(joined: Report, plan: Iterable[Entry], missing: set[str]) -> Report:
    """With a reason for each cell that was planned and is in none of the reports."""
    there = {cell.cell for cell in joined.cells}
    holes = [
        collect.without_result(
            entry.cell,
            CellStatus.NOT_RUN,
            f"shard {entry.shard} {'is missing' if entry.shard in missing else 'was cut short'}",
            sandbox=joined.header.sandbox,
        ).cell
        for entry in plan
        if entry.cell.id not in there
    ]
    return replace(joined, cells=(*joined.cells, *holes))


def _ordered(merged: Report, plan: Iterable[Entry]) -> Report:
    """In the order of the plan; where that is not known, in the order that a plan has."""
    place = {entry.cell.id: number for number, entry in enumerate(plan)}

    def key(cell: CellRecord) -> tuple[object, ...]:
        column = column_key(cell.version, cell.column)
        return place.get(cell.cell, len(place)), interpreter_key(cell.interpreter), cell.client, column

    cells = tuple(sorted(merged.cells, key=key))
    position = {cell.cell: number for number, cell in enumerate(cells)}
    return replace(merged, cells=cells, cases=tuple(sorted(merged.cases, key=lambda case: position[case.cell])))
