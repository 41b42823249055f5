"""The plot of a series."""

import pytest

from matrix.model import Series
from matrix.site.growth_plot import HEIGHT, MOST, WIDTH, plots_of


def series(*counts: int) -> Series:
    """What one site left after each repetition."""
    return Series(kind="socket", site="socket.py:233 in __init__", counts=counts, growth="as it grows")


@pytest.mark.parametrize("counts", [(1,), (1, 1, 1), tuple(range(1, 33)), (0, 0), (5, 0, -3), (10**9, 1)])
def test_points_are_within_the_plot(counts: tuple[int, ...]) -> None:
    """Whatever was counted."""
    (plot,) = plots_of([series(*counts)])
    points = [tuple(map(float, point.split(","))) for point in plot.points.split()]
    assert len(points) == len(counts)
    assert [(x, y) for x, y in points if not (0 <= x <= WIDTH and 0 <= y <= HEIGHT)] == []


def test_more_is_higher() -> None:
    """The first axis is time, the second the number."""
    (plot,) = plots_of([series(1, 2, 4)])
    xs, ys = zip(*(map(float, point.split(",")) for point in plot.points.split()), strict=True)
    assert list(xs) == sorted(xs)
    assert list(ys) == sorted(ys, reverse=True)


def test_in_words() -> None:
    """Who does not see it is told the same."""
    (plot,) = plots_of([series(1, 7, 3)])
    assert plot.description == "socket: as it grows; 1 after the first of 3 calls, 3 after the last, at the most 7"


def test_the_worst_only() -> None:
    """They come first; a series without counts has no plot."""
    assert len(plots_of([series(1)] * 9)) == MOST
    assert plots_of([series()]) == ()
