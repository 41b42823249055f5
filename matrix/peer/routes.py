"""The peer's ports by name, and what is special about each: plain data.

What a client can choose with a URL alone and before its first byte is a port of its
own here; what a request's path can say is an endpoint, see `app.py`.
"""

from dataclasses import dataclass
from typing import Literal

# Enough for the head of a TLS record and the begin of ServerHello, and never all of it.
PART_OF_SERVER_HELLO = 40

Certificate = Literal["good", "wrong name", "untrusted"]
Proxy = Literal["no", "open", "refusing"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """How connections to one port are served."""

    tls: bool = False
    certificate: Certificate = "good"
    proxy: Proxy = "no"
    limit: int | None = None  # bytes that a client is ever sent; None: all
    full: bool = False  # the queue of those who wait to be accepted is full: connecting hangs


ROUTES = {
    "http": Route(),
    "tls": Route(tls=True),
    "proxy": Route(proxy="open"),
    "proxy_refusing": Route(proxy="refusing"),
    "silent": Route(tls=True, limit=0),
    "tls_stall": Route(tls=True, limit=PART_OF_SERVER_HELLO),
    "tls_wrong_name": Route(tls=True, certificate="wrong name"),
    "tls_untrusted": Route(tls=True, certificate="untrusted"),
    "full": Route(full=True),
}
