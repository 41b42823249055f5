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
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from typing import Any

from matrix.peer.app import make_app
from matrix.peer.certificates import Authority
from matrix.peer.crowd import fill
from matrix.peer.http_server import BACKLOG, Connections
from matrix.peer.log import Log
from matrix.peer.routes import ROUTES
from matrix.peer.tap import Tap
from matrix.peer.upstreams import Upstreams, bind

SIGNALS = (signal.SIGTERM, signal.SIGINT)


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


async def run(sockets: dict[str, socket.socket], stack: ExitStack, *, until_eof: bool) -> None:
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
    authority = Authority()
    upstreams = Upstreams(authority, connections, stack)
    upstreams.app = make_app(tap, authority.pem)
    for route in (ROUTES["http"], ROUTES["tls"]):
        await upstreams.find(route, "127.0.0.1")
    heard = {name: sock for name, sock in sockets.items() if not ROUTES[name].full}
    servers = [await tap.listen(sock, upstreams, ROUTES[name]) for name, sock in heard.items()]
    for name in sockets.keys() - heard.keys():
        fill(sockets[name], stack)
    announce(sockets)
    await stop.wait()
    for server in servers:
        server.close()
    upstreams.close()
    tap.close()


def announce(sockets: dict[str, socket.socket]) -> None:
    ports = {name: sock.getsockname()[1] for name, sock in sockets.items()}
    said = {"port": ports.pop("http"), "tls_port": ports.pop("tls"), "ports": ports, "pid": os.getpid()}
    print(json.dumps(said), flush=True)


def serve(host: str, ports: Mapping[str, int], *, until_eof: bool) -> None:
    """Be the peer, until told to stop; a port that is not named is any."""
    for number in SIGNALS:  # until the loop takes over; as PID 1 a process has no defaults
        signal.signal(number, lambda *_: sys.exit(0))
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    allow_many_files()
    with ExitStack() as stack:
        sockets = {
            name: stack.enter_context(bind(host, ports.get(name, 0), 0 if route.full else BACKLOG))
            for name, route in ROUTES.items()
        }
        asyncio.run(run(sockets, stack, until_eof=until_eof))
