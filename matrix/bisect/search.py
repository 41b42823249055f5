"""Where an answer changes in a row of versions, in about log2 n questions. Pure.

What is bad is a set of verdicts; where it is not given it follows from the ends: whatever is worse than
the better one of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby, pairwise

from matrix.bisect.ends import Ends, anchors
from matrix.bisect.trail import Bad, Enough, Trail, differs, worse_than


@dataclass(frozen=True, kw_only=True, slots=True)
class Edge:
    """Two indices that differ, and nothing with an answer between them, as far as was asked."""

    low: int
    high: int
    gaps: tuple[int, ...] = ()  # between them: asked, no answer
    untried: tuple[int, ...] = ()  # between them: not asked


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """The edges, oldest first, and what counted as bad for them."""

    edges: tuple[Edge, ...] = ()
    others: tuple[Edge, ...] = ()  # where it changes too, though nobody looked: it does so more than once
    bad: Bad = frozenset()
    stopped: bool = False  # by `Enough`


def search(count: int, trail: Trail, *, ends: Ends, bad: Bad = frozenset()) -> Found:
    """The edges between the ends that are given, or that are there. Raises NotSo."""
    try:
        chosen, bad = anchors(count, trail, ends, bad)
    except Enough:
        return Found(bad=bad, stopped=True)
    return between(chosen, trail, bad)


def scout(trail: Trail, low: int, high: int, *, bad: Bad, most: int) -> Found:
    """Where both ends agree: look for anything else in the middle, in the quarters and so on, `most` times."""
    stretches = [(low, high)]
    same = trail.answers[high]
    assert same is not None
    while most and stretches:
        start, end = stretches.pop(0)
        middle = (start + end) // 2
        if middle == start:
            continue
        if middle not in trail.answers:
            most -= 1
        try:
            verdict = trail(middle)
        except Enough:
            return Found(bad=bad, stopped=True)
        if verdict is not None and differs(verdict, same, bad):
            return between((low, middle, high), trail, bad or worse_than(verdict, same))
        stretches += [(start, middle), (middle, end)]
    return Found(bad=bad)


def between(chosen: Iterable[int], trail: Trail, bad: Bad) -> Found:
    """The edges between indices that are known to have an answer."""
    edges = [
        _edge(trail, low, high, bad)
        for low, high in pairwise(sorted(set(chosen)))
        if trail.is_bad(low, bad) is not trail.is_bad(high, bad)
    ]
    known = {(edge.low, edge.high) for edge in edges}
    others = [pair for pair in pairwise(trail.answered()) if pair not in known]
    return Found(
        edges=tuple(edges),
        others=tuple(
            _described(trail, low, high)
            for low, high in others
            if trail.is_bad(low, bad) is not trail.is_bad(high, bad)
        ),
        bad=bad,
        stopped=any(edge.untried for edge in edges),
    )


def _edge(trail: Trail, low: int, high: int, bad: Bad) -> Edge:
    """Halve until nothing untried is left between the two, beginning with what is known."""
    low, high = next(
        (one, other)
        for one, other in pairwise(index for index in trail.answered() if low <= index <= high)
        if trail.is_bad(one, bad) is not trail.is_bad(other, bad)
    )
    side = trail.is_bad(low, bad)
    try:
        while untried := trail.untried(low, high):
            middle = _middle(untried)
            verdict = trail(middle)
            if verdict is None:
                continue
            if (verdict in bad) is side:
                low = middle
            else:
                high = middle
    except Enough:
        pass
    return _described(trail, low, high)


def _middle(untried: list[int]) -> int:
    """Of the longest stretch without a gap in it: where there is one gap, others are likely beside it."""
    numbered = groupby(enumerate(untried), key=lambda item: item[1] - item[0])
    longest = max(([index for _, index in run] for _, run in numbered), key=len)
    return longest[(len(longest) - 1) // 2]


def _described(trail: Trail, low: int, high: int) -> Edge:
    return Edge(low=low, high=high, gaps=tuple(trail.gaps(low, high)), untried=tuple(trail.untried(low, high)))
