"""One request and its answer, over ASGI: the few words in which endpoints are written.

Not a framework: no routing, no parsing, and a request's body is read, counted and dropped.
"""

import asyncio
from collections.abc import Iterable
from urllib.parse import parse_qs

from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, HTTPScope, WebsocketScope

from matrix.peer.tap import Tap
from matrix.peer.upstream_side import Link

Headers = Iterable[tuple[str, str]]

WITHOUT_BODY = (204, 304)


def link_of(scope: HTTPScope | WebsocketScope) -> Link:
    """Under what the tap knows the connection that a request came by."""
    nowhere = ("", 0)
    (_, client), (_, server) = scope["client"] or nowhere, scope["server"] or nowhere
    return client, server or 0


class Exchange:
    """A request that waits for its answer, until `close`."""

    def __init__(self, scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable, tap: Tap) -> None:
        self.path = scope["path"]
        self.query = parse_qs(scope["query_string"].decode("latin-1"))
        self.is_http1 = scope["http_version"].startswith("1")
        self.tap = tap
        self.link = link_of(scope)
        self.received = 0  # bytes of the request's body
        self._receive = receive
        self._send = send
        self._gone: asyncio.Task[None] | None = None

    async def read_body(self) -> bool:
        """Read all of the request; False when the client went away before its end."""
        while True:
            event = await self._receive()
            if event["type"] != "http.request":
                return False
            self.received += len(event["body"])
            if not event["more_body"]:
                return True

    async def _wait_until_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    def _departure(self) -> asyncio.Task[None]:
        """What is done when the client has gone; for after `read_body`."""
        if self._gone is None:
            self._gone = asyncio.create_task(self._wait_until_gone())
        return self._gone

    async def pause(self, seconds: float) -> bool:
        """Wait; False as soon as the client has gone."""
        done, _ = await asyncio.wait({self._departure()}, timeout=seconds)
        return not done

    def close(self) -> None:
        """The exchange is over: wait no longer for the client to go."""
        if self._gone is not None:
            self._gone.cancel()

    async def start(self, status: int, headers: Headers) -> None:
        """Send status and headers; h2 leaves out what HTTP/2 forbids."""
        encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        await self._send({"type": "http.response.start", "status": status, "headers": encoded})

    async def part(self, body: bytes, *, more: bool = True) -> None:
        await self._send({"type": "http.response.body", "body": body, "more_body": more})

    async def reply(self, status: int, body: bytes, headers: Headers = (), *, kind: str = "text/plain") -> None:
        """Send a whole answer."""
        if status in WITHOUT_BODY:
            body = b""
        else:
            headers = [*headers, ("content-type", kind), ("content-length", str(len(body)))]
        await self.start(status, headers)
        await self.part(body, more=False)
