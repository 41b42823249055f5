"""`matrix.keeper`: each cell's result on disk, before the next begins."""

from pathlib import Path

import pytest

from matrix import report
from matrix.collect import without_result
from matrix.errors import UsageError
from matrix.keeper import Keeper
from matrix.model import Cell, CellStatus
from tests.records import make_report

CELL = Cell(python="3.12", client="httpx", version="0.28.1")
PINS = tuple(f"a-package-with-a-name-{number}==1.{number}.0" for number in range(20))


def test_cell_with_many_pins(tmp_path: Path) -> None:
    """Its id is longer than a file's name may be; two that differ at their end have two files."""
    cells = [Cell(python="3.12", client="httpx", version="0.28.1", pins=(*PINS, f"z=={last}")) for last in (1, 2)]
    keeper = Keeper(make_report().header, tmp_path)
    for cell in cells:
        keeper.keep(without_result(cell, CellStatus.RAN, "", sandbox="docker"))
    kept = [report.read(path).cells[0].cell for path in (tmp_path / report.CELLS).iterdir()]
    assert sorted(kept) == [cell.id for cell in cells]


def test_what_is_replaced(tmp_path: Path) -> None:
    """The results of an earlier run, and one that it was killed over."""
    header = make_report().header
    Keeper(header, tmp_path).keep(without_result(CELL, CellStatus.RAN, "", sandbox="docker"))
    (tmp_path / report.CELLS / f".{CELL.id}.jsonl-x1").write_text("half")
    Keeper(header, tmp_path)
    assert list((tmp_path / report.CELLS).iterdir()) == []


@pytest.mark.parametrize("name", ["notebook.ipynb", "data.jsonl"])
def test_what_is_not_replaced(tmp_path: Path, name: str) -> None:
    """A folder of that name that is somebody's own."""
    theirs = tmp_path / report.CELLS / name
    theirs.parent.mkdir()
    theirs.write_text('{"text": "theirs"}\n')
    with pytest.raises(UsageError, match=name):
        Keeper(make_report().header, tmp_path)
    assert theirs.exists()
