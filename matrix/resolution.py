"""What cells are installed from, asked of the index once for each run: the client's packages, and pytest's.

A run sees one state of the index, however many cells ask, and installs each lock once.
"""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from matrix import releases
from matrix.builder import Builder
from matrix.errors import EnvironmentLacks
from matrix.model import Cell, Resolve
from matrix.order import python_language
from matrix.provision import environment, uv
from matrix.provision.environment import Environment, Lock
from matrix.provision.once import Once

RUNNER = ("pytest>=8.3",)
# A release's own date, and some days for what was released with it.
ERA = timedelta(days=4)

_Question = tuple[tuple[str, ...], str, str, datetime | None]  # requirements, interpreter, platform, as of


def _requirements(cell: Cell) -> tuple[str, ...]:
    return (f"{cell.client}=={cell.version}", *cell.pins)


class Resolver:
    """Locks, by what they were asked for, also those that there are not; and their folders.

    `builder` makes wheels for the clients that are `built`: those of which an sdist will do. `requirements` says
    what is installed for a cell. What was resolved some minutes ago by another run will do, too, unless it is to
    be asked `anew`.
    """

    def __init__(
        self,
        builder: Builder | None = None,
        built: Collection[str] = (),
        *,
        requirements: Callable[[Cell], tuple[str, ...]] = _requirements,
        anew: bool = False,
    ) -> None:
        self._builder = builder
        self.built = built
        self.requirements = requirements
        self.anew = anew
        self._locks: Once[_Question, Lock | uv.NoSolution] = Once()
        self._installed: Once[str, Environment] = Once()
        self._dates: Once[tuple[str, str, str], datetime | None] = Once()

    def client(self, cell: Cell, platform: str) -> Lock:
        """The client and what it depends on. Raises `uv.NoSolution` and `EnvironmentLacks`."""
        before = self._era(cell) if cell.resolve is Resolve.ERA else None
        builder = self._builder if cell.client in self.built else None
        return self._lock(self.requirements(cell), cell.python, platform, before, builder)

    def runner(self, python: str, platform: str) -> Lock:
        """Pytest and what it depends on."""
        return self._lock(RUNNER, python, platform)

    def install(self, lock: Lock) -> Environment:
        """The folder of a lock, made by one of those who ask for it at the same time."""
        return self._installed.get(lock.digest, lambda: environment.install(lock))

    def _lock(
        self,
        requirements: tuple[str, ...],
        python: str,
        platform: str,
        before: datetime | None = None,
        builder: Builder | None = None,
    ) -> Lock:
        def ask() -> Lock | uv.NoSolution:
            resolve = environment.resolve if self.anew else environment.resolve_recently
            try:
                return resolve(requirements, python=python, platform=platform, before=before)
            except uv.NoSolution as none:
                return _built(requirements, python, platform, before, builder) if builder else none

        found = self._locks.get((requirements, python, platform, before), ask)
        if isinstance(found, uv.NoSolution):
            raise uv.NoSolution(found.words)
        return found

    def _era(self, cell: Cell) -> datetime:
        language = python_language(cell.python)
        date = self._dates.get(
            (cell.client, cell.version, language),
            lambda: releases.release_date(cell.client, cell.version, releases.UvIndex(), python=language),
        )
        if date is None:
            raise EnvironmentLacks(f"the index does not say when {cell.client} {cell.version} was released")
        return date + ERA


def _built(
    requirements: tuple[str, ...], python: str, platform: str, before: datetime | None, builder: Builder
) -> Lock | uv.NoSolution:
    """With wheels built for what has none. Where that does not help either, the last reason is the better one."""
    try:
        wheels = builder.wheels(requirements, python)
        return environment.resolve(requirements, python=python, platform=platform, before=before, wheels=wheels)
    except uv.NoSolution as none:
        return none
