"""Questions to the peer itself, under `/_peer/` at any address: ready, its CA, what it has seen.

One command, `hang-up`, closes the connections of an address, which no client could ask for at the right moment.
A connection that carries a question is taken out of the log, so that asking never changes the answer.
"""

import json
import os
from dataclasses import asdict

from matrix.peer.exchange import Exchange

PROTOCOL = 1


async def answer_control(x: Exchange, question: str, ca: bytes) -> None:
    """Answer `ready`, `ca`, or for an address `connections?address=127.1.0.7`, `requests`, `sent`, `hang-up`.

    Connections can be asked for of several addresses at once.
    """
    x.tap.forget(x.link)
    if question == "ready":
        await reply_json(x, {"protocol": PROTOCOL, "pid": os.getpid()})
    elif question == "ca":
        await x.reply(200, ca, kind="application/x-pem-file")
    elif question == "connections":
        await answer_connections(x)
    elif question in ("requests", "sent"):
        await reply_json(x, getattr(x.tap, question)[address_of(x)])
    elif question == "hang-up":
        await reply_json(x, x.tap.hang_up_all(address_of(x)))
    else:
        known = " ".join(f"/_peer/{name}" for name in ("ready", "ca", "connections", "requests", "sent", "hang-up"))
        await x.reply(404, f"No such question; there is {known}\n".encode())


def address_of(x: Exchange) -> str:
    return x.query.get("address", [""])[0]


async def answer_connections(x: Exchange) -> None:
    addresses = x.query.get("address", [])
    since = x.query.get("since", ["0"])[0]
    if not addresses:
        await x.reply(400, b"Which address? /_peer/connections?address=127.1.0.7\n")
    elif not (since.isascii() and since.isdigit() and len(since) < 20):
        await x.reply(400, f"since= is monotonic nanoseconds, not {since!r}.\n".encode())
    else:
        entries = x.tap.log.entries(*addresses, since=int(since))
        await reply_json(x, [asdict(entry) for entry in entries])


async def reply_json(x: Exchange, value: object) -> None:
    await x.reply(200, json.dumps(value).encode(), kind="application/json")
