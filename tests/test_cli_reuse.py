"""A run after others: what is taken from them, and what is measured again."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from matrix import report
from matrix.model import CellStatus
from tests.command import HERE, Command, Done

DEADLINE = 100.0
SHORT = ("run", "--case", "one_shot*")


@pytest.fixture
def again(leakmatrix: Command, tmp_path: Path) -> Callable[..., Done]:
    """Runs a small matrix with a cache of the test's own, the first time already."""

    def run(*arguments: str) -> Done:
        return leakmatrix(*SHORT, *arguments, LEAKMATRIX_CACHE=str(tmp_path / "cache"))

    run()
    return run


def summary(done: Done) -> str:
    """The line of the table's end that counts cells, as one line."""
    after = done.stdout.partition("\n  cells ")[2]
    return " ".join(after.partition("\n  guarantees")[0].split())


@pytest.mark.parametrize("arguments", [(), ("--resume",)], ids=["plain", "resume"])
def test_nothing_new(again: Callable[..., Done], tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """A second run takes what the first has measured, says so for each cell and in sum, and ends in the same way."""
    done = again(*arguments)
    assert done.returncode == 1
    assert [line.split("  ")[2].split(",")[0] for line in done.stderr.splitlines()] == ["reused", "reused"]
    assert summary(done).startswith("2 ran, 2 of them reused from an earlier run, up to ")
    assert [cell.reused for cell in report.read(tmp_path / "leakmatrix-report").cells] == [True, True]


def test_a_new_release_costs_its_own_cells(again: Callable[..., Done], tmp_path: Path) -> None:
    """What was not there the last time is run, and nothing else."""
    config = tmp_path / "pyproject.toml"
    config.write_text(config.read_text().replace('["1.0", "2.0"]', '["1.0", "2.0", "5.0"]'))
    again()
    cells = report.read(tmp_path / "leakmatrix-report").cells
    assert [(cell.version, cell.reused) for cell in cells] == [("1.0", True), ("2.0", True), ("5.0", False)]


def test_fresh(again: Callable[..., Done]) -> None:
    """Everything is run when that is asked for."""
    done = again("--fresh")
    assert "reused" not in done.stderr
    assert summary(done) == "2 ran"


def test_other_limits_are_another_result(again: Callable[..., Done], tmp_path: Path) -> None:
    """What was measured within other limits is not taken."""
    config = tmp_path / "pyproject.toml"
    config.write_text(config.read_text().replace("cell-seconds = 60.0", "cell-seconds = 61.0"))
    assert summary(again()) == "2 ran"


def test_verify(again: Callable[..., Done]) -> None:
    """Some of the reused cells are run again; that they agree is told, and so is how many it were."""
    done = again("--verify", "1")
    assert "verified: 1 reused cell run again, 0 cases differ" in done.stdout.splitlines()
    assert "1 of them reused" in summary(done)
    assert done.stderr.splitlines()[-1].startswith("[3/3] ")


def test_verify_finds_what_differs(again: Callable[..., Done], tmp_path: Path) -> None:
    """A case that answers otherwise is named, with its counts; it stays flaky until something of it changes."""
    (kept,) = [path for path in (tmp_path / "cache" / "results").glob("*/*") if "requests-2.0" in path.read_text()]
    lines = kept.read_text().splitlines(keepends=True)
    other = [line.replace('"held":1', '"gc":1') if "one_shot" in line else line for line in lines]
    kept.write_text("".join(other))
    number = sum(one != two for one, two in zip(lines, other, strict=True))
    done = again("--verify", "2")
    assert number > 2
    assert f"verified: 2 reused cells run again, {number} cases differ" in done.stdout
    assert f"  one_shot[kept] in {HERE}-requests-2.0: the same measurement came to gc once and held once" in done.stdout
    assert done.returncode == 4
    assert "flaky" in again().stdout


@pytest.mark.timeout(600)
def test_killed_and_started_again(
    offline_variables: dict[str, str], run_leakmatrix: Command, config_text: Callable[..., str], tmp_path: Path
) -> None:
    """A run that was killed, in a cell without an end, has kept the cell before it; started again, it does the rest."""
    config = tmp_path / "pyproject.toml"
    config.write_text(config_text().replace('versions = ["1.0", "2.0"]', 'versions = ["1.0", "4.0"]'))
    variables = {"LEAKMATRIX_CACHE": str(tmp_path / "cache")}
    first = tmp_path / "leakmatrix-report" / "cells" / f"{HERE}-requests-1.0.jsonl"
    with subprocess.Popen(
        (sys.executable, "-m", "matrix", *SHORT, "--workers", "1"),
        cwd=tmp_path,
        env={**offline_variables, **variables},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        deadline = time.monotonic() + DEADLINE
        while not first.exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.kill()
    config.write_text(config_text())
    run_leakmatrix(tmp_path, *SHORT, **variables)
    cells = report.read(tmp_path / "leakmatrix-report").cells
    assert [(cell.version, cell.status, cell.reused) for cell in cells] == [
        ("1.0", CellStatus.RAN, True),
        ("2.0", CellStatus.RAN, False),
    ]
