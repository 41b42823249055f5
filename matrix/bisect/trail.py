"""A row of versions that is asked by index, each once: None is no answer, a gap to be stepped around.

The row is in order, oldest first. Who answers is a parameter; it may refuse to go on.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from matrix.guest.wire import PASSING
from matrix.model import Verdict

Ask = Callable[[int], Verdict | None]
Bad = frozenset[Verdict]
LADDER = tuple(Verdict)


class Enough(Exception):
    """Raised by whoever is asked: no more questions. What was found so far stands."""


@dataclass(slots=True)
class Trail:
    """The questions so far, each asked once."""

    ask: Ask
    answers: dict[int, Verdict | None] = field(default_factory=dict)

    def __call__(self, index: int) -> Verdict | None:
        if index not in self.answers:
            self.answers[index] = self.ask(index)
        return self.answers[index]

    def is_bad(self, index: int, bad: Bad) -> bool:
        """Of an index that has an answer."""
        return self.answers[index] in bad

    def untried(self, low: int, high: int) -> list[int]:
        """Between two indices."""
        return [index for index in range(low + 1, high) if index not in self.answers]

    def gaps(self, low: int, high: int) -> list[int]:
        """Asked, and no answer, between two indices."""
        return [index for index in range(low + 1, high) if index in self.answers and self.answers[index] is None]

    def answered(self) -> list[int]:
        """All that have an answer, in order."""
        return sorted(index for index, verdict in self.answers.items() if verdict is not None)

    def furthest_out(self, start: int, stop: int) -> int | None:
        """The first from `start` towards `stop` that gives an answer, the gaps before it being taken for one run."""
        gap = start
        for index in inwards(start, stop):
            if self(index) is not None:
                return self._end_of_run(gap, index)
            gap = index
        return None

    def _end_of_run(self, gap: int, index: int) -> int:
        while abs(gap - index) > 1:
            middle = (gap + index) // 2
            if self(middle) is None:
                gap = middle
            else:
                index = middle
        return index

    def first_answered(self, indices: Iterable[int]) -> int | None:
        """The first of these that gives an answer."""
        return next((index for index in indices if self(index) is not None), None)


def inwards(start: int, stop: int) -> Iterator[int]:
    """`start`, then 1, 2, 4, 8 ... further, and the last before `stop`."""
    direction = 1 if stop > start else -1
    last = abs(stop - start) - 1
    step = 0
    while step < last:
        yield start + direction * step
        step = 2 * step or 1
    if last >= 0:
        yield stop - direction


def worse_than(*verdicts: Verdict) -> Bad:
    """What is bad where nobody says: all that is worse than the best of these, and would break a guarantee."""
    best = min(map(LADDER.index, verdicts))
    return frozenset(verdict for verdict in LADDER[best + 1 :] if verdict not in PASSING)


def differs(one: Verdict, other: Verdict, bad: Bad) -> bool:
    """On the other side of what is bad; where nobody has said what that is, of what follows from the two."""
    bad = bad or worse_than(one, other)
    return (one in bad) is not (other in bad)
