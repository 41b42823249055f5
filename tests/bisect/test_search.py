"""`matrix.bisect.search`: against synthetic histories, with and without gaps."""

from itertools import pairwise
from math import ceil, log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.bisect.ends import Ends, NotSo
from matrix.bisect.search import Found, scout, search
from matrix.bisect.trail import Enough, Trail
from matrix.model import Verdict

History = list[Verdict | None]
CLEAN, REFCOUNT, GC, LOOP, HELD = Verdict.CLEAN, Verdict.REFCOUNT, Verdict.GC, Verdict.LOOP, Verdict.HELD
WORDS = {"c": CLEAN, "a": Verdict.LATE, "r": REFCOUNT, "g": GC, "l": LOOP, "h": HELD, ".": None}


def history(text: str) -> History:
    """`ccc.hh`: a verdict each by its first letter (late: a), a dot for a gap."""
    return [WORDS[letter] for letter in text]


def asked(answers: History, most: int | None = None) -> Trail:
    """Somebody who knows the history, and answers each question once, at most so many."""
    seen: list[int] = []

    def ask(index: int) -> Verdict | None:
        assert index not in seen
        if len(seen) == most:
            raise Enough
        seen.append(index)
        return answers[index]

    return Trail(ask)


def found_in(text: str, ends: Ends | None = None, bad: str = "") -> Found:
    """What a search finds in such a history."""
    answers = history(text)
    wanted = frozenset(verdict for letter in bad if (verdict := WORDS[letter]) is not None)
    return search(len(answers), asked(answers), ends=ends or Ends(), bad=wanted)


def pairs(found: Found) -> list[tuple[int, int]]:
    return [(edge.low, edge.high) for edge in found.edges]


# One edge, anywhere.


@st.composite
def one_edge(draw: st.DrawFn) -> tuple[History, int]:
    """A history without gaps and the index at which it changes."""
    count = draw(st.integers(2, 300))
    edge = draw(st.integers(1, count - 1))
    before, after = draw(st.permutations([verdict for verdict in Verdict if verdict is not Verdict.LATE]))[:2]
    return [before] * edge + [after] * (count - edge), edge


@given(one_edge())
def test_edge_in_log2_n_questions(given_history: tuple[History, int]) -> None:
    """Two questions for the ends, and log2 of what is between them."""
    answers, edge = given_history
    trail = asked(answers)
    found = search(len(answers), trail, ends=Ends())
    assert pairs(found) == [(edge - 1, edge)]
    assert len(trail.answers) <= 2 + ceil(log2(max(len(answers) - 1, 1)))
    assert (found.others, found.stopped) == ((), False)


@st.composite
def edge_with_gaps(draw: st.DrawFn) -> History:
    """One change, and any gaps between the oldest and the newest."""
    answers, _ = draw(one_edge())
    gaps = draw(st.sets(st.integers(1, len(answers) - 2))) if len(answers) > 2 else set()
    return [None if index in gaps else verdict for index, verdict in enumerate(answers)]


@given(edge_with_gaps())
def test_gaps_are_stepped_around(answers: History) -> None:
    """The two that are found differ, and between them there is nothing but gaps, each asked."""
    trail = asked(answers)
    (edge,) = search(len(answers), trail, ends=Ends()).edges
    assert answers[edge.low] is not answers[edge.high]
    assert None not in (answers[edge.low], answers[edge.high])
    assert edge.gaps == tuple(range(edge.low + 1, edge.high))
    assert all(answers[index] is None for index in edge.gaps)
    assert edge.untried == ()


@given(st.integers(4, 400), st.data())
def test_long_end_without_answers_costs_log2_n(count: int, data: st.DataObject) -> None:
    """All new versions that cannot be had are not tried one by one, and the newest that can is found."""
    edge = data.draw(st.integers(1, count - 2))
    last = data.draw(st.integers(edge, count - 2))
    answers: History = [REFCOUNT] * edge + [GC] * (last - edge + 1) + [None] * (count - last - 1)
    trail = asked(answers)
    assert pairs(search(count, trail, ends=Ends())) == [(edge - 1, edge)]
    assert trail.answered()[-1] == last
    assert len(trail.answers) <= 3 * ceil(log2(count)) + 3


