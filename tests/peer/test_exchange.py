"""An exchange with a client that is a few lines of ASGI."""

import asyncio
from typing import TYPE_CHECKING

import pytest

from matrix.peer import rude
from matrix.peer.app import ENDPOINTS
from matrix.peer.exchange import Exchange
from matrix.peer.log import Log
from matrix.peer.tap import Tap
from matrix.peer.upstream_side import Link

if TYPE_CHECKING:
    from hypercorn.typing import ASGIReceiveEvent, ASGISendEvent, HTTPScope


class Client:
    """Says what it is given, is silent from then on, and takes no answer."""

    def __init__(self, *events: "ASGIReceiveEvent") -> None:
        self.events = list(events)

    async def receive(self) -> "ASGIReceiveEvent":
        if not self.events:
            await asyncio.Event().wait()
        return self.events.pop(0)

    async def send(self, _event: "ASGISendEvent") -> None:
        await asyncio.Event().wait()


class Taker(Client):
    """The same, and takes what it is answered."""

    async def send(self, _event: "ASGISendEvent") -> None:
        pass


ASKED: "ASGIReceiveEvent" = {"type": "http.request", "body": b"", "more_body": False}
ASKING: "ASGIReceiveEvent" = {"type": "http.request", "body": b"x", "more_body": True}
GONE: "ASGIReceiveEvent" = {"type": "http.disconnect"}


def make_exchange(*events: "ASGIReceiveEvent", kind: type[Client] = Client, tap: Tap | None = None) -> Exchange:
    client = kind(*events)
    scope: HTTPScope = {
        "type": "http",
        "asgi": {},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "https",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "root_path": "",
        "headers": [],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
        "state": {},
        "extensions": {},
    }
    return Exchange(scope, client.receive, client.send, tap or Tap(Log(), lambda _link: None))


@pytest.mark.parametrize(
    ("events", "answered"),
    [((ASKED,), True), ((ASKING, ASKED), True), ((ASKING, GONE), False)],
    ids=["short", "long", "cut"],
)
def test_only_whole_requests_are_answered(
    events: "tuple[ASGIReceiveEvent, ...]",
    answered: bool,
) -> None:
    """A request is read to its end; one that has none is not answered."""
    assert asyncio.run(make_exchange(*events).read_body()) is answered


@pytest.mark.parametrize(
    ("events", "seconds", "stayed"), [((GONE,), 3600, False), ((), 0.001, True)], ids=["gone", "there"]
)
def test_pause_ends_with_the_client(
    events: "tuple[ASGIReceiveEvent, ...]",
    seconds: float,
    stayed: bool,
) -> None:
    """A wait ends early when the client goes away, and says so."""

    async def pause() -> bool:
        x = make_exchange(*events)
        try:
            return await x.pause(seconds)
        finally:
            x.close()

    assert asyncio.run(pause()) is stayed


class Breaker(Tap):
    """Notes which connections are broken off."""

    def __init__(self) -> None:
        super().__init__(Log(), lambda _link: None)
        self.broken_off: list[Link] = []

    def reset(self, link: Link) -> None:
        self.broken_off.append(link)


@pytest.mark.parametrize("name", ["upload-unread", "answer-early"])
def test_body_that_nobody_reads(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Its connection is broken off in the end: that the client is gone, and how, shows only behind the body."""
    monkeypatch.setattr(rude, "MAX_SECONDS", 0.0)
    tap = Breaker()

    async def answer() -> None:
        await ENDPOINTS[name](make_exchange(kind=Taker, tap=tap), "")

    asyncio.run(answer())
    assert tap.broken_off == [(1, 2)]
