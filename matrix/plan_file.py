"""The whole plan beside a shard's report, so that a merge can name the cells of a shard that is missing.

Only for that: what a run has to do it plans itself.
"""

import json
from dataclasses import dataclass, fields
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from matrix import report
from matrix.errors import ReportError
from matrix.model import Cell
from matrix.shard import Part, cut

NAME = "plan.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A cell of the plan, and whose it is."""

    cell: Cell
    shard: str  # "2/3"


_FIELDS = tuple(field.name for field in fields(Cell))
_ENTRIES = TypeAdapter(tuple[Entry, ...])


def as_data(cell: Cell) -> dict[str, object]:
    """A cell for JSON. Not by `asdict`, which takes ten times as long: plans have 100,000 cells."""
    return {name: getattr(cell, name) for name in _FIELDS}


def write(part: Part | None, folder: Path) -> None:
    """Write the plan that a shard is cut from; of a whole run none is needed, and an older one is removed."""
    path = folder / NAME
    if part is None:
        path.unlink(missing_ok=True)
        return
    whose = {cell: str(each.shard) for each in cut(part.plan, part.costs, part.shard.of) for cell in each.cells}
    entries = [{"cell": as_data(cell), "shard": whose[cell]} for cell in part.plan]
    report.write_whole(path, "[\n" + ",\n".join(map(json.dumps, entries)) + "\n]\n")


def read(folder: Path) -> tuple[Entry, ...]:
    """The plan beside a report; nothing where there is none. Raises ReportError."""
    path = folder / NAME
    if not path.is_file():
        return ()
    try:
        return _ENTRIES.validate_json(path.read_bytes())
    except ValidationError as error:
        raise ReportError(f"{path} is no plan: {error.errors()[0]['msg']}") from error
