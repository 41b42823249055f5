"""A port at which connecting hangs, as it does with a host that does not answer.

Its queue of connections that nobody accepts is full, by two of our own: Linux drops
every further SYN, and the client repeats it until its own patience ends.
"""

import socket
from contextlib import ExitStack, suppress


def fill(sock: socket.socket, stack: ExitStack) -> None:
    """Fill the queue of a socket that listens with a backlog of 0."""
    host, port = sock.getsockname()[:2]
    address = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104  no binding, the contrary
    for _ in range(2):
        filler = stack.enter_context(socket.socket(sock.family, socket.SOCK_STREAM))
        filler.setblocking(False)  # noqa: FBT003  the standard library's
        with suppress(BlockingIOError):
            filler.connect((address, port))
