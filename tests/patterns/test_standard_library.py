"""http.client, urllib.request and asyncio streams: each sentence begins with the verdict that is expected."""

import asyncio
import sys
from http.client import HTTPConnection
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

BIG = "/bytes/1048576"

pytestmark = pytest.mark.client("requests")  # any: it is not used
hazard = pytest.mark.hazard


@hazard("clean: http.client closed")
def test_http_client_closed(peer):
    connection = HTTPConnection(peer.address, peer.port)
    connection.request("GET", "/")
    assert connection.getresponse().read() == b"hello\n"
    connection.close()


@hazard("refcount: http.client unclosed")
def test_http_client_unclosed(peer):
    connection = HTTPConnection(peer.address, peer.port)
    connection.request("GET", "/")
    assert connection.getresponse().read() == b"hello\n"


@hazard("clean: urlopen read")
def test_urlopen_read(peer):
    response = urlopen(peer.url())
    assert response.read() == b"hello\n"


@hazard("clean: urlopen in with")
def test_urlopen_with(peer):
    with urlopen(peer.url(BIG)) as response:
        assert response.status == 200


@hazard("refcount: urlopen unread")
def test_urlopen_unread(peer):
    response = urlopen(peer.url(BIG))
    assert response.status == 200


def caught(peer):
    """To be returned: in a local variable of a caller's it would be in a cycle with its own traceback."""
    try:
        urlopen(peer.url("/status/500"))
    except HTTPError as error:
        return error
    raise AssertionError("nothing was raised")


@hazard("refcount: HTTPError kept")
def test_urlopen_error_kept(peer):
    return caught(peer)


@hazard("clean: asyncio streams closed")
async def test_asyncio_closed(peer):
    _, writer = await asyncio.open_connection(peer.address, peer.port)
    writer.close()
    await writer.wait_closed()


@hazard("%s: asyncio streams unclosed" % ("refcount" if sys.version_info >= (3, 11) else "loop"))
async def test_asyncio_unclosed(peer):
    reader, writer = await asyncio.open_connection(peer.address, peer.port)
    assert reader is not writer
