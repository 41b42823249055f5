"""The ladder of an answer as a picture: what was open over time, by the peer's clock and the kernel's counts.

Geometry only, in the units of an SVG; the template draws it. Each rung is as wide as the others, for they
last from microseconds to seconds; within one, time runs evenly, and its end is told in figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from matrix.model import CaseRecord, Connection, Left, Verdict
from matrix.render.evidence import RUNG_OF
from matrix.render.plain import counted, in_words, one_line

WIDTH = 720
AFTER = 84  # what comes after the last mark
TOP = 46
ROW = 34
MOST_ROWS = 10

End = Literal["fin", "reset", "peer", "open"]

_CALL = "the call"
_ORDER = tuple(RUNG_OF.values())
_HOW: dict[str, End] = {"fin": "fin", "reset": "reset", "closed by peer": "peer"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Band:
    """A rung: from the end of the one before to its own."""

    name: str
    x: float
    width: float
    until: str  # "132 ms"; of what comes after: nothing
    decisive: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """One connection, as the peer saw it."""

    y: int
    label: str
    x: float
    width: float
    end: End

    @property
    def how(self) -> str:
        return {"fin": "", "reset": "reset", "peer": "closed by the server", "open": "still open →"}[self.end]

    @property
    def how_x(self) -> float:
        return min(self.x + self.width + 4, WIDTH - 4)


@dataclass(frozen=True, kw_only=True, slots=True)
class Dot:
    """How many things of a kind were still there at the end of a rung."""

    x: float
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Dots:
    """The things of one kind, as they were counted at each rung."""

    y: int
    label: str
    dots: tuple[Dot, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    width: int
    height: int
    bands: tuple[Band, ...]
    bars: tuple[Bar, ...]
    dots: tuple[Dots, ...]
    more: int  # connections that are not drawn
    description: str


def picture_of(record: CaseRecord) -> Picture | None:
    """None where there is nothing to be seen over time."""
    marks = _marks(record)
    if not marks or not (record.connections or record.left):
        return None
    scale = _Scale(marks, record.connections)
    shown = record.connections[:MOST_ROWS]
    bars = tuple(_bar(each, number, scale) for number, each in enumerate(shown))
    rows = len(bars)
    dots = tuple(
        Dots(y=TOP + ROW * (rows + number), label=f"{kind}, counted", dots=tuple(_dots(left, scale)))
        for number, (kind, left) in enumerate(_by_kind(record.left).items())
    )
    return Picture(
        width=WIDTH,
        height=TOP + ROW * (rows + len(dots)) + 6,
        bands=scale.bands(record.verdict),
        bars=bars,
        dots=dots,
        more=len(record.connections) - len(shown),
        description=_description(record, marks),
    )


def _marks(record: CaseRecord) -> tuple[tuple[str, float], ...]:
    """The rungs up to the one that decided: where everything is gone, the later ones take no time."""
    last = RUNG_OF[record.verdict] if record.verdict is not None else ""
    marks: list[tuple[str, float]] = []
    for rung in (rung for rung in _ORDER if rung in record.marks):
        marks.append((rung, max(record.marks[rung], marks[-1][1] if marks else 0.0)))
        if rung == last:
            break
    return tuple(marks)


class _Scale:
    """From seconds to the picture's units; without a life of its own but for two figures."""

    def __init__(self, marks: Sequence[tuple[str, float]], connections: Sequence[Connection]) -> None:
        self.marks = marks
        self.step = (WIDTH - AFTER) / len(marks)
        closed = [each.closed for each in connections if each.closed is not None]
        self.end = max([marks[-1][1] * 1.05, *closed])

    def x(self, seconds: float) -> float:
        begin = 0.0
        for number, (_rung, end) in enumerate(self.marks):
            if seconds <= end:
                return self.step * (number + _share(seconds, begin, end))
            begin = end
        return self.step * len(self.marks) + AFTER * 0.8 * _share(seconds, begin, self.end)

    def at(self, number: int) -> float:
        """The end of a rung."""
        return self.step * (number + 1)

    def bands(self, verdict: Verdict | None) -> tuple[Band, ...]:
        decisive = RUNG_OF[verdict] if verdict is not None else ""
        rungs = [
            Band(
                name=_CALL if rung == _ORDER[0] else one_line(rung),
                x=self.step * number,
                width=self.step,
                until=duration(end),
                decisive=rung == decisive,
            )
            for number, (rung, end) in enumerate(self.marks)
        ]
        after = Band(name="after", x=WIDTH - AFTER, width=AFTER, until="", decisive=decisive == _ORDER[-1])
        return (*rungs, after)


def _share(seconds: float, begin: float, end: float) -> float:
    return min(1.0, max(0.0, (seconds - begin) / (end - begin))) if end > begin else 1.0


def _bar(each: Connection, number: int, scale: _Scale) -> Bar:
    begin = scale.x(each.opened)
    end = scale.x(each.closed) if each.closed is not None else WIDTH
    return Bar(
        y=TOP + ROW * number,
        label=f"connection {number + 1}, as the peer saw it",
        x=round(begin, 1),
        width=round(max(end - begin, 2.0), 1),
        end=_HOW.get(each.how or "", "fin") if each.closed is not None else "open",
    )


def _by_kind(left: Sequence[Left]) -> dict[str, list[Left]]:
    kinds: dict[str, list[Left]] = {}
    for each in left:
        kinds.setdefault(one_line(each.kind), []).append(each)
    return kinds


def _dots(left: Sequence[Left], scale: _Scale) -> list[Dot]:
    gone = [_ORDER.index(RUNG_OF[each.verdict]) for each in left]
    last = len(scale.marks) - 1
    dots = [
        Dot(x=round(scale.at(number), 1), count=sum(rung > _ORDER.index(name) for rung in gone))
        for number, (name, _end) in enumerate(scale.marks)
    ]
    # What is never gone is gone at no mark: it goes on.
    return [*dots, Dot(x=WIDTH - 10, count=dots[last].count)] if dots[last].count else dots


def duration(seconds: float) -> str:
    """`90 µs`, `132 ms`, `2.54 s`."""
    if seconds < 0.001:
        return f"{seconds * 1e6:.0f} µs"
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"


def _description(record: CaseRecord, marks: Sequence[tuple[str, float]]) -> str:
    """The same in words, for those who do not see it."""
    told = [f"The call took {duration(marks[0][1])}."]
    for number, each in enumerate(record.connections[:MOST_ROWS], start=1):
        how = (
            f"closed ({one_line(each.how or 'fin')}) at {duration(each.closed)}"
            if each.closed is not None
            else "never closed"
        )
        told.append(f"Connection {number} was opened at {duration(each.opened)} and {how}.")
    for kind, left in _by_kind(record.left).items():
        ends = in_words([f"{n} {_gone(verdict)}" for verdict, n in _ends(left).items()])
        told.append(f"{counted(len(left), kind)} left when it returned: {ends}.")
    return " ".join(told)


def _ends(left: Sequence[Left]) -> dict[Verdict, int]:
    return {verdict: n for verdict in Verdict if (n := sum(each.verdict is verdict for each in left))}


def _gone(verdict: Verdict) -> str:
    return "never gone" if verdict is Verdict.HELD else f"gone at {RUNG_OF[verdict]}"