@given(st.integers(4, 400), st.data())
def test_long_beginning_without_answers_costs_log2_n(count: int, data: st.DataObject) -> None:
    """All old versions that cannot be had are not tried one by one."""
    first = data.draw(st.integers(1, count - 2))
    edge = data.draw(st.integers(first + 1, count - 1))
    answers: History = [None] * first + [REFCOUNT] * (edge - first) + [GC] * (count - edge)
    trail = asked(answers)
    assert pairs(search(count, trail, ends=Ends())) == [(edge - 1, edge)]
    assert len(trail.answers) <= 2 * ceil(log2(count)) + 2


@given(edge_with_gaps(), st.integers(0, 12))
def test_enough_is_enough(answers: History, most: int) -> None:
    """Stopped early, what is said is still true, and what was not tried is named."""
    trail = asked(answers, most)
    found = search(len(answers), trail, ends=Ends())
    for edge in found.edges:
        assert answers[edge.low] is not answers[edge.high]
        assert sorted((*edge.gaps, *edge.untried)) == list(range(edge.low + 1, edge.high))
        assert not set(edge.untried) & set(trail.answers)
    assert found.stopped is (not found.edges or any(edge.untried for edge in found.edges))


@given(st.lists(st.sampled_from([*Verdict, None]), min_size=2, max_size=60))
def test_any_history(answers: History) -> None:
    """Whatever a history is: it ends, nothing is asked twice, and every edge that is named is one."""
    trail = asked(answers)
    found = search(len(answers), trail, ends=Ends())
    for edge in (*found.edges, *found.others):
        low, high = answers[edge.low], answers[edge.high]
        assert low is not None
        assert high is not None
        assert (low in found.bad) is not (high in found.bad)
        assert all(index not in trail.answers or answers[index] is None for index in range(edge.low + 1, edge.high))


# What is bad.


@pytest.mark.parametrize(
    ("text", "edge", "bad"),
    [
        ("ccchhh", (2, 3), "rglh"),
        ("hhhccc", (2, 3), "rglh"),
        ("rrrggg", (2, 3), "glh"),
        ("ccgghh", (1, 2), "rglh"),
        ("rcrggg", (2, 3), "glh"),
        ("ccaahh", (3, 4), "rglh"),
        ("haacc", (0, 1), "rglh"),
    ],
    ids=[
        "worse than clean",
        "fixed",
        "worse than refcount",
        "a third verdict is bad",
        "a better one is good",
        "late keeps a guarantee, too",
        "late is fixed",
    ],
)
def test_bad_is_worse_than_the_better_end(text: str, edge: tuple[int, int], bad: str) -> None:
    """Where nobody says what is bad, it is what is worse than the better end."""
    found = found_in(text)
    assert pairs(found) == [edge]
    assert set(bad) == {letter for letter, verdict in WORDS.items() if verdict in found.bad} - {"."} | (
        set("l") & set(bad)
    )


def test_clean_and_late_agree() -> None:
    """Nothing is found between them, unless it is asked for."""
    assert pairs(found_in("ccaa")) == []
    assert pairs(found_in("ccaa", bad="a")) == [(1, 2)]


def test_bad_as_it_is_given() -> None:
    """Between clean, gc and held, what is called bad decides which edge is meant."""
    assert pairs(found_in("cccggghhh")) == [(2, 3)]
    assert pairs(found_in("cccggghhh", bad="h")) == [(5, 6)]
    assert pairs(found_in("cccggghhh", bad="g", ends=Ends(bad=4))) == [(2, 3), (5, 6)]


def test_nothing_changes() -> None:
    """Equal ends are no edge, and cost two questions."""
    answers = history("ggggggggg")
    trail = asked(answers)
    assert pairs(search(len(answers), trail, ends=Ends())) == []
    assert len(trail.answers) == 2


