"""Between which versions to search: what is given, or the oldest and the newest that give an answer. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from matrix.bisect.trail import LADDER, Bad, Trail, differs, inwards, worse_than
from matrix.model import Verdict


class NotSo(Exception):
    """An index that was given as good or bad is not what it is called."""

    def __init__(self, index: int, bad: Bad) -> None:
        super().__init__(index)
        self.index = index
        self.bad = bad


@dataclass(frozen=True, kw_only=True, slots=True)
class Ends:
    """What is given; None is to be found out."""

    good: int | None = None
    bad: int | None = None


def anchors(count: int, trail: Trail, ends: Ends, bad: Bad) -> tuple[list[int], Bad]:
    """Indices with an answer, and what is bad: where neighbours among them differ there is an edge. Raises NotSo."""
    if ends.good is None and ends.bad is None:
        return _outermost(count, trail, bad)
    bad = _given(trail, ends, bad)
    given = [index for index in (ends.good, ends.bad) if index is not None]
    if len(given) == 1:  # what came before it, and what came after
        (middle,) = given
        found = (trail.furthest_out(end, middle) for end in (0, count - 1))
        given += [index for index in found if index is not None]
    return given, bad


def _given(trail: Trail, ends: Ends, bad: Bad) -> Bad:
    good_verdict, bad_verdict = (trail(index) if index is not None else None for index in (ends.good, ends.bad))
    if not bad and good_verdict is not None:
        bad = worse_than(good_verdict)
    elif not bad and bad_verdict is not None:
        bad = frozenset(LADDER[LADDER.index(bad_verdict) :])
    for index, verdict, should in ((ends.good, good_verdict, False), (ends.bad, bad_verdict, True)):
        if index is not None and (verdict is None or (verdict in bad) is not should):
            raise NotSo(index, bad)
    return bad


def _outermost(count: int, trail: Trail, bad: Bad) -> tuple[list[int], Bad]:
    """The newest that has an answer, and the oldest, or an older one that differs from it."""
    newest = trail.furthest_out(count - 1, -1)
    verdict = trail.answers.get(newest) if newest is not None else None
    if newest is None or verdict is None:
        return [], bad
    last = verdict  # for the function below, which may not see it change
    older, oldest = _older(trail, newest, lambda other: differs(other, last, bad))
    other = trail.answers[older] if older is not None else None
    if older is None or other is None:
        return [oldest, newest], bad
    return [older, oldest, newest], bad or worse_than(other, verdict)


def _older(trail: Trail, high: int, is_other: Callable[[Verdict], bool]) -> tuple[int | None, int]:
    """One that is older than `high` and differs, and the oldest that is known not to.

    Old releases often give no answer on a new interpreter, all up to some version. Where the oldest gives none,
    gaps are taken for such a beginning and its end is found by halving; further down it is then checked that it was.
    """
    first = trail(0)
    if first is not None:
        return (0, high) if is_other(first) else (None, 0)
    while True:
        floor, differing, high = _end_of_gap(trail, high, is_other)
        if differing is not None:
            return differing, high
        below = trail.first_answered(inwards(floor, -1))
        verdict = trail.answers[below] if below is not None else None
        if below is None or verdict is None:
            return None, high
        if is_other(verdict):
            return below, high
        high = below


def _end_of_gap(trail: Trail, high: int, is_other: Callable[[Verdict], bool]) -> tuple[int, int | None, int]:
    """The last gap before `high`, or one that differs; and what `high` has come down to."""
    floor = 0
    while untried := trail.untried(floor, high):
        middle = untried[len(untried) // 2]
        verdict = trail(middle)
        if verdict is None:
            floor = middle
        elif is_other(verdict):
            return floor, middle, high
        else:
            high = middle
    return floor, None, high
