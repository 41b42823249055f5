"""Websockets: how they end, and what a cancelled handshake leaves."""

import asyncio

import pytest

from cases.cancelling import cancelled_once, reached
from cases.marks import guarantee


@pytest.mark.parametrize(
    "path",
    [
        guarantee("in_with", "A websocket in an async with block.", "/ws/echo"),
        guarantee("no_goodbye", "The same; the server never answers the goodbye.", "/ws/no-goodbye"),
    ],
)
async def test_async_websocket(client, peer, path):
    async with client.websocket_async_block(peer.ws_url(path)) as websocket:
        assert websocket is not None
        if path == "/ws/echo":
            assert await client.echo_async(websocket, "hello") == "hello"


@pytest.mark.guarantee("A websocket that is used and then closed.")
async def test_async_websocket_closed(client, peer):
    opened = await client.connect_async(peer.ws_url())
    await client.disconnect_async(opened)


@pytest.mark.hazard("A websocket that nobody closes.", fix="async_websocket_closed")
async def test_async_websocket_left_open(client, peer):
    opened = await client.connect_async(peer.ws_url())
    assert opened is not None


@pytest.mark.hazard("A websocket that the server closes, and the client does not.", fix="async_websocket_closed")
async def test_async_websocket_server_closes(client, peer):
    opened = await client.connect_async(peer.ws_url("/ws/close"))
    await asyncio.sleep(0.1)
    assert opened is not None


@pytest.mark.guarantee("A websocket whose handshake is cancelled.")
async def test_async_websocket_cancelled(client, peer):
    block = client.websocket_async_block

    async def use():
        async with block(peer.ws_url("/ws/stall")):
            raise AssertionError("the handshake never ends")

    await cancelled_once(use(), reached(peer.opened))


@pytest.mark.guarantee("A websocket in a with block.")
def test_websocket(client, peer):
    with client.websocket_block(peer.ws_url()) as websocket:
        assert client.echo(websocket, "hello") == "hello"


@pytest.mark.guarantee("A websocket that is used and then closed, without a with block.")
def test_websocket_closed(client, peer):
    opened = client.connect(peer.ws_url())
    client.disconnect(opened)


@pytest.mark.hazard("A websocket that nobody closes.", fix="websocket_closed")
def test_websocket_left_open(client, peer):
    opened = client.connect(peer.ws_url())
    assert opened is not None
