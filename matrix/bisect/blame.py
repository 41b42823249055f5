"""Whether a client's own version changed an answer, or a package below it; and then which, and which version of it.

What it takes are two cells of one client version with different packages and different answers: the client is held, the
packages that differ are halved, and the versions of the one that decides are searched.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from matrix.bisect.culprits import culprits
from matrix.bisect.ends import Ends, NotSo
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
class Locks:
    """Two environments, without the client: what moves between them and what stands still."""

    moved: tuple[str, ...]  # in both, with different versions
    alone: tuple[str, ...]  # in one of them only
    pins: Mapping[str, str]  # what would not stand still by itself
    dated: bool  # one of them is of another day

    @classmethod
    def of(cls, one: Tried, other: Tried) -> "Locks":
        """Of two cells that were run."""
        names = sorted({*one.resolved, *other.resolved} - {one.cell.client})
        both = [name for name in names if name in one.resolved and name in other.resolved]
        same = {name: one.resolved[name] for name in both if one.resolved[name] == other.resolved[name]}
        dated = Resolve.ERA in (one.cell.resolve, other.cell.resolve)
        return cls(
            moved=tuple(name for name in both if name not in same),
            alone=tuple(name for name in names if name not in both),
            pins=same if dated else {},
            dated=dated,
        )

    def applied(self, cell: Cell, versions: Mapping[str, str]) -> Cell:
        """The cell with these versions of what moves."""
        own = dict(pin.split("==") for pin in cell.pins)
        pins = {**own, **self.pins, **{name: versions[name] for name in self.moved}}
        return replace(
            cell,
            resolve=Resolve.NEWEST if self.dated else cell.resolve,  # what is pinned may be younger than the day
            pins=tuple(sorted(f"{name}=={version}" for name, version in pins.items())),
        )


def blame(step: Step, court: Court) -> Step:
    """The same step, with whom to blame. Raises `Enough`."""
    before, after = step.before, step.after
    locks = Locks.of(before, after)
    if not locks.moved:
        why = f"only one of the two brings {in_words(locks.alone)}"
        own = f"{step.subject} itself: no other package differs between the two"
        return replace(step, blame=_undecided(step, why) if locks.alone else own)
    crossed = (
        (locks.applied(after.cell, before.resolved), step.new, step.old, after, before),
        (locks.applied(before.cell, after.resolved), step.old, step.new, before, after),
    )
    for cell, client, neighbour, same_client, same_packages in crossed:
        mixed = court.tester.ask(cell)
        if court.is_bad(mixed) is court.is_bad(same_client):
            words = f"{step.subject} itself: {client} with the packages of {neighbour} answers as it does with its own"
            return replace(step, blame=words)
        if court.is_bad(mixed) is court.is_bad(same_packages):
            deeper, words = below(same_client, mixed, court)
            return replace(step, blame=words, deeper=deeper)
    return replace(step, blame=_undecided(step, f"neither goes with the other's {in_words(locks.moved)}"))


def _undecided(step: Step, why: str) -> str:
    return f"{step.subject} or a package below it, which cannot be told apart: {why}"


def below(one: Tried, other: Tried, court: Court) -> tuple[tuple[Step, ...], str]:
    """Of two cells of one client version, one good and one bad: the package that decides, and its versions."""
    good, bad = (other, one) if court.is_bad(one) else (one, other)
    locks = Locks.of(good, bad)
    held = f"{good.cell.client} {good.cell.version}"
    if not locks.moved:
        why = f": only one of them brings {in_words(locks.alone)}" if locks.alone else ""
        return (), f"not {held} itself, but no package that both have differs{why}"

    def ask(chosen: frozenset[str]) -> bool | None:
        versions = {name: (bad if name in chosen else good).resolved[name] for name in locks.moved}
        return court.is_bad(court.tester.ask(locks.applied(good.cell, versions)))

    found = culprits(locks.moved, ask)
    if len(found.packages) > 1 or not found.checked:
        how = "only together" if found.checked else "which cannot be told apart"
        return (), f"not {held} itself, but {in_words(found.packages)}, {how}"
    (package,) = found.packages
    differ = f" (of {in_words(locks.moved)}, which differ)" if len(locks.moved) > 1 else ""
    return _versions(package, good, bad, locks, court), f"not {held} itself, but {package}{differ}"


def _versions(package: str, good: Tried, bad: Tried, locks: Locks, court: Court) -> tuple[Step, ...]:
    """Among the versions of one package, the client and all other packages being held."""
    ends = sorted((good.resolved[package], bad.resolved[package]), key=as_version)
    known = {as_version(each): each for each in (*court.history(package, f">={ends[0]},<={ends[1]}"), *ends)}
    versions = tuple(known[each] for each in sorted(known))
    row = Row(
        subject=package,
        held=f"{good.cell.client} {good.cell.version}",
        versions=versions,
        cells=tuple(locks.applied(good.cell, {**good.resolved, package: version}) for version in versions),
        tester=court.tester,
    )
    given = Ends(good=versions.index(good.resolved[package]), bad=versions.index(bad.resolved[package]))
    try:
        found = search(len(versions), row.trail(), ends=given, bad=court.bad)
    except NotSo:  # with everything else held it is not what it was: said by there being no step
        return ()
    if found.stopped and not found.edges:
        raise Enough
    return tuple(map(row.step, found.edges))
