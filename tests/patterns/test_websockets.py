"""websockets: each sentence begins with the verdict that is expected."""

import pytest

pytestmark = pytest.mark.client("websockets")
hazard = pytest.mark.hazard


@hazard("clean: async with")
async def test_websockets_with(peer):
    from websockets.asyncio.client import connect

    async with connect(peer.ws_url()) as ws:
        await ws.send("hello")
        assert await ws.recv() == "hello"


@hazard("clean: with, synchronous")
def test_websockets_sync_with(peer):
    from websockets.sync.client import connect

    with connect(peer.ws_url()) as ws:
        ws.send("hello")
        assert ws.recv() == "hello"


@hazard("loop: unclosed")
async def test_websockets_unclosed(peer):
    from websockets.asyncio.client import connect

    ws = await connect(peer.ws_url())
    await ws.send("hello")


@hazard("held: unclosed, synchronous: its thread keeps it")
def test_websockets_sync_unclosed(peer):
    from websockets.sync.client import connect

    ws = connect(peer.ws_url())
    ws.send("hello")
