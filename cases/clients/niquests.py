"""niquests: requests' interface on urllib3-future, with an asynchronous twin."""

import pickle
import weakref

import niquests

get = niquests.get

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
    return niquests.RetryConfiguration(total=number, status_forcelist=[503], raise_on_status=False, backoff_factor=0)


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


async def get_async(url):
    return await niquests.aget(url)


async def fetch_async(session, url):
    return await session.get(url, timeout=_timeout(session))


async def send_async(session, url, body):
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
