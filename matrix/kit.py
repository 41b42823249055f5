"""What all cells of a run have in common, and from it the work of one cell, and the key of its result.

Nothing is run here.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from matrix import reuse
from matrix.collect import Outcome
from matrix.config import Limits
from matrix.guest.wire import PROTOCOL
from matrix.known import KnownLeak
from matrix.model import Cell
from matrix.provision import code
from matrix.provision.environment import Lock
from matrix.provision.folders import Folder
from matrix.resolution import Resolver
from matrix.sandbox import Sandbox, Trouble, Work
from matrix.store import Store
from matrix.workers import Workers

# Cases that mostly wait run side by side: each that leaves something takes 1.4 s.
# `config.Limits` allows a cell memory and processes for as many.
# On PyPy they compute: in a child that is about to end nothing is ever compiled, and each collection copies the heap.
CASES_AT_A_TIME = 16
OF_PYPY = 4


class Watcher(Protocol):
    """Who is told how it goes, from any thread."""

    def started(self, cell: Cell) -> None:
        """A cell has begun."""

    def finished(self, outcome: Outcome) -> None:
        """A cell has ended, and its result is kept."""

    def more(self, cells: int) -> None:
        """There is more to do than was planned."""


class Nobody:
    """A watcher for where nobody is to be told."""

    def started(self, cell: Cell) -> None:
        """Nothing is said."""

    def finished(self, outcome: Outcome) -> None:
        """Nothing is said."""

    def more(self, cells: int) -> None:
        """Nothing is said."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Kit:
    """What all cells of a run have in common."""

    sandbox: Sandbox
    workers: Workers
    interpreters: Mapping[str, str]
    code: Folder
    limits: Limits
    cases: Callable[[Cell], tuple[str, ...]]  # the globs of cases that a cell is to run
    paths: tuple[str, ...] = ("cases",)  # where the cases are, below the code folder
    # What becomes of outcomes: nothing where they are but measured, on behalf of another process.
    known: tuple[KnownLeak, ...] = ()
    keep: Callable[[Outcome], None] = lambda _: None
    watcher: Watcher = field(default_factory=Nobody)
    stopping: threading.Event = field(default_factory=threading.Event)
    resolver: Resolver = field(default_factory=Resolver)
    store: Store | None = None  # where results are kept for later runs
    fresh: bool = False  # run what has a result, too
    ahead: int = 2  # cells whose image and packages are made while others run


def work_of(cell: Cell, kit: Kit) -> Work:
    """What a sandbox is handed; the packages are installed."""
    packages, runner = _locks(cell, kit)
    return Work(
        cell=cell.id,
        python=cell.python,
        packages=kit.resolver.install(packages).folder,
        runner=kit.resolver.install(runner).folder,
        code=kit.code,
        job=_job(cell, kit),
        limits=kit.limits,
    )


def key_of(cell: Cell, kit: Kit) -> str:
    """Empty while the image is to be made yet, and where nobody can say what it is."""
    try:
        machinery = kit.sandbox.machinery(cell.python)
    except (Trouble, OSError):
        machinery = None
    if machinery is None:
        return ""
    packages, runner = _locks(cell, kit)
    return reuse.key_of(
        reuse.Ingredients(
            job=_job(cell, kit),
            limits=kit.limits,
            sandbox=kit.sandbox.name,
            machinery=machinery,
            python=cell.python,
            packages=packages.digest,
            runner=runner.digest,
            code=code.digest_for(cell.client, kit.code.path),
        )
    )


def _locks(cell: Cell, kit: Kit) -> tuple[Lock, Lock]:
    platform = kit.sandbox.platform
    return kit.resolver.client(cell, platform), kit.resolver.runner(cell.python, platform)


def _job(cell: Cell, kit: Kit) -> dict[str, object]:
    return {
        "protocol": PROTOCOL,
        "cell": cell.id,
        "client": cell.client,
        "cases": {"paths": list(kit.paths), "select": list(kit.cases(cell))},
        "limits": {
            "case_seconds": kit.limits.case_seconds,
            "late_seconds": kit.limits.late_seconds,
            "jobs": OF_PYPY if cell.python.startswith("pypy") else CASES_AT_A_TIME,
            "peer_seconds": 20.0,
        },
    }
