"""niquests: requests' interface on urllib3-future, with an asynchronous twin."""

import pickle
import weakref

import niquests
import pytest

from ._promises import ASYNC_BLOCK, ASYNC_CLOSED, BLOCK, CLOSED, first, of

get = niquests.get

_RETRY = getattr(niquests, "RetryConfiguration", None) or niquests.adapters.Retry  # which had no name of its own in 3.5
_TYPES = getattr(niquests, "typing", None) or niquests._typing  # as it was called before 3.20
_TIMEOUTS = weakref.WeakKeyDictionary()  # of sessions: before 3.12 niquests is told with each call


def _told(session, timeout, proxy, hook):
    _TIMEOUTS[session] = timeout
    if proxy is not None:
        session.proxies = {"http": proxy, "https": proxy}
    if hook is not None:
        session.hooks["response"].append(lambda response, **_: hook(response))
    return session


def open_client(timeout=None, proxy=None, http2=False, retries=None, hook=None):
    return _told(niquests.Session(retries=_retry(retries)), timeout, proxy, hook)


def open_async_client(timeout=None, proxy=None, http2=False, hook=None):
    return _told(niquests.AsyncSession(), timeout, proxy, hook)


def _retry(number):
    """A retry on statuses, too, which the number alone would not be."""
    if number is None:
        return 0
    return _RETRY(total=number, status_forcelist=[503], raise_on_status=False, backoff_factor=0)


def _timeout(session):
    return _TIMEOUTS.get(session)


def fetch(session, url):
    return session.get(url, timeout=_timeout(session))


def send(session, url, body):
    return session.post(url, data=body, timeout=_timeout(session))


def head(session, url):
    return session.head(url, timeout=_timeout(session))


def stream(session, url):
    return session.get(url, stream=True, timeout=_timeout(session))


def read(response):
    return response.content


def read_some(response):
    return next(response.iter_content(1024))


def shared(session):
    return session


def copied(session):
    return pickle.loads(pickle.dumps(session))


if hasattr(niquests, "aget"):  # not in 3.5

    async def get_async(url):
        return await niquests.aget(url)


async def fetch_async(session, url):
    return await session.get(url, timeout=_timeout(session))


async def send_async(session, url, body):
    if hasattr(body, "__aiter__") and not hasattr(_TYPES, "AsyncBodyType"):
        pytest.skip("this version takes no asynchronous body")
    return await session.post(url, data=body, timeout=_timeout(session))


async def stream_async(session, url):
    return await session.get(url, stream=True, timeout=_timeout(session))


async def read_async(response):
    return await response.content


async def read_some_async(response):
    return await (await response.iter_content(1024)).__anext__()


async def close_async(session):
    await session.close()


async def close_response_async(response):
    await response.close()


_E = niquests.exceptions
ERRORS = {
    "upload": (LookupError,),
    "status tried again": (),
    "async tls timeout": None,  # it waits for ever
    "refused": (_E.ConnectionError,),
    "connect timeout": (_E.ConnectTimeout,),
    "read timeout": (_E.ReadTimeout,),
    "body timeout": (_E.ConnectionError, _E.ReadTimeout),
    "tls timeout": (_E.Timeout, _E.ConnectionError),
    "reset": (_E.ConnectionError,),
    "reset body": (_E.ChunkedEncodingError, _E.ConnectionError),
    "truncated": (_E.ChunkedEncodingError, _E.ConnectionError),
    "certificate": (_E.SSLError,),
    "too many redirects": (_E.TooManyRedirects,),
    "bad redirect": (_E.InvalidSchema,),
    "proxy refused": (_E.ProxyError,),
    "status": (_E.HTTPError,),
}

_ONE_SHOT = (
    "\"By using the 'with' statement we are sure the session is closed, thus we avoid leaving sockets open\" "
    "(niquests: comment in %s)"
)
_BLOCK = (
    '"This will make sure the session is closed as soon as the `with` block is exited, even if unhandled exceptions '
    'occurred." (niquests: docs, Advanced Usage, Session Objects)'
)

# Nothing is promised for what goes wrong in a session that stays open: its watcher stays by design. "Niquests can
# automatically make sure that your HTTP connection is kept alive [...] using a discrete scheduled task for each host"
# (docs, Advanced Usage, Keep-Alive). Nor for `stream_empty`: "Niquests cannot release the connection back to the pool
# unless you consume all the data (HTTP/1.1 only) or call Response.close" (Body Content Workflow).
PROMISES = first(
    {
        "stream_empty": "",
        "niquests_many_requests": (
            '"Fixed PoolManager response mapping per pool memory leak." (urllib3-future: changelog 2.12.919)'
        ),
        "one_shot*": _ONE_SHOT % "api.py",
        "async_one_shot": _ONE_SHOT % "async_api.py",
    },
    of(BLOCK, _BLOCK),
    of(ASYNC_BLOCK, _BLOCK),
    of(
        CLOSED,
        '"this closes the PoolManager and any active ProxyManager, which closes any pooled connections" '
        "(niquests: HTTPAdapter.close, which Session.close calls)",
    ),
    of(
        ASYNC_CLOSED,
        "upstream treats a pool that close() leaves open as a bug: "
        '"Missed close implementation in AsyncSession causing the underlying poolmanager to remain open." '
        "(niquests: changelog 3.5.5)",
    ),
)
