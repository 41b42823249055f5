"""Which part of a plan one machine runs: shards that end together, and the plan's own name. Pure.

Every machine cuts the plan itself, so the cut depends on the plan, the times and the number
alone. Joining what the shards found is `merge.py`.
"""

import heapq
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean

from matrix.errors import UsageError
from matrix.model import Cell, CellStatus, Report
from matrix.provision.folders import digest_of

_WRITTEN = re.compile(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})")


@dataclass(frozen=True, kw_only=True, slots=True)
class Shard:
    """One of so many; the first is 1."""

    index: int
    of: int

    def __str__(self) -> str:
        """As it is written on the command line, and in a report's header."""
        return f"{self.index}/{self.of}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """What one shard has to run, and the whole plan that it is cut from."""

    shard: Shard
    cells: tuple[Cell, ...]
    plan: tuple[Cell, ...]
    costs: tuple[float, ...]  # of the plan's cells, one each

    @property
    def seconds(self) -> float:
        """What it will cost, on the scale of the costs."""
        mine = set(self.cells)
        return sum(cost for cell, cost in zip(self.plan, self.costs, strict=True) if cell in mine)


def parse(text: str) -> Shard:
    """Read `2/3`. Raises UsageError."""
    written = _WRITTEN.fullmatch(text)
    if written is None or int(written[1]) > int(written[2]):
        raise UsageError(f'"{text}" is no shard', hint="write 1/3, 2/3 or 3/3: this one of how many")
    return Shard(index=int(written[1]), of=int(written[2]))


def costs(cells: Sequence[Cell], earlier: Report | None) -> tuple[float, ...]:
    """What each cell costs, by an earlier report; one that was not in it as much as its client's usual ones."""
    if earlier is None:
        return (1.0,) * len(cells)
    free = {record.cell: 0.0 for record in earlier.cells if record.status is CellStatus.UNINSTALLABLE}
    known = {record.cell: record.seconds for record in earlier.cells if record.seconds} | free
    of_client: dict[str, list[float]] = {}
    for record in earlier.cells:
        if record.seconds:
            of_client.setdefault(record.client, []).append(record.seconds)
    usual = {client: mean(seconds) for client, seconds in of_client.items()}
    anybody = mean(usual.values()) if usual else 1.0
    return tuple(known.get(cell.id, usual.get(cell.client, anybody)) for cell in cells)


def cut(plan: Sequence[Cell], cost: Sequence[float], number: int) -> tuple[Part, ...]:
    """The plan in so many parts, each in its order: the longest cell first, to whoever has the least to do."""
    order = sorted(range(len(plan)), key=lambda place: (-cost[place], place))
    taken: list[list[int]] = [[] for _ in range(number)]
    heap = [(0.0, 0, index) for index in range(number)]
    for place in order:
        seconds, count, index = heap[0]
        taken[index].append(place)
        heapq.heapreplace(heap, (seconds + cost[place], count + 1, index))
    return tuple(
        Part(
            shard=Shard(index=index, of=number),
            cells=tuple(plan[place] for place in sorted(places)),
            plan=tuple(plan),
            costs=tuple(cost),
        )
        for index, places in enumerate(taken, start=1)
    )


def plan_digest(cells: Sequence[Cell], cost: Sequence[float], cases: Mapping[str, Sequence[str]], code: str) -> str:
    """The name of a plan: equal where the cells, their order, what they run and how they are cut are equal."""
    globs = (part for client in sorted(cases) for part in (client, *cases[client]))
    priced = (part for cell, seconds in zip(cells, cost, strict=True) for part in (cell.id, repr(seconds)))
    return digest_of((code, *globs, *priced))
