"""Which package below a client changed an answer, and which version of it.

What it takes are two cells of one client version with different packages and different answers. The client is held,
the packages that differ are halved, and the versions of the one that decides are searched, all others being held, too.
Packages that only go together cannot be halved: then the versions of one are searched, and the others follow it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matrix.bisect.culprits import culprits
from matrix.bisect.ends import Ends, NotSo
from matrix.bisect.locks import Locks, pinned, pins_of
from matrix.bisect.model import Step, Tester, Tried
from matrix.bisect.rows import Row
from matrix.bisect.search import search
from matrix.bisect.trail import Bad, Enough
from matrix.model import Cell, Resolve
from matrix.order import as_version
from matrix.render.plain import in_words

History = Callable[[str, str], tuple[str, ...]]  # package, range -> versions


@dataclass(frozen=True, kw_only=True, slots=True)
class Court:
    """Who is asked, who knows the releases, and what is bad."""

    tester: Tester
    history: History
    bad: Bad

    def is_bad(self, tried: Tried) -> bool | None:
        """None where there is no answer."""
        return None if tried.verdict is None else tried.verdict in self.bad


@dataclass(frozen=True, kw_only=True, slots=True)
class _Pair:
    """The two cells."""

    good: Tried
    bad: Tried

    @property
    def held(self) -> str:
        return f"{self.good.cell.client} {self.good.cell.version}"


def below(one: Tried, other: Tried, court: Court) -> tuple[tuple[Step, ...], str]:
    """Of two cells of one client version, one good and one bad: the package that decides, and its versions."""
    pair = _Pair(good=other, bad=one) if court.is_bad(one) else _Pair(good=one, bad=other)
    locks = Locks.of(pair.good, pair.bad)
    if not locks.moved:
        why = f": only one of them brings {in_words(locks.alone)}" if locks.alone else ""
        return (), f"not {pair.held} itself, but no package that both have differs{why}"
    named = _named(pair)
    if named in locks.moved:
        return _following(pair, (named,), court)

    def ask(chosen: frozenset[str]) -> bool | None:
        versions = {name: (pair.bad if name in chosen else pair.good).resolved[name] for name in locks.moved}
        return court.is_bad(court.tester.ask(locks.applied(pair.good.cell, versions)))

    found = culprits(locks.moved, ask)
    if len(found.packages) == 1 and found.checked:
        (package,) = found.packages
        differ = f" (of {in_words(locks.moved)}, which differ)" if len(locks.moved) > 1 else ""
        return _held(pair, package, locks, court), f"not {pair.held} itself, but {package}{differ}"
    if found.checked:
        return (), f"not {pair.held} itself, but {in_words(found.packages)}, only together"
    return _following(pair, found.packages, court)


def _named(pair: _Pair) -> str:
    """The one package that whoever asks has pinned to different versions; empty where there is no such one."""
    good, bad = pins_of(pair.good.cell), pins_of(pair.bad.cell)
    differing = [name for name in good if good[name] != bad.get(name)]
    return differing[0] if good.keys() == bad.keys() and len(differing) == 1 else ""


def _following(pair: _Pair, packages: Sequence[str], court: Court) -> tuple[tuple[Step, ...], str]:
    """The first of these whose versions alone make the difference, whatever else each of them needs."""
    way = Resolve.NEWEST if Resolve.ERA in (pair.good.cell.resolve, pair.bad.cell.resolve) else pair.good.cell.resolve
    for package in packages:

        def cell_of(version: str, package: str = package) -> Cell:
            return pinned(pair.good.cell, {package: version}, resolve=way)

        found = _search(pair, package, cell_of, court)
        for step in found:
            others = [name for name in Locks.of(step.before, step.after).names if name != package]
            came = f", or {in_words(others)}, which came with it" if others else ""
            return found, f"not {pair.held} itself, but {package}{came}"
    return (), f"not {pair.held} itself, but {in_words(packages)}, which cannot be told apart"


def _held(pair: _Pair, package: str, locks: Locks, court: Court) -> tuple[Step, ...]:
    """Among the versions of one package, all other packages being held."""
    good = pair.good
    return _search(pair, package, lambda version: locks.applied(good.cell, {**good.resolved, package: version}), court)


def _search(pair: _Pair, package: str, cell_of: Callable[[str], Cell], court: Court) -> tuple[Step, ...]:
    ends = sorted((pair.good.resolved[package], pair.bad.resolved[package]), key=as_version)
    known = {as_version(each): each for each in (*court.history(package, f">={ends[0]},<={ends[1]}"), *ends)}
    versions = tuple(known[each] for each in sorted(known))
    row = Row(
        subject=package,
        held=pair.held,
        versions=versions,
        cells=tuple(map(cell_of, versions)),
        tester=court.tester,
    )
    given = Ends(good=versions.index(pair.good.resolved[package]), bad=versions.index(pair.bad.resolved[package]))
    try:
        found = search(len(versions), row.trail(), ends=given, bad=court.bad)
    except NotSo:  # as things are held now it is not what it was: said by there being no step
        return ()
    if found.stopped and not found.edges:
        raise Enough
    return tuple(map(row.step, found.edges))
