"""A tiny HTTP peer for the tests of the guest: standard library, one thread, every connection held open.

A program of its own, so that its sockets are in nobody's count. It prints its port and
ends when its standard input does. What it answers about itself is what the guest asks.
"""

import json
import selectors
import socket
import sys
import time
from urllib.parse import parse_qs, urlsplit


class TinyPeer:
    """Accepts, answers each request with 200 and never closes first."""

    def __init__(self):
        self.server = socket.create_server(("", 0), backlog=256)  # each case has an address in 127.0.0.0/8
        self.selector = selectors.DefaultSelector()
        self.connections = []

    def serve(self):
        """Answer until our standard input ends."""
        self.selector.register(self.server, selectors.EVENT_READ, self.accept)
        self.selector.register(sys.stdin, selectors.EVENT_READ, lambda _: sys.exit())
        while True:
            for key, _ in self.selector.select():
                key.data(key.fileobj)

    def accept(self, server):
        connection, _ = server.accept()
        now = time.monotonic_ns()
        seen = {"address": connection.getsockname()[0], "opened": now, "closed": None, "how": None}
        self.connections.append(seen)
        self.selector.register(connection, selectors.EVENT_READ, lambda _: self.answer(connection, seen))

    def answer(self, connection, seen):
        """Every request fits into one segment, here."""
        try:
            request = connection.recv(65536).decode("latin-1")
            how = "fin"
        except ConnectionError:
            request, how = "", "reset"
        if not request:
            seen["closed"], seen["how"] = time.monotonic_ns(), how
            self.selector.unregister(connection)
            connection.close()
            return
        status, body = self.page(urlsplit(request.split()[1]))
        head = f"HTTP/1.1 {status} Whatever\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall((head + body).encode())

    def page(self, url):
        if url.path == "/_peer/connections":
            asked = {name: values[0] for name, values in parse_qs(url.query).items()}
            since = int(asked["since"])
            mine = [c for c in self.connections if c["address"] == asked["address"] and c["opened"] >= since]
            return 200, json.dumps(mine)
        if url.path == "/_peer/ca":
            return 200, "not a certificate\n"
        if url.path.startswith("/_peer/") and url.path != "/_peer/ready":
            return 404, "no such question\n"
        return 200, "hello\n"


if __name__ == "__main__":
    tiny = TinyPeer()
    sys.stdout.write(f"{tiny.server.getsockname()[1]}\n")
    sys.stdout.flush()
    tiny.serve()
