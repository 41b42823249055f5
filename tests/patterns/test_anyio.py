"""anyio: each sentence begins with the verdict that is expected."""

import pytest

pytestmark = pytest.mark.client("anyio")
hazard = pytest.mark.hazard


@hazard("clean: async with")
async def test_anyio_with(peer):
    import anyio

    async with await anyio.connect_tcp(peer.address, peer.port) as stream:
        await stream.send(b"GET / HTTP/1.1\r\nHost: peer\r\n\r\n")
        assert await stream.receive()


@hazard("gc: connect_tcp unclosed")
async def test_anyio_unclosed(peer):
    import anyio

    stream = await anyio.connect_tcp(peer.address, peer.port)
    await stream.send(b"GET / HTTP/1.1\r\nHost: peer\r\n\r\n")
