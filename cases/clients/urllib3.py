"""urllib3: a PoolManager, whose `clear` is what others call close."""

import os

import urllib3
from urllib3.util.retry import Retry

from ._promises import BLOCK, CLOSED, URLLIB3, first, of

_CA = os.environ.get("SSL_CERT_FILE")


def get(url):
    return _manager().request("GET", url)


def _manager(make=urllib3.PoolManager, *positional, **options):
    return make(*positional, ca_certs=_CA, cert_reqs="CERT_REQUIRED", **options)


def open_client(timeout=None, pool=None, proxy=None, retries=None):
    options = {"retries": _retry(retries)}
    if timeout is not None:
        options["timeout"] = timeout
    if pool is not None:
        options.update(maxsize=pool, block=True)
    if proxy is not None:
        return _manager(urllib3.ProxyManager, proxy, **options)
    return _manager(**options)


def open_pool(url, pool, retries=0):
    """The pool of one host, which waits for a place."""
    return urllib3.connectionpool.connection_from_url(url, maxsize=pool, block=True, retries=_retry(retries))


def _retry(number):
    """Redirects are followed, whatever else is not tried again."""
    number = number or 0
    retry = Retry(total=10, redirect=10, connect=number, read=number, status_forcelist=[503] if number else ())
    if hasattr(retry, "other"):
        retry.other = 0
    return retry


def fetch(manager, url):
    return manager.request("GET", url)


def send(manager, url, body):
    return manager.request("POST", url, body=body)


def head(manager, url):
    return manager.request("HEAD", url)


def stream(manager, url):
    return manager.request("GET", url, preload_content=False)


def read(response):
    return response.read()


def read_some(response):
    return response.read(1024)


def close(manager):
    manager.clear()


def status(response):
    return response.status


def shared(manager):
    return manager


def in_use(opened):
    pools = list(opened.pools._container.values()) if hasattr(opened, "pools") else [opened]
    return sum(pool.pool.maxsize - pool.pool.qsize() for pool in pools if pool.pool is not None)


_E = urllib3.exceptions
# With retries for nothing but redirects, most of them come in a MaxRetryError.
ERRORS = {
    "upload": (LookupError,),
    "status tried again": (),
    "crowded": (),
    "refused": (_E.MaxRetryError,),
    "connect timeout": (_E.MaxRetryError, _E.ConnectTimeoutError),
    "read timeout": (_E.MaxRetryError, _E.ReadTimeoutError),
    "body timeout": (_E.MaxRetryError, _E.ReadTimeoutError),
    "tls timeout": (_E.MaxRetryError, _E.TimeoutError),
    "reset": (_E.MaxRetryError, _E.ProtocolError),
    "reset body": (_E.MaxRetryError, _E.ProtocolError),
    "certificate": (_E.MaxRetryError, _E.SSLError),
    "too many redirects": (_E.MaxRetryError,),
    "bad redirect": (_E.LocationValueError,),  # a URLSchemeUnknown since 1.26
    "proxy refused": (_E.MaxRetryError, _E.ProxyError),
}

_CLEAR = '"Empty our store of pools and direct them all to close." (urllib3: PoolManager.clear)'

# Nothing is promised for `one_shot*`, whose manager nobody closes, nor for a streamed response: one that is closed
# keeps its place in the pool, "this call doesn't return the connection to the pool"; of one that is neither read nor
# closed "you need to manually release the HTTP connection" (docs, Advanced Usage, Streaming and I/O).
PROMISES = first(
    {
        "stream_empty": "",
        "urllib3_pool[*]": (
            '"Drain and release connection before recursing on retry/redirect." '
            "(urllib3: changelog 1.22, urllib3/urllib3#1167)"
        ),
        "urllib3_pool_refused": (
            "upstream treats a place that a failed connection keeps as a bug: "
            '"Connection pool exhausted when connection failures occur" (urllib3/urllib3#644)'
        ),
        "urllib3_stream[released]": _CLEAR,
        "urllib3_no_authorities": (
            '"Fixed a socket leaking when HTTPSConnection.connect() raises an exception." '
            "(urllib3: changelog 1.26.9, urllib3/urllib3#2571)"
        ),
        "urllib3_evicted": (
            '"Added explicit connection closing on pool eviction." (urllib3: changelog 1.5, urllib3/urllib3#76)'
        ),
        "upload_raised": (
            '"We need to throw the connection away unless explicitly told not to." '
            "(urllib3: comment in connectionpool.py)"
        ),
    },
    URLLIB3,
    of(
        BLOCK,
        '"Pools can be used as context managers." (urllib3: changelog 1.10.1, urllib3/urllib3#545): clear ends it',
    ),
    of(CLOSED, _CLEAR),
)
