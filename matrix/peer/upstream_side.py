"""The half of a relayed connection that faces hypercorn; the half that is watched is in `tap.py`."""

import asyncio
import socket
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from matrix.peer.tap import ClientSide


# One connection between the tap and hypercorn: the tap's port, and hypercorn's. The first alone may be that of several:
# the kernel gives the same one to connections that lead to different places.
Link = tuple[int, int]


class UpstreamSide(asyncio.Protocol):
    """The connection to hypercorn that goes with one client."""

    transport: asyncio.Transport
    link: Link

    def __init__(self, client: "ClientSide", port: int) -> None:
        """`port` is hypercorn's."""
        self._client = client
        self._port = port

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.link = transport.get_extra_info("sockname")[1], self._port
        set_up(self.transport)
        self._client.upstream_made(self)

    def data_received(self, data: bytes) -> None:
        self._client.give(data)

    def connection_lost(self, _exc: Exception | None) -> None:
        self._client.finish()

    def pause_writing(self) -> None:
        self._client.transport.pause_reading()

    def resume_writing(self) -> None:
        self._client.resume_reading()


def set_up(transport: asyncio.Transport) -> None:
    """Send small writes at once; hold the other side back whenever a byte has to wait."""
    sock = transport.get_extra_info("socket")
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    transport.set_write_buffer_limits(high=0)
