"""Whether the verdict follows another package's version rather than the client's own.

Proven where the same version of the client has given two answers: it cannot be what decides. A package that it
depends on may be, where each of its versions has given one answer and the answers form few ranges. Several may have
changed together; then they are all named. Not proven, but likely, where the client's versions would have to
break, mend and break again, and a package's need not. The lock of a cell is all it reads.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from packaging.utils import canonicalize_name

from matrix.order import interpreter_family
from matrix.render.plain import in_words, one_line
from matrix.site.ranges import Range, State, Story, ranges_of

MOST_RANGES = 3  # clean, broken, clean again
MOST_NAMED = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Sight:
    """One answer and what it was given with."""

    interpreter: str
    state: State
    resolved: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Blame:
    """The packages whose version decides, and the ranges of the first."""

    client: str
    packages: tuple[str, ...]
    ranges: tuple[Range, ...]
    proven: bool = True

    @property
    def text(self) -> str:
        names = [one_line(name) for name in self.packages]
        who = names[0] if len(names) == 1 else f"{in_words(names)}, which changed together, or one of them"
        told = Story(ranges=self.ranges, interpreters=()).text
        follows = "follows" if self.proven else "seems to follow"
        return f"{follows} the version of {who}, not that of {one_line(self.client)} itself: {names[0]} {told}"


def blame(client: str, sights: Iterable[Sight]) -> Blame | None:
    """None where the client's own version, or the interpreter alone, may decide."""
    families: dict[str, list[Sight]] = {}
    for sight in sights:
        families.setdefault(interpreter_family(sight.interpreter), []).append(sight)
    for family in families.values():
        interpreters = {sight.interpreter for sight in family}
        alone = [[sight for sight in family if sight.interpreter == name] for name in interpreters]
        found = _deciding(client, [family]) or _deciding(client, [one for one in alone if _undecided(client, one)])
        found = found or _simpler(client, family)
        if found:
            return found
    return None


def _simpler(client: str, sights: list[Sight]) -> Blame | None:
    """The only package that tells with two ranges what takes the client's own versions three."""
    found = _consistent(sights)
    two = sorted(name for name, ranges in found.items() if len(ranges) < MOST_RANGES)
    if len(two) != 1 or len(found.get(canonicalize_name(client), ())) != MOST_RANGES:
        return None
    return Blame(client=client, packages=(two[0],), ranges=found[two[0]], proven=False)


def _deciding(client: str, groups: Sequence[list[Sight]]) -> Blame | None:
    """Packages that decide in every group: all interpreters together, or each by itself."""
    groups = [group for group in groups if _undecided(client, group) and not _interpreter_decides(group)]
    if not groups:
        return None
    named = [{name: len(ranges) for name, ranges in _consistent(group).items()} for group in groups]
    own = canonicalize_name(client)
    shared = [name for name in named[0] if name != own and all(name in each for each in named)]
    if not shared:
        return None
    fewest = min(max(each[name] for each in named) for name in shared)
    chosen = sorted(name for name in shared if max(each[name] for each in named) == fewest)
    if len(chosen) > MOST_NAMED:
        return None
    ranges = _ranges(chosen[0], [sight for group in groups for sight in group])
    return Blame(client=client, packages=tuple(chosen), ranges=ranges) if ranges else None


def _undecided(client: str, sights: list[Sight]) -> bool:
    """The same version of the client on the same interpreter has given two answers."""
    own = canonicalize_name(client)
    seen: dict[tuple[str, str], State] = {}
    return any(
        seen.setdefault((sight.resolved.get(own, ""), sight.interpreter), sight.state) != sight.state
        for sight in sights
        if own in sight.resolved
    )


def _interpreter_decides(sights: list[Sight]) -> bool:
    states: dict[str, set[State]] = {}
    for sight in sights:
        states.setdefault(sight.interpreter, set()).add(sight.state)
    return all(len(each) == 1 for each in states.values())


def _consistent(sights: list[Sight]) -> dict[str, tuple[Range, ...]]:
    """The packages of every lock whose versions have given one answer each, in few ranges."""
    common = set.intersection(*(set(sight.resolved) for sight in sights))
    found = {name: _ranges(name, sights) for name in common}
    return {name: ranges for name, ranges in found.items() if 1 < len(ranges) <= MOST_RANGES}


def _ranges(name: str, sights: Iterable[Sight]) -> tuple[Range, ...]:
    """Empty where one version of it has given two answers."""
    states: dict[str, State] = {}
    for sight in sights:
        if states.setdefault(sight.resolved[name], sight.state) != sight.state:
            return ()
    return ranges_of(states)
