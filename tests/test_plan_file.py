"""`matrix.plan_file`: the plan that a shard is cut from, beside its report."""

from dataclasses import asdict
from pathlib import Path

import pytest

from matrix import plan_file
from matrix.errors import ReportError
from matrix.model import Cell, Resolve
from matrix.plan_file import Entry
from matrix.shard import cut

PLAN = (
    Cell(python="3.9", client="httpx", version="0.21.3", pins=("httpcore==0.14.5",)),
    Cell(python="3.9", client="httpx", version="0.28.1"),
    Cell(python="3.14t", client="httpx", version="0.28.1", resolve=Resolve.ERA),
)
PARTS = cut(PLAN, (1.0, 1.0, 3.0), 2)


def test_round_trip(tmp_path: Path) -> None:
    """What is written is read: each cell in the plan's order, and whose it is."""
    plan_file.write(PARTS[1], tmp_path)
    assert plan_file.read(tmp_path) == tuple(
        Entry(cell=cell, shard=shard) for cell, shard in zip(PLAN, ("2/2", "2/2", "1/2"), strict=True)
    )


def test_every_shard_writes_the_same(tmp_path: Path) -> None:
    """Whichever shard's it is, the plan says the same."""
    for part in PARTS:
        plan_file.write(part, tmp_path / part.shard.__str__().replace("/", "-"))
    assert plan_file.read(tmp_path / "1-2") == plan_file.read(tmp_path / "2-2")


def test_whole_run_has_none(tmp_path: Path) -> None:
    """A run that is no shard leaves no plan, not even one of an earlier shard in the same folder."""
    plan_file.write(PARTS[0], tmp_path)
    plan_file.write(None, tmp_path)
    assert plan_file.read(tmp_path) == ()


def test_data_of_a_cell() -> None:
    """What a cell is for JSON is all that it has."""
    assert [plan_file.as_data(cell) for cell in PLAN] == [asdict(cell) for cell in PLAN]


@pytest.mark.parametrize("text", ["", "[1]", '[{"cell": {"python": "3.9"}, "shard": "1/2"}]'])
def test_no_plan(tmp_path: Path, text: str) -> None:
    """A file that is no plan is said."""
    (tmp_path / plan_file.NAME).write_text(text)
    with pytest.raises(ReportError, match="is no plan"):
        plan_file.read(tmp_path)
