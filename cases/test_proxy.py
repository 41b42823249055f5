"""A proxy between the client and the server, plain and by CONNECT, and one that refuses."""

import pytest

from cases import endings
from cases.marks import guarantee, hazard
from cases.troubles import raises

CLOSED = "proxy[plain]"


@pytest.mark.parametrize(
    ("scheme", "ending"),
    [
        guarantee("plain", "A session that goes through a proxy, closed.", "http", endings.closed),
        guarantee("connect", "A session that goes through a proxy's tunnel, closed.", "https", endings.closed),
        hazard("left_open", "A session that goes through a proxy, not closed.", "http", endings.left_open, fix=CLOSED),
    ],
)
def test_proxy(client, peer, scheme, ending):
    open_client = client.open_client if scheme == "http" else client.open_tls_client
    session = open_client(proxy=peer.proxy_url())
    with ending(client, session):
        response = client.fetch(session, peer.url() if scheme == "http" else peer.tls_url())
        assert client.status(response) == 200
        del response


@pytest.mark.parametrize(
    ("scheme", "ending"),
    [
        guarantee("plain", "An async client that goes through a proxy, closed.", "http", endings.async_closed),
        guarantee("connect", "An async client that goes through a tunnel, closed.", "https", endings.async_closed),
    ],
)
async def test_async_proxy(client, peer, scheme, ending):
    session = client.open_async_client(proxy=peer.proxy_url())
    async with ending(client, session):
        response = await client.fetch_async(session, peer.url() if scheme == "http" else peer.tls_url())
        assert client.status(response) == 200
        del response


@pytest.mark.guarantee("A proxy refuses the tunnel with 407; the session stays open.")
def test_proxy_refuses(client, peer):
    errors = client.errors("proxy refused")
    session = client.open_tls_client(proxy=peer.refusing_proxy_url())
    with raises(errors):
        client.fetch(session, peer.tls_url())


@pytest.mark.guarantee("A proxy refuses the tunnel with 407; the session is closed.")
def test_proxy_refuses_closed(client, peer):
    errors = client.errors("proxy refused")
    session = client.open_tls_client(proxy=peer.refusing_proxy_url())
    with raises(errors):
        client.fetch(session, peer.tls_url())
    client.close(session)


@pytest.mark.guarantee("A proxy refuses the tunnel with 407; the client stays open.")
async def test_async_proxy_refuses(client, peer):
    errors = client.errors("proxy refused")
    session = client.open_async_client(proxy=peer.refusing_proxy_url())
    with raises(errors):
        await client.fetch_async(session, peer.tls_url())
