"""websockets: asynchronous, and since 11 synchronous with a thread that reads."""

import asyncio
import importlib.util

import websockets


def websocket_async_block(url):
    return websockets.connect(url)


async def connect_async(url):
    return await websockets.connect(url)


async def disconnect_async(websocket):
    await websocket.close()


async def echo_async(websocket, text):
    await websocket.send(text)
    return await websocket.recv()


if importlib.util.find_spec("websockets.sync") is not None:
    from websockets.sync import client

    def websocket_block(url):
        return client.connect(url)

    def connect(url):
        return client.connect(url)

    def disconnect(websocket):
        websocket.close()

    def echo(websocket, text):
        websocket.send(text)
        return websocket.recv()


# Up to 3.10, 13.1 takes the cancellation for the end of its time, after waiting 10 s for the server.
ERRORS = {"cancelled": (asyncio.CancelledError, asyncio.TimeoutError)}

_BLOCK = '"The connection is closed automatically when exiting the context." (websockets: connect)'
_CLOSE = (
    '"close() waits for the other end to complete the handshake and for the TCP connection to terminate." '
    "(websockets: Connection.close)"
)

PROMISES = {
    "async_websocket[in_with]": _BLOCK,
    "async_websocket[no_goodbye]": (
        '"At this point the connection drops regardless of what happens on the network." '
        "(websockets: docs/topics/design.rst, Connection termination)"
    ),
    "async_websocket_closed": _CLOSE,
    "async_websocket_cancelled": (
        '"Avoided leaking open sockets when connect() is canceled." (websockets: changelog 10.2)'
    ),
    "websocket": _BLOCK,
    "websocket_closed": _CLOSE,
}
