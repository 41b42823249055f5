"""The picture of an answer: which rungs it has, and what lies where."""

from collections.abc import Callable

import pytest

from matrix.model import CaseRecord, CellRecord, Connection, Left, Verdict
from matrix.site.ladder import AFTER, MOST_ROWS, WIDTH, Picture, duration, picture_of

ACase = Callable[..., CaseRecord]
MARKS = {"returned": 0.1, "late": 1.5, "refcount": 1.6, "gc": 2.0}


@pytest.fixture
def drawn(a_cell: Callable[..., CellRecord], a_case: ACase, a_left: Callable[..., Left]) -> Callable[..., Picture]:
    """Draws an answer with one connection and what was left."""

    def draw(verdict: Verdict, closed: float | None, *gone: Verdict, how: str = "fin") -> Picture:
        found = picture_of(
            a_case(
                a_cell(),
                verdict=verdict,
                marks=MARKS,
                connections=(Connection(opened=0.05, closed=closed, how=how if closed is not None else None),),
                left=tuple(a_left(verdict=each) for each in gone),
            )
        )
        assert found is not None
        return found

    return draw


def test_the_rungs_up_to_the_one_that_decided(drawn: Callable[..., Picture]) -> None:
    """Later ones take no time: nothing is there to wait for."""
    picture = drawn(Verdict.REFCOUNT, 1.55, Verdict.REFCOUNT)
    assert [(band.name, band.until, band.decisive) for band in picture.bands] == [
        ("the call", "100 ms", False),
        ("late", "1.50 s", False),
        ("refcount", "1.60 s", True),
        ("after", "", False),
    ]


def test_what_is_held_is_never_gone(drawn: Callable[..., Picture]) -> None:
    """It goes on to the edge of the picture, and so does its connection."""
    picture = drawn(Verdict.HELD, None, Verdict.HELD)
    (bar,), (row,) = picture.bars, picture.dots
    assert [dot.count for dot in row.dots] == [1, 1, 1, 1, 1]
    assert (bar.x + bar.width, bar.end, bar.how) == (WIDTH, "open", "still open →")
    assert picture.bands[-1].decisive


def test_things_go_one_after_the_other(drawn: Callable[..., Picture]) -> None:
    """Each rung has the number of those that were still there at its end."""
    (row,) = drawn(Verdict.GC, 1.8, Verdict.LATE, Verdict.REFCOUNT, Verdict.GC).dots
    assert [dot.count for dot in row.dots] == [3, 2, 1, 0]


def test_a_connection_lies_within_the_rung_in_which_it_was_closed(drawn: Callable[..., Picture]) -> None:
    """Half of the time of a rung is half of its width."""
    picture = drawn(Verdict.GC, 1.55, Verdict.GC)
    step = (WIDTH - AFTER) / 4
    (bar,) = picture.bars
    assert bar.x == pytest.approx(step / 2, abs=0.1)
    assert bar.x + bar.width == pytest.approx(2.5 * step, abs=0.2)


@pytest.mark.parametrize(
    ("how", "words"), [("fin", ""), ("reset", "reset"), ("closed by peer", "closed by the server"), ("magic", "")]
)
def test_how_it_was_closed(drawn: Callable[..., Picture], how: str, words: str) -> None:
    """An ordinary end needs no words."""
    assert drawn(Verdict.CLEAN, 0.09, how=how).bars[0].how == words


def test_the_server_may_see_the_end_later(drawn: Callable[..., Picture]) -> None:
    """A FIN that arrives after the call has returned does not make it late."""
    picture = drawn(Verdict.CLEAN, 0.107)
    (bar,) = picture.bars
    assert [band.name for band in picture.bands] == ["the call", "after"]
    assert WIDTH - AFTER < bar.x + bar.width < WIDTH


def test_in_words(drawn: Callable[..., Picture]) -> None:
    """Who does not see it is told the same."""
    assert drawn(Verdict.GC, 1.8, Verdict.GC, Verdict.LATE).description == (
        "The call took 100 ms. Connection 1 was opened at 50 ms and closed (fin) at 1.80 s."
        " 2 sockets left when it returned: 1 gone at late and 1 gone at gc."
    )


def test_many_connections(a_cell: Callable[..., CellRecord], a_case: ACase) -> None:
    """The picture stays small; how many it leaves out is told."""
    many = tuple(Connection(opened=0.01, closed=0.02, how="fin") for _ in range(50))
    picture = picture_of(a_case(a_cell(), marks=MARKS, connections=many))
    assert picture is not None
    assert (len(picture.bars), picture.more) == (MOST_ROWS, 50 - MOST_ROWS)


@pytest.mark.parametrize("fields", [{}, {"marks": MARKS}, {"connections": (Connection(opened=0.1),)}])
def test_nothing_to_see(a_cell: Callable[..., CellRecord], a_case: ACase, fields: dict[str, object]) -> None:
    """Without marks there is no time, without things nothing to draw."""
    assert picture_of(a_case(a_cell(), **fields)) is None


@pytest.mark.parametrize(
    "marks",
    [{"returned": 0.0}, {"returned": 0.0, "late": 0.0}, {"returned": 2.0, "late": 1.0, "gc": -5.0}, {"odd": 1.0}],
)
def test_odd_clocks(a_cell: Callable[..., CellRecord], a_case: ACase, marks: dict[str, float]) -> None:
    """Time that stands still or goes backwards stays within the picture."""
    odd = (Connection(opened=-1.0, closed=-2.0, how="fin"), Connection(opened=9.0, closed=None))
    picture = picture_of(a_case(a_cell(), verdict=Verdict.HELD, marks=marks, connections=odd))
    bars = picture.bars if picture is not None else ()
    assert [bar for bar in bars if not 0 <= bar.x <= WIDTH or bar.x + bar.width > WIDTH + 2] == []


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.00009, "90 µs"), (0.132, "132 ms"), (2.5444, "2.54 s"), (0.0, "0 µs"), (61.0, "61.00 s")]
)
def test_durations(seconds: float, words: str) -> None:
    """In the unit that fits."""
    assert duration(seconds) == words
