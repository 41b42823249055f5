"""What nobody can do a cell without, for `grid.py`: an empty container, the client imported, a fork for each case."""

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from docker import DockerClient

from matrix.provision import environment, interpreters
from matrix.sandbox import variables
from matrix.sandbox.images import Images

TIMES = 7
FORKS = """
import os, sys, time
import pytest, {client}
def once():
    started = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return time.perf_counter() - started
print(sorted(once() for _ in range(50))[25])
"""


@dataclass(frozen=True)
class Floors:
    """Seconds: of a container for each cell, of the imports in each, of a fork for each case."""

    cells: int
    container: float
    imports: float
    fork: float

    def total(self, cases: int) -> float:
        return self.cells * (self.container + self.imports) + cases * self.fork

    def words(self, cases: int) -> str:
        return (
            f"Floors: an empty container created, started, waited for and removed {self.container:.3f} s, "
            f"pytest and the client imported {self.imports:.3f} s, a fork of that process {self.fork * 1000:.1f} ms; "
            f"{self.total(cases):.1f} s for the grid, one after the other."
        )


def floors(client: DockerClient, cells: Sequence[tuple[str, str, str]]) -> Floors:
    containers, imports, forks = [], [], []
    images, found = Images(client), interpreters.on_host()
    for python, name, version in cells:
        image = images.ensure(python)
        containers.append(median(timed(lambda image=image: empty(client, image)) for _ in range(TIMES)))
        packages = environment.provide((f"{name}=={version}", "pytest>=8.3"), python=python).folder.path
        started = (str(found[python].executable), "-c")
        own = variables.of((packages,))

        def run(text: str, started: tuple[str, ...] = started, own: dict[str, str] = own) -> str:
            done = subprocess.run((*started, text), env=own, stdout=subprocess.PIPE, text=True, check=True)
            return done.stdout

        run(f"import pytest, {name}")  # compiles
        imports.append(median(timed(lambda run=run, name=name: run(f"import pytest, {name}")) for _ in range(TIMES)))
        forks.append(float(run(FORKS.format(client=name))))
    return Floors(cells=len(cells), container=median(containers), imports=median(imports), fork=median(forks))


def empty(client: DockerClient, image: str) -> None:
    container = client.containers.create(image, ["python3", "-S", "-E", "-c", ""], network_mode="none")
    container.start()
    container.wait()
    container.remove()


def timed(function: Callable[[], object]) -> float:
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit("run grid.py")
