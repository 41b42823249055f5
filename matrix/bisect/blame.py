"""Whether a client's own version changed an answer, or a package below it: each neighbour with the other's packages."""

from dataclasses import replace

from matrix.bisect.locks import Locks
from matrix.bisect.model import Step
from matrix.bisect.packages import Court, below
from matrix.render.plain import in_words


def blame(step: Step, court: Court) -> Step:
    """The same step, with whom to blame. Raises `Enough`."""
    before, after = step.before, step.after
    locks = Locks.of(before, after)
    if not locks.moved:
        why = f"only one of the two brings {in_words(locks.alone)}"
        own = f"{step.subject} itself: no other package differs between the two"
        return replace(step, blame=_undecided(step, why) if locks.alone else own)
    crossed = (
        (locks.applied(after.cell, before.resolved), step.new, step.old, after, before),
        (locks.applied(before.cell, after.resolved), step.old, step.new, before, after),
    )
    for cell, client, neighbour, same_client, same_packages in crossed:
        mixed = court.tester.ask(cell)
        if court.is_bad(mixed) is court.is_bad(same_client):
            words = f"{step.subject} itself: {client} with the packages of {neighbour} answers as it does with its own"
            return replace(step, blame=words)
        if court.is_bad(mixed) is court.is_bad(same_packages):
            deeper, words = below(same_client, mixed, court)
            return replace(step, blame=words, deeper=deeper)
    return replace(step, blame=_undecided(step, f"neither goes with the other's {in_words(locks.moved)}"))


def _undecided(step: Step, why: str) -> str:
    return f"{step.subject} or a package below it, which cannot be told apart: {why}"
