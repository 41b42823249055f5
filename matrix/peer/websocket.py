"""Websockets: /ws/echo, and those that close, never say goodbye, or never finish the handshake."""

import asyncio

from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, WebsocketScope

from matrix.peer.exchange import link_of
from matrix.peer.parameters import MAX_SECONDS
from matrix.peer.tap import Tap


async def answer_websocket(
    scope: WebsocketScope, receive: ASGIReceiveCallable, send: ASGISendCallable, tap: Tap
) -> None:
    """Serve one websocket by the last part of its path."""
    name = scope["path"].rpartition("/")[2]
    await receive()  # websocket.connect
    if name == "stall":
        await asyncio.sleep(MAX_SECONDS)
    if name not in ("echo", "close", "no-goodbye"):
        await send({"type": "websocket.close", "code": 1000, "reason": None})  # 403
        return
    await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
    if name == "close":
        await send({"type": "websocket.close", "code": 1001, "reason": "going"})
        return
    if name == "no-goodbye":
        tap.ignore(link_of(scope))
    await echo(receive, send)


async def echo(receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    while (event := await receive())["type"] == "websocket.receive":
        text, data = event.get("text"), event.get("bytes")
        await send({"type": "websocket.send", "bytes": data, "text": text})
