"""Endpoints that need the tap or the request's body: idle ends, missing goodbyes, uploads, odd redirects, cookies."""

import asyncio
import json

from matrix.peer.exchange import Exchange
from matrix.peer.parameters import MAX_SECONDS, read_number

PART_OF_HEAD = 20  # bytes: "HTTP/1.1 200 \\r\\ndate" and no more
MOMENT = 0.05  # long enough for the tap to have passed on what was sent


async def answer_idle(x: Exchange, rest: str) -> None:
    """Answer, stay, and close the connection N milliseconds later."""
    milliseconds = read_number(rest, 0, 60_000)
    await x.reply(200, b"for a while\n")
    if client := x.tap.by_link.get(x.link):  # by then, its link may be another's
        asyncio.get_running_loop().call_later(milliseconds / 1000, client.hang_up)


async def answer_hang_up(x: Exchange, _rest: str) -> None:
    """Close without a word."""
    x.tap.finish(x.link)
    await x.pause(MAX_SECONDS)


async def answer_flaky(x: Exchange, _rest: str) -> None:
    """503 the first time, then an answer after which the connection is closed; and so on, for each address."""
    x.tap.flaky ^= {x.tap.address(x.link)}
    if x.tap.address(x.link) in x.tap.flaky:
        await x.reply(503, b"try again\n")
    else:
        await x.reply(200, b"bye\n", [("connection", "close")])
        x.tap.hang_up(x.link)


async def answer_no_goodbye(x: Exchange, _rest: str) -> None:
    """Answer, and then notice neither close_notify nor FIN."""
    x.tap.ignore(x.link)
    await x.reply(200, b"stay for ever\n")


async def answer_stall_headers(x: Exchange, _rest: str) -> None:
    x.tap.limit(x.link, PART_OF_HEAD)
    await x.reply(200, b"never\n")


async def answer_two_packets(x: Exchange, _rest: str) -> None:
    await x.start(200, [("content-length", "10")])
    await x.part(b"first")
    if await x.pause(MOMENT):
        await x.part(b"later", more=False)


async def answer_reset_body(x: Exchange, _rest: str) -> None:
    """Announce 1,000 bytes, send 500 of them, and reset."""
    await x.start(200, [("content-length", "1000")])
    await x.part(b"x" * 500)
    await asyncio.sleep(MOMENT)
    x.tap.reset(x.link)
    await x.pause(MAX_SECONDS)


async def answer_redirect_to(x: Exchange, _rest: str) -> None:
    """302 to `?url=`, whatever that is."""
    await x.reply(302, b"go there\n", [("location", x.query.get("url", ["/"])[0])])


async def answer_bad_redirect(x: Exchange, _rest: str) -> None:
    await x.reply(302, b"go nowhere\n", [("location", "http://[not-an-address/")])


async def answer_redirect_loop(x: Exchange, _rest: str) -> None:
    await x.reply(302, b"again\n", [("location", "/redirect-loop")])


async def answer_cookie(x: Exchange, rest: str) -> None:
    """Set the cookie that the path names."""
    await x.reply(200, b"have a cookie\n", [("set-cookie", f"{rest.replace('/', '-') or 'name'}=value; Path=/")])


async def answer_upload(x: Exchange, _rest: str) -> None:
    await x.reply(200, json.dumps({"received": x.received}).encode(), kind="application/json")


async def answer_upload_unread(x: Exchange, _rest: str) -> None:
    """Never read the request's body, and give up in the end: whether the client is gone shows only behind that."""
    await asyncio.sleep(MAX_SECONDS)
    x.tap.reset(x.link)


async def answer_early(x: Exchange, rest: str) -> None:
    """Begin the answer, and read nothing more: what hypercorn would still take made room for more, now and then."""
    x.tap.stop_reading(x.link)
    await x.start(200, [("content-length", "1000")])
    await x.part(b"x" * 500)
    await answer_upload_unread(x, rest)


async def answer_upload_early(x: Exchange, _rest: str) -> None:
    await x.reply(413, b"too much, whatever it is\n")


RUDE = {
    "idle": answer_idle,
    "flaky": answer_flaky,
    "hang-up": answer_hang_up,
    "no-goodbye": answer_no_goodbye,
    "stall-headers": answer_stall_headers,
    "two-packets": answer_two_packets,
    "reset-body": answer_reset_body,
    "redirect-to": answer_redirect_to,
    "bad-redirect": answer_bad_redirect,
    "redirect-loop": answer_redirect_loop,
    "cookie": answer_cookie,
    "upload": answer_upload,
    "upload-unread": answer_upload_unread,
    "upload-early": answer_upload_early,
    "answer-early": answer_early,
}
