"""What httpx and httpx2 have in common, which is everything but the name: their adapters are made here."""

import importlib.util
import inspect
import ssl

import pytest


def adapt(httpx):
    """The features of a module with httpx's interface, by name, for its adapter."""
    takes = inspect.signature(httpx.Client.__init__).parameters
    posts = inspect.signature(httpx.Client.post).parameters
    body_name = "content" if "content" in posts else "data"

    follow = {"follow_redirects": True} if "follow_redirects" in takes else {}

    def options(timeout, pool, proxy, http2):
        found = dict(follow)
        if timeout is not None:
            found["timeout"] = timeout
        if pool is not None:
            found.update(_limits(httpx, pool))
        if proxy is not None:
            found["proxy" if "proxy" in takes else "proxies"] = proxy
        if http2:
            if importlib.util.find_spec("h2") is None:
                pytest.skip("h2, which HTTP/2 needs, is not installed")
            found["http2"] = True
        return found

    def open_client(timeout=None, pool=None, proxy=None, http2=False, hook=None, retries=None):
        found = options(timeout, pool, proxy, http2)
        found.update(_hooks(takes, hook))
        if retries is not None:
            found["transport"] = _retrying(httpx, "HTTPTransport", retries)
        return httpx.Client(**found)

    def open_async_client(timeout=None, pool=None, proxy=None, http2=False, hook=None):
        found = options(timeout, pool, proxy, http2)
        found.update(_hooks(takes, hook and _awaitable(hook)))
        return httpx.AsyncClient(**found)

    def get(url):
        return httpx.get(url, **follow)

    def send(client, url, body):
        return client.post(url, **{body_name: body})

    async def send_async(client, url, body):
        return await client.post(url, **{body_name: body})

    def stream(client, url):
        return client.send(client.build_request("GET", url), stream=True)

    async def stream_async(client, url):
        return await client.send(client.build_request("GET", url), stream=True)

    return {
        "get": get,
        "open_client": open_client,
        "open_async_client": open_async_client,
        "send": send,
        "send_async": send_async,
        "stream": stream,
        "stream_async": stream_async,
        "ERRORS": _errors(httpx),
        **_scopes(),
        **{feature.__name__: feature for feature in _SYNC},
        **{feature.__name__: feature for feature in _ASYNC},
    }


def fetch(client, url):
    return client.get(url)


def head(client, url):
    return client.head(url)


def stream_block(client, url):
    return client.stream("GET", url)


def read(response):
    return response.read()


def read_some(response):
    return next(response.iter_bytes())


def shared(client):
    return client


async def fetch_async(client, url):
    return await client.get(url)


def stream_async_block(client, url):
    return client.stream("GET", url)


async def read_async(response):
    return await response.aread()


async def read_some_async(response):
    return await response.aiter_bytes().__anext__()


def in_use(client):
    """The places taken in all pools, through whichever names each version has for them."""
    return sum(_taken(pool) for pool in _pools(client))


def _pools(client):
    transports = [_first(client, "_transport", "transport", "dispatch")]
    transports += (_first(client, "_mounts", "_proxies", "proxies") or {}).values()
    return [getattr(transport, "_pool", transport) for transport in transports if transport is not None]


def _first(thing, *names):
    return next((getattr(thing, name) for name in names if hasattr(thing, name)), None)


def _taken(pool):
    if hasattr(pool, "active_connections"):  # httpx up to 0.12, which had a pool of its own
        return len(pool.active_connections)
    if hasattr(pool, "connections"):  # httpcore 0.14 and newer
        return sum(not each.is_idle() for each in pool.connections)
    by_origin = getattr(pool, "_connections", {})  # httpcore 0.9 to 0.13
    return sum(not _is_idle(each) for each in set().union(*by_origin.values()))


def _is_idle(connection):
    return connection.is_idle() if hasattr(connection, "is_idle") else connection.state.name == "IDLE"


def _limits(httpx, pool):
    if hasattr(httpx, "Limits"):
        return {"limits": httpx.Limits(max_connections=pool, max_keepalive_connections=pool)}
    names = inspect.signature(httpx.PoolLimits).parameters
    keep, most = ("soft_limit", "hard_limit") if "hard_limit" in names else ("max_keepalive", "max_connections")
    return {"pool_limits": httpx.PoolLimits(**{keep: pool, most: pool})}


def _hooks(takes, hook):
    if hook is None:
        return {}
    if "event_hooks" not in takes:
        pytest.skip("this version has no hooks")
    return {"event_hooks": {"response": [hook]}}


def _awaitable(hook):
    async def awaitable(response):
        hook(response)

    return awaitable


def _retrying(httpx, name, retries):
    transport = getattr(httpx, name, None)
    if transport is None or "retries" not in inspect.signature(transport.__init__).parameters:
        pytest.skip("this version does not retry")
    return transport(retries=retries)


def _scopes():
    """anyio is what asynchronous httpx is written on, since 0.18."""
    if importlib.util.find_spec("anyio") is None:
        return {}
    from anyio import move_on_after

    return {"move_on_after": move_on_after}


def _errors(httpx):
    def named(*names):
        return tuple(getattr(httpx, name) for name in names if hasattr(httpx, name))

    network = named("NetworkError", "ConnectionClosed") or (OSError,)
    connect = named("ConnectError") or (*network, OSError)
    broken = network + named("ProtocolError", "RemoteProtocolError", "ReadError")
    return {
        "upload": (LookupError,),
        "refused": connect,
        "connect timeout": named("ConnectTimeout"),
        "read timeout": named("ReadTimeout"),
        "body timeout": named("ReadTimeout"),
        "tls timeout": named("ConnectTimeout"),
        "pool timeout": named("PoolTimeout"),
        "crowded": network,  # httpcore's
        "reset": broken,
        "reset body": broken,
        "truncated": broken,
        "certificate": connect,
        "async certificate": (*connect, ssl.SSLError),  # up to 0.23 anyio's goes through as it is
        "too many redirects": named("TooManyRedirects"),
        "bad redirect": named("UnsupportedProtocol", "InvalidURL", "RemoteProtocolError", "ProtocolError"),
        "proxy refused": named("ProxyError"),
        "status": named("HTTPStatusError", "HTTPError"),
    }


def close(client):
    """With httpcore 0.14 it closes all connections, and then complains if one was in use."""
    try:
        client.close()
    except RuntimeError as error:
        if _COMPLAINT not in str(error):
            raise


async def close_async(client):
    try:
        await client.aclose()
    except RuntimeError as error:
        if _COMPLAINT not in str(error):
            raise


_COMPLAINT = "still in-flight"
_SYNC = (fetch, head, stream_block, read, read_some, close, shared, in_use)
_ASYNC = (fetch_async, stream_async_block, read_async, read_some_async, close_async)
