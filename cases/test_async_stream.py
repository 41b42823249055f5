"""A streamed response of an asynchronous client: what becomes of its body, and of its connection."""

import pytest

from cases import endings
from cases.marks import guarantee, hazard

RESPONSE = None

BODY = 10 << 20  # more than the buffers between two sockets and in the client hold
PATH = "/bytes/%d" % BODY
CLOSED = "async_stream[closed]"


async def read(client, response):
    assert len(await client.read_async(response)) == BODY


async def read_in_part(client, response):
    assert await client.read_some_async(response)


async def read_in_part_and_closed(client, response):
    await read_in_part(client, response)
    await client.close_response_async(response)


async def closed(client, response):
    await client.close_response_async(response)


async def unread(client, response):
    pass


async def in_global(client, response):
    global RESPONSE
    RESPONSE = response


@pytest.mark.parametrize(
    ("session_ending", "ending"),
    [
        guarantee("read", "A streamed response read to its end; client closed.", endings.async_closed, read),
        guarantee("closed", "A streamed response closed unread; client closed.", endings.async_closed, closed),
        guarantee(
            "part_closed",
            "A streamed response read in part, then closed; client closed.",
            endings.async_closed,
            read_in_part_and_closed,
        ),
        hazard(
            "session_closed",
            "A streamed response neither read nor closed; client closed.",
            endings.async_closed,
            unread,
            fix=CLOSED,
        ),
        hazard("unread", "A streamed response neither read nor closed.", endings.async_left_open, unread, fix=CLOSED),
        hazard(
            "part",
            "A streamed response read in part, not closed.",
            endings.async_left_open,
            read_in_part,
            fix=CLOSED,
        ),
        hazard("in_global", "An unread response that a module keeps.", endings.async_left_open, in_global, fix=CLOSED),
    ],
)
async def test_async_stream(client, peer, session_ending, ending):
    session = client.open_async_client()
    async with session_ending(client, session):
        response = await client.stream_async(session, peer.url(PATH))
        await ending(client, response)


@pytest.mark.guarantee("A block around a streamed response ends with the body unread; client open.")
async def test_async_stream_block(client, peer):
    session = client.open_async_client()
    async with client.stream_async_block(session, peer.url(PATH)) as response:
        assert client.status(response) == 200


@pytest.mark.guarantee("A block around a streamed response ends with an exception; client open.")
async def test_async_stream_block_raised(client, peer):
    session = client.open_async_client()
    with pytest.raises(LookupError):
        async with client.stream_async_block(session, peer.url(PATH)):
            raise LookupError
