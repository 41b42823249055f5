"""`matrix.executors.cluster`, by the real command: the same cells on a cluster, whatever becomes of its workers."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from matrix import report
from matrix.executors import cluster, elsewhere
from matrix.model import CellStatus, Report
from matrix.provision import code
from tests.command import HERE, Command

DEADLINE = 250.0
# Clean, leaking, a case that hangs, one that cannot be imported, lies, talks rubbish, dies.
VERSIONS = ("1.0", "2.0", "3.0", "5.0", "6.0", "7.0", "8.0", "99.0")
SELECTED = ("--case", "one_shot[kept]", "--case", "session[closed]", "--case", "session[left_open]")


@pytest.fixture(scope="module")
def folder(config_text: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a configuration of clients that do all that clients do."""
    folder = tmp_path_factory.mktemp("on-a-cluster")
    text = config_text(case_seconds=20.0).replace('versions = ["1.0", "2.0"]', f"versions = {json.dumps(VERSIONS)}")
    (folder / "pyproject.toml").write_text(text)
    return folder


@pytest.fixture(scope="module")
def single(folder: Path, run_leakmatrix: Command) -> Report:
    """The report of one process."""
    run_leakmatrix(folder, "run", "--fresh", *SELECTED, "--out", "single")
    return report.read(folder / "single")


@dataclass(frozen=True)
class Survived:
    """A run on two workers, one of which was killed in the middle of a cell."""

    code: int
    said: str
    out: Path
    cell: str  # what the killed one was at


def guests(worker: int) -> dict[int, str]:
    """The guests that a worker has started, and each one's cell."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError, LookupError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == worker:
                *_, module, job = (stat.parent / "cmdline").read_text().rstrip("\0").split("\0")
                if module == "matrix.guest":
                    found[int(stat.parent.name)] = json.loads(Path(job).read_text())["cell"]
    return found


@pytest.fixture(scope="module")
def survived(
    folder: Path, offline_variables: dict[str, str], start_cluster: Callable[..., object]
) -> Iterator[Survived]:
    """A run on two workers, of which one is killed while a cell runs there and another cell is done."""
    cluster = start_cluster()
    orphans: dict[int, str] = {}
    with subprocess.Popen(
        (
            sys.executable,
            "-m",
            "matrix",
            "run",
            *SELECTED,
            "--executor",
            f"dask:{cluster.address}",
            "--out",
            "survived",
        ),
        cwd=folder,
        env=offline_variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        deadline = time.monotonic() + DEADLINE
        kept = folder / "survived" / report.CELLS
        while not (orphans and any(kept.glob("*.jsonl"))):
            assert process.poll() is None, process.stdout.read()
            assert time.monotonic() < deadline
            time.sleep(0.01)
            orphans = guests(cluster.workers[1].pid)
        cluster.workers[1].kill()
        said, _ = process.communicate(timeout=DEADLINE)
    for orphan in orphans:
        with suppress(ProcessLookupError):
            os.kill(orphan, signal.SIGKILL)
    yield Survived(code=process.returncode, said=said, out=folder / "survived", cell=next(iter(orphans.values())))
    assert guests(cluster.workers[0].pid) == {}


def comparable(read: Report) -> list[object]:
    """The cells without what differs each time."""
    return [replace(cell, seconds=0, ran="", reason=(cell.reason or "").split("\n")[0]) for cell in read.cells]


def test_a_worker_dies(survived: Survived, single: Report, answers: Callable[..., object]) -> None:
    """With one of two workers killed in the middle, the report equals that of a single process, cell for cell."""
    read = report.read(survived.out)
    assert comparable(read) == comparable(single)
    assert answers(read) == answers(single)
    assert read.header.plan == single.header.plan


def test_cell_of_the_dead_worker(survived: Survived) -> None:
    """The cell that the dead worker was at has been run by the other, and its result is one of its own."""
    cells = {cell.cell: cell for cell in report.read(survived.out).cells}
    assert "the cluster gave no result" not in (cells[survived.cell].reason or "")
    assert cells[survived.cell].status is not CellStatus.NOT_RUN


def test_told_as_any_run(survived: Survived) -> None:
    """The command says where cells ran, tells of each and ends as any run does."""
    lines = survived.said.splitlines()
    assert lines[0] == "sandbox: process (asked for; on the 2 workers of a cluster)"
    assert survived.code == 1
    done = [line for line in lines if line.startswith("[")]
    assert len(done) == len(VERSIONS)


def test_each_cell_is_kept_here(survived: Survived) -> None:
    """The results are where the command runs, whoever measured."""
    names = {path.name for path in (survived.out / report.CELLS).iterdir()}
    assert names == {f"{HERE}-requests-{version}.jsonl" for version in VERSIONS}


@pytest.fixture(scope="module")
def address(start_cluster: Callable[..., object]) -> str:
    """A cluster of one worker."""
    return f"dask:{start_cluster(1).address}"


def test_known_results(folder: Path, run_leakmatrix: Command, address: str) -> None:
    """What the cluster has measured once is taken from here the next time, as in any run."""
    command = ("run", *SELECTED, "--version", "1.0", "--executor", address)
    run_leakmatrix(folder, *command, "--fresh", "--out", "first")
    (first,) = report.read(folder / "first").cells
    done = run_leakmatrix(folder, *command, "--out", "second")
    assert done.returncode == 0, done.stdout + done.stderr
    (second,) = report.read(folder / "second").cells
    assert first.key
    assert second == replace(first, reused=True)


def test_own_cases(folder: Path, run_leakmatrix: Command, address: str, tmp_path: Path) -> None:
    """Cases of somebody's own go along to workers that have never seen them."""
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "test_mine.py").write_text(
        "import requests\n\ndef test_mine(peer):\n    requests.get(peer.url()).close()\n"
    )
    done = run_leakmatrix(
        folder, "run", "--cases", str(tmp_path), "--version", "1.0", "--executor", address, "--out", "own"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert [case.case for case in report.read(folder / "own").cases if case.contract != "control"] == ["mine"]


def test_selector_that_no_case_fits(folder: Path, run_leakmatrix: Command, address: str) -> None:
    """Wrong usage that only a guest can see ends the run from over there, too."""
    done = run_leakmatrix(folder, "run", "--case", "nothing*", "--version", "1.0", "--executor", address)
    assert done.returncode == 2
    assert "no case matches nothing*" in done.stderr


def test_interrupted(folder: Path, offline_variables: dict[str, str], start_cluster: Callable[..., object]) -> None:
    """Ctrl-C ends what runs on the workers, and the report says what was not run."""
    cluster = start_cluster(1)
    config = folder / "hangs.toml"
    config.write_text((folder / "pyproject.toml").read_text().replace(json.dumps(VERSIONS), '["4.0", "5.0"]'))
    executor = ("--executor", f"dask:{cluster.address}")
    with subprocess.Popen(
        (sys.executable, "-m", "matrix", "run", "--fresh", "--config", "hangs.toml", *executor, "--out", "interrupted"),
        cwd=folder,
        env=offline_variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        deadline = time.monotonic() + DEADLINE
        while not guests(cluster.workers[0].pid):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=DEADLINE)
    assert process.returncode == 130
    assert {cell.reason for cell in report.read(folder / "interrupted").cells} == {"interrupted"}
    assert guests(cluster.workers[0].pid) == {}


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("--executor", "dask"), 2, "a dask cluster has an address"),
        (("--executor", "threads:4"), 2, "threads have no address"),
        (("--executor", "ray:x"), 2, 'there is no executor "ray"'),
        (("--executor", "dask:tcp://127.0.0.1:1"), 3, "no dask scheduler answers at tcp://127.0.0.1:1"),
        (("--executor", "dask:nonsense://x"), 3, "no dask scheduler answers at nonsense://x"),
    ],
    ids=["no address", "address of threads", "unknown", "nobody there", "no address at all"],
)
def test_wrong_executor(
    folder: Path, run_leakmatrix: Command, arguments: tuple[str, ...], code: int, says: str
) -> None:
    """An executor that cannot be is said, with what there is or what to start."""
    done = run_leakmatrix(folder, "run", *arguments)
    assert done.returncode == code
    assert says in done.stderr
    assert "hint: " in done.stderr


