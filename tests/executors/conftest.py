"""A dask cluster on loopback: a scheduler and workers as processes, each worker with a cache of its own."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

DEADLINE = 100.0


@dataclass(frozen=True)
class Cluster:
    """Its scheduler's address, and its workers' processes."""

    address: str
    workers: tuple[subprocess.Popen[bytes], ...]


@contextmanager
def _started(log: Path, variables: dict[str, str], *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as said:
        process = subprocess.Popen(
            (sys.executable, "-m", "dask", *arguments), env=variables, stdout=said, stderr=said, cwd=log.parent
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(DEADLINE)


def until(condition: Callable[[], object], process: subprocess.Popen[bytes]) -> None:
    """Wait for something that a process does."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert process.poll() is None, "it has ended"
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(0.05)


@pytest.fixture(scope="session")
def start_cluster(
    offline_variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Cluster]]:
    """Starts a cluster: so many workers, with the environment variables of each."""
    with ExitStack() as stack:

        def start(number: int = 2, **variables: str) -> Cluster:
            folder = tmp_path_factory.mktemp("cluster")
            told = folder / "scheduler.json"
            scheduler = stack.enter_context(
                _started(
                    folder / "scheduler.log",
                    offline_variables,
                    *("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"),
                    *("--scheduler-file", str(told)),
                )
            )
            until(told.exists, scheduler)
            until(lambda: told.read_text().endswith("}"), scheduler)
            address = json.loads(told.read_text())["address"]
            workers = []
            for name in map(str, range(number)):
                own = {"LEAKMATRIX_CACHE": str(folder / f"cache-{name}"), **variables}
                log = folder / f"worker-{name}.log"
                worker = stack.enter_context(
                    _started(
                        log,
                        offline_variables | own,
                        *("worker", address, "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny"),
                        *("--no-dashboard", "--name", name, "--local-directory", str(folder)),
                    )
                )
                until(lambda log=log: b"Registered to:" in log.read_bytes(), worker)
                workers.append(worker)
            return Cluster(address=address, workers=tuple(workers))

        yield start
