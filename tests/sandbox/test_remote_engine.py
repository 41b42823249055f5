"""An engine that is reached by TCP, as `DOCKER_HOST` names one: the same cells, and nothing of this host is mounted."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from docker import DockerClient

from matrix import report
from matrix.model import CellStatus, Report
from matrix.sandbox import orphans
from tests.engine import OWNER

pytestmark = [pytest.mark.engine, pytest.mark.index]  # the peer's packages are from the index


SELECTED = ("--case", "one_shot[kept]")


class Forward:
    """A port of loopback that leads to the engine, as `ssh -L` would; it counts the connections."""

    def __init__(self, engine: str) -> None:
        self._engine = urlsplit(engine)
        self._loop = asyncio.new_event_loop()
        self.connections = 0
        self.server = self._loop.run_until_complete(asyncio.start_server(self._forward, "127.0.0.1", 0))
        self.address = f"tcp://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        self.server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self._engine.scheme == "unix":
            there, back = await asyncio.open_unix_connection(self._engine.path)
        else:
            there, back = await asyncio.open_connection(self._engine.hostname, self._engine.port)
        await asyncio.gather(_pump(reader, back), _pump(there, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        with suppress(OSError):
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
    finally:
        writer.close()


@pytest.fixture(scope="module")
def forward() -> Iterator[Forward]:
    """The engine of these tests, by way of a port."""
    forward = Forward(os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock")
    yield forward
    forward.close()


Run = Callable[..., Report]


@pytest.fixture(scope="module")
def run(
    other_wheels: Path,
    offline_variables: dict[str, str],
    config_text: Callable[..., str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Run:
    """Runs two tiny clients, of versions that no index has: one that is clean, one that leaks."""
    folder = tmp_path_factory.mktemp("remote")
    config = config_text().replace('versions = ["1.0", "2.0"]', 'versions = ["101.0", "102.0"]')
    (folder / "pyproject.toml").write_text(config)

    def ran(name: str, **variables: str) -> Report:
        done = subprocess.run(
            (sys.executable, "-m", "matrix", "run", "--fresh", "--sandbox", "docker", *SELECTED, "--out", name),
            cwd=folder,
            env={
                **os.environ,
                "UV_FIND_LINKS": str(other_wheels),
                "LEAKMATRIX_CACHE": offline_variables["LEAKMATRIX_CACHE"],
                **variables,
            },
            capture_output=True,
            text=True,
            timeout=250,
            check=False,
        )
        assert done.returncode == 1, done.stdout + done.stderr
        return report.read(folder / name)

    return ran


def test_engine_by_tcp(run: Run, forward: Forward, engine: DockerClient, answers: Callable[..., object]) -> None:
    """An engine behind a port gives the same answers as one that is here, and keeps nothing of the run."""
    before = orphaned(engine)
    here = run("here")
    assert forward.connections == 0
    there = run("there", DOCKER_HOST=forward.address)
    assert forward.connections > 0
    assert [cell.status for cell in there.cells] == [CellStatus.RAN, CellStatus.RAN]
    assert [(cell.cell, cell.image) for cell in there.cells] == [(cell.cell, cell.image) for cell in here.cells]
    assert answers(there) == answers(here)
    assert orphaned(engine) <= before


def orphaned(engine: DockerClient) -> set[str | None]:
    """The containers of runs that have ended."""
    found = engine.containers.list(all=True, filters={"label": OWNER}, ignore_removed=True)
    return {each.id for each in found if orphans.is_gone(each.labels[OWNER])}
