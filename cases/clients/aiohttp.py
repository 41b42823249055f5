"""aiohttp: asynchronous only; its session is closed by `await session.close()`."""

import asyncio
import weakref
from contextlib import asynccontextmanager

import aiohttp

from ._promises import ASYNC_BLOCK, ASYNC_CLOSED, first, of

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
    "cancelled": (asyncio.CancelledError,),
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

_ENDED = (
    '"at the end of it, it will ensure all remaining resources are closed correctly" '
    "(aiohttp: docs, The aiohttp Request Lifecycle)"
)
_CANCELLED = (
    "upstream treats what is left after a cancelled request as a bug: "
    '"Connection not closed when request is cancelled" (aio-libs/aiohttp#253)'
)
_TIMED_OUT = (
    "upstream treats what is left after a timeout as a bug: "
    '"Socket leak after TimeoutError" (aio-libs/aiohttp#1679, python/cpython#73929)'
)
_UNSAFE = '"The connector was not cancellation-safe." (aiohttp: changelog 3.10.11, aio-libs/aiohttp#9670)'
_SLOT = '"Fix leak of connection slot during connection error" (aiohttp: changelog 0.22.0, aio-libs/aiohttp#835)'
_READING = '"Close underlying connection if data reading gets an error" (aiohttp: docs, ClientResponse.read)'

PROMISES = first(
    {
        "aiohttp_closed_while_sending": (
            '"Fixed ClientResponse.close() releasing the connection instead of closing." '
            "(aiohttp: changelog 3.9.1, aio-libs/aiohttp#7869)"
        ),
        "aiohttp_cancelled_in_look_up": (
            "\"Fixed resolve_host() 'Task was destroyed but is pending' errors\" "
            "(aiohttp: changelog 3.10.6, aio-libs/aiohttp#8967)"
        ),
        "aiohttp_hung_up": (
            '"Break cyclic references at connection close when there was a traceback" '
            "(aiohttp: changelog 3.11.14, aio-libs/aiohttp#10556)"
        ),
        "aiohttp_jar": (
            '"Fixed memory leak in filter_cookies() that caused unbounded memory growth when making requests to '
            'different URL paths" (aiohttp: changelog 3.12.3, aio-libs/aiohttp#11052)'
        ),
        "async_cancel[handshake]": _TIMED_OUT,
        "async_cancel[*]": _CANCELLED,
        "async_cancel_waiting": _UNSAFE,
        "async_cancel_contention": _UNSAFE,
        "async_pool_timeout": _UNSAFE,
        "async_one_shot": (
            '"Fix resource leak for aiohttp.request() with implicit connector." (aiohttp: changelog 0.8.2)'
        ),
        "async_stream_block*": (
            "\"gives you the guarantee that not only it doesn't block, but that it's cleanly finalized\" "
            "(aiohttp: docs, The aiohttp Request Lifecycle)"
        ),
        "async_tls[no_goodbye]": (
            '"SSL connections are aborted immediately when the connector is closed" '
            "(aiohttp: docs, ClientSession, ssl_shutdown_timeout)"
        ),
        "async_trouble[refused]": _SLOT,
        "async_trouble[connect_timeout]": _SLOT,
        "async_trouble[read_timeout]": _TIMED_OUT,
        "async_trouble[body_timeout]": _READING,
        "async_trouble[reset_body]": _READING,
        "async_trouble[truncated]": _READING,
        "async_tls_trouble[handshake_timeout]": _TIMED_OUT,
        "async_tls_trouble*": _SLOT,
        "async_websocket[*]": _ENDED,
        "async_websocket_cancelled": (
            '"Fix failed websocket handshake leaving connection hanging." '
            "(aiohttp: changelog 3.7.0, aio-libs/aiohttp#3380)"
        ),
        "async_websocket_closed": '"Release all acquired resources." (aiohttp: docs, ClientSession.close)',
    },
    of(ASYNC_BLOCK, _ENDED),
    of(
        ASYNC_CLOSED,
        '"Close underlying connector. Release all acquired resources." (aiohttp: docs, ClientSession.close)',
    ),
)
