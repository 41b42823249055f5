"""asyncio's streams, and its threads."""

import asyncio
import threading

import pytest

from cases.marks import guarantee, hazard

pytestmark = pytest.mark.client("asyncio")

QUESTION = b"GET / HTTP/1.1\r\nHost: peer\r\n\r\n"


async def closed(writer):
    writer.close()
    await writer.wait_closed()


async def closed_only(writer):
    writer.close()


async def left_open(writer):
    pass


@pytest.mark.parametrize(
    "ending",
    [
        guarantee("closed", "A stream closed, and waited for.", closed),
        guarantee("closed_only", "A stream closed, and not waited for.", closed_only),
        hazard("left_open", "A stream that nobody closes.", left_open, fix="asyncio_stream[closed]"),
    ],
)
async def test_asyncio_stream(client, peer, ending):
    reader, writer = await asyncio.open_connection(peer.address, peer.port)
    writer.write(QUESTION)
    assert await reader.readline() == b"HTTP/1.1 200 \r\n"
    await ending(writer)


@pytest.mark.guarantee("A stream that is no longer referenced, in a loop that goes on.")
async def test_asyncio_stream_dropped(client, peer):
    """Only what the loop itself holds is left then."""
    await _open_and_drop(peer)


async def _open_and_drop(peer):
    reader, writer = await asyncio.open_connection(peer.address, peer.port)
    assert reader is not writer


@pytest.mark.guarantee("A call in a thread that times out; then asyncio.run ends.")
def test_asyncio_executor_timeout(client):
    """`asyncio.run` waits for the threads of its loop since 3.9: how long this took says it."""
    done = threading.Event()

    async def use():
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.get_running_loop().run_in_executor(None, done.wait, 2.0), 0.05)

    asyncio.run(use())
