"""hypercorn behind the tap, in one event loop: what stays when a client is gone."""

import asyncio
import socket
import struct
from contextlib import ExitStack

import h2.connection
import pytest

from matrix.peer.app import make_app
from matrix.peer.certificates import Authority
from matrix.peer.http_server import Connections
from matrix.peer.log import Log
from matrix.peer.routes import ROUTES
from matrix.peer.tap import Tap
from matrix.peer.upstreams import Upstreams, bind

REQUEST = b"GET %s HTTP/1.1\r\nHost: peer\r\n\r\n"


def ask_over_http2(path: str) -> bytes:
    connection = h2.connection.H2Connection()
    connection.initiate_connection()
    headers = [(":method", "GET"), (":path", path), (":scheme", "http"), (":authority", "peer")]
    connection.send_headers(1, headers, end_stream=True)
    return connection.data_to_send()


async def ask_and_break_off(address: tuple[str, int], request: bytes) -> None:
    reader, writer = await asyncio.open_connection(*address)
    writer.write(request)
    await reader.readexactly(20)  # it has begun
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@pytest.mark.parametrize(
    "request_bytes",
    [
        REQUEST % b"/bytes/100000000",
        REQUEST % b"/slow-body/60" + REQUEST % b"/",  # hypercorn stops reading at the second
        REQUEST % b"/bytes/100000000" + REQUEST % b"/",
        ask_over_http2("/bytes/100000000"),  # stops at the window of HTTP/2, which nobody opens
        ask_over_http2("/slow-body/60"),
        ask_over_http2("/slow/60"),
    ],
    ids=["large", "slow-and-more", "large-and-more", "http2-large", "http2-slow-body", "http2-slow"],
)
def test_nothing_stays_of_a_client_that_broke_off(request_bytes: bytes) -> None:
    """Whatever an answer waits for, connection and tasks are gone soon after the client."""

    async def run() -> None:
        connections = Connections()
        tap = Tap(Log(), connections.end)
        with bind("127.0.0.1", 0) as public, ExitStack() as stack:
            upstreams = Upstreams(Authority(), connections, stack)
            upstreams.app = make_app(tap, b"")
            await upstreams.find(ROUTES["http"], "127.0.0.1")
            await tap.listen(public, upstreams, ROUTES["http"])
            before = asyncio.all_tasks()
            async with asyncio.timeout(10):
                await ask_and_break_off(public.getsockname(), request_bytes)
                while connections.running or tap.clients or asyncio.all_tasks() != before:  # noqa: ASYNC110 - no event says so
                    await asyncio.sleep(0.005)

    asyncio.run(run())
