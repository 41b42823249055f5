"""The workers of a dask.distributed cluster, through its own `concurrent.futures` executor.

A cell is measured on a worker, by `elsewhere.py`, and its outcome kept here. A worker that
dies has its cells run by the others: that is the cluster's own doing. Needs the extra `dask`.
"""

import asyncio
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from typing import NoReturn, TypeVar, cast

from distributed import Client, Worker, WorkerPlugin, get_worker

from matrix.collect import Outcome
from matrix.errors import EnvironmentLacks, MatrixError, UsageError
from matrix.executors import Opened, elsewhere
from matrix.executors.elsewhere import Looked, Ticket
from matrix.kit import Kit
from matrix.model import Cell
from matrix.provision import code
from matrix.provision.once import Once
from matrix.sandbox import Building, Ended, Work
from matrix.sandbox import Worker as SandboxWorker
from matrix.sandbox.choose import Choice

CONNECT_SECONDS = 20.0
# A worker that cannot run cells hands them back, and they may well meet it again.
RETRIES = 3

Answer = TypeVar("Answer")


class Cluster:
    """The sandboxes of all workers as one `matrix.sandbox.Sandbox`, and the executor that reaches them."""

    def __init__(self, address: str, choice: Choice) -> None:
        self._run = uuid.uuid4().hex[:12]
        self._choice: Choice = choice
        self._client = _connect(address)
        self._machinery: Once[str, str | None] = Once()
        try:
            self._looked = self._look(())
            same = _one_of(self._looked)
        except BaseException:
            self.close()
            raise
        self.name = same.sandbox
        self.platform = same.platform
        number = len(self._looked)
        self.why = f"{same.why}; on {'the worker' if number == 1 else f'the {number} workers'} of a cluster"

    def interpreters(self, wanted: Sequence[str]) -> Mapping[str, str]:
        """What every worker has: a cell may be run by any."""
        self._looked = self._look(wanted)
        return _common(self._looked.values())

    def machinery(self, python: str) -> str | None:
        """What a cell meets on every worker; None where that is not the same on all."""

        def ask() -> str | None:
            found = set(self._everywhere(elsewhere.machinery, self._run, self._choice, python).values())
            return found.pop() if len(found) == 1 else None

        return self._machinery.get(python, ask)

    def prepare(self, work: Work) -> None:
        """Each worker makes its own."""

    def prepare_worker(self) -> None:
        """Each worker makes its own."""

    def build(self, building: Building) -> Ended:
        """Each worker builds its own."""
        raise EnvironmentLacks(f"{building.name}: wheels are built by the workers of a cluster")

    def worker(self) -> AbstractContextManager[SandboxWorker]:
        """There is none here."""
        raise EnvironmentLacks("cells are run by the workers of a cluster")

    def stop(self) -> None:
        """End all that runs, on every worker that there still is."""
        with suppress(OSError, MatrixError):
            self._everywhere(elsewhere.stop, self._run)

    def close(self) -> None:
        """Remove all that the workers made for the run, and leave the cluster."""
        with suppress(OSError, MatrixError):  # a worker, or the cluster, that has gone
            self._everywhere(elsewhere.end, self._run)
        self._client.close()

    @contextmanager
    def executor(self, cells: Sequence[Cell], kit: Kit, at_a_time: int | None) -> Iterator[Opened]:
        """The cluster's executor. How many cells run at a time is how many threads its workers have."""
        if at_a_time is not None:
            raise UsageError("a cluster's workers say how many cells run at a time", hint="leave --workers out")
        known = {cell.id: cell for cell in cells}
        ticket = Ticket(
            run=self._run,
            choice=cast("Choice", self.name),  # for workers that join later, too
            limits=kit.limits,
            cases={cell.id: kit.cases(cell) for cell in cells},
            requirements={cell.id: kit.resolver.requirements(cell) for cell in cells},
            paths=kit.paths,
            built=frozenset(kit.resolver.built),
            own=_own_cases(kit),
            anew=kit.resolver.anew,
            code=kit.code.digest,
        )
        self._client.register_plugin(Begin(ticket), name=_name(self._run))
        self._client.subscribe_topic(_name(self._run), lambda event: kit.watcher.started(known[event[1]]))
        executor = self._client.get_executor(pure=False, retries=RETRIES)
        try:
            yield Opened(executor=executor, measured=partial(_measure, run=self._run))
        finally:
            executor.shutdown(wait=False)
            self._client.unsubscribe_topic(_name(self._run))
            self._client.unregister_worker_plugin(_name(self._run))

    def _look(self, wanted: Sequence[str]) -> dict[str, Looked]:
        looked = self._everywhere(elsewhere.look, self._run, self._choice, wanted)
        if not looked:
            raise EnvironmentLacks("the cluster has no workers", hint="start some: dask worker ADDRESS")
        return looked

    def _everywhere(self, function: Callable[..., Answer], *arguments: object) -> dict[str, Answer]:
        answers = self._client.run(_in_thread, function, *arguments, on_error="return")
        for worker, answer in answers.items():
            if isinstance(answer, BaseException):
                _refuse(worker, answer)
        found: dict[str, Answer] = answers
        return found


