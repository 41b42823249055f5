"""The commands for shards, as real processes: cut, run, joined, and how each ends."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from matrix import report
from matrix.model import CellStatus, Report
from tests.command import HERE, Command, Done

VERSIONS = ("1.0", "2.0", "5.0")
IDS = [f"{HERE}-requests-{version}" for version in VERSIONS]
ALL = ["1/3", "2/3", "3/3"]


@pytest.fixture(scope="module")
def folder(config_text: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a configuration of three cells."""
    folder = tmp_path_factory.mktemp("shards")
    text = config_text().replace('versions = ["1.0", "2.0"]', f"versions = {json.dumps(VERSIONS)}")
    (folder / "pyproject.toml").write_text(text)
    return folder


@pytest.fixture(scope="module")
def sharded(folder: Path, run_leakmatrix: Command) -> list[Done]:
    """What the command said of each of three shards, whose reports are in folders named after them."""
    return [
        run_leakmatrix(folder, "run", "--fresh", "--shard", f"{number}/3", "--out", f"shard-{number}")
        for number in (1, 2, 3)
    ]


@pytest.fixture(scope="module")
def whole(folder: Path, run_leakmatrix: Command) -> Report:
    """The report of the same run, not cut."""
    run_leakmatrix(folder, "run", "--fresh", "--out", "whole")
    return report.read(folder / "whole")


def test_each_shard_runs_its_part(folder: Path, sharded: list[Done]) -> None:
    """Each says how much of the plan it runs, and its report is of that alone."""
    assert [done.stdout.splitlines()[2] for done in sharded] == [f"shard {shard}: 1 of 3 cells" for shard in ALL]
    reports = [report.read(folder / f"shard-{number}") for number in (1, 2, 3)]
    assert [[cell.cell for cell in read.cells] for read in reports] == [[cell] for cell in IDS]
    assert [read.header.shard for read in reports] == ALL


@pytest.mark.usefixtures("sharded")
def test_merged_equals_the_whole_run(
    folder: Path, run_leakmatrix: Command, whole: Report, answers: Callable[..., object]
) -> None:
    """The shards' reports joined are the report of the whole run: the same cells, the same answers, the same plan."""
    done = run_leakmatrix(folder, "merge", "shard-3", "shard-1", "shard-2", "--out", "merged")
    assert (done.returncode, done.stderr) == (1, "")
    merged = report.read(folder / "merged")
    assert replace(merged.header, started=whole.header.started) == whole.header
    alike = {"seconds": 0, "ran": ""}
    assert [replace(cell, **alike) for cell in merged.cells] == [replace(cell, **alike) for cell in whole.cells]
    assert answers(merged) == answers(whole)
    assert {path.name for path in (folder / "merged").iterdir()} >= {"report.jsonl", "index.html", "report.md"}


@pytest.mark.usefixtures("sharded")
def test_merge_without_a_shard(folder: Path, run_leakmatrix: Command) -> None:
    """A shard that is missing is said, its cell is in the table, and a run that is all right else ends with 4."""
    done = run_leakmatrix(folder, "merge", "shard-1", "shard-3", "--out", "most")
    assert done.stderr.splitlines() == ["shard 2/3 is missing"]
    assert (done.returncode, done.stdout.splitlines()[-1].split(":")[0]) == (4, "exit code 4")
    cells = report.read(folder / "most").cells
    assert [(cell.cell, cell.reason) for cell in cells if cell.status is CellStatus.NOT_RUN] == [
        (IDS[1], "shard 2/3 is missing")
    ]


@pytest.mark.usefixtures("sharded")
def test_merge_of_what_does_not_fit(folder: Path, run_leakmatrix: Command) -> None:
    """What does not belong together is wrong usage, and says what and where."""
    done = run_leakmatrix(folder, "merge", "shard-1", "shard-1", "--out", "twice")
    assert done.returncode == 2
    assert "error: shard-1 and shard-1 are both shard 1/3" in done.stderr
    assert not (folder / "twice").exists()


@pytest.mark.usefixtures("sharded")
def test_merge_into_one_of_them(folder: Path, run_leakmatrix: Command) -> None:
    """No shard's report is written over."""
    before = (folder / "shard-1" / report.NAME).read_bytes()
    assert run_leakmatrix(folder, "merge", "shard-1", "shard-2", "--out", "./shard-1").returncode == 2
    assert (folder / "shard-1" / report.NAME).read_bytes() == before


