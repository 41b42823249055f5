"""aiohttp: asynchronous only; its session is closed by `await session.close()`."""

import weakref
from contextlib import asynccontextmanager

import aiohttp

_PROXIES = weakref.WeakKeyDictionary()  # of sessions: aiohttp is told with each call


def open_async_client(timeout=None, pool=None, proxy=None, hook=None):
    options = {} if timeout is None else {"timeout": aiohttp.ClientTimeout(connect=timeout, sock_read=timeout)}
    if pool is not None:
        options["connector"] = aiohttp.TCPConnector(limit=pool)
    if hook is not None:
        options["trace_configs"] = [_traced(hook)]
    session = aiohttp.ClientSession(**options)
    _PROXIES[session] = proxy
    return session


def _traced(hook):
    async def ended(_session, _context, parameters):
        hook(parameters.response)

    config = aiohttp.TraceConfig()
    config.on_request_end.append(ended)
    return config


async def get_async(url):
    async with aiohttp.request("GET", url) as response:
        await response.read()
        return response


async def fetch_async(session, url):
    response = await stream_async(session, url)
    await response.read()
    return response


async def send_async(session, url, body):
    async with session.post(url, data=body) as response:
        await response.read()
        return response


async def stream_async(session, url):
    return await session.get(url, proxy=_PROXIES[session])


def stream_async_block(session, url):
    return session.get(url, proxy=_PROXIES[session])


async def read_async(response):
    return await response.read()


async def read_some_async(response):
    return await response.content.read(1024)


async def close_async(session):
    await session.close()


async def close_response_async(response):
    response.close()


def status(response):
    return response.status


def in_use(session):
    connector = session.connector
    return 0 if connector is None or connector.closed else len(connector._acquired)


@asynccontextmanager
async def websocket_async_block(url):
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as websocket:
        yield websocket


async def connect_async(url):
    session = aiohttp.ClientSession()
    return session, await session.ws_connect(url)


async def disconnect_async(opened):
    session, websocket = opened
    await websocket.close()
    await session.close()


async def echo_async(websocket, text):
    await websocket.send_str(text)
    return (await websocket.receive()).data


ERRORS = {
    "upload": (LookupError, aiohttp.ClientConnectionError),
    "refused": (aiohttp.ClientConnectorError,),
    "connect timeout": (aiohttp.ServerTimeoutError,),
    "read timeout": (aiohttp.ServerTimeoutError,),
    "body timeout": (aiohttp.ServerTimeoutError,),
    "tls timeout": (aiohttp.ServerTimeoutError,),
    "pool timeout": (aiohttp.ServerTimeoutError,),
    "reset": (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError),
    "reset body": (aiohttp.ClientPayloadError, aiohttp.ClientOSError),
    "truncated": (aiohttp.ClientPayloadError,),
    "hung up": (aiohttp.ServerDisconnectedError,),
    "certificate": (aiohttp.ClientConnectorCertificateError,),
    "too many redirects": (aiohttp.TooManyRedirects,),
    "bad redirect": (getattr(aiohttp, "NonHttpUrlRedirectClientError", ValueError),),
    "proxy refused": (aiohttp.ClientHttpProxyError,),
    "status": (aiohttp.ClientResponseError,),
}
