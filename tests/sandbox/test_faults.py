"""Faults of the engine, of the peer and of the runner, in real runs: none loses a cell, none colours the table.

Each run has cells that are none the wiser, and one that is slow to start, which the fault meets. What
each fault ends in is the table in docs/faults.md. Faults of a guest are in `test_docker.py` and
`test_process.py`, a full disk is in `test_full_disk.py`.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from docker import DockerClient
from docker.errors import DockerException
from docker.models.containers import Container
from requests.exceptions import RequestException

from matrix import report
from matrix.model import CellRecord, CellStatus, Verdict
from matrix.sandbox.images import Images
from matrix.sandbox.labels import OURS
from tests.command import HERE
from tests.engine import made_by

pytestmark = [
    pytest.mark.engine,
    pytest.mark.index,  # the peer's packages
    pytest.mark.timeout(900),
]

DEADLINE = 300.0
SLOW = f"{HERE}-requests-101.5"  # takes its time to be imported
PEER = "peer-"

CONFIG = """
[tool.leakmatrix]
python = ["{python}"]
cases = ["one_shot[dropped]", "one_shot[kept]"]
limits = {{ case-seconds = 60.0 }}
[tool.leakmatrix.clients.requests]
versions = {versions}
"""


class Run:
    """A run of the command in Docker, with a cache of its own, to which something happens."""

    def __init__(self, folder: Path, engine: DockerClient, variables: dict[str, str]) -> None:
        self.out = folder / "out"
        self.engine = engine
        self.said = ""
        self._folder = folder
        self._variables = variables
        self._process: subprocess.Popen[str] | None = None

    def start(self, *versions: str) -> None:
        """Begin with cells of these versions, one after the other."""
        (self._folder / "pyproject.toml").write_text(CONFIG.format(python=HERE[2:], versions=list(versions)))
        self._process = subprocess.Popen(
            (sys.executable, "-m", "matrix", "run", "--sandbox", "docker", "--out", "out", "--workers", "1"),
            cwd=self._folder,
            env=self._variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def until(self, name: str, other_than: str = "") -> Container:
        """Wait for a cell's container, or a peer's, to run."""
        assert self._process is not None
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            for each in self.containers():
                if each.labels.get(f"{OURS}.name", "").startswith(name) and each.id != other_than:
                    return each
            assert self._process.poll() is None, self._process.communicate()[0]
            time.sleep(0.05)
        pytest.fail(f"no {name} within {DEADLINE} s")

    def containers(self) -> list[Container]:
        """Those of this run that are up."""
        assert self._process is not None
        with suppress(DockerException, RequestException):
            return made_by(self.engine, self._process.pid)
        return []

    def result(self) -> dict[str, CellRecord]:
        """Wait for its end. The cells by version; those that nothing happened to have their right answers."""
        assert self._process is not None
        self.said, _ = self._process.communicate(timeout=DEADLINE)
        read = report.read(self.out)
        cells = {cell.version: cell for cell in read.cells}
        for version, verdict in (("101.0", Verdict.CLEAN), ("102.0", Verdict.HELD)):
            if version in cells:
                assert cells[version].status is CellStatus.RAN, cells[version].reason
                mine = [case for case in read.cases if case.cell == cells[version].cell and case.passed is not None]
                assert [case.verdict for case in mine] == [verdict] * 2
        return cells

    def kill(self) -> None:
        """End the runner at once, if it is there."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()


@pytest.fixture
def make_run(other_wheels: Path, tmp_path: Path) -> Iterator[Callable[[DockerClient, str | None], Run]]:
    """Makes a run on an engine."""
    made: list[Run] = []

    def make(engine: DockerClient, host: str | None = None) -> Run:
        variables = {**os.environ, "UV_FIND_LINKS": str(other_wheels), "UV_PYTHON_DOWNLOADS": "never"}
        variables |= {"LEAKMATRIX_CACHE": str(tmp_path / "cache")} | ({"DOCKER_HOST": host} if host else {})
        made.append(Run(tmp_path, engine, variables))
        return made[-1]

    yield make
    for run in made:
        run.kill()


@pytest.fixture
def run(make_run: Callable[[DockerClient], Run], engine: DockerClient) -> Run:
    """A run on the engine that all tests share."""
    return make_run(engine)


# The peer, and who ends containers from outside.


def test_peer_is_killed(run: Run) -> None:
    """A cell whose peer dies is run again with another one, and says why."""
    run.start("101.5", "102.0")
    run.until(SLOW)
    run.until(PEER).kill()
    cells = run.result()
    assert (cells["101.5"].status, cells["101.5"].reason) == (CellStatus.RAN, None)
    assert cells["101.5"].retried.startswith("the HTTP peer has ended (exit code 137)")


def test_peer_is_killed_each_time(run: Run) -> None:
    """A cell whose peer dies twice is not run, which is nobody's leak; the next one has a peer that lives."""
    run.start("101.5", "102.0")
    run.until(SLOW)
    first = run.until(PEER)
    first.kill()
    run.until(PEER, other_than=first.id or "")
    run.until(SLOW)
    run.until(PEER, other_than=first.id or "").kill()
    slow = run.result()["101.5"]
    assert slow.status is CellStatus.NOT_RUN
    assert (slow.reason or "").startswith("tried twice, and not the client's doing: the HTTP peer has ended")


