"""The tap: listens where clients connect, notes what they do, passes the bytes on.

It knows TCP only: TLS and HTTP go through untouched, to hypercorn on a private port
and back. It exists because no HTTP server says whether a client sent FIN or RST, nor
when, and because being rude (a reset in mid-answer) needs the socket itself.
"""

import asyncio
import socket
import struct
import time
from collections import Counter
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from typing import cast

from matrix.peer.http_server import BACKLOG
from matrix.peer.log import Entry, How, Log
from matrix.peer.proxy import END_OF_HEAD, MAX_HEAD, decide
from matrix.peer.routes import Route
from matrix.peer.upstream_side import Link, UpstreamSide, set_up
from matrix.peer.upstreams import Upstreams

LINGER_SECONDS = 1.0  # after our FIN: how long late bytes are swallowed, where close() would reset
NOT_FOUND = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
IGNORE_SECONDS = 20.0  # how long a goodbye that nobody answers can last
EARLY_BYTES = 64 * 1024  # taken from a client before hypercorn is connected


def is_loopback(host: str) -> bool:
    """Whether a connection from `host` is taken; all others are dropped."""
    address = ip_address(host.partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback


class Tap:
    """All the connections that are open, found by their links with hypercorn."""

    def __init__(self, log: Log, on_lost: Callable[[Link], None]) -> None:
        self.log = log
        self.on_lost = on_lost
        self.clients: set[ClientSide] = set()
        self.by_link: dict[Link, ClientSide] = {}
        self.requests: Counter[str] = Counter()  # how many have come, by the address that the client connected to
        self.sent: Counter[str] = Counter()  # bytes to the clients of each address
        self.flaky: set[str] = set()  # addresses whose last request failed on purpose

    async def listen(self, sock: socket.socket, upstreams: Upstreams, route: Route) -> asyncio.Server:
        """Relay what comes to `sock` (bound already) upstream."""
        upstreams.by_port[sock.getsockname()[1]] = route
        return await asyncio.get_running_loop().create_server(
            lambda: ClientSide(self, upstreams, route), sock=sock, backlog=BACKLOG
        )

    def is_connected(self, link: Link) -> bool:
        """Whether there is still somebody to send to; a half-closed client counts."""
        return link in self.by_link

    def address(self, link: Link) -> str:
        """The address that the client connected to; empty when it has gone."""
        client = self.by_link.get(link)
        return client.address if client else ""

    def request(self, link: Link) -> None:
        """A request has come, its body read if there is one."""
        self.requests[self.address(link)] += 1

    def finish(self, link: Link) -> None:
        """Close towards the client, whatever is still to come from upstream."""
        if client := self.by_link.get(link):
            client.finish()

    def reset(self, link: Link) -> None:
        """Break the client's connection off with RST."""
        if client := self.by_link.get(link):
            client.reset()

    def hang_up(self, link: Link) -> None:
        """Have hypercorn finish and close: it is told that the client has said all it will."""
        if client := self.by_link.get(link):
            client.hang_up()

    def hang_up_all(self, address: str) -> int:
        """Close every connection to an address, properly; how many there were."""
        clients = [client for client in self.clients if client.address == address]
        for client in clients:
            client.finish()
        return len(clients)

    def limit(self, link: Link, size: int) -> None:
        """Send the client `size` more bytes, and then nothing."""
        if client := self.by_link.get(link):
            client.limit = size

    def ignore(self, link: Link) -> None:
        """Take no notice of what the client says from now on, its goodbyes included."""
        if client := self.by_link.get(link):
            client.ignore()

    def stop_reading(self, link: Link) -> None:
        """Take nothing more from the client, whose window closes once the kernel's buffers are full."""
        if client := self.by_link.get(link):
            client.stop_reading()

    def forget(self, link: Link) -> None:
        """Take the connection out of the log."""
        if client := self.by_link.get(link):
            self.log.forget(client.number)

    def close(self) -> None:
        """Drop every connection."""
        for client in list(self.clients):
            client.drop()


class ClientSide(asyncio.Protocol):
    """A connection to a client: the half that is watched."""

    transport: asyncio.Transport

    def __init__(self, tap: Tap, upstreams: Upstreams, route: Route) -> None:
        self.number = 0  # in the log; no connection has this one
        self.address = ""  # that the client connected to
        self.limit = route.limit
        self._tap = tap
        self._upstreams = upstreams
        self._route = route
        self._head: asyncio.Event = asyncio.Event()  # set once a proxy's client has said what it wants
        self._ignored = False
        self._stuck = False  # nothing more is read
        self._upstream: UpstreamSide | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._early = bytearray()
        self._said_all = False  # the client's FIN has come
        self._deaf = False  # what the client still says is swallowed
        self._finished = False  # upstream has said all, and so our FIN is out

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        now = time.monotonic_ns()
        self.transport = cast("asyncio.Transport", transport)
        remote = transport.get_extra_info("peername")
        if not is_loopback(remote[0]):
            self.transport.abort()
            return
        self.address = transport.get_extra_info("sockname")[0]
        entry = Entry(address=self.address, port=remote[1], tls=self._route.tls, opened=now)
        self.number = self._tap.log.open(entry)
        self._tap.clients.add(self)
        set_up(self.transport)
        if self.limit == 0:  # never a word, whatever the client says: nobody is asked
            self._deaf = True
            return
        self._connecting = asyncio.get_running_loop().create_task(self._connect())

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        route, address = self._route, self.address
        try:
            if route.proxy != "no":
                await self._head.wait()
                goal = self._decide()
                if goal is None:
                    return
                route, address = goal
            host, port = await self._upstreams.find(route, address)
            await loop.create_connection(lambda: UpstreamSide(self, port), host, port)
        except OSError:
            self.drop()

    def _decide(self) -> tuple[Route, str] | None:
        """As the proxy: where the client is led to; None when it was refused."""
        head, _, rest = bytes(self._early).partition(END_OF_HEAD)
        decision = decide(head, self._route.proxy)
        known = {0: Route(), **self._upstreams.by_port}
        self.transport.write(decision.say if decision.port is None or decision.port in known else NOT_FOUND)
        if decision.port not in known:
            self.finish()
            return None
        if decision.swallow:
            self._early = bytearray(rest)
            self.limit = known[decision.port].limit
        return known[decision.port], decision.host or self.address

    def upstream_made(self, upstream: UpstreamSide) -> None:
        """Take the other half, and pass on what has come in the meantime."""
        if self.transport.is_closing():
            upstream.transport.abort()
            return
        self._upstream = upstream
        self._tap.by_link[upstream.link] = self
        if self._early:
            upstream.transport.write(bytes(self._early))
            self._early.clear()
            self.transport.resume_reading()
        if self._said_all:
            upstream.transport.write_eof()

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            return
        if self._upstream is not None:
            self._upstream.transport.write(data)
            return
        self._early += data
        if END_OF_HEAD in self._early or len(self._early) > MAX_HEAD:
            self._head.set()
        if len(self._early) >= EARLY_BYTES:
            self.transport.pause_reading()

    def eof_received(self) -> bool:
        self._stamp("fin")
        self._said_all = True
        self._head.set()
        if self._ignored:
            return True
        if self._finished or self.limit == 0:
            return False  # nothing more to say on either side
        if self._upstream is not None and not self._upstream.transport.is_closing():
            self._upstream.transport.write_eof()
        return True  # half-closed: the answer still goes out

    def connection_lost(self, exc: Exception | None) -> None:
        self._stamp("closed by peer" if exc is None else "reset")
        self._tap.clients.discard(self)
        if self._connecting is not None:
            self._connecting.cancel()
        if self._upstream is not None:
            self._upstream.transport.abort()
            link = self._upstream.link
            if self._tap.by_link.get(link) is self:  # else hypercorn had closed it, and its port is another's by now
                del self._tap.by_link[link]
                self._tap.on_lost(link)

    def pause_writing(self) -> None:
        if self._upstream is not None:
            self._upstream.transport.pause_reading()

    def resume_writing(self) -> None:
        if self._upstream is not None:
            self._upstream.transport.resume_reading()

    def finish(self) -> None:
        """Close towards the client, which has been sent all that there was.

        All: while a byte waits for the client, upstream is not read, not even its end.
        """
        if self._finished or self.transport.is_closing():
            return
        self._stamp("closed by peer")
        self._finished = self._deaf = True
        if self._said_all:
            self.transport.close()
            return
        self.transport.write_eof()
        self.transport.resume_reading()
        asyncio.get_running_loop().call_later(LINGER_SECONDS, self.transport.close)

    def hang_up(self) -> None:
        self._deaf = True
        if self._upstream is not None and not self._upstream.transport.is_closing():
            self._upstream.transport.write_eof()

    def ignore(self) -> None:
        self._deaf = self._ignored = True
        asyncio.get_running_loop().call_later(IGNORE_SECONDS, self.drop)

    def stop_reading(self) -> None:
        self._stuck = True
        self._tap.log.lose_sight(self.number)
        self.transport.pause_reading()

    def resume_reading(self) -> None:
        """Go on where hypercorn could not take more."""
        if not self._stuck:
            self.transport.resume_reading()

    def give(self, data: bytes) -> None:
        """Send the client what came from upstream, within its limit."""
        if self.limit is not None:
            data = data[: self.limit]
            self.limit -= len(data)
        if data and not self._finished and not self.transport.is_closing():
            self._tap.sent[self.address] += len(data)
            self.transport.write(data)

    def reset(self) -> None:
        sock = self.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.drop()

    def drop(self) -> None:
        self._stamp("closed by peer")
        self.transport.abort()

    def _stamp(self, how: How) -> None:
        self._tap.log.close(self.number, how, time.monotonic_ns())
