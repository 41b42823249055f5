"""urllib3: a PoolManager, whose `clear` is what others call close."""

import inspect
import os

import urllib3
from urllib3.util.retry import Retry

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
    others = {"other": 0} if "other" in inspect.signature(Retry.__init__).parameters else {}
    each = dict.fromkeys(("connect", "read"), number or 0)
    return Retry(total=10, redirect=10, status_forcelist=[503] if number else (), **each, **others)


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
