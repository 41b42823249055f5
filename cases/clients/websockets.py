"""websockets: asynchronous, and since 11 synchronous with a thread that reads."""

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


ERRORS = {}
