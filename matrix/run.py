"""Cells to outcomes: provision each, run it in a sandbox, keep its result before the next begins.

The executor is a parameter. A cell's trouble is an outcome; only what would spoil every
cell (the result folder cannot be written, say) is raised.
"""

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, as_completed
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Protocol

from matrix import collect, releases
from matrix.collect import Outcome
from matrix.config import Limits
from matrix.errors import EnvironmentLacks, UsageError
from matrix.guest.wire import PROTOCOL
from matrix.known import KnownLeak, mark
from matrix.model import Cell, CellStatus, Resolve
from matrix.order import python_language
from matrix.provision import environment, uv
from matrix.provision.environment import Environment
from matrix.provision.folders import Folder
from matrix.sandbox import Sandbox, Work, Worker

# Cases that mostly wait run side by side: each that leaves something takes 1.4 s.
CASES_AT_A_TIME = 16
RUNNER = ("pytest>=8.3",)
# A release's own date, and some days for what was released with it.
ERA = timedelta(days=4)


class Watcher(Protocol):
    """Who is told how it goes, from any thread."""

    def started(self, cell: Cell) -> None:
        """A cell has begun."""

    def finished(self, outcome: Outcome) -> None:
        """A cell has ended, and its result is kept."""


class Workers:
    """Workers of a sandbox, lent one at a time; made when they are first needed, all ended together."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._idle: queue.SimpleQueue[Worker] = queue.SimpleQueue()
        self._stack = ExitStack()
        self._lock = threading.Lock()

    @contextmanager
    def lend(self) -> Iterator[Worker]:
        """A worker for one cell."""
        try:
            worker = self._idle.get_nowait()
        except queue.Empty:
            opened = self._sandbox.worker()
            worker = opened.__enter__()  # outside the lock: starting a peer takes a moment
            with self._lock:
                self._stack.push(opened)
        yield worker
        self._idle.put(worker)  # not after an exception: a worker that failed is not lent again

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()


@dataclass(frozen=True, kw_only=True, slots=True)
class Kit:
    """What all cells of a run have in common."""

    sandbox: Sandbox
    workers: Workers
    interpreters: Mapping[str, str]
    code: Folder
    limits: Limits
    cases: Callable[[Cell], tuple[str, ...]]  # the globs of cases that a cell is to run
    requirements: Callable[[Cell], tuple[str, ...]]  # what is installed for it
    known: tuple[KnownLeak, ...]
    keep: Callable[[Outcome], None]
    paths: tuple[str, ...] = ("cases",)  # where the cases are, below the code folder
    watcher: Watcher
    stopping: threading.Event = field(default_factory=threading.Event)


def run(cells: Iterable[Cell], kit: Kit, executor: Executor) -> None:
    """Every cell; each hands its outcome to `kit.keep`. Raises what would spoil them all."""
    futures = [executor.submit(execute, cell, kit) for cell in cells]
    try:
        for future in as_completed(futures):
            future.result()
    finally:
        for future in futures:
            future.cancel()


def execute(cell: Cell, kit: Kit) -> None:
    """One cell, from its requirements to its kept result; nothing is kept once the run is being stopped."""
    if kit.stopping.is_set():
        return
    kit.watcher.started(cell)
    started = time.monotonic()
    try:
        outcome = _outcome(cell, kit, started)
    except EnvironmentLacks as error:
        outcome = collect.without_result(cell, CellStatus.NOT_RUN, error.message, sandbox=kit.sandbox.name)
    except UsageError:
        raise
    except Exception as error:  # noqa: BLE001  whatever it is, it is this cell's, and visible
        reason = f"the harness failed: {type(error).__name__}: {error}"
        outcome = collect.without_result(cell, CellStatus.CRASHED, reason, sandbox=kit.sandbox.name)
    if kit.stopping.is_set():
        return  # its sandbox may have been taken away under it
    outcome = replace(outcome, cases=mark(outcome.cell, outcome.cases, kit.known))
    kit.keep(outcome)
    kit.watcher.finished(outcome)


def _outcome(cell: Cell, kit: Kit, started: float) -> Outcome:
    if cell.python not in kit.interpreters:
        raise EnvironmentLacks(f"{collect.NO_INTERPRETER}: install Python {cell.python}, or load an image of it")
    try:
        packages = _packages(cell, kit)
    except uv.NoSolution as error:  # of the client only: what else we need is not the client's fault
        return collect.without_result(cell, CellStatus.UNINSTALLABLE, error.words, sandbox=kit.sandbox.name)
    runner = environment.provide(RUNNER, python=cell.python, platform=kit.sandbox.platform)
    work = Work(
        cell=cell.id,
        python=cell.python,
        packages=packages.folder,
        runner=runner.folder,
        code=kit.code,
        job=_job(cell, kit),
        limits=kit.limits,
    )
    with kit.workers.lend() as worker:
        ended = worker.run(work)
    seconds = time.monotonic() - started
    resolved = packages.resolved
    return collect.outcome(cell, ended, sandbox=kit.sandbox.name, resolved=resolved, seconds=seconds)


def _packages(cell: Cell, kit: Kit) -> Environment:
    before = None
    if cell.resolve is Resolve.ERA:
        language = python_language(cell.python)
        date = releases.release_date(cell.client, cell.version, releases.UvIndex(), python=language)
        if date is None:
            raise EnvironmentLacks(f"the index does not say when {cell.client} {cell.version} was released")
        before = date + ERA
    return environment.provide(kit.requirements(cell), python=cell.python, platform=kit.sandbox.platform, before=before)


def _job(cell: Cell, kit: Kit) -> dict[str, object]:
    return {
        "protocol": PROTOCOL,
        "cell": cell.id,
        "client": cell.client,
        "cases": {"paths": list(kit.paths), "select": list(kit.cases(cell))},
        "limits": {
            "case_seconds": kit.limits.case_seconds,
            "late_seconds": kit.limits.late_seconds,
            "jobs": CASES_AT_A_TIME,
            "peer_seconds": 20.0,
        },
    }
