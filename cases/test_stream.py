"""A streamed response: what becomes of its body, and of its connection."""

import pytest

from cases import endings
from cases.marks import guarantee, hazard

RESPONSE = None

BODY = 1 << 20  # more than the buffers between two sockets hold
PATH = "/bytes/%d" % BODY
CLOSED = "stream[closed]"


def read(client, response):
    assert len(client.read(response)) == BODY


def read_in_part(client, response):
    assert client.read_some(response)


def read_in_part_and_closed(client, response):
    read_in_part(client, response)
    client.close_response(response)


def closed(client, response):
    client.close_response(response)


def unread(client, response):
    pass


def in_global(client, response):
    global RESPONSE
    RESPONSE = response


@pytest.mark.parametrize(
    ("session_ending", "ending"),
    [
        guarantee("read", "A streamed response read to its end; session closed.", endings.closed, read),
        guarantee("closed", "A streamed response closed unread; session closed.", endings.closed, closed),
        guarantee(
            "part_closed",
            "A streamed response read in part, then closed; session closed.",
            endings.closed,
            read_in_part_and_closed,
        ),
        hazard(
            "session_closed",
            "A streamed response neither read nor closed; session closed.",
            endings.closed,
            unread,
            fix=CLOSED,
        ),
        hazard("unread", "A streamed response neither read nor closed.", endings.left_open, unread, fix=CLOSED),
        hazard("part", "A streamed response read in part, not closed.", endings.left_open, read_in_part, fix=CLOSED),
        hazard("in_global", "An unread response that a module keeps.", endings.left_open, in_global, fix=CLOSED),
    ],
)
def test_stream(client, peer, session_ending, ending):
    session = client.open_client()
    with session_ending(client, session):
        response = client.stream(session, peer.url(PATH))
        ending(client, response)


@pytest.mark.parametrize(
    "path",
    [
        guarantee("close", "A streamed response closed unread, of a server that closes, too; session open.", "/close"),
        guarantee("large", "A streamed response closed unread; session open.", PATH),
    ],
)
def test_stream_closed_in_session(client, peer, path):
    """What was not read to its end cannot be used again: its connection goes, though the session stays."""
    session = client.open_client(pool=1)
    response = client.stream(session, peer.url(path))
    client.close_response(response)


@pytest.mark.parametrize(
    "path",
    [
        guarantee("unread", "A block around a streamed response ends with the body unread; session open.", PATH),
        guarantee("chunked", "The same with a chunked body.", "/chunked/%d" % BODY),
    ],
)
def test_stream_block(client, peer, path):
    session = client.open_client()
    with client.stream_block(session, peer.url(path)) as response:
        assert client.status(response) == 200


@pytest.mark.guarantee("A block around a streamed response ends with an exception; session open.")
def test_stream_block_raised(client, peer):
    session = client.open_client()
    with pytest.raises(LookupError), client.stream_block(session, peer.url(PATH)):
        raise LookupError


@pytest.mark.guarantee("A HEAD request; session closed, response kept.")
def test_head(client, peer):
    session = client.open_client()
    response = client.head(session, peer.url())
    client.close(session)
    assert client.status(response) == 200


@pytest.mark.guarantee("A streamed response without a body, which nobody reads; session closed.")
def test_stream_empty(client, peer):
    session = client.open_client()
    response = client.stream(session, peer.url("/status/204"))
    client.close(session)
    assert client.status(response) == 204
