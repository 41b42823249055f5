"""What an answer says in plain words: `leaks a pool slot`, `leaves a socket to the garbage collector`.

Phrases only; which of them is true where is computed in `ranges.py`.
"""

from collections.abc import Collection
from typing import assert_never

from matrix.guest.wire import PASSING
from matrix.model import CaseRecord, Verdict
from matrix.render.plain import in_words, one_line

_UNCOUNTED = {"memory"}
_VOWELS = "aeiou"


def thing(kind: str) -> str:
    """`a socket`, `an event loop`, `memory`."""
    word = one_line(kind)
    if word in _UNCOUNTED:
        return word
    return f"{'an' if word[:1].lower() in _VOWELS else 'a'} {word}"


def things(kinds: Collection[str]) -> str:
    """`a pool slot and a socket`; what has no kind is something."""
    return in_words([thing(kind) for kind in sorted(kinds)]) or "something"


def worst_kinds(record: CaseRecord) -> frozenset[str]:
    """The kinds that gave the case its verdict: a slot may leak where no descriptor does."""
    if record.verdict is None or record.verdict in PASSING:
        return frozenset()
    return frozenset(kind for kind, verdict in record.kinds.items() if verdict is record.verdict)


def phrase(verdict: Verdict, kinds: Collection[str]) -> str:
    """What a use does, as it goes on after its name."""
    match verdict:
        case Verdict.CLEAN | Verdict.LATE:
            return "clean"
        case Verdict.REFCOUNT:
            return f"keeps {things(kinds)} until the last reference is dropped"
        case Verdict.GC:
            return f"leaves {things(kinds)} to the garbage collector"
        case Verdict.LOOP:
            return f"keeps {things(kinds)} until the event loop is closed"
        case Verdict.HELD:
            return f"leaks {things(kinds)}"
        case _:
            assert_never(verdict)
