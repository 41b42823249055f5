"""A run in Docker that is ended from outside: what is left in the engine, and how it is found."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from docker import DockerClient
from docker.models.containers import Container

from matrix import report
from matrix.model import CellStatus
from matrix.sandbox.labels import OURS
from tests.command import HERE

pytestmark = [pytest.mark.engine, pytest.mark.index]  # the peer's packages are from the index

CELL = f"{HERE}-requests-4.0"  # hangs when it is imported
DEADLINE = 100.0


class Run:
    """A run of the command whose only cell hangs, once that cell is in the engine."""

    def __init__(self, process: subprocess.Popen[bytes], engine: DockerClient, label: str, out: Path) -> None:
        self.process = process
        self.out = out
        self._engine = engine
        self._ours = {"label": f"{OURS}.run={label}"}

    def containers(self) -> list[Container]:
        return self._engine.containers.list(all=True, filters=self._ours, ignore_removed=True)

    def volumes(self) -> list[object]:
        return self._engine.volumes.list(filters=self._ours)

    def end(self, *numbers: signal.Signals) -> int:
        for number in numbers:
            self.process.send_signal(number)
            time.sleep(0.2)
        return self.process.wait(DEADLINE)

    def remove(self) -> None:
        for container in self.containers():
            container.remove(force=True, v=True)


@pytest.fixture
def hanging(
    engine: DockerClient,
    wheels: Path,
    offline_variables: dict[str, str],
    config_text: Callable[..., str],
    tmp_path: Path,
) -> Iterator[Run]:
    """A run, about to be ended. Its packages come from the folder of tiny wheels and from the index."""
    config = config_text(cell_seconds=600.0).replace('versions = ["1.0", "2.0"]', 'versions = ["4.0"]')
    (tmp_path / "pyproject.toml").write_text(config)
    before = {container.id for container in engine.containers.list(all=True, ignore_removed=True)}
    variables = {
        **os.environ,
        "UV_FIND_LINKS": str(wheels),
        "LEAKMATRIX_CACHE": offline_variables["LEAKMATRIX_CACHE"],
        "UV_PYTHON_DOWNLOADS": "never",
    }
    process = subprocess.Popen(
        (sys.executable, "-m", "matrix", "run", "--sandbox", "docker", "--out", "out", "--workers", "1"),
        cwd=tmp_path,
        env=variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        run = Run(process, engine, began(process, engine, before), tmp_path / "out")
        yield run
        run.remove()
    finally:
        process.kill()
        process.wait()


def began(process: subprocess.Popen[bytes], engine: DockerClient, before: set[str]) -> str:
    """The label of the run, once its cell runs."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        assert process.poll() is None
        for container in engine.containers.list(filters={"label": f"{OURS}.name={CELL}"}, ignore_removed=True):
            if container.id not in before:
                return container.labels[f"{OURS}.run"]
        time.sleep(0.1)
    pytest.fail(f"no cell began within {DEADLINE} s")


def test_interrupted_leaves_nothing(hanging: Run) -> None:
    """After Ctrl-C there is no container and no volume of that run."""
    assert len(hanging.containers()) == 2
    assert hanging.end(signal.SIGINT) == 130
    assert (hanging.containers(), hanging.volumes()) == ([], [])


def test_interrupted_more_than_once(hanging: Run) -> None:
    """Ctrl-C in a runner such as tox comes from the terminal and from the runner, with SIGTERM after it."""
    assert hanging.end(signal.SIGINT, signal.SIGINT, signal.SIGTERM) == 130
    assert (hanging.containers(), hanging.volumes()) == ([], [])
    assert [cell.status for cell in report.read(hanging.out).cells] == [CellStatus.NOT_RUN]


def test_terminated_is_interrupted(hanging: Run) -> None:
    """SIGTERM, as a CI sends it, ends a run in the same order: with a report."""
    assert hanging.end(signal.SIGTERM) == 130
    assert hanging.containers() == []
    assert [cell.status for cell in report.read(hanging.out).cells] == [CellStatus.NOT_RUN]


def test_killed_can_be_cleaned(hanging: Run) -> None:
    """What a run left that was killed is found by our label, and removed with its volumes."""
    hanging.end(signal.SIGKILL)
    left = hanging.containers()
    assert {container.labels[OURS] for container in left} == {"1"}
    assert len(left) == 2
    hanging.remove()
    assert (hanging.containers(), hanging.volumes()) == ([], [])
