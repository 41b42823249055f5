"""A report on disk: JSON lines with a header and a footer, written beside and renamed.

Reading believes nothing: every line is validated, a missing footer or a duplicate is an
error that says so.
"""

import fcntl
import gzip
import json
import os
import shutil
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from matrix.errors import EnvironmentLacks, ReportError, UsageError
from matrix.guest.wire import PROTOCOL
from matrix.model import CaseRecord, CellRecord, Footer, Header, Report

NAME = "report.jsonl"
CELLS = "cells"  # the folder beside it in which each cell's result is a report of its own, as soon as there is one

_BEGINNING = b'{"record":'

Record = Header | CellRecord | CaseRecord | Footer
_RECORD: TypeAdapter[Record] = TypeAdapter(
    Annotated[Header | CellRecord | CaseRecord | Footer, Field(discriminator="record")]
)


def write(report: Report, path: Path) -> None:
    """Write a whole report."""
    footer = Footer(cells=len(report.cells), cases=len(report.cases))
    write_lines(path, (report.header, *_by_cell(report), footer))


def packed(report: Report) -> bytes:
    """A whole report as one file of gzip's; of the same report, the same bytes."""
    footer = Footer(cells=len(report.cells), cases=len(report.cases))
    packer = zlib.compressobj(level=6, wbits=16 + zlib.MAX_WBITS)  # a header without a date
    lines = (
        line_of(record).encode("utf-8", "backslashreplace") for record in (report.header, *_by_cell(report), footer)
    )
    return b"".join((*map(packer.compress, lines), packer.flush()))


def write_lines(path: Path, records: Iterable[Record]) -> None:
    """Write records as JSON lines: beside, then renamed, so that a file is whole or not there."""
    write_whole(path, "".join(map(line_of, records)))


def line_of(record: Record) -> str:
    """One record as its line. Pydantic writes 100,000 in a second; of text that is no Unicode only json makes any."""
    try:
        return _RECORD.dump_json(record, warnings="error").decode() + "\n"
    except PydanticSerializationError:
        return json.dumps(asdict(record), ensure_ascii=False) + "\n"


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file that is whole or not there. Raises EnvironmentLacks."""
    data = content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace")
    beside = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}-")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(beside).chmod(0o644)
        Path(beside).replace(path)
        beside = None
    except OSError as error:
        raise _cannot_write(path, error) from error
    finally:
        if beside is not None:
            Path(beside).unlink(missing_ok=True)


def make_folder(path: Path) -> None:
    """A folder for files. Raises EnvironmentLacks."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot_write(path, error) from error


def remove_cells(folder: Path) -> None:
    """Remove the results of an earlier run's cells. Raises UsageError where there is anything else among them."""
    cells = folder / CELLS
    foreign = sorted(path.name for path in cells.iterdir() if not _is_result(path)) if cells.is_dir() else []
    if foreign:
        raise UsageError(
            f"{cells} would be replaced, and {foreign[0]} in it is no result of a cell",
            hint="name another folder with --out",
        )
    shutil.rmtree(cells, ignore_errors=True)


def _is_result(path: Path) -> bool:
    """Also one that was being written when its run was killed."""
    if path.name.startswith(".") and ".jsonl-" in path.name:
        return True
    if path.suffix != ".jsonl" or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_BEGINNING)) == _BEGINNING


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """No other run writes into it meanwhile; it is made if need be. Raises UsageError, and EnvironmentLacks."""
    make_folder(folder)
    place = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(place)
        raise UsageError(
            f"another run is writing into {folder}", hint="wait for its end, or name another folder: --out"
        ) from error
    except OSError:
        pass  # a file system that has no locks
    try:
        yield
    finally:
        os.close(place)


def _cannot_write(path: Path, error: OSError) -> EnvironmentLacks:
    return EnvironmentLacks(
        f"cannot write {path}: {error.strerror}",
        hint="what had been done is kept; free some space or name another place (of a run: --out), then run again",
    )


def read(folder: Path) -> Report:
    """The report in a folder (or in a file, which may be one of gzip's). Raises ReportError."""
    path = _file_in(folder) if folder.is_dir() else folder
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8", newline="\n") as lines:  # one at a time: a report may have 150 MB
            records = [
                _record(line.removesuffix("\n"), f"{path}:{number}") for number, line in enumerate(lines, start=1)
            ]
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise ReportError(f"no report at {path}: {error}", hint="`leakmatrix run --out DIR` writes one") from error
    return _checked(records, path)


def _file_in(folder: Path) -> Path:
    """The report that a run has written there, or the packed one of a site."""
    packed_one = folder / f"{NAME}.gz"
    return packed_one if packed_one.exists() and not (folder / NAME).exists() else folder / NAME


def schema() -> dict[str, Any]:
    """The JSON Schema of one line of a report."""
    title = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "One line of leakmatrix's report.jsonl",
    }
    return title | _RECORD.json_schema(mode="serialization")


def record_of(data: dict[str, Any]) -> Record:
    """One record from plain data. Raises pydantic's ValidationError."""
    return _RECORD.validate_python(data)


def _record(line: str, place: str) -> Record:
    try:
        return _RECORD.validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        path = ".".join(map(str, first["loc"]))
        raise ReportError(f"{place}: not a record of a report: {path}: {first['msg']}") from error


def _checked(records: list[Record], path: Path) -> Report:
    match records:
        case [Header() as header, *middle, Footer() as footer]:
            pass
        case [Header(), *_]:
            raise ReportError(f"{path} has no footer: it was cut short", hint="run again: finished cells are kept")
        case _:
            raise ReportError(f"{path} does not begin with a header: it is no report")
    if header.protocol != PROTOCOL:
        raise ReportError(f"{path} speaks protocol {header.protocol}, this version {PROTOCOL}")
    cells = tuple(record for record in middle if isinstance(record, CellRecord))
    cases = tuple(record for record in middle if isinstance(record, CaseRecord))
    if (len(cells), len(cases)) != (footer.cells, footer.cases):
        raise ReportError(f"{path} has {len(cells)} cells and {len(cases)} cases, its footer says otherwise")
    seen = Counter([cell.cell for cell in cells] + [f"{case.case} in {case.cell}" for case in cases])
    if twice := [name for name, times in seen.items() if times > 1]:
        raise ReportError(f"{path} has {twice[0]} twice")
    if strangers := {case.cell for case in cases} - {cell.cell for cell in cells}:
        raise ReportError(f"{path} has cases of a cell that it does not have: {min(strangers)}")
    return Report(header=header, cells=cells, cases=cases)


def _by_cell(report: Report) -> Iterable[CellRecord | CaseRecord]:
    cases: dict[str, list[CaseRecord]] = {}
    for case in report.cases:
        cases.setdefault(case.cell, []).append(case)
    for cell in report.cells:
        yield cell
        yield from cases.get(cell.cell, ())