def test_no_answer_at_all() -> None:
    """Where nothing gives an answer there is no edge; not everything is tried."""
    answers = history("." * 64)
    trail = asked(answers)
    assert pairs(search(64, trail, ends=Ends())) == []
    assert len(trail.answers) <= 8


# Given ends.


def test_both_given() -> None:
    """Between the two that are given, and nowhere else."""
    answers = history("hcccchhhhc")
    trail = asked(answers)
    found = search(len(answers), trail, ends=Ends(good=2, bad=7))
    assert pairs(found) == [(4, 5)]
    assert all(2 <= index <= 7 for index in trail.answers)


def test_bad_one_in_the_middle() -> None:
    """A bad one alone: the first bad one, and the first good one after it."""
    assert pairs(found_in("cccchhhhcccc", Ends(bad=5))) == [(3, 4), (7, 8)]
    assert pairs(found_in("....chhhhcccc", Ends(bad=7))) == [(4, 5), (8, 9)]


def test_good_one_alone() -> None:
    """A good one alone: where it became good, and where it was lost."""
    assert pairs(found_in("hhhcccghh", Ends(good=4))) == [(2, 3), (5, 6)]


@pytest.mark.parametrize(
    ("text", "ends", "index"),
    [
        ("ccchhh", Ends(good=4, bad=5), 5),
        ("ccchhh", Ends(good=0, bad=1), 1),
        ("c.chhh", Ends(good=1), 1),
        ("hhhccc", Ends(good=0, bad=5), 5),
    ],
    ids=["both bad", "both good", "no answer", "the other way round"],
)
def test_ends_that_are_not_what_they_are_called(text: str, ends: Ends, index: int) -> None:
    """A version that is called good or bad and is not so is told, by its index."""
    with pytest.raises(NotSo) as caught:
        found_in(text, ends)
    assert caught.value.index == index


# More than one change.


def test_not_monotone() -> None:
    """A change that was met by the way is told beside the one that was looked for."""
    answers = history("cccchhcccccchhhhhhhh")
    trail = asked(answers)
    for known in (4, 9):
        trail(known)
    found = search(len(answers), trail, ends=Ends())
    assert [*pairs(found), *((edge.low, edge.high) for edge in found.others)] == [(3, 4), (4, 9), (9, 19)]


@given(st.integers(3, 200), st.data())
def test_others_are_what_was_seen(count: int, data: st.DataObject) -> None:
    """Two changes: at least one is found exactly, and whatever else differs among the answers is told."""
    first = data.draw(st.integers(1, count - 2))
    second = data.draw(st.integers(first + 1, count - 1))
    answers: History = [CLEAN] * first + [HELD] * (second - first) + [GC] * (count - second)
    trail = asked(answers)
    found = search(count, trail, ends=Ends(), bad=frozenset({HELD}))
    assert found.edges == ()  # the ends agree: neither is held
    answered = [answers[index] for index in trail.answered()]
    assert len(found.others) == sum((a is HELD) is not (b is HELD) for a, b in pairwise(answered))


# Scouting.


@given(st.integers(8, 200), st.data())
def test_scout_finds_a_broad_change(count: int, data: st.DataObject) -> None:
    """What is a quarter of the history wide is found by looking at the middle, the quarters and the eighths."""
    width = data.draw(st.integers(count // 4 + 2, count - 2))
    start = data.draw(st.integers(1, count - width - 1))
    answers: History = [CLEAN] * start + [HELD] * width + [CLEAN] * (count - start - width)
    trail = asked(answers)
    search(count, trail, ends=Ends())
    found = scout(trail, 0, count - 1, bad=frozenset(), most=7)
    assert pairs(found) == [(start - 1, start), (start + width - 1, start + width)]


def test_scout_gives_up() -> None:
    """So many questions and no more."""
    answers = history("c" * 100)
    trail = asked(answers)
    search(100, trail, ends=Ends())
    assert scout(trail, 0, 99, bad=frozenset(), most=7).edges == ()
    assert len(trail.answers) == 9


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("letter", ["c", "."])
def test_tiny_histories(count: int, letter: str) -> None:
    """One version, or two, are no trouble."""
    assert pairs(found_in(letter * count)) == []