class Begin(WorkerPlugin):
    """Tells each worker of a run, also those that join later; what was made for it goes with it."""

    def __init__(self, ticket: Ticket) -> None:
        self._ticket = ticket

    def setup(self, worker: Worker) -> None:  # noqa: ARG002  the plugin's signature
        """Quick: this is the worker's event loop."""
        elsewhere.begin(self._ticket)

    async def teardown(self, worker: Worker) -> None:  # noqa: ARG002
        """Slow, and so not in the event loop."""
        await asyncio.to_thread(elsewhere.end, self._ticket.run)


def _measure(cell: Cell, run: str) -> Outcome:
    get_worker().log_event(_name(run), cell.id)
    return elsewhere.measure(cell, run)


async def _in_thread(function: Callable[..., Answer], *arguments: object) -> Answer:
    """On a worker: it goes on answering the scheduler meanwhile."""
    return await asyncio.to_thread(function, *arguments)


def _name(run: str) -> str:
    return f"leakmatrix-{run}"


def _connect(address: str) -> Client:
    try:
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise EnvironmentLacks(
            f"no dask scheduler answers at {address}: {error}",
            hint="start one (dask scheduler), and workers (dask worker ADDRESS)",
        ) from error


def _one_of(looked: Mapping[str, Looked]) -> Looked:
    """What all workers have in common, and have to. Raises EnvironmentLacks."""
    here = elsewhere.own_version(), code.provide().digest
    (first, one), *_ = looked.items()
    for worker, each in looked.items():
        if (each.version, each.code) != here:
            raise EnvironmentLacks(
                f"the worker at {worker} has another leakmatrix than this process: {each.version}, here {here[0]}",
                hint="install the same version, with the same cases, on every worker",
            )
        if (each.sandbox, each.platform) != (one.sandbox, one.platform):
            raise EnvironmentLacks(
                f"the workers differ: {first} has {one.sandbox} {one.platform}, "
                f"and {worker} {each.sandbox} {each.platform}",
                hint="start an engine on every worker, or use --sandbox process",
            )
    return one


def _common(looked: Iterable[Looked]) -> dict[str, str]:
    first, *others = looked
    return {
        name: version
        for name, version in first.interpreters.items()
        if all(name in other.interpreters for other in others)
    }


def _refuse(worker: str, error: BaseException) -> NoReturn:
    message = getattr(error, "message", None) or f"{type(error).__name__}: {error}"
    hint = getattr(error, "hint", "") or "every worker needs leakmatrix of this version, with its extra dask"
    raise EnvironmentLacks(f"the worker at {worker} cannot run cells: {message}", hint=hint) from error


def _own_cases(kit: Kit) -> dict[str, bytes]:
    folder = kit.code.path / code.OWN
    files = [path for path in folder.rglob("*") if path.is_file()] if code.OWN in kit.paths else []
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}