def test_workers_of_a_cluster(folder: Path, run_leakmatrix: Command, address: str) -> None:
    """How many cells a cluster runs at a time is not this command's to say."""
    done = run_leakmatrix(folder, "run", "--executor", address, "--workers", "2")
    assert done.returncode == 2
    assert "leave --workers out" in done.stderr


def test_cluster_without_workers(folder: Path, run_leakmatrix: Command, start_cluster: Callable[..., object]) -> None:
    """A scheduler alone runs nothing, and that is said at once."""
    done = run_leakmatrix(folder, "run", "--executor", f"dask:{start_cluster(0).address}")
    assert done.returncode == 3
    assert "the cluster has no workers" in done.stderr


def test_worker_without_an_engine(folder: Path, run_leakmatrix: Command, start_cluster: Callable[..., object]) -> None:
    """A worker that could run no cell is named before any is tried."""
    address = start_cluster(1, DOCKER_HOST="tcp://127.0.0.1:1").address
    done = run_leakmatrix(folder, "run", "--executor", f"dask:{address}", "--sandbox", "docker")
    assert done.returncode == 3
    assert "error: the worker at tcp://127.0.0.1" in done.stderr
    assert "no Docker engine answers" in done.stderr


class HalfGone:
    """A cluster's client; one of its two workers has died after it was looked at."""

    def run(self, _in_thread: object, function: object, *_: object, on_error: str) -> dict[str, object]:
        assert on_error == "return"
        if function is elsewhere.look:
            looked = elsewhere.Looked(
                version=elsewhere.own_version(),
                code=code.provide().digest,
                sandbox="process",
                why="asked for",
                platform="",
                interpreters={},
            )
            return {"one": looked, "other": looked}
        return {"one": None, "other": OSError("no such worker")}

    def close(self) -> None:
        """Nothing is left open."""


def test_stopped_where_a_worker_has_died(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is stopping the run has a report to write."""
    monkeypatch.setattr(cluster, "_connect", lambda _address: HalfGone())
    stopped = cluster.Cluster("tcp://host:1", "process")
    stopped.stop()
    stopped.close()
