"""hypercorn's own ports: one for plain HTTP, and one for TLS for each certificate that was asked for."""

import asyncio
import socket
from contextlib import ExitStack

from matrix.peer.certificates import Authority, names_near
from matrix.peer.http_server import BACKLOG, Application, Connections, start_http_server
from matrix.peer.routes import Certificate, Route


class CannotListenError(Exception):
    """An address that is taken, or not ours to take."""


def bind(host: str, port: int, backlog: int = BACKLOG) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Accepted sockets inherit it, and hypercorn answers in several small writes.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        sock.bind((host, port))
        sock.listen(backlog)
    except (OSError, OverflowError) as error:
        sock.close()
        raise CannotListenError(f"cannot listen on {host} port {port}: {error}") from error
    return sock


class Upstreams:
    """Where the tap connects to, started when first needed."""

    def __init__(self, authority: Authority, connections: Connections, stack: ExitStack) -> None:
        self.app: Application | None = None
        self.by_port: dict[int, Route] = {}  # public port -> how it is served
        self._authority = authority
        self._connections = connections
        self._stack = stack
        self._started: dict[tuple[Certificate | None, tuple[str, ...]], asyncio.Task[tuple[str, int]]] = {}
        self._servers: list[asyncio.Server] = []

    async def find(self, route: Route, address: str) -> tuple[str, int]:
        """The private address for a connection to a public one."""
        key = (route.certificate, names_near(address)) if route.tls else (None, ())
        if key not in self._started:
            self._started[key] = asyncio.create_task(self._start(route, address))
        return await asyncio.shield(self._started[key])

    async def _start(self, route: Route, address: str) -> tuple[str, int]:
        assert self.app is not None
        sock = self._stack.enter_context(bind("127.0.0.1", 0))
        tls = self._authority.server(address, route.certificate) if route.tls else None
        self._servers.append(await start_http_server(self.app, sock, tls, self._connections))
        host, port = sock.getsockname()
        return host, port

    def close(self) -> None:
        for server in self._servers:
            server.close()
