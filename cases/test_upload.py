"""Requests with a body: bytes, a file, a generator, and a server that does not want it."""

import tempfile

import pytest

from cases.marks import guarantee
from cases.troubles import raises

SIZE = 1 << 18
PART = 1 << 14


def from_bytes():
    return b"x" * SIZE


def from_file():
    file = tempfile.TemporaryFile()
    file.write(from_bytes())
    file.seek(0)
    return file


def from_generator():
    return (b"x" * PART for _ in range(SIZE // PART))


async def from_async_generator():
    for _ in range(SIZE // PART):
        yield b"x" * PART


@pytest.mark.parametrize(
    "make",
    [
        guarantee("bytes", "An upload of bytes; session closed.", from_bytes),
        guarantee("file", "An upload of an open file, closed by its owner; session closed.", from_file),
        guarantee("generator", "An upload from a generator; session closed.", from_generator),
    ],
)
def test_upload(client, peer, make):
    session = client.open_client()
    body = make()
    response = client.send(session, peer.url("/upload"), body)
    assert client.status(response) == 200
    client.close(session)
    if not isinstance(body, bytes):
        body.close()
    del response


@pytest.mark.parametrize(
    "make",
    [
        guarantee("bytes", "An upload of bytes; client closed.", from_bytes),
        guarantee("generator", "An upload from an async generator; client closed.", from_async_generator),
    ],
)
async def test_async_upload(client, peer, make):
    session = client.open_async_client()
    response = await client.send_async(session, peer.url("/upload"), make())
    assert client.status(response) == 200
    await client.close_async(session)
    del response


def failing():
    yield b"x" * PART
    raise LookupError


async def failing_async():
    yield b"x" * PART
    raise LookupError


@pytest.mark.guarantee("An upload whose generator raises; the session stays open.")
def test_upload_raised(client, peer):
    errors = client.errors("upload")
    session = client.open_client()
    with raises(errors):
        client.send(session, peer.url("/upload"), failing())


@pytest.mark.guarantee("An upload whose async generator raises; the client stays open.")
async def test_async_upload_raised(client, peer):
    errors = client.errors("upload")
    session = client.open_async_client()
    with raises(errors):
        await client.send_async(session, peer.url("/upload"), failing_async())
