"""What a worker of a cluster does for a run: a sandbox of its own engine, a cache of its own, cell after cell.

Runs in the worker's process, in several threads. Which cluster that is, it does not know;
nothing is kept here but what any run keeps in its cache.
"""

import atexit
import platform
import tempfile
import threading
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from matrix.builder import Builder
from matrix.collect import Outcome
from matrix.config import Limits
from matrix.errors import MatrixError
from matrix.kit import Kit
from matrix.model import Cell, CellStatus
from matrix.provision import code
from matrix.provision.folders import Folder
from matrix.resolution import Resolver
from matrix.run import outcome_of
from matrix.sandbox import Sandbox
from matrix.sandbox.choose import Choice, choose
from matrix.workers import Workers


@dataclass(frozen=True, kw_only=True, slots=True)
class Ticket:
    """What a run's kit is made from on another machine: plain values, so that it can travel."""

    run: str
    choice: Choice
    limits: Limits
    cases: Mapping[str, tuple[str, ...]]  # cell -> globs
    requirements: Mapping[str, tuple[str, ...]]  # cell -> what is installed for it
    paths: tuple[str, ...]
    built: Collection[str]  # the clients of which an sdist will do
    own: Mapping[str, bytes]  # cases of somebody's own: name below their folder -> content
    anew: bool  # whether the index is asked again
    code: str  # the digest that guest and cases have to have, or the answers are not comparable


@dataclass(frozen=True, kw_only=True, slots=True)
class Looked:
    """What a worker has."""

    version: str  # of this tool
    code: str  # a digest of guest, peer and cases: what decides an answer
    sandbox: str
    why: str
    platform: str
    interpreters: Mapping[str, str]


class Unfit(Exception):
    """This worker cannot run cells now."""


class Post:
    """One run's sandbox and kit in this process; made when they are first needed."""

    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        self._lock = threading.RLock()
        self._stack = ExitStack()
        self._sandbox: tuple[Sandbox, str] | None = None
        self._kit: Kit | None = None

    def sandbox(self) -> tuple[Sandbox, str]:
        """The sandbox, and why this one."""
        with self._lock:
            if self._sandbox is None:
                self._sandbox = choose(self._choice)
                self._stack.callback(self._sandbox[0].close)
            return self._sandbox

    def kit(self, ticket: Ticket) -> Kit:
        """What this run's cells have in common."""
        with self._lock:
            if self._kit is None:
                self._kit = self._make_kit(ticket)
            return self._kit

    def stop(self) -> None:
        """End what runs."""
        if self._kit:
            self._kit.stopping.set()
        if self._sandbox:
            self._sandbox[0].stop()

    def close(self) -> None:
        """Put away all that was made."""
        self._stack.close()

    def _make_kit(self, ticket: Ticket) -> Kit:
        sandbox, _ = self.sandbox()
        folder = _code(ticket.own)
        if folder.digest != ticket.code:
            raise Unfit("another leakmatrix than that of the run, or other cases")
        return Kit(
            sandbox=sandbox,
            workers=self._stack.enter_context(Workers(sandbox)),
            interpreters=sandbox.interpreters(()),
            code=folder,
            limits=ticket.limits,
            cases=lambda cell: ticket.cases[cell.id],
            paths=ticket.paths,
            resolver=Resolver(
                Builder(sandbox, folder, ticket.limits),
                ticket.built,
                requirements=lambda cell: ticket.requirements[cell.id],
                anew=ticket.anew,
            ),
        )


_POSTS: dict[str, Post] = {}
_TICKETS: dict[str, Ticket] = {}
_LOCK = threading.Lock()


def own_version() -> str:
    """Of this tool."""
    return version("leakmatrix")


def look(run: str, choice: Choice, wanted: Sequence[str]) -> Looked:
    """What there is here for a run; with an effort for the interpreters `wanted`."""
    sandbox, why = _post(run, choice).sandbox()
    return Looked(
        version=own_version(),
        code=code.provide().digest,
        sandbox=sandbox.name,
        why=why,
        platform=sandbox.platform,
        interpreters=dict(sandbox.interpreters(wanted)),
    )


def machinery(run: str, choice: Choice, python: str) -> str | None:
    """What a cell on this interpreter would meet here, as `matrix.sandbox.Sandbox` has it."""
    return _post(run, choice).sandbox()[0].machinery(python)


def begin(ticket: Ticket) -> None:
    """Say what the cells of a run have in common. Quick: the kit is made with the first cell."""
    _TICKETS[ticket.run] = ticket


def measure(cell: Cell, run: str) -> Outcome:
    """What comes of one cell of a run that has begun. Raises Unfit where another worker may have more luck."""
    ticket = _TICKETS.get(run)
    if ticket is None:
        raise Unfit(f"{platform.node()}: the run is not known here")
    try:
        kit = _post(run, ticket.choice).kit(ticket)
    except (MatrixError, Unfit) as error:  # this machine's trouble: another one may have none
        raise Unfit(f"{platform.node()}: {error}") from error
    outcome = outcome_of(cell, kit)
    if outcome.cell.status is CellStatus.NOT_RUN and not kit.stopping.is_set():  # an engine that has gone since, say
        raise Unfit(f"{platform.node()}: {outcome.cell.reason}")
    return outcome


def stop(run: str) -> None:
    """End what runs of a run."""
    with _LOCK:
        post = _POSTS.get(run)
    if post:
        post.stop()


def end(run: str) -> None:
    """Put away all of a run."""
    _TICKETS.pop(run, None)
    with _LOCK:
        post = _POSTS.pop(run, None)
    if post:
        post.close()


def _post(run: str, choice: Choice) -> Post:
    with _LOCK:
        return _POSTS.setdefault(run, Post(choice))


def _code(own: Mapping[str, bytes]) -> Folder:
    """Our code as it is here, with the cases that came along."""
    if not own:
        return code.provide()
    with tempfile.TemporaryDirectory() as folder:
        for name, content in own.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return code.provide(own=Path(folder))


@atexit.register
def _end_all() -> None:
    for run in list(_POSTS):
        end(run)
