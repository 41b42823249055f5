"""httpx: each sentence begins with the verdict that is expected."""

import pytest

BIG = "/bytes/1048576"

client = pytest.mark.client
hazard = pytest.mark.hazard


def httpx():
    import httpx

    return httpx


@client("httpx")
@hazard("clean: get, the response kept")
def test_httpx_get(peer):
    response = httpx().get(peer.url())
    assert response.status_code == 200


@client("httpx")
@hazard("clean: client in with")
def test_httpx_with(peer):
    with httpx().Client() as session:
        response = session.get(peer.url())
    assert response.status_code == 200


@client("httpx")
@hazard("clean: client closed")
def test_httpx_closed(peer):
    session = httpx().Client()
    response = session.get(peer.url())
    session.close()
    assert response.status_code == 200


@client("httpx")
@hazard("clean: stream context left unread, client in with")
def test_httpx_stream_context(peer):
    with httpx().Client() as session:
        with session.stream("GET", peer.url(BIG)) as response:
            assert response.status_code == 200


@client("httpx")
@hazard("clean: the error of raise_for_status kept")
def test_httpx_raise_for_status_kept(peer):
    try:
        httpx().get(peer.url("/status/500")).raise_for_status()
    except httpx().HTTPStatusError as error:
        kept = error
    assert kept.response.status_code == 500


@client("httpx")
@hazard("clean: AsyncClient in async with")
async def test_httpx_async_with(peer):
    async with httpx().AsyncClient() as session:
        response = await session.get(peer.url())
    assert response.status_code == 200


@client("httpx")
@hazard("clean: AsyncClient, stream context left unread")
async def test_httpx_async_stream_context(peer):
    async with httpx().AsyncClient() as session:
        async with session.stream("GET", peer.url(BIG)) as response:
            assert response.status_code == 200


@client("httpx", ">=0.23.3")
@hazard("gc: client unclosed")
def test_httpx_unclosed(peer):
    session = httpx().Client()
    assert session.get(peer.url()).status_code == 200


@client("httpx", "<=0.21.3")
@hazard("refcount: client unclosed, before 0.23")
def test_httpx_unclosed_before_0_23(peer):
    session = httpx().Client()
    assert session.get(peer.url()).status_code == 200


@client("httpx", ">=0.23.3")
@hazard("gc: send(stream=True) unclosed")
def test_httpx_stream_unclosed(peer):
    session = httpx().Client()
    response = session.send(session.build_request("GET", peer.url(BIG)), stream=True)
    assert response.status_code == 200


@client("httpx")
@hazard("gc: AsyncClient unclosed")
async def test_httpx_async_unclosed(peer):
    session = httpx().AsyncClient()
    response = await session.get(peer.url())
    assert response.status_code == 200
