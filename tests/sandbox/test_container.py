"""`matrix.sandbox.container`: how an end is judged, and an engine that goes away; on a container that only answers."""

from collections.abc import Callable
from typing import Any

import pytest
from docker.errors import APIError, NotFound
from requests.exceptions import ChunkedEncodingError, ReadTimeout
from requests.exceptions import ConnectionError as NoAnswer
from urllib3.exceptions import ReadTimeoutError

from matrix.model import CellStatus
from matrix.sandbox import Trouble, container
from matrix.sandbox.container import End

SLOW = ReadTimeout("no answer yet")
SLOW_BODY = NoAnswer(ReadTimeoutError(None, "", "no answer yet"))  # type: ignore[arg-type]
GONE = NoAnswer(ConnectionRefusedError(111, "Connection refused"))


class Container:
    """What the SDK has, as far as it is asked: its waits come to these, one after the other."""

    def __init__(self, *waits: int | Exception, oom: bool = False, running: bool = False, words: bytes = b"") -> None:
        self._waits = list(waits)
        self._words = words
        self.attrs = {"State": {"OOMKilled": oom, "Running": running, "ExitCode": 1}}
        self.reloaded = 0

    def wait(self, timeout: float) -> dict[str, int]:
        result = self._waits.pop(0) if len(self._waits) > 1 else self._waits[0]
        if isinstance(result, Exception):
            raise result
        return {"StatusCode": result}

    def reload(self) -> None:
        self.reloaded += 1

    def logs(self, tail: int) -> bytes:
        return self._words


def waited(*waits: int | Exception, seconds: float = 60.0, **state: Any) -> End | None:
    return container.wait(Container(*waits, **state), seconds)  # type: ignore[arg-type]


@pytest.mark.parametrize("before", [(), (SLOW,), (SLOW_BODY, SLOW)], ids=["at once", "later", "much later"])
def test_ended(before: tuple[Exception, ...]) -> None:
    """The SDK's own limit only means to ask again."""
    assert waited(*before, 3) == End(code=3, out_of_memory=False)


def test_out_of_memory() -> None:
    """What the kernel killed for its memory is the guest's doing."""
    assert waited(137, oom=True) == End(code=137, out_of_memory=True)


def test_still_running() -> None:
    """By our own clock it is too late."""
    assert waited(SLOW, seconds=0.05) is None


def test_engine_was_away_and_nothing_happened() -> None:
    """Where the container survived its engine's restart and ended well, its answer stands."""
    assert waited(GONE, SLOW, 0) == End(code=0, out_of_memory=False)


TROUBLE: dict[str, Callable[[], object]] = {
    "away and ended": lambda: waited(GONE, 1),
    "away for good": lambda: waited(GONE, seconds=0.05),
    "killed from outside": lambda: waited(137),
}


@pytest.mark.parametrize("happens", TROUBLE.values(), ids=TROUBLE)
def test_not_the_guests_doing(happens: Callable[[], object]) -> None:
    """An engine that goes away, and whoever kills from outside, are told apart from a crash."""
    with pytest.raises(Trouble, match=r"the engine went away|killed from outside"):
        happens()


def test_impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that stays away is given up before the cell's time is."""
    monkeypatch.setattr(container, "PATIENCE", 0.05)
    with pytest.raises(Trouble, match="Connection refused"):
        waited(GONE, seconds=3600.0)


@pytest.mark.parametrize(
    ("end", "status", "reason"),
    [
        (None, CellStatus.TIMEOUT, "still running after 5 s"),
        (End(code=0, out_of_memory=False), None, ""),
        (End(code=0, out_of_memory=True), None, ""),
        (End(code=137, out_of_memory=True), CellStatus.OOM, "the container ran out of its memory limit"),
        (End(code=7, out_of_memory=False), CellStatus.CRASHED, "the guest ended with exit code 7\nlast words"),
    ],
    ids=["late", "well", "well though a child died", "out of memory", "crash"],
)
def test_judged(end: End | None, status: CellStatus | None, reason: str) -> None:
    """Each end has its status, and a reason."""
    made: Any = Container(0, words=b"last words\n")
    assert container.judged(end, made, 5.0) == (status, reason)


@pytest.mark.parametrize(
    ("state", "words"),
    [({"oom": True}, r"\(out of memory\)"), ({"words": b"why"}, r"\(exit code 1\): why")],
    ids=["out of memory", "exit"],
)
def test_peer_that_ended(state: dict[str, Any], words: str) -> None:
    """A peer that has ended is trouble, with how it did."""
    with pytest.raises(Trouble, match=words):
        container.must_live(Container(0, **state))  # type: ignore[arg-type]


def test_peer_that_lives() -> None:
    """A peer that runs is as it should be; the engine was asked."""
    peer: Any = Container(0, running=True)
    container.must_live(peer)
    assert peer.reloaded == 1


@pytest.mark.parametrize(
    "error",
    [GONE, ReadTimeout("late"), NotFound("no such container"), APIError("refused"), ChunkedEncodingError("cut")],
    ids=["gone", "late", "not found", "refused", "cut short"],
)
def test_whatever_the_engine_says(error: Exception) -> None:
    """What the SDK raises is trouble, never a crash of the client's."""
    with pytest.raises(Trouble, match="it was asked"), container.trouble("it was asked"):
        raise error


def test_other_errors_pass() -> None:
    """A mistake of our own is not called the engine's."""
    with pytest.raises(KeyError), container.trouble("it was asked"):
        raise KeyError


class Engine:
    """An engine that answers after so many questions."""

    def __init__(self, silent: int) -> None:
        self._silent = silent

    def ping(self) -> bool:
        self._silent -= 1
        if self._silent >= 0:
            raise GONE
        return True


def test_awaited() -> None:
    """An engine that is being restarted is waited for."""
    container.await_engine(Engine(2), 60.0)  # type: ignore[arg-type]


def test_awaited_in_vain() -> None:
    """One that does not come back is given up."""
    with pytest.raises(Trouble, match="does not answer any more"):
        container.await_engine(Engine(1000), 0.0)  # type: ignore[arg-type]
