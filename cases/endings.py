"""How the use of a session ends: context managers around the use, each given the client and the session.

Those of `asynchronous` clients are at the end. No case is here: these are the words that cases are written in.
"""

import threading
from contextlib import asynccontextmanager, contextmanager

SESSION = None  # what a module keeps


class Service:
    """An object of an application that refers to itself, by way of a callback, say."""

    def __init__(self, session):
        self.itself = self
        self.session = session


def keep(session):
    """Have this module keep a session, as a program keeps its default client: what Go's goleak is known for."""
    global SESSION
    SESSION = session


def in_with(client, session):
    """`with session:`, as the documentation has it."""
    return client.block(session)


@contextmanager
def closed(client, session):
    yield
    client.close(session)


@contextmanager
def closed_twice(client, session):
    yield
    client.close(session)
    client.close(session)


@contextmanager
def left_open(client, session):
    yield


@contextmanager
def in_cycle(client, session):
    Service(session)
    yield


@contextmanager
def in_global(client, session):
    keep(session)
    yield


@contextmanager
def global_closed(client, session):
    keep(session)
    yield
    client.close(session)


@contextmanager
def in_thread(client, session):
    """A thread that waits for work which never comes has the session in its arguments."""
    threading.Thread(target=_wait, args=(threading.Event(), session), daemon=True).start()
    yield


def _wait(event, session):
    event.wait()


def async_in_with(client, session):
    """`async with session:`, as the documentation has it."""
    return client.async_block(session)


@asynccontextmanager
async def async_closed(client, session):
    yield
    await client.close_async(session)


@asynccontextmanager
async def async_closed_twice(client, session):
    yield
    await client.close_async(session)
    await client.close_async(session)


@asynccontextmanager
async def async_left_open(client, session):
    yield


@asynccontextmanager
async def async_in_cycle(client, session):
    Service(session)
    yield


@asynccontextmanager
async def async_in_global(client, session):
    keep(session)
    yield


@asynccontextmanager
async def async_global_closed(client, session):
    keep(session)
    yield
    await client.close_async(session)
