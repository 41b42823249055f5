"""What httpcore (0.14 and newer) and httpcore2 have in common: their adapters are made here.

A pool is told of timeouts with each request, and follows no redirect.
"""

import importlib.util
import os
import ssl
import weakref

import pytest

_TIMEOUTS = weakref.WeakKeyDictionary()  # of pools


def adapt(httpcore):
    """The features of a module with httpcore's interface, by name, for its adapter."""

    def opener(plain, proxied):
        def open_pool(timeout=None, pool=None, proxy=None, http2=False, retries=None):
            if http2 and importlib.util.find_spec("h2") is None:
                pytest.skip("h2, which HTTP/2 needs, is not installed")
            found = {"ssl_context": ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])}
            found.update(http2=http2, max_connections=pool or 10, retries=retries or 0)
            opened = plain(**found) if proxy is None else proxied(proxy, **found)
            _TIMEOUTS[opened] = timeout
            return opened

        return open_pool

    def get(url):
        return httpcore.request("GET", url)

    found = {
        "open_client": opener(httpcore.ConnectionPool, httpcore.HTTPProxy),
        "open_async_client": opener(httpcore.AsyncConnectionPool, httpcore.AsyncHTTPProxy),
        "following": None,
        "ERRORS": _errors(httpcore),
        **_scopes(),
        **{feature.__name__: feature for feature in (fetch, send, head, stream_block, read, shared, status, in_use)},
        **{feature.__name__: feature for feature in (fetch_async, send_async, stream_async_block, read_async)},
    }
    if hasattr(httpcore, "request"):
        found["get"] = get
    return found


def _told(pool):
    seconds = _TIMEOUTS[pool]
    return {} if seconds is None else {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), seconds)}


def fetch(pool, url):
    return pool.request("GET", url, extensions=_told(pool))


def send(pool, url, body):
    return pool.request("POST", url, content=body, extensions=_told(pool))


def head(pool, url):
    return pool.request("HEAD", url, extensions=_told(pool))


def stream_block(pool, url):
    return pool.stream("GET", url, extensions=_told(pool))


def read(response):
    return response.read()


def shared(pool):
    return pool


def status(response):
    return response.status


async def fetch_async(pool, url):
    return await pool.request("GET", url, extensions=_told(pool))


async def send_async(pool, url, body):
    return await pool.request("POST", url, content=body, extensions=_told(pool))


def stream_async_block(pool, url):
    return pool.stream("GET", url, extensions=_told(pool))


async def read_async(response):
    return await response.aread()


def in_use(pool):
    return sum(not each.is_idle() for each in pool.connections)


def _scopes():
    """What asynchronous httpcore is written on."""
    if importlib.util.find_spec("anyio") is None:
        return {}
    from anyio import move_on_after

    return {"move_on_after": move_on_after}


def _errors(httpcore):
    return {
        "upload": (LookupError,),
        "refused": (httpcore.ConnectError,),
        "connect timeout": (httpcore.ConnectTimeout,),
        "read timeout": (httpcore.ReadTimeout,),
        "body timeout": (httpcore.ReadTimeout,),
        "tls timeout": (httpcore.ConnectTimeout,),
        "pool timeout": (httpcore.PoolTimeout,),
        "crowded": (httpcore.NetworkError,),  # "[Errno 9] Bad file descriptor"
        "reset": (httpcore.NetworkError, httpcore.RemoteProtocolError),
        "reset body": (httpcore.NetworkError, httpcore.RemoteProtocolError),
        "truncated": (httpcore.RemoteProtocolError,),
        "certificate": (httpcore.ConnectError,),
        "async certificate": (httpcore.ConnectError, ssl.SSLError),  # up to 0.18 anyio's goes through as it is
        "proxy refused": (httpcore.ProxyError,),
    }
