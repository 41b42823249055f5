"""Cells to outcomes: take a known result, or provision and run, and keep what came of it before the next begins.

The executor is a parameter. A cell's trouble is an outcome; only what would spoil every
cell (the result folder cannot be written, say) is raised.
"""

import queue
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from matrix import collect
from matrix.collect import Outcome
from matrix.errors import EnvironmentLacks, MatrixError, UsageError
from matrix.kit import Kit, key_of, work_of
from matrix.known import mark
from matrix.model import Cell, CellStatus
from matrix.provision import uv
from matrix.sandbox import Trouble, Work

# That is mostly waiting for an index, which more questions at a time make slower.
LOOK_UPS_AT_A_TIME = 4

Measured = Callable[[Cell], Outcome]


def run(cells: Iterable[Cell], kit: Kit, executor: Executor, measured: Measured | None = None) -> None:
    """Every cell: what is known is kept at once, the others are executed. Raises what would spoil them all.

    An executor of other processes is handed `measured`, which has to travel there, and
    what it gives is kept here.
    """
    looking, ahead = ThreadPoolExecutor(LOOK_UPS_AT_A_TIME), ThreadPoolExecutor(max(1, kit.ahead))
    looks = [(cell, looking.submit(look_up, cell, kit)) for cell in cells]
    begun: dict[Future[Any], Cell] = {}
    ended: queue.SimpleQueue[Future[Any]] = queue.SimpleQueue()
    try:
        for cell, look in looks:
            if not look.result():
                if kit.ahead and not measured:
                    if not begun:
                        ahead.submit(_prepare_worker, kit)
                    ahead.submit(_prepare, cell, kit)
                future = executor.submit(measured or partial(execute, kit=kit), cell)
                begun[future] = cell
                future.add_done_callback(ended.put)
            while not ended.empty():
                future = ended.get()
                _settle(future, begun.pop(future), kit, elsewhere=measured is not None)
        for future in as_completed(list(begun)):  # of which a cluster forgets what nobody refers to
            _settle(future, begun.pop(future), kit, elsewhere=measured is not None)
        ahead.shutdown(cancel_futures=True)
    finally:
        for each in begun:
            each.cancel()
        for pool in (looking, ahead):  # a run that is stopped waits for neither
            pool.shutdown(wait=False, cancel_futures=True)


def _settle(future: Future[Any], cell: Cell, kit: Kit, *, elsewhere: bool) -> None:
    """What comes from elsewhere is kept; that nothing does is no fault of the cell's. Raises what spoils all cells."""
    try:
        outcome: Outcome | None = future.result()
    except MatrixError:
        raise
    except Exception as error:
        if not elsewhere:
            raise
        reason = f"the cluster gave no result: {type(error).__name__}: {error}".removesuffix(": ")
        outcome = collect.without_result(cell, CellStatus.NOT_RUN, reason, sandbox=kit.sandbox.name)
    if outcome and not kit.stopping.is_set():
        keep(outcome, kit)


def look_up(cell: Cell, kit: Kit) -> bool:
    """Whether there is a result of an earlier run that stands for this cell; then it is kept."""
    if kit.stopping.is_set() or cell.python not in kit.interpreters:
        return False
    try:
        found = _kept(cell, kit)
    except UsageError:
        raise
    except Exception:  # noqa: BLE001  `outcome_of` meets it again, and says so
        return False
    if found is None or kit.stopping.is_set():
        return False
    kit.watcher.started(cell)
    keep(found, kit)
    return True


def _kept(cell: Cell, kit: Kit) -> Outcome | None:
    """The result of an earlier run; none while the image is not there, for it is part of what a result is found by."""
    return None if kit.store is None or kit.fresh else kit.store.find(key_of(cell, kit))


