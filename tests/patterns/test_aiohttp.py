"""aiohttp: each sentence begins with the verdict that is expected."""

import asyncio

import pytest

BIG = "/bytes/10485760"

pytestmark = pytest.mark.client("aiohttp")
hazard = pytest.mark.hazard


def aiohttp():
    import aiohttp

    return aiohttp


@hazard("clean: session in async with")
async def test_aiohttp_with(peer):
    async with aiohttp().ClientSession() as session:
        response = await session.get(peer.url())
        await response.read()


@hazard("clean: request context")
async def test_aiohttp_request_context(peer):
    async with aiohttp().request("GET", peer.url()) as response:
        assert await response.read() == b"hello\n"


@hazard("clean: response context left unread")
async def test_aiohttp_response_context(peer):
    async with aiohttp().ClientSession() as session:
        async with session.get(peer.url(BIG)) as response:
            assert response.status == 200


@hazard("clean: websocket in async with")
async def test_aiohttp_ws_with(peer):
    async with aiohttp().ClientSession() as session:
        async with session.ws_connect(peer.ws_url()) as ws:
            await ws.send_str("hello")
            assert (await ws.receive()).data == "hello"


@hazard("clean: cancelled while waiting")
async def test_aiohttp_cancelled(peer):
    async with aiohttp().ClientSession() as session:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(session.get(peer.url("/slow/5")), 0.1)


@hazard("refcount: ClientSession unclosed")
async def test_aiohttp_unclosed(peer):
    session = aiohttp().ClientSession()
    response = await session.get(peer.url())
    await response.read()


@hazard("refcount: websocket unclosed")
async def test_aiohttp_ws_unclosed(peer):
    session = aiohttp().ClientSession()
    ws = await session.ws_connect(peer.ws_url())
    assert not ws.closed


@hazard("loop: response with a big body neither read nor closed")
async def test_aiohttp_unread(peer):
    session = aiohttp().ClientSession()
    response = await session.get(peer.url(BIG))
    assert response.status == 200
