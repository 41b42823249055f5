"""Changes joined to news: one group for a leak, one entry for each case of it, cells as ranges."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TypeVar

from matrix.diff.changes import Compared
from matrix.diff.model import Cells, Change, Entry, Group, Kind, Shift, Span
from matrix.diff.spans import Axes, ranges
from matrix.model import CellRecord
from matrix.order import interpreter_family, interpreter_key

Item = TypeVar("Item")
Key = TypeVar("Key", bound=Hashable)
_ORDER = {kind: place for place, kind in enumerate(Kind)}


def groups_of(changes: Iterable[Change], axes: Mapping[str, Axes]) -> tuple[Group, ...]:
    """By the leak's fingerprint where there is one, else by what changed; the most answers first within a kind."""
    groups = [_group(same, axes) for same in _by(changes, _news).values()]
    return tuple(sorted(groups, key=lambda group: (_ORDER[group.kind], not group.worse, -group.size, group.client)))


def _news(change: Change) -> Hashable:
    own = change.fingerprint or (change.case, change.thing, change.before, change.after)
    return change.kind, change.client, change.worse, bool(change.fingerprint), own


def _group(changes: list[Change], axes: Mapping[str, Axes]) -> Group:
    first = changes[0]
    entries = (_entry(same, axes[first.client]) for same in _by(changes, _story).values())
    return Group(
        kind=first.kind,
        client=first.client,
        fingerprint=first.fingerprint,
        left=first.left,
        held_by=first.held_by,
        worse=first.worse,
        entries=tuple(entries),
    )


def _story(change: Change) -> Hashable:
    return change.case, change.thing, change.before, change.after, change.known, change.step


def _entry(changes: list[Change], axes: Axes) -> Entry:
    first = changes[0]
    common = [each for each in first.moved if all(each in change.moved for change in changes)]
    return Entry(
        case=first.case,
        thing=first.thing,
        before=first.before,
        after=first.after,
        reason=first.reason,
        growth=first.growth,
        known=first.known,
        step=first.step,
        where=axes.spans((change.interpreter, change.column) for change in changes),
        cells=tuple(change.cell for change in changes),
        moved=tuple(common),
        unmoved=sum(change.unmoved for change in changes),
    )


def cells_of(cells: Iterable[CellRecord], axes: Mapping[str, Axes]) -> tuple[Cells, ...]:
    """Cells that only one report has, by client and what came of them."""
    joined = _by(cells, lambda cell: (cell.client, str(cell.status)))
    return tuple(
        Cells(client=client, status=status, where=_where(same, axes), cells=tuple(cell.cell for cell in same))
        for (client, status), same in joined.items()
    )


def cases_of(named: Iterable[tuple[str, CellRecord]], axes: Mapping[str, Axes]) -> tuple[Cells, ...]:
    """Cases that only one report has in a cell that both have."""
    joined = _by(named, lambda item: (item[1].client, item[0]))
    return tuple(
        Cells(
            client=client,
            status="",
            case=case,
            where=_where([cell for _, cell in same], axes),
            cells=tuple(cell.cell for _, cell in same),
        )
        for (client, case), same in joined.items()
    )


def shifts_of(compared: Iterable[Compared], axes: Mapping[str, Axes]) -> tuple[Shift, ...]:
    """What changed in the environment of cells that both reports have: beside most changed answers first."""
    known = sorted({each for of in axes.values() for each in of.interpreters}, key=interpreter_key)
    joined = _by(((shift, each) for each in compared for shift in each.moved), lambda item: item[0])
    shifts = [
        Shift(
            moved=shift,
            clients=tuple(dict.fromkeys(each.pair.new.client for _, each in same)),
            interpreters=ranges({each.pair.new.interpreter for _, each in same}, known, interpreter_family),
            cells=tuple(each.pair.new.cell for _, each in same),
            changed=sum(len(each.changes) for _, each in same),
        )
        for shift, same in joined.items()
    ]
    return tuple(sorted(shifts, key=lambda shift: (-shift.changed, -len(shift.cells), shift.moved.what)))


def _where(cells: list[CellRecord], axes: Mapping[str, Axes]) -> tuple[Span, ...]:
    return axes[cells[0].client].spans((cell.interpreter, cell.column) for cell in cells)


def _by(items: Iterable[Item], key: Callable[[Item], Key]) -> dict[Key, list[Item]]:
    """Lists of what has the same key, in the order in which keys first appear."""
    joined: dict[Key, list[Item]] = {}
    for item in items:
        joined.setdefault(key(item), []).append(item)
    return joined
