"""Two environments of a client, and cells between them: what differs, put at one version or the other."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from matrix.bisect.model import Tried
from matrix.model import Cell, Resolve


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

    @property
    def names(self) -> tuple[str, ...]:
        """All that is not the same in both."""
        return (*self.moved, *self.alone)

    def applied(self, cell: Cell, versions: Mapping[str, str]) -> Cell:
        """The cell with these versions of what moves."""
        # What is pinned may be younger than the day of the release.
        way = Resolve.NEWEST if self.dated else cell.resolve
        return pinned(cell, {**self.pins, **{name: versions[name] for name in self.moved}}, resolve=way)


def pins_of(cell: Cell) -> dict[str, str]:
    """Package -> the version that it is pinned to."""
    return dict(pin.split("==") for pin in cell.pins)


def pinned(cell: Cell, versions: Mapping[str, str], *, resolve: Resolve) -> Cell:
    """The cell with these versions, besides its own pins."""
    pins = {**pins_of(cell), **versions}
    return replace(cell, resolve=resolve, pins=tuple(sorted(f"{name}=={version}" for name, version in pins.items())))