def test_peer_runs_out_of_memory(run: Run) -> None:
    """A peer that the kernel kills for its memory is told as such, and replaced."""
    run.start("101.5", "102.0")
    run.until(SLOW)
    peer = run.until(PEER)
    hoard = (
        "open('/proc/1/oom_score_adj', 'w').write('1000'); import os; kept = [os.urandom(1 << 20) for _ in range(600)]"
    )
    with suppress(DockerException):
        peer.exec_run(("python3", "-c", hoard), user="65534:65534")
    slow = run.result()["101.5"]
    assert slow.status is CellStatus.RAN
    assert slow.retried.startswith("the HTTP peer has ended (out of memory)")


def test_cell_is_killed_from_outside(run: Run) -> None:
    """A container that somebody kills is run again: that is not the client's crash."""
    run.start("101.5", "102.0")
    run.until(SLOW).kill()
    slow = run.result()["101.5"]
    assert (slow.status, slow.retried) == (CellStatus.RAN, "it was killed from outside, not for its memory")


# The engine. One of the test's own, for no other may be stopped.


class PrivateEngine:
    """An engine on a socket of its own, with all its processes and mounts in namespaces that end with it."""

    def __init__(self, folder: Path) -> None:
        self.host = f"unix://{folder}/docker.sock"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def runs(self) -> bool:
        """Whether it has not been stopped."""
        return self._process is not None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = (
            "unshare",
            "--fork",
            "--pid",
            "--mount-proc",
            "--mount",
            "--kill-child",
            "dockerd",
            "--host",
            self.host,
            "--data-root",
            f"{self._folder}/data",
        )
        command += ("--exec-root", f"{self._folder}/exec", "--pidfile", f"{self._folder}/pid")
        command += ("--bridge", "none", "--iptables=false", "--shutdown-timeout", "1")
        (self._folder / "pid").unlink(missing_ok=True)
        shutil.rmtree(self._folder / "exec", ignore_errors=True)  # as /run is gone after a machine was switched off
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        end = time.monotonic() + DEADLINE
        while not self._answers():
            assert self._process.poll() is None, (self._folder / "log").read_text()[-2000:]
            assert time.monotonic() < end
            time.sleep(0.1)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as connection:  # the SDK leaves its own open where nobody answers
            try:
                connection.connect(self.host.removeprefix("unix://"))
                connection.sendall(b"GET /_ping HTTP/1.0\r\nHost: engine\r\n\r\n")
                return connection.recv(64).startswith(b"HTTP/1.0 200")
            except OSError:
                return False

    def end(self, number: signal.Signals) -> None:
        """Stop it: in order, as for an upgrade, or at once with its containers, as a machine that is switched off."""
        if self._process is not None and self._process.poll() is None:
            (engine,) = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
            os.kill(int(engine), number)
            self._process.wait(DEADLINE)
        self._process = None


@pytest.fixture(scope="module")
def an_engine() -> Iterator[PrivateEngine]:
    """An engine of these tests' own, with the image of this interpreter."""
    if shutil.which("dockerd") is None or os.geteuid() != 0:
        pytest.fail("an engine that a test may restart needs dockerd, and root")
    folder = Path(tempfile.mkdtemp(prefix="leakmatrix-engine-"))  # short: it has a socket in it
    engine = PrivateEngine(folder)
    try:
        engine.start()
        client = DockerClient(base_url=engine.host, timeout=120)
        Images(client).ensure(HERE[2:])
        client.close()
        yield engine
    finally:
        engine.end(signal.SIGTERM)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def private_engine(an_engine: PrivateEngine) -> PrivateEngine:
    """The same, running, whatever the test before has done to it."""
    if not an_engine.runs:
        an_engine.start()
    return an_engine


@pytest.fixture
def its_run(private_engine: PrivateEngine, make_run: Callable[[DockerClient, str], Run]) -> Iterator[Run]:
    """A run on that engine."""
    client = DockerClient(base_url=private_engine.host, timeout=120)
    yield make_run(client, private_engine.host)
    client.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["in order", "killed"])
def test_engine_is_restarted(private_engine: PrivateEngine, its_run: Run, number: signal.Signals) -> None:
    """A cell that an engine's restart takes away is run again once the engine is back; so is its peer."""
    its_run.start("101.0", "101.5", "102.0")
    its_run.until(SLOW)
    private_engine.end(number)
    private_engine.start()
    cells = its_run.result()
    assert cells["101.5"].status is CellStatus.RAN, cells["101.5"].reason
    assert cells["101.5"].retried


def test_engine_goes_away(private_engine: PrivateEngine, its_run: Run) -> None:
    """Without an engine what is left is not run, and says so; what had finished is kept, and taken the next time."""
    its_run.start("101.0", "101.5", "110.0")
    its_run.until(SLOW)
    private_engine.end(signal.SIGKILL)
    cells = its_run.result()
    assert [cells["101.5"].status, cells["110.0"].status] == [CellStatus.NOT_RUN] * 2
    assert "the engine" in (cells["101.5"].reason or "")
    private_engine.start()
    its_run.start("101.0", "101.5", "102.0")
    assert {version: cell.reused for version, cell in its_run.result().items()} == {
        "101.0": True,
        "102.0": False,
        "101.5": False,
    }


# The runner.


def test_runner_is_killed(run: Run) -> None:
    """Starting again is all: what had finished is taken, what had not is run, and the killed run's containers go."""
    run.start("101.0", "101.5", "102.0")
    run.until(SLOW)
    run.kill()
    left = {each.id for each in run.containers()}
    assert len(left) >= 2
    run.start("101.0", "101.5", "102.0")
    cells = run.result()
    assert [(version, cell.status, cell.reused) for version, cell in cells.items()] == [
        ("101.0", CellStatus.RAN, True),
        ("101.5", CellStatus.RAN, False),
        ("102.0", CellStatus.RAN, False),
    ]
    assert left & {each.id for each in run.engine.containers.list(all=True, ignore_removed=True)} == set()
