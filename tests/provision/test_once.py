"""`matrix.provision.once`: made by one of those who ask, awaited by the others, tried again after a failure."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from matrix.provision.once import Once


def test_made_once() -> None:
    """What was made for a key is there for everybody who asks later."""
    made: list[str] = []
    once: Once[str, int] = Once()

    def make() -> int:
        made.append("made")
        return len(made)

    assert [once.get("a", make), once.get("a", make), once.get("b", make)] == [1, 1, 2]


def test_who_asks_meanwhile_waits() -> None:
    """Two that ask at the same moment have the same, and one of them made it."""
    once: Once[str, object] = Once()
    begun, go_on = threading.Event(), threading.Event()

    def make() -> object:
        begun.set()
        assert go_on.wait(20)
        return object()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(once.get, "a", make)
        assert begun.wait(20)
        second = pool.submit(once.get, "a", object)
        go_on.set()
        assert first.result() is second.result()


def test_keys_do_not_wait_for_each_other() -> None:
    """While one is made, another can be had."""
    once: Once[str, str] = Once()
    go_on = threading.Event()

    def slow() -> str:
        assert go_on.wait(20)
        return "slow"

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(once.get, "a", slow)
        assert once.get("b", lambda: "quick") == "quick"
        go_on.set()
        assert waiting.result() == "slow"


def test_failure_is_not_remembered() -> None:
    """What could not be made raises, and the next who asks tries again."""
    once: Once[str, float] = Once()
    with pytest.raises(ZeroDivisionError):
        once.get("a", lambda: 1 / 0)
    assert once.get("a", lambda: 1.0) == 1.0
