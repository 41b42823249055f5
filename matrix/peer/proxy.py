"""What the proxy says to a client's first request: a decision on bytes, no sockets.

There is one host behind this proxy: the peer. A request with an absolute URI goes to
hypercorn as it is, and CONNECT leads to one of the peer's own ports, both on the
connection that the client opened: the log has that one and no other.
"""

import base64
from dataclasses import dataclass
from ipaddress import ip_address

from matrix.peer.routes import Proxy

CREDENTIALS = b"leak:matrix"
END_OF_HEAD = b"\r\n\r\n"
MAX_HEAD = 32 * 1024

_AUTHORIZATION = b"basic " + base64.b64encode(CREDENTIALS).lower()
_REFUSAL = (
    b"HTTP/1.1 407 Proxy Authentication Required\r\n"
    b'Proxy-Authenticate: Basic realm="leakmatrix"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What to say first, where to go on (none: hang up), and whether the head was for us alone."""

    say: bytes = b""
    port: int | None = None  # 0: plain HTTP
    host: str = ""
    swallow: bool = False


def refuse(status: bytes) -> Decision:
    return Decision(say=b"HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % status)


def is_authorized(head: bytes) -> bool:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"proxy-authorization":
            return value.strip().lower() == _AUTHORIZATION
    return False


def decide(head: bytes, proxy: Proxy) -> Decision:
    """How to go on after a request's head."""
    words = head.split(b"\r\n", 1)[0].split(b" ")
    if len(words) != 3:
        return refuse(b"400 Bad Request")
    if proxy == "refusing" and not is_authorized(head):
        return Decision(say=_REFUSAL)
    if words[0] != b"CONNECT":
        return Decision(port=0)
    host, _, port = words[1].decode("latin-1").rpartition(":")
    if not (is_ours(host) and port.isascii() and port.isdigit() and len(port) <= 5):
        return refuse(b"403 Forbidden")
    return Decision(say=b"HTTP/1.1 200 Connection established\r\n\r\n", port=int(port), host=host, swallow=True)


def is_ours(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
