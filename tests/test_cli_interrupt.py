"""Ctrl-C in the middle of a run: what is kept, and that nothing is left."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from matrix import report
from matrix.model import CellStatus
from tests.command import HERE

DEADLINE = 100.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Interrupted:
    """How a run ended that had SIGINT, and what it had been running."""

    code: int
    said: str
    out: Path
    scratch: Path
    children: list[int]


def children(host: int) -> dict[int, bytes]:
    """What a process has started and what still runs, with its command line."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == host:
                found[int(stat.parent.name)] = (stat.parent / "cmdline").read_bytes()
    return found


@pytest.fixture(scope="module")
def interrupted(
    offline_variables: dict[str, str], config_text: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> Interrupted:
    """A run that has SIGINT when its first cell is done and its second hangs."""
    folder = tmp_path_factory.mktemp("interrupted")
    scratch = tmp_path_factory.mktemp("scratch")
    config = config_text(cell_seconds=600.0).replace('versions = ["1.0", "2.0"]', 'versions = ["1.0", "4.0", "5.0"]')
    (folder / "pyproject.toml").write_text(config)
    first = folder / "leakmatrix-report" / "cells" / f"{HERE}-requests-1.0.jsonl"
    with subprocess.Popen(
        (sys.executable, "-m", "matrix", "run", "--workers", "1", "--case", "one_shot[dropped]"),
        cwd=folder,
        env={**offline_variables, "TMPDIR": str(scratch)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        deadline = time.monotonic() + DEADLINE
        started: dict[int, bytes] = {}
        while not first.exists() or not any(b"matrix.guest" in command for command in started.values()):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
            started = children(process.pid)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=DEADLINE)
    return Interrupted(
        code=process.returncode, said=said, out=folder / "leakmatrix-report", scratch=scratch, children=list(started)
    )


def test_interrupted(interrupted: Interrupted) -> None:
    """Ctrl-C ends a run with 130 and says so."""
    assert interrupted.code == 130
    *_, last = interrupted.said.splitlines()
    assert last == "exit code 130: interrupted; finished cells are kept, and the same command goes on"


def test_interrupted_report_is_whole(interrupted: Interrupted) -> None:
    """The report has the finished cell and says of the others that they were not run."""
    done = report.read(interrupted.out)
    assert [(cell.version, cell.status) for cell in done.cells] == [
        ("1.0", CellStatus.RAN),
        ("4.0", CellStatus.NOT_RUN),
        ("5.0", CellStatus.NOT_RUN),
    ]


def test_interrupted_keeps_what_finished(interrupted: Interrupted) -> None:
    """The finished cell's result is on disk."""
    assert [path.name for path in (interrupted.out / "cells").iterdir()] == [f"{HERE}-requests-1.0.jsonl"]


def test_interrupted_leaves_no_process(interrupted: Interrupted) -> None:
    """The guest that hung and the peer are gone with the run."""
    assert len(interrupted.children) >= 2
    assert [pid for pid in interrupted.children if Path(f"/proc/{pid}").exists()] == []


def test_interrupted_leaves_no_file(interrupted: Interrupted) -> None:
    """Nothing is left where cells have their scratch folders."""
    assert list(interrupted.scratch.iterdir()) == []
