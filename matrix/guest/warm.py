"""Importing beforehand what a client's first use would import.

Many clients import lazily, and each case is a forked child: without this, each would pay
that again (0.1 to 0.3 s for httpx, most of a case's time). One child uses the client
and tells which modules that took; the parent imports these by name, and so has the
modules without a single object of that use.
"""

import asyncio
import importlib.util
import sys
import traceback

from .adapter import Unsupported


def modules_used(client, peer):
    """Use the client once, in every way that it has; the names of the modules this imported."""
    before = set(sys.modules)
    for use in (_one_shot, _session, _async_session):
        try:
            use(client, peer.url())
        except Unsupported:
            continue
        except Exception:
            continue
    return sorted(set(sys.modules) - before)


def load(names):
    """Import modules by name; one that does not import by itself is left to its first use."""
    for name in names:
        try:
            importlib.import_module(name)
        except Exception:
            continue
    # What is not there is looked for in every folder (httpcore asks for sniffio at each step): list them once, here.
    importlib.util.find_spec("no such module")


def tracebacks():
    """Format a stack: from 3.15 on that imports a module at its first use, maybe when no descriptor is left."""
    traceback.format_stack()


def _one_shot(client, url):
    client.get(url)


def _session(client, url):
    with client.open_client() as session:
        client.fetch(session, url)


def _async_session(client, url):
    async def use():
        async with client.open_async_client() as session:
            await client.fetch_async(session, url)

    asyncio.run(use())
