"""anyio's streams and processes."""

import sys

import pytest

pytestmark = pytest.mark.client("anyio")

QUESTION = b"GET / HTTP/1.1\r\nHost: peer\r\n\r\n"
FOR_EVER = (sys.executable, "-c", "import time; time.sleep(600)")


@pytest.mark.guarantee("A TCP stream in an async with block.")
async def test_anyio_stream(client, peer):
    import anyio

    async with await anyio.connect_tcp(peer.address, peer.port) as stream:
        await stream.send(QUESTION)
        assert await stream.receive()


@pytest.mark.hazard("A TCP stream that nobody closes.", fix="anyio_stream")
async def test_anyio_stream_left_open(client, peer):
    import anyio

    stream = await anyio.connect_tcp(peer.address, peer.port)
    await stream.send(QUESTION)


@pytest.mark.guarantee("A process whose aclose() is cancelled.")
async def test_anyio_process_cancelled(client, peer):
    import anyio

    process = await anyio.open_process(FOR_EVER)
    with client.move_on_after(0.1):
        await process.aclose()


@pytest.mark.guarantee("A connection given up while connecting.")
async def test_anyio_cancelled(client, peer):
    import anyio

    with client.move_on_after(0.1) as scope:
        await anyio.connect_tcp(peer.address, peer.ports["full"])
    assert scope.cancel_called