def execute(cell: Cell, kit: Kit) -> None:
    """One cell, from its requirements to its kept result; nothing is kept once the run is being stopped."""
    if kit.stopping.is_set():
        return
    _prepare(cell, kit)
    if look_up(cell, kit):  # its image has been pulled since it was looked for: a machine that is new has none
        return
    kit.watcher.started(cell)
    outcome = outcome_of(cell, kit)
    if not kit.stopping.is_set():  # else its sandbox may have been taken away under it
        keep(outcome, kit)


def keep(outcome: Outcome, kit: Kit) -> None:
    """On disk, for this run and for later ones, and told."""
    kept = kit.store.keep(outcome) if kit.store else outcome
    marked = replace(kept, cases=mark(kept.cell, kept.cases, kit.known))
    kit.keep(marked)
    kit.watcher.finished(marked)


def outcome_of(cell: Cell, kit: Kit) -> Outcome:
    """What comes of a cell, whatever that is. It is kept by nobody yet."""
    try:
        return _outcome(cell, kit)
    except EnvironmentLacks as error:
        return collect.without_result(cell, CellStatus.NOT_RUN, error.message, sandbox=kit.sandbox.name)
    except Trouble as error:
        return collect.without_result(cell, CellStatus.NOT_RUN, str(error), sandbox=kit.sandbox.name)
    except UsageError:
        raise
    except Exception as error:  # noqa: BLE001  whatever it is, it is this cell's, and visible
        reason = f"the harness failed: {type(error).__name__}: {error}"
        return collect.without_result(cell, CellStatus.CRASHED, reason, sandbox=kit.sandbox.name)


def _outcome(cell: Cell, kit: Kit) -> Outcome:
    started, ran = time.monotonic(), datetime.now(UTC).isoformat(timespec="seconds")
    if cell.python not in kit.interpreters:
        raise EnvironmentLacks(f"{collect.NO_INTERPRETER}: install Python {cell.python}, or load an image of it")
    try:
        packages = kit.resolver.client(cell, kit.sandbox.platform)
    except uv.NoSolution as error:  # of the client only: what else we need is not the client's fault
        return collect.without_result(cell, CellStatus.UNINSTALLABLE, error.words, sandbox=kit.sandbox.name)
    outcome, before = _tried(cell, work_of(cell, kit), kit)
    record = replace(
        outcome.cell,
        resolved=packages.resolved,
        seconds=round(time.monotonic() - started, 2),
        ran=ran,
        key=key_of(cell, kit),
        built=", ".join(packages.built),
        retried=before,
    )
    return replace(outcome, cell=record)


def _tried(cell: Cell, work: Work, kit: Kit) -> tuple[Outcome, str]:
    """What came of it; and, where it was run a second time, what spoilt the first that was not the client's doing."""
    first = None
    try:
        first = _once(cell, work, kit)
        spoilt = collect.spoilt(first)
        if not spoilt:
            return first, ""
    except Trouble as error:
        spoilt = str(error)
    if kit.stopping.is_set():
        raise Trouble(spoilt)
    try:
        return _once(cell, work, kit, fresh=first is None), spoilt
    except Trouble as second:
        before = "the same" if str(second) == spoilt else spoilt
        raise Trouble(f"tried twice, and not the client's doing: {second} (before: {before})") from second


def _once(cell: Cell, work: Work, kit: Kit, *, fresh: bool = False) -> Outcome:
    with kit.workers.lend(fresh=fresh) as worker:
        ended = worker.run(work)
    return collect.outcome(cell, ended, sandbox=kit.sandbox.name)


def _prepare(cell: Cell, kit: Kit) -> None:
    """Make ahead what `execute` would make; who meets trouble here meets it again there."""
    with suppress(Exception):
        if not kit.stopping.is_set() and not _kept(cell, kit):
            kit.sandbox.prepare(work_of(cell, kit))


def _prepare_worker(kit: Kit) -> None:
    """What the first cell would wait for, made while its packages are; trouble is met again there, as above."""
    with suppress(Exception):
        if not kit.stopping.is_set():
            kit.sandbox.prepare_worker()