@pytest.mark.usefixtures("sharded")
@pytest.mark.usefixtures("sharded")
def test_merge_where_a_run_has_been(folder: Path, run_leakmatrix: Command) -> None:
    """What it has left of its cells and its plan is not what the merged report is made of."""
    shutil.copytree(folder / "shard-1", folder / "again")
    assert run_leakmatrix(folder, "merge", "shard-1", "shard-2", "shard-3", "--out", "again").returncode in {0, 1}
    assert {"cells", "plan.json"}.isdisjoint(path.name for path in (folder / "again").iterdir())


def test_merge_into_the_folder_of_a_run(folder: Path, run_leakmatrix: Command) -> None:
    """What another run is writing meanwhile stays that run's."""
    with report.alone_in(folder / "busy"):
        done = run_leakmatrix(folder, "merge", "shard-1", "shard-2", "shard-3", "--out", "busy")
    assert (done.returncode, list((folder / "busy").iterdir())) == (2, [])
    assert "another run is writing into busy" in done.stderr


def test_more_shards_than_cells(folder: Path, run_leakmatrix: Command) -> None:
    """A shard without cells is no error: its report is empty, and the merge has all."""
    done = run_leakmatrix(folder, "run", "--version", "1.0", "--shard", "2/2", "--out", "empty")
    assert done.returncode == 0, done.stderr
    assert report.read(folder / "empty").cells == ()
    run_leakmatrix(folder, "run", "--version", "1.0", "--shard", "1/2", "--out", "full")
    done = run_leakmatrix(folder, "merge", "empty", "full", "--out", "both")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.usefixtures("sharded")
def test_shards_by_times(folder: Path, run_leakmatrix: Command, whole: Report) -> None:
    """By an earlier report the longest cell is a shard of its own, if the others are shorter together."""
    (folder / "earlier").mkdir(exist_ok=True)
    seconds = {IDS[0]: 3.0, IDS[1]: 1.0, IDS[2]: 1.0}
    timed = tuple(replace(cell, seconds=seconds[cell.cell]) for cell in whole.cells)
    report.write(replace(whole, cells=timed), folder / "earlier" / report.NAME)
    done = run_leakmatrix(folder, "plan", "--shards", "2", "--times", "earlier", "--json")
    assert json.loads(done.stdout) == [
        {"shard": "1/2", "index": 1, "of": 2, "cells": 1, "seconds": 3.0},
        {"shard": "2/2", "index": 2, "of": 2, "cells": 2, "seconds": 2.0},
    ]
    done = run_leakmatrix(folder, "plan", "--shard", "2/2", "--times", "earlier", "--json")
    assert [cell["cell"] for cell in json.loads(done.stdout)] == IDS[1:]


def test_matrix_for_ci(folder: Path, run_leakmatrix: Command) -> None:
    """A step's output in CI is one line: so is the plan, as cells and as shards, each an object of plain values."""
    for arguments in (("--json",), ("--json", "--shards", "2")):
        done = run_leakmatrix(folder, "plan", *arguments)
        assert len(done.stdout.splitlines()) == 1
        jobs = json.loads(done.stdout)
        assert all(isinstance(job, dict) for job in jobs)
    assert [job["shard"] for job in jobs] == ["1/2", "2/2"]


def test_shards_in_words(folder: Path, run_leakmatrix: Command) -> None:
    """For people the shards are a list, with their cells."""
    done = run_leakmatrix(folder, "plan", "--shards", "2")
    assert done.stdout.splitlines() == [
        "sandbox: process (asked for)",
        f"configuration: {folder / 'pyproject.toml'}",
        "1/2: 2 cells",
        "2/2: 1 cell",
    ]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("run", "--shard", "4/3"), '"4/3" is no shard'),
        (("run", "--times", "."), "--times only says how shards are cut"),
        (("plan", "--shard", "1/3", "--shards", "3"), "leave one of them out"),
        (("plan", "--times", "."), "--times only says how shards are cut"),
        (("merge",), "SHARD..."),
        (("merge", "nowhere"), "no report at nowhere"),
    ],
    ids=["no shard", "times alone", "shard and shards", "plan by times alone", "nothing to merge", "no report"],
)
def test_wrong_usage(folder: Path, run_leakmatrix: Command, arguments: tuple[str, ...], says: str) -> None:
    """What makes no sense is wrong usage, and says why."""
    done = run_leakmatrix(folder, *arguments)
    assert done.returncode == 2
    assert says in done.stderr
