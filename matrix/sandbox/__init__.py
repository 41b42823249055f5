"""Where a cell runs, behind one small Protocol: in Docker, or in a process of this host.

A sandbox takes a job and folders and gives back an answer file or the reason why there
is none. It does not know what a case is, and believes nothing of what it is handed.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from matrix.config import Limits
from matrix.model import CellStatus
from matrix.provision.folders import Folder


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """One cell's work. The import path: the client's packages, then pytest's, then our code."""

    cell: str
    python: str
    packages: Folder
    runner: Folder
    code: Folder
    job: Mapping[str, Any]  # as in `matrix.guest.wire`, without peer, answer and scratch
    limits: Limits

    @property
    def folders(self) -> tuple[Folder, Folder, Folder]:
        """In the order of the import path."""
        return (self.packages, self.runner, self.code)


@dataclass(frozen=True, kw_only=True, slots=True)
class Building:
    """An sdist to be made a wheel of. The import path: what it asks for to be built, then our code."""

    name: str
    python: str
    requires: Folder
    source: Folder  # with the sdist
    code: Folder
    job: Mapping[str, Any]  # as in `matrix.guest.build_wheel`, without folder, answer and scratch
    limits: Limits


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """How the work ended; `status` and `reason` where the sandbox had to end it, or saw it die."""

    answer: bytes | None
    status: CellStatus | None = None
    reason: str = ""
    image: str | None = None
    out_of_memory: bool = False  # something in it was killed for that; the rest may have gone on


class Trouble(Exception):
    """What went wrong is the engine's, the peer's or this machine's, whatever the guest is: worth another try."""


class Worker(Protocol):
    """One peer, and the cells that talk to it one after the other."""

    def run(self, work: Work) -> Ended:
        """Run one cell to its end, within its limits. Raises `Trouble`; then the worker is of no more use."""


class Sandbox(Protocol):
    """A way of running cells. `stop` makes every running one end at once, from any thread."""

    name: str
    platform: str  # what uv resolves for ("x86_64-manylinux_2_28"); empty: this host

    def interpreters(self, wanted: Sequence[str]) -> Mapping[str, str]:
        """All that can be had here, with an effort for those `wanted`: name -> version or origin."""

    def machinery(self, python: str) -> str | None:
        """A digest of all that a cell on `python` meets here beside its folders; None while that is to be made yet."""

    def prepare(self, work: Work) -> None:
        """Make what the work runs on. `run` would, too; this may be called ahead, from another thread."""

    def prepare_worker(self) -> None:
        """Make what a worker's peer runs on. `worker` would, too."""

    def build(self, building: Building) -> Ended:
        """Build a wheel: the answer is its name, a line break, and the wheel. Raises `Trouble`."""

    def worker(self) -> AbstractContextManager[Worker]:
        """A worker with a peer of its own. Raises `Trouble` where it does not start."""

    def stop(self) -> None:
        """End all that runs."""

    def close(self) -> None:
        """Remove all that this sandbox made for the run."""
