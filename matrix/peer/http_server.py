"""hypercorn behind the tap: its connection handling, with one of its habits taken away.

Not `hypercorn.asyncio.serve`: that one wants files, signals and a graceful end, and
gives no access to a connection. This much of hypercorn is not its public interface;
`tests/peer` notices when a release changes it.
"""

import asyncio
import socket
import ssl
import sys
from collections.abc import Awaitable, Callable

from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.config import Config
from hypercorn.events import Closed, Event, Updated
from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, Scope

from matrix.peer.upstream_side import Link

IDLE_SECONDS = 3600.0  # the peer never closes an idle connection within a case
BACKLOG = 2048

Application = Callable[[Scope, ASGIReceiveCallable, ASGISendCallable], Awaitable[None]]


class Connection(TCPServer):
    """One connection; it ends with its client, where hypercorn's own ends with the idle timer.

    hypercorn 0.18 reads the end of the stream, and then waits for the timer of an idle
    keep-alive connection all the same, with the socket open.
    """

    has_ended = False

    async def _read_data(self) -> None:
        await super()._read_data()
        self.has_ended = True
        await self.idle_task.stop()

    async def protocol_send(self, event: Event) -> None:
        if not (self.has_ended and isinstance(event, Updated)):  # which would start the timer
            await super().protocol_send(event)


def make_config() -> Config:
    config = Config()
    config.accesslog = None
    config.loglevel = "ERROR"
    config.keep_alive_timeout = IDLE_SECONDS
    config.keep_alive_max_requests = sys.maxsize
    return config


async def break_off(connection: Connection, task: asyncio.Task[None]) -> None:
    """Void the answers that are under way, else each of them would end with an error page."""
    await connection.protocol.handle(Closed())
    task.cancel()


class Connections:
    """The connections that hypercorn serves, each under its link with the tap."""

    def __init__(self) -> None:
        self.running: dict[Link, tuple[asyncio.Task[None], Connection]] = {}
        self._breaking: set[asyncio.Task[None]] = set()

    async def serve(self, connection: Connection) -> None:
        """Serve one to its end."""
        task = asyncio.current_task()
        assert task is not None
        mine = task, connection
        link = connection.writer.get_extra_info("peername")[1], connection.writer.get_extra_info("sockname")[1]
        self.running[link] = mine
        try:
            await connection
        finally:
            if self.running.get(link) is mine:
                del self.running[link]

    def end(self, link: Link) -> None:
        """End the one whose client is gone, whatever it is in the middle of.

        hypercorn 0.18 may wait for ever then: for the flow control of HTTP/2, or, with
        requests of HTTP/1.1 in the queue, for the end of an answer that failed.
        """
        if link in self.running:
            task, connection = self.running[link]
            connection.has_ended = True
            connection.writer.transport.abort()
            breaking = asyncio.create_task(break_off(connection, task))
            self._breaking.add(breaking)
            breaking.add_done_callback(self._breaking.discard)


async def start_http_server(
    application: Application, sock: socket.socket, tls: ssl.SSLContext | None, connections: Connections
) -> asyncio.Server:
    """Answer what comes to `sock` (bound already), until the server is closed."""
    loop = asyncio.get_running_loop()
    config = make_config()
    app = ASGIWrapper(application)

    async def serve_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await connections.serve(Connection(app, loop, config, WorkerContext(None), {}, reader, writer))

    return await asyncio.start_server(
        serve_connection,
        sock=sock,
        ssl=tls,
        backlog=BACKLOG,
        ssl_handshake_timeout=None if tls is None else IDLE_SECONDS,
    )
