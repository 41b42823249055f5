"""What the peer answers: the ASGI application, one function for each endpoint.

Polite by default, slow or rude where the path asks for it.
"""

from collections.abc import Awaitable, Callable
from itertools import repeat

from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, Scope

from matrix.peer.control import answer_control
from matrix.peer.exchange import Exchange
from matrix.peer.http_server import Application
from matrix.peer.parameters import (
    MAX_BYTES,
    MAX_REDIRECTS,
    MAX_SECONDS,
    BadParameterError,
    read_number,
    read_seconds,
)
from matrix.peer.rude import RUDE
from matrix.peer.tap import Tap
from matrix.peer.websocket import answer_websocket

CHUNK = bytes(range(256)) * 256  # 64 KiB

Endpoint = Callable[[Exchange, str], Awaitable[None]]


async def answer_any(x: Exchange, _rest: str) -> None:
    await x.reply(200, b"hello\n")


async def answer_keep_alive(x: Exchange, _rest: str) -> None:
    await x.reply(200, b"stay\n", [("connection", "keep-alive")])


async def answer_close(x: Exchange, _rest: str) -> None:
    await answer_and_hang_up(x, 4, b"bye\n")


async def answer_and_hang_up(x: Exchange, announced: int, body: bytes) -> None:
    """Answer, and have the connection closed at once, whatever the client does.

    Left alone, hypercorn waits 30 s for the client's TLS goodbye, within the last
    `part`, refuses to end an HTTP/1.1 answer too short, and never closes HTTP/2.
    """
    headers = [("content-length", str(announced)), ("connection", "close")]
    await x.start(200, headers)
    await x.part(body, more=x.is_http1)
    x.tap.hang_up(x.link)


async def send_bytes(x: Exchange, size: int, step: int) -> None:
    for _ in repeat(None, size // step):
        if not x.tap.is_connected(x.link):  # hypercorn would take the rest, and busily drop it
            return
        await x.part(CHUNK[:step])
    await x.part(CHUNK[: size % step], more=False)


async def answer_bytes(x: Exchange, rest: str) -> None:
    size = read_number(rest, 0, MAX_BYTES)
    kind = ("content-type", "application/octet-stream")
    await x.start(200, [kind, ("content-length", str(size))])
    await send_bytes(x, size, len(CHUNK))


async def answer_chunked(x: Exchange, rest: str) -> None:
    size = read_number(rest, 0, MAX_BYTES)
    await x.start(200, [("content-type", "application/octet-stream")])
    await send_bytes(x, size, min(len(CHUNK), max(1, size // 4)))


async def answer_slow(x: Exchange, rest: str) -> None:
    if await x.pause(read_seconds(rest)):
        await x.reply(200, b"at last\n")


async def answer_slow_body(x: Exchange, rest: str) -> None:
    seconds = read_seconds(rest)
    first, last = b"first part\n", b"the rest\n"
    length = str(len(first) + len(last))
    await x.start(200, [("content-type", "text/plain"), ("content-length", length)])
    await x.part(first)
    if await x.pause(seconds):
        await x.part(last, more=False)


async def answer_redirect(x: Exchange, rest: str) -> None:
    left = read_number(rest, 0, MAX_REDIRECTS)
    if left == 0:
        await x.reply(200, b"arrived\n")
    else:
        await x.reply(302, b"go on\n", [("location", f"/redirect/{left - 1}")])


async def answer_status(x: Exchange, rest: str) -> None:
    status = read_number(rest, 200, 599)
    await x.reply(status, f"status {status}\n".encode())


async def answer_reset(x: Exchange, _rest: str) -> None:
    x.tap.reset(x.link)
    await x.pause(MAX_SECONDS)


async def answer_truncate(x: Exchange, rest: str) -> None:
    """Announce N bytes, send half of them, and close."""
    size = read_number(rest, 1, len(CHUNK))
    await answer_and_hang_up(x, size, CHUNK[: size // 2])


ENDPOINTS: dict[str, Endpoint] = {
    "": answer_any,
    "any": answer_any,
    "keep-alive": answer_keep_alive,
    "close": answer_close,
    "bytes": answer_bytes,
    "chunked": answer_chunked,
    "slow": answer_slow,
    "slow-body": answer_slow_body,
    "redirect": answer_redirect,
    "status": answer_status,
    "reset": answer_reset,
    "truncate": answer_truncate,
    **RUDE,
}
UNREAD = ("/upload-unread", "/upload-early", "/answer-early")  # answered without a look at the request's body


async def answer(x: Exchange, ca: bytes) -> None:
    """Find the endpoint by the first part of the path, and let it answer."""
    path = x.path
    if "://" in path[:9]:  # a client that takes the peer for its proxy
        path = "/" + path.partition("://")[2].partition("/")[2]
    name, _, rest = path.removeprefix("/").partition("/")
    try:
        if name == "_peer":
            await answer_control(x, rest, ca)
        elif name in ENDPOINTS:
            await ENDPOINTS[name](x, rest)
        else:
            known = " ".join(f"/{name}" for name in ENDPOINTS)
            await x.reply(404, f"Nothing at {x.path!r}; there is {known}\n".encode())
    except BadParameterError as error:
        await x.reply(400, f"{error}\n".encode())


def make_app(tap: Tap, ca: bytes) -> Application:
    """The application, which asks `tap` for what HTTP cannot do, and hands out `ca` (PEM)."""

    async def app(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        if scope["type"] == "websocket":
            await answer_websocket(scope, receive, send, tap)
        elif scope["type"] != "http":
            pass
        else:
            x = Exchange(scope, receive, send, tap)
            try:
                if x.path.endswith(UNREAD) or await x.read_body():
                    tap.request(x.link)
                    await answer(x, ca)
            finally:
                x.close()

    return app
