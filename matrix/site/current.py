"""The newest release of each client: which guarantees it breaks, and what is left when it is forgotten.

Computed from the cells of that release on every interpreter. Older releases are for `ranges.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from matrix.model import CellRecord, Contract, Verdict
from matrix.order import implementation, interpreter_key
from matrix.render.table import Place, Row
from matrix.site.book import Book, Client
from matrix.site.ranges import State, state_of
from matrix.site.spans import interpreters_in_words

# What a case is called in which somebody has forgotten to close: the part of its id in brackets.
FORGOTTEN = "left_open"


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """What a broken guarantee leaves behind, on the interpreters where that is the same."""

    state: State
    interpreters: tuple[str, ...]
    growth: str  # empty also where it is another one on each of them
    place: Place  # for a link: that of the newest interpreter, of the news first


@dataclass(frozen=True, kw_only=True, slots=True)
class Broken:
    """A guarantee that does not hold in a current release."""

    client: str
    version: str  # empty: it comes with the interpreter
    row: Row
    ways: tuple[Way, ...]  # that of the newest interpreter first, but news before all
    known: str  # empty: on some interpreter at least it is news

    @property
    def interpreters(self) -> tuple[str, ...]:
        return _ordered({name for way in self.ways for name in way.interpreters})


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """A current release, in figures."""

    client: Client
    kept: int
    silent: int  # guarantees that are not known to be broken, without an answer on some interpreter of CPython's
    broken: tuple[Broken, ...]
    elsewhere: tuple[Broken, ...]  # kept on CPython, and broken on PyPy, which counts no references
    tested: tuple[str, ...]  # interpreters with a result
    untested: tuple[str, ...]

    @property
    def guarantees(self) -> int:
        return self.kept + self.silent + len(self.broken)

    @property
    def not_answered(self) -> str:
        """`, 1 not answered everywhere`, to be said after the others; empty where all are answered."""
        return f", {self.silent} not answered everywhere" if self.silent else ""

    @property
    def broken_on(self) -> tuple[str, ...]:
        """Where something is broken, if that is not so on the newest interpreter; else nothing."""
        where = {name for each in self.broken for name in each.interpreters}
        newest = [name for name in self.tested if implementation(name) == "cpython"][-1:] or self.tested[-1:]
        return () if where & set(newest) else _ordered(where)

    @property
    def known(self) -> int:
        return sum(bool(each.known) for each in self.broken)


@dataclass(frozen=True, kw_only=True, slots=True)
class Forgotten:
    """One way of forgetting, and the clients by what becomes of it."""

    row: Row
    verdicts: tuple[tuple[Verdict, tuple[tuple[Client, Place, str], ...]], ...]  # and what else on which interpreters


def releases_of(book: Book) -> tuple[Release, ...]:
    return tuple(map(_release, book.clients.values()))


def _release(client: Client) -> Release:
    cells = [cell for cell in client.cells if client.is_current(cell)]
    usual = of_cpython(cells)
    others = [cell for cell in cells if cell not in usual]
    rows = [row for row in client.rows if row.contract is Contract.GUARANTEE]
    broken = {row.case: found for row in rows if (found := _failing(client, usual, row))}
    elsewhere = [found for row in rows if row.case not in broken and (found := _failing(client, others, row))]
    tested = {cell.interpreter for cell in cells for row in client.rows if any(_answered(client, [cell], row))}
    asked = [cell for cell in usual if cell.interpreter in tested]
    silent = {row.case for row in rows if row.case not in broken and any(_unanswered(client, asked, row))}
    answered = {row.case for row in rows if any(_answered(client, usual, row))}
    return Release(
        client=client,
        kept=len(answered - silent - set(broken)),
        silent=len(silent),
        broken=tuple(broken.values()),
        elsewhere=tuple(elsewhere),
        tested=_ordered(tested),
        untested=_ordered({cell.interpreter for cell in cells} - tested),
    )


def of_cpython(cells: list[CellRecord]) -> list[CellRecord]:
    """What is told first; all, where there is nothing of CPython."""
    return [cell for cell in cells if implementation(cell.interpreter) == "cpython"] or cells


def _failing(client: Client, cells: list[CellRecord], row: Row) -> Broken | None:
    places = list(_answered(client, cells, row))
    failing = [(cell, place) for cell, place in places if not _holds(place)]
    return _broken(client, row, failing) if failing else None


def _ordered(names: set[str]) -> tuple[str, ...]:
    return tuple(sorted(names, key=interpreter_key))


def _answered(client: Client, cells: list[CellRecord], row: Row) -> Iterator[tuple[CellRecord, Place]]:
    for cell in cells:
        place = client.places.get((cell.cell, row.case))
        if place is not None and place.record is not None and place.record.verdict is not None:
            yield cell, place


def _unanswered(client: Client, cells: list[CellRecord], row: Row) -> Iterator[CellRecord]:
    """Where an answer is missing, but for what there is not in that version."""
    for cell in cells:
        place = client.places.get((cell.cell, row.case))
        if place is not None and place.record is not None and place.record.silent:
            yield cell


def _holds(place: Place) -> bool:
    state = state_of(place.record) if place.record is not None else None
    return state is None or state.passing


def _broken(client: Client, row: Row, failing: list[tuple[CellRecord, Place]]) -> Broken:
    groups: dict[State, list[Place]] = {}
    for _cell, place in sorted(failing, key=lambda each: interpreter_key(each[0].interpreter), reverse=True):
        state = state_of(place.record) if place.record is not None else None
        if state is not None:
            groups.setdefault(state, []).append(place)
    ways = sorted((_way(state, places) for state, places in groups.items()), key=lambda way: not _is_news(way.place))
    news = _is_news(ways[0].place)
    return Broken(
        client=client.name,
        version="" if client.bundled else client.current,
        row=row,
        ways=tuple(ways),
        known="" if news else next(place.record.known or "" for _cell, place in failing if place.record is not None),
    )


def _way(state: State, places: list[Place]) -> Way:
    """Of places from the newest interpreter down."""
    growths = {place.record.growth or "" for place in places if place.record is not None}
    return Way(
        state=state,
        interpreters=_ordered({place.column.cell.interpreter for place in places}),
        growth=growths.pop() if len(growths) == 1 else "",
        place=next(filter(_is_news, places), places[0]),
    )


def _is_news(place: Place) -> bool:
    return place.face.mark != "known"


def forgotten_of(book: Book) -> tuple[Forgotten, ...]:
    """Each case of that name, in the order of the rows; the worst verdict last."""
    found = []
    for row in book.rows.values():
        if row.label != FORGOTTEN or row.contract is not Contract.HAZARD:
            continue
        by_verdict: dict[Verdict, list[tuple[Client, Place, str]]] = {}
        for client in book.clients.values():
            cells = [cell for cell in client.cells if client.is_current(cell)]
            places = list(_answered(client, cells, row))
            if places:
                shown = next((place for cell, place in places if cell.interpreter == book.interpreter), places[-1][1])
                assert shown.record is not None
                assert shown.record.verdict is not None
                others = _others(shown.record.verdict, places, book)
                by_verdict.setdefault(shown.record.verdict, []).append((client, shown, others))
        if by_verdict:
            ordered = tuple((verdict, tuple(by_verdict[verdict])) for verdict in Verdict if verdict in by_verdict)
            found.append(Forgotten(row=row, verdicts=ordered))
    return tuple(found)


def _others(shown: Verdict, places: list[tuple[CellRecord, Place]], book: Book) -> str:
    """`gc on pypy3.11`, where it is not the verdict that is shown."""
    found: dict[Verdict, set[str]] = {}
    for cell, place in places:
        if place.record is not None and place.record.verdict not in {None, shown}:
            found.setdefault(place.record.verdict, set()).add(cell.interpreter)
    return ", ".join(f"{verdict} on {interpreters_in_words(found[verdict], book.interpreters)}" for verdict in found)
