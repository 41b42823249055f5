"""A disk that is full, in real runs: where the report goes, where the cache is, and where cells have their scratch.

The full disk is a small tmpfs in a mount namespace of the run's own, so that nobody else meets it.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from matrix import report
from matrix.model import CellStatus, Verdict
from tests.command import Done

MOUNT = """
set -e
mount -t tmpfs -o size="$1" tmpfs "$2"
shift 2
status=0
"$@" || status=$?
echo "exit status $status" >&2
"""


@pytest.fixture
def run_on_small_disk(
    offline_variables: dict[str, str], config_text: Callable[..., str], tmp_path: Path
) -> Callable[..., Done]:
    """Runs the command where one folder is on a disk of that size; what is on it is gone afterwards."""
    (tmp_path / "pyproject.toml").write_text(config_text())
    (tmp_path / "small").mkdir()

    def run(size: str, after: str = "true", **variables: str) -> Done:
        inner = (sys.executable, "-m", "matrix", "run", "--workers", "1", "--case", "one_shot*")
        script = 'status=0; "$@" || status=$?; ' + after + "; exit $status"
        mounting = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", MOUNT, "mount", size)
        return subprocess.run(
            (
                *mounting,
                str(tmp_path / "small"),
                "sh",
                "-c",
                script,
                "run",
                *inner,
                *variables.pop("arguments", "").split(),
            ),
            cwd=tmp_path,
            env={**offline_variables, "LEAKMATRIX_CACHE": str(tmp_path / "cache"), **variables},
            capture_output=True,
            text=True,
            timeout=250,
            check=False,
        )

    return run


def code(done: Done) -> int:
    """How the command itself ended."""
    return int(done.stderr.splitlines()[-1].removeprefix("exit status "))


def test_no_room_for_the_report(
    run_on_small_disk: Callable[..., Done], leakmatrix: Callable[..., Done], tmp_path: Path
) -> None:
    """The run ends and says what to do; what had been measured is taken by the next one, which has room."""
    done = run_on_small_disk("24k", arguments="--out small/out")
    assert code(done) == 3
    assert "error: cannot write" in done.stderr
    assert "No space left on device" in done.stderr
    assert "free some space or name another place (of a run: --out), then run again" in done.stderr
    leakmatrix("run", "--case", "one_shot*", "--out", "out", LEAKMATRIX_CACHE=str(tmp_path / "cache"))
    read = report.read(tmp_path / "out")
    assert [(cell.status, cell.reused) for cell in read.cells] == [(CellStatus.RAN, True), (CellStatus.RAN, False)]
    assert {case.verdict for case in read.cases if case.passed is not None} == {Verdict.CLEAN, Verdict.HELD}


def test_no_room_for_packages(run_on_small_disk: Callable[..., Done], tmp_path: Path) -> None:
    """A cache that is full before anything can be installed ends the run with a hint at another place."""
    done = run_on_small_disk("64k", LEAKMATRIX_CACHE=str(tmp_path / "small" / "cache"))
    assert code(done) == 3
    assert "error: cannot write to" in done.stderr
    assert "LEAKMATRIX_CACHE" in done.stderr


def test_no_room_for_one_cells_packages(run_on_small_disk: Callable[..., Done], tmp_path: Path) -> None:
    """A cell whose packages find no room is not run, and says so."""
    done = run_on_small_disk("1m", LEAKMATRIX_CACHE=str(tmp_path / "small" / "cache"))
    read = report.read(tmp_path / "leakmatrix-report")
    assert {cell.status for cell in read.cells} == {CellStatus.NOT_RUN}, done.stderr
    assert all("No space left on device" in (cell.reason or "") for cell in read.cells)
    assert code(done) == 3


def test_no_room_for_scratch(run_on_small_disk: Callable[..., Done], tmp_path: Path) -> None:
    """A cell that finds no room where it works is not the client's crash: it was tried twice, and is not run."""
    done = run_on_small_disk("4k", TMPDIR=str(tmp_path / "small"))
    read = report.read(tmp_path / "leakmatrix-report")
    assert {cell.status for cell in read.cells} == {CellStatus.NOT_RUN}, done.stderr
    assert all("No space left on device" in (cell.reason or "") for cell in read.cells), read.cells


def test_a_guest_that_fills_the_scratch(run_on_small_disk: Callable[..., Done], tmp_path: Path) -> None:
    """Room enough for a cell is enough: what it leaves behind is gone before the next begins."""
    run_on_small_disk("3m", TMPDIR=str(tmp_path / "small"))
    read = report.read(tmp_path / "leakmatrix-report")
    assert {cell.status for cell in read.cells} == {CellStatus.RAN}, [cell.reason for cell in read.cells]
