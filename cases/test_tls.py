"""TLS and HTTP/2: how a session over them ends."""

import pytest

from cases import endings
from cases.marks import guarantee, hazard


@pytest.mark.parametrize(
    ("ending", "path"),
    [
        guarantee("closed", "A session over TLS, closed.", endings.closed, "/"),
        guarantee(
            "no_goodbye", "A session over TLS, closed; the server never says goodbye.", endings.closed, "/no-goodbye"
        ),
        hazard("left_open", "A session over TLS, not closed.", endings.left_open, "/", fix="tls[closed]"),
    ],
)
def test_tls(client, peer, ending, path):
    session = client.open_tls_client()
    with ending(client, session):
        response = client.fetch(session, peer.tls_url(path))
        assert client.status(response) == 200
        del response


@pytest.mark.parametrize(
    ("ending", "path"),
    [
        guarantee("closed", "An async client over TLS, closed.", endings.async_closed, "/"),
        guarantee(
            "no_goodbye",
            "An async client over TLS, closed; the server never says goodbye.",
            endings.async_closed,
            "/no-goodbye",
        ),
        hazard(
            "left_open", "An async client over TLS, not closed.", endings.async_left_open, "/", fix="async_tls[closed]"
        ),
    ],
)
async def test_async_tls(client, peer, ending, path):
    session = client.open_async_client()
    async with ending(client, session):
        response = await client.fetch_async(session, peer.tls_url(path))
        assert client.status(response) == 200
        del response


@pytest.mark.parametrize(
    "ending",
    [
        guarantee("closed", "A session over HTTP/2, closed.", endings.closed),
        hazard("left_open", "A session over HTTP/2, not closed.", endings.left_open, fix="http2[closed]"),
    ],
)
def test_http2(client, peer, ending):
    session = client.open_client(http2=True)
    with ending(client, session):
        response = client.fetch(session, peer.tls_url())
        assert client.status(response) == 200
        del response


@pytest.mark.guarantee("A block around a streamed response over HTTP/2 ends with the body unread; session closed.")
def test_http2_stream_block(client, peer):
    session = client.open_client(http2=True)
    with client.stream_block(session, peer.tls_url("/bytes/1048576")) as response:
        assert client.status(response) == 200
    client.close(session)


@pytest.mark.parametrize(
    "ending",
    [
        guarantee("closed", "An async client over HTTP/2, closed.", endings.async_closed),
        hazard(
            "left_open", "An async client over HTTP/2, not closed.", endings.async_left_open, fix="async_http2[closed]"
        ),
    ],
)
async def test_async_http2(client, peer, ending):
    session = client.open_async_client(http2=True)
    async with ending(client, session):
        response = await client.fetch_async(session, peer.tls_url())
        assert client.status(response) == 200
        del response
