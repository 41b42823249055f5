"""requests: synchronous only."""

import pickle
import weakref

import requests
from requests.adapters import HTTPAdapter

from ._promises import BLOCK, CLOSED, URLLIB3, first, of

get = requests.get

_TIMEOUTS = weakref.WeakKeyDictionary()  # of sessions: requests is told with each call


def open_client(timeout=None, pool=None, proxy=None, retries=None, hook=None):
    session = requests.Session()
    _TIMEOUTS[session] = timeout
    if proxy is not None:
        session.proxies = {"http": proxy, "https": proxy}
    if hook is not None:
        session.hooks["response"].append(lambda response, **_: hook(response))
    if pool is not None or retries is not None:
        size = pool or 10
        adapter = HTTPAdapter(pool_maxsize=size, pool_block=pool is not None, max_retries=_retry(retries))
        session.mount("http://", adapter)
        session.mount("https://", adapter)
    return session


def _retry(number):
    """A retry on statuses, too, which the number alone would not be."""
    if number is None:
        return 0
    from requests.packages.urllib3.util.retry import Retry

    return Retry(total=number, status_forcelist=[503], raise_on_status=False, backoff_factor=0)


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


def in_use(session):
    pools = [pool for adapter in set(session.adapters.values()) for pool in _pools(adapter)]
    return sum(pool.pool.maxsize - pool.pool.qsize() for pool in pools if pool.pool is not None)


def _pools(adapter):
    managers = [adapter.poolmanager, *getattr(adapter, "proxy_manager", {}).values()]
    return [pool for manager in managers for pool in list(manager.pools._container.values())]


_E = requests.exceptions
ERRORS = {
    "upload": (LookupError,),
    "status tried again": (),
    "crowded": (),
    "refused": (_E.ConnectionError,),
    "connect timeout": (getattr(_E, "ConnectTimeout", _E.Timeout),),
    "read timeout": (getattr(_E, "ReadTimeout", _E.Timeout),),
    "body timeout": (_E.ConnectionError, _E.Timeout),  # a ConnectionError around urllib3's ReadTimeoutError
    "tls timeout": (_E.Timeout, _E.ConnectionError),
    "reset": (_E.ConnectionError,),
    "reset body": (getattr(_E, "ChunkedEncodingError", _E.ConnectionError), _E.ConnectionError),
    "certificate": (_E.SSLError,),
    "too many redirects": (_E.TooManyRedirects,),
    "bad redirect": (_E.InvalidSchema,),
    "proxy refused": (_E.ConnectionError,),  # a ProxyError since 2.0.1
    "status": (_E.HTTPError,),
}

# Nothing is promised for `stream_empty`: "Requests cannot release the connection back to the pool unless you consume
# all the data or call Response.close" (docs, Advanced Usage, Body Content Workflow).
PROMISES = first(
    {
        "stream_empty": "",
        "one_shot*": (
            "\"By using the 'with' statement we are sure the session is closed, thus we avoid leaving sockets open\" "
            "(requests: comment in api.py)"
        ),
        "stream_closed_in_session*": (
            "upstream treats a place that a closed response keeps as a bug: "
            '"Closing streams before complete read leaks connections" (psf/requests#3461)'
        ),
        "upload_raised": (
            '"Clean up connections when we hit problems during chunked upload, rather than leaking them." '
            "(requests: changelog 2.1.0)"
        ),
    },
    URLLIB3,
    of(
        BLOCK,
        '"This will make sure the session is closed as soon as the `with` block is exited, even if unhandled '
        'exceptions occurred." (requests: docs, Advanced Usage, Session Objects)',
    ),
    of(
        CLOSED,
        '"Closes all adapters and as such the session" (requests: Session.close), "which closes any pooled '
        'connections" (HTTPAdapter.close)',
    ),
)
