"""Which of the packages that differ between two environments is to blame: delta debugging. Pure.

The question is always: with these at their bad versions and all others at their good ones, is it bad? Halving
takes one culprit for granted, and the last question checks that; where it is not so, as few as
possible together are looked for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Asks = Callable[[frozenset[str]], bool | None]  # None: no answer, these do not go together


@dataclass(frozen=True, kw_only=True, slots=True)
class Culprits:
    """As few packages as could be told; more than one: only together, or not to be told apart."""

    packages: tuple[str, ...]
    checked: bool  # with these alone bad it is bad, and with fewer of them it is not


def culprits(packages: Sequence[str], ask: Asks) -> Culprits:
    """With all of them bad it is bad, with none of them it is good: what in between decides."""
    suspects = list(packages)
    while len(suspects) > 1:
        narrowed = _halved(suspects, ask)
        if narrowed is None:
            break
        suspects = narrowed
    if len(suspects) == 1 and ask(frozenset(suspects)):
        return Culprits(packages=tuple(suspects), checked=True)
    return _fewest(packages, ask)


def _halved(suspects: list[str], ask: Asks) -> list[str] | None:
    """The half that has it. Where a half does not go together with the rest, the other half is asked, then each one."""
    middle = len(suspects) // 2
    halves = suspects[:middle], suspects[middle:]
    for half, other in (halves, halves[::-1]):
        answer = ask(frozenset(half))
        if answer is not None:
            return half if answer else other
    return next(([each] for each in suspects if ask(frozenset((each,)))), None)


def _fewest(packages: Sequence[str], ask: Asks) -> Culprits:
    """Leave out one after the other as long as it stays bad."""
    kept, doubt = list(packages), False
    for package in packages:
        fewer = frozenset(kept) - {package}
        answer = ask(fewer) if fewer else None
        if answer:
            kept.remove(package)
        doubt = doubt or answer is None
    return Culprits(packages=tuple(kept), checked=not doubt)
