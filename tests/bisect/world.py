"""A synthetic index for the tests of bisect: releases with dates and requirements, and what each environment answers.

Plain values; a `World` resolves as an installer would, newest first, and is a `Tester` that counts.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from matrix.bisect.model import Question, Tried
from matrix.bisect.trail import Bad, Enough
from matrix.model import Cell, Resolve, Verdict

Lock = Mapping[str, str]
CLIENT = "client"


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """A version, the day it came out, and what it requires of others."""

    version: str
    day: int
    requires: Mapping[str, str] = field(default_factory=dict)


def releases(
    count: int, *, every: int = 10, requires: Callable[[int], Mapping[str, str]] | None = None
) -> list[Release]:
    """`1.0` to `count.0`, one every so many days."""
    return [
        Release(version=f"{number}.0", day=number * every, requires=requires(number) if requires else {})
        for number in range(1, count + 1)
    ]


@dataclass(slots=True)
class World:
    """What there is, and what each environment answers; None is an import error."""

    index: Mapping[str, Sequence[Release]]
    answer: Callable[[Lock], Verdict | None]
    limit: int | None = None
    asked: list[str] = field(default_factory=list)

    def ask(self, cell: Cell) -> Tried:
        """As a real cell would."""
        if len(self.asked) == self.limit:
            raise Enough
        assert cell.id not in self.asked
        self.asked.append(cell.id)
        lock = self._resolved(cell)
        if lock is None:
            return Tried(cell=cell, status="uninstallable", reason="these do not go together")
        verdict = self.answer(lock)
        status = "" if verdict else "import error"
        return Tried(cell=cell, verdict=verdict, status=status, resolved=lock)

    def history(self, package: str, spec: str) -> tuple[str, ...]:
        """As `matrix.releases.history` has it."""
        return tuple(SpecifierSet(spec).filter(release.version for release in self.index[package]))

    def question(
        self, *, good: str = "", bad: str = "", resolve: Resolve = Resolve.NEWEST, verdicts: Bad = frozenset()
    ) -> Question:
        """About all versions of the client; `good` and `bad` are versions."""
        cells = [
            Cell(python="3.12", client=CLIENT, version=release.version, resolve=resolve)
            for release in self.index[CLIENT]
        ]
        named = {cell.version: cell for cell in cells}
        return Question(
            case="case[x]",
            python="3.12",
            cells=tuple(cells),
            good=named.get(good),
            bad=named.get(bad),
            verdicts=verdicts,
        )

    def _resolved(self, cell: Cell) -> Lock | None:
        wanted = {CLIENT: f"=={cell.version}", **dict(_split(pin) for pin in cell.pins)}
        (client,) = (each for each in self.index[CLIENT] if each.version == cell.version)
        until = client.day + 1 if cell.resolve is Resolve.ERA else 10**6
        lock: dict[str, str] = {}
        for package in self.index:
            needed = [release.requires[package] for release in self._chosen(lock) if package in release.requires]
            if package != CLIENT and not needed:
                continue
            spec = SpecifierSet(",".join([*needed, wanted.get(package, "")]))
            fitting = [each for each in self.index[package] if each.day <= until and each.version in spec]
            if not fitting:
                return None
            lock[package] = max((each.version for each in fitting), key=Version)
        return lock

    def _chosen(self, lock: Lock) -> list[Release]:
        return [each for package, version in lock.items() for each in self.index[package] if each.version == version]


def _split(pin: str) -> tuple[str, str]:
    name, version = pin.split("==")
    return name, f"=={version}"
