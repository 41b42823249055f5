"""Whether it grows, as a small plot: what each creation site had left after each repetition.

Geometry only; whether a series grows was decided where it was measured.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from matrix.model import Series
from matrix.render.plain import one_line

WIDTH = 240
HEIGHT = 64
MARGIN = 6
MOST = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Plot:
    """One series."""

    kind: str
    site: str
    growth: str
    points: str  # as an SVG polyline has them
    first: int
    last: int
    peak: int
    repetitions: int
    last_y: float
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def description(self) -> str:
        counts = f"{self.first} after the first of {self.repetitions} calls, {self.last} after the last"
        return f"{one_line(self.kind)}: {one_line(self.growth)}; {counts}, at the most {self.peak}"


def plots_of(series: Sequence[Series]) -> tuple[Plot, ...]:
    """The worst sites, which come first."""
    return tuple(_plot(each) for each in series[:MOST] if each.counts)


def _plot(series: Series) -> Plot:
    counts = series.counts
    low, high = min(0, *counts), max(1, *counts)
    step = (WIDTH - 2 * MARGIN) / max(1, len(counts) - 1)
    ys = [round(HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * (count - low) / (high - low), 1) for count in counts]
    points = " ".join(f"{MARGIN + step * number:.1f},{y}" for number, y in enumerate(ys))
    return Plot(
        kind=series.kind,
        site=series.site,
        growth=series.growth,
        points=points,
        first=counts[0],
        last=counts[-1],
        peak=max(counts),
        repetitions=len(counts),
        last_y=ys[-1],
    )
