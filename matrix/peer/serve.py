"""The peer put together: sockets, certificates, hypercorn behind the tap, and its end.

Ends on SIGTERM, SIGINT or the end of stdin, within a second, whatever is still open.
No argument parsing and no exit codes: see `__main__.py`.
"""

import asyncio
import json
import logging
import os
import resource
import signal
import socket
import ssl
import sys
import threading
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any

from matrix.peer.app import make_app
from matrix.peer.certificates import make_tls
from matrix.peer.http_server import BACKLOG, Connections, start_http_server
from matrix.peer.log import Log
from matrix.peer.tap import Tap

SIGNALS = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sockets:
    """Two for clients and two for hypercorn; all listen before anybody is told."""

    plain: socket.socket
    tls: socket.socket
    private_plain: socket.socket
    private_tls: socket.socket


class CannotListenError(Exception):
    """An address that is taken, or not ours to take."""


def bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Accepted sockets inherit it, and hypercorn answers in several small writes.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        sock.bind((host, port))
        sock.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        sock.close()
        raise CannotListenError(f"cannot listen on {host} port {port}: {error}") from error
    return sock


def open_sockets(host: str, port: int, tls_port: int, stack: ExitStack) -> Sockets:
    """Bind the two public ports, and two private ones on loopback."""

    def open_one(host: str, port: int) -> socket.socket:
        return stack.enter_context(bind(host, port))

    return Sockets(
        plain=open_one(host, port),
        tls=open_one(host, tls_port),
        private_plain=open_one("127.0.0.1", 0),
        private_tls=open_one("127.0.0.1", 0),
    )


def allow_many_files() -> None:
    """Three descriptors for each connection: take all that the hard limit gives."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def drop_expected(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Clients that go away in the middle are what this server is for: no word about them."""
    if not isinstance(context.get("exception"), OSError | ssl.SSLError | asyncio.CancelledError):
        loop.default_exception_handler(context)


def stop_at_end_of_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Watch in a thread: stdin may be a file or a device, which no event loop takes."""

    def wait() -> None:
        with suppress(OSError):
            while os.read(0, 4096):
                pass
        with suppress(RuntimeError):  # the loop is closed: stopped already
            loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=wait, name="stdin", daemon=True).start()


async def run(sockets: Sockets, *, until_eof: bool) -> None:
    """Serve until told to stop."""
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(drop_expected)
    stop = asyncio.Event()
    for number in SIGNALS:
        loop.add_signal_handler(number, stop.set)
    if until_eof:
        stop_at_end_of_stdin(loop, stop)
    connections = Connections()
    tap = Tap(Log(), connections.end)
    ca, tls = make_tls()
    app = make_app(tap, ca)
    servers = [
        await start_http_server(app, sockets.private_plain, None, connections),
        await start_http_server(app, sockets.private_tls, tls, connections),
        await tap.listen(sockets.plain, sockets.private_plain.getsockname(), tls=False),
        await tap.listen(sockets.tls, sockets.private_tls.getsockname(), tls=True),
    ]
    announce(sockets)
    await stop.wait()
    for server in servers:
        server.close()
    tap.close()


def announce(sockets: Sockets) -> None:
    port, tls_port = sockets.plain.getsockname()[1], sockets.tls.getsockname()[1]
    print(json.dumps({"port": port, "tls_port": tls_port, "pid": os.getpid()}), flush=True)


def serve(host: str, port: int, tls_port: int, *, until_eof: bool) -> None:
    """Be the peer, until told to stop."""
    for number in SIGNALS:  # until the loop takes over; as PID 1 a process has no defaults
        signal.signal(number, lambda *_: sys.exit(0))
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    allow_many_files()
    with ExitStack() as stack:
        sockets = open_sockets(host, port, tls_port, stack)
        asyncio.run(run(sockets, until_eof=until_eof))
