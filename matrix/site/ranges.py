"""In which versions a use is clean and in which it is not, as ranges computed from cells.

A range reaches from one tested version to another; between two of them that do not follow each other
nothing is claimed, and the gap is told. Interpreters that never contradict each other share their ranges.
It knows versions and verdicts only; who is at fault is found in `blame.py`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from packaging.version import InvalidVersion, Version

from matrix.guest.wire import PASSING
from matrix.model import CaseRecord, Verdict
from matrix.order import column_key
from matrix.render.plain import in_words, one_line
from matrix.site.spans import all_of
from matrix.site.words import phrase, worst_kinds


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """What can be told apart in a range: the verdict, and what it was given for."""

    verdict: Verdict
    kinds: frozenset[str] = frozenset()

    @property
    def passing(self) -> bool:
        return self.verdict in PASSING

    @property
    def phrase(self) -> str:
        return phrase(self.verdict, self.kinds)


_MINOR = 2  # numbers: what has no more may have had patches
CLEAN = State(verdict=Verdict.CLEAN)
History = Mapping[str, State | None]  # version -> what was found; None: tried, and no result


@dataclass(frozen=True, kw_only=True, slots=True)
class Range:
    """Neighbouring tested versions with the same answer."""

    state: State
    versions: tuple[str, ...]  # oldest first
    silent: tuple[str, ...] = ()  # tried between this range and the next, without a result

    @property
    def first(self) -> str:
        return self.versions[0]

    @property
    def last(self) -> str:
        return self.versions[-1]


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """One part of a sentence: what, where, and what is not known."""

    state: State
    what: str  # "leaks a pool slot", "fixed"
    span: str  # "≤ 1.0.2", "in 1.0.3"
    gap: str = ""  # what was not tested before this part begins


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """All ranges of one use on the interpreters that agree about them."""

    ranges: tuple[Range, ...]
    interpreters: tuple[str, ...]
    promised: bool = True  # a guarantee, which is fixed when it is clean again
    of_python: bool = False  # its versions are those of the language

    @property
    def changes(self) -> bool:
        return len(self.ranges) > 1

    @property
    def now(self) -> State:
        return self.ranges[-1].state

    @property
    def pieces(self) -> tuple[Piece, ...]:
        return tuple(_pieces(self.ranges, promised=self.promised, of_python=self.of_python))

    @property
    def text(self) -> str:
        return sentence(self.pieces)


def state_of(record: CaseRecord) -> State | None:
    """None where there is no verdict. Gone by itself a moment later is as good as clean."""
    if record.verdict is None:
        return None
    if record.verdict in PASSING:
        return CLEAN
    return State(verdict=record.verdict, kinds=worst_kinds(record))


def in_order(versions: Iterable[str]) -> list[str]:
    return sorted(versions, key=lambda version: column_key(version, version))


def ranges_of(found: History) -> tuple[Range, ...]:
    """Neighbouring versions with the same state, oldest first; those without a result join nothing."""
    told = [(version, found[version]) for version in in_order(found)]
    answered = [(version, state) for version, state in told if state is not None]
    ranges = [
        Range(state=state, versions=tuple(version for version, _ in group))
        for state, group in ((state, list(group)) for state, group in groupby(answered, key=lambda each: each[1]))
    ]
    order = [version for version, _ in told]
    silent = {version for version, state in told if state is None}
    between = [
        tuple(v for v in order[order.index(older.last) : order.index(newer.first)] if v in silent)
        for older, newer in pairwise(ranges)
    ]
    return tuple(
        Range(state=each.state, versions=each.versions, silent=gap)
        for each, gap in zip(ranges, [*between, ()], strict=False)
    )


def stories_of(found: Mapping[str, History], *, promised: bool = True) -> tuple[Story, ...]:
    """Interpreter -> version -> state, told together where no version contradicts."""
    groups: list[tuple[list[str], dict[str, State | None]]] = []
    for interpreter, sequence in found.items():
        if not any(sequence.values()):
            continue
        for names, together in groups:
            if _agree(together, sequence):
                names.append(interpreter)
                together.update({v: s for v, s in sequence.items() if s is not None or v not in together})
                break
        else:
            groups.append(([interpreter], dict(sequence)))
    return tuple(
        Story(ranges=ranges_of(together), interpreters=tuple(names), promised=promised) for names, together in groups
    )


def _agree(left: History, right: History) -> bool:
    """Alike wherever both have a result, and that somewhere."""
    both = [version for version in left if left[version] is not None and right.get(version) is not None]
    return bool(both) and all(left[version] == right[version] for version in both)


def follow(older: str, newer: str, *, of_python: bool = False) -> bool:
    """Whether no release can be between two: 1.0.2 and 1.0.3. Of 1.0.2 and 1.1.0, or 13.0 and 13.1, nobody knows.

    Of Python's language versions, 3.12 and 3.13 are neighbours.
    """
    try:
        before, after = Version(older), Version(newer)
    except InvalidVersion:
        return False
    plain = not (before.is_prerelease or after.is_prerelease or before.is_postrelease or after.is_postrelease)
    same = before.epoch == after.epoch and before.release[:-1] == after.release[:-1]
    whole = of_python or len(after.release) > _MINOR
    return plain and same and whole and after.release[-1] == before.release[-1] + 1


def _pieces(ranges: tuple[Range, ...], *, promised: bool, of_python: bool) -> Iterable[Piece]:
    for place, each in enumerate(ranges):
        older = ranges[place - 1] if place else None
        newest = place == len(ranges) - 1
        fixed = promised and newest and older is not None and each.state.passing
        yield Piece(
            state=each.state,
            what="fixed" if fixed else each.state.phrase,
            span=_span(each, oldest=older is None, newest=newest, fixed=fixed),
            gap=_gap(older, each, of_python=of_python) if older else "",
        )


def _span(each: Range, *, oldest: bool, newest: bool, fixed: bool) -> str:
    first, last = one_line(each.first), one_line(each.last)
    if oldest and newest:
        number = len(each.versions)
        if number == 1:
            return f"in {first}, the only version tested"
        return f"in {all_of(number)} versions tested"
    if oldest:
        return f"≤ {last}"
    if newest:
        return f"in {first}" if fixed else f"since {first}"
    return f"in {first}" if first == last else f"in {first} to {last}"


def _gap(older: Range, newer: Range, *, of_python: bool) -> str:
    if older.silent:
        return f"no result in between: {in_words([one_line(version) for version in older.silent])}"
    return "" if follow(older.last, newer.first, of_python=of_python) else "not tested in between"


def sentence(pieces: Sequence[Piece]) -> str:
    """`leaks a pool slot ≤ 1.0.2, fixed in 1.0.3`."""
    return ", ".join(f"{piece.what} {piece.span}" + (f" ({piece.gap})" if piece.gap else "") for piece in pieces)
