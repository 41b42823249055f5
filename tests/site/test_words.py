"""What an answer says in plain words."""

import pytest

from matrix.model import Verdict
from matrix.site.words import phrase, thing, things


@pytest.mark.parametrize(
    ("kind", "words"),
    [("socket", "a socket"), ("event loop", "an event loop"), ("memory", "memory"), ("OS thread", "an OS thread")],
)
def test_things(kind: str, words: str) -> None:
    """With their article, if they have one."""
    assert thing(kind) == words


def test_several_things() -> None:
    """In an order that does not change; what has no kind is something."""
    assert things({"socket", "pool slot"}) == "a pool slot and a socket"
    assert things(()) == "something"


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_has_a_phrase(verdict: Verdict) -> None:
    """It goes on after the name of a use."""
    assert phrase(verdict, {"socket"})
