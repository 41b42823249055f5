"""The guest's handle on the HTTP peer: addresses for a case, and what the peer still has open.

Each case has an address of its own within 127.0.0.0/8, so that connections are told
apart at the peer without a word of the client's. Questions to the peer go to
another address and never count.
"""

import json
import socket
import time
from http.client import HTTPConnection, HTTPException

_Socket = socket.socket  # a scenario may replace the name


class PeerError(Exception):
    """The peer does not answer: the harness's trouble, never a client's."""


def is_open(connection):
    """Whether the peer has a connection open, as far as it can tell: of one that it does not read it sees no end."""
    return connection["closed"] is None and not connection.get("unread")


class Peer:
    """Where the peer listens, from the job: `{"host": ..., "port": ..., "tls_port": ..., "ports": {...}}`."""

    def __init__(self, host, port, tls_port, address=None, ports=None):
        self.host = host
        self.port = port
        self.tls_port = tls_port
        self.address = address or host
        self.ports = ports or {}

    def for_case(self, number):
        """The same peer under the address of the `number`-th case."""
        block, host = divmod(number, 254)
        address = "127.1.%d.%d" % (block % 254, 1 + host)  # 64,516 of them
        return self._at(address)

    def url(self, path="/"):
        """An address for a client, over plain HTTP."""
        return "http://%s:%d%s" % (self.address, self.port, path)

    def tls_url(self, path="/"):
        """The same over TLS; `SSL_CERT_FILE` names the peer's certificate authority."""
        return "https://%s:%d%s" % (self.address, self.tls_port, path)

    def named_url(self, name, path="/", scheme="https"):
        """An address at one of the peer's named ports."""
        return "%s://%s:%d%s" % (scheme, self.address, self.ports[name], path)

    def ws_url(self, path="/ws/echo"):
        """A websocket: /ws/echo, /ws/close, /ws/no-goodbye or /ws/stall."""
        return "ws://%s:%d%s" % (self.address, self.port, path)

    def wss_url(self, path="/ws/echo"):
        """The same over TLS."""
        return "wss://%s:%d%s" % (self.address, self.tls_port, path)

    def other_host(self):
        """The same peer under another address, which no case has: its connections are not this case's."""
        first, _, rest = self.address.partition(".")
        return self._at("%s.2.%s" % (first, rest.partition(".")[2]))

    def _at(self, address):
        return Peer(self.host, self.port, self.tls_port, address, self.ports)

    def refused_url(self, path="/"):
        """An address on which nothing listens."""
        return "http://%s:1%s" % (self.address, path)

    def proxy_url(self):
        """A proxy, plain and CONNECT, that leads to the peer alone."""
        return self.named_url("proxy", "", "http")

    def refusing_proxy_url(self):
        """A proxy that answers 407: no credentials are in this address."""
        return self.named_url("proxy_refusing", "", "http")

    def authorized_proxy_url(self):
        """The refusing proxy, with the credentials that it accepts."""
        return "http://leak:matrix@%s:%d" % (self.address, self.ports["proxy_refusing"])

    def silent_url(self, path="/", scheme="https"):
        """Accepts the connection and never says a word: stalls before TLS, or before the headers of plain HTTP."""
        return self.named_url("silent", path, scheme)

    def tls_stall_url(self, path="/"):
        """Stalls in the TLS handshake: a part of the ServerHello is all that comes."""
        return self.named_url("tls_stall", path)

    def wrong_name_url(self, path="/"):
        """TLS with a certificate for another name."""
        return self.named_url("tls_wrong_name", path)

    def untrusted_url(self, path="/"):
        """TLS with a certificate of an authority that is not trusted."""
        return self.named_url("tls_untrusted", path)

    def full_url(self, path="/"):
        """An address at which connecting hangs."""
        return self.named_url("full", path, "http")

    def opened(self):
        """How many connections have been opened to this address since the peer began."""
        return len(json.loads(self._ask("/_peer/connections?address=%s" % self.address)))

    def sent(self):
        """How many bytes have been sent to this address's clients since the peer began."""
        return json.loads(self._ask("/_peer/sent?address=%s" % self.address))

    def hang_up(self):
        """Close every connection that this address has open, as a server does with idle ones."""
        return json.loads(self._ask("/_peer/hang-up?address=%s" % self.address))

    def requests(self):
        """How many requests have come to this address, whole, since the peer began."""
        return json.loads(self._ask("/_peer/requests?address=%s" % self.address))

    def wait_until_ready(self, seconds):
        """Return once the peer answers; raise PeerError after `seconds`."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                self._ask("/_peer/ready")
                return
            except PeerError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def certificate_authority(self):
        """The peer's CA certificate, PEM."""
        return self._ask("/_peer/ca")

    def connections(self, since, expected):
        """This case's connections opened since a monotonic time in ns: `[{"opened", "closed", "how"}, ...]`.

        A FIN takes a moment to be seen: asks again, up to 20 times, while the
        number that the peer has open is not the `expected` one.
        """
        addresses = self.address, self.other_host().address  # a redirect may lead to the other
        query = "/_peer/connections?since=%d&address=%s&address=%s" % (since, *addresses)
        for _ in range(20):
            seen = json.loads(self._ask(query))
            if sum(is_open(connection) for connection in seen) == expected:
                break
            time.sleep(0.005)
        return seen

    def _ask(self, path):
        connection = HTTPConnection(self.host, self.port)
        try:
            connection.sock = _Socket()
            connection.sock.settimeout(5)
            connection.sock.connect((self.host, self.port))
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read().decode()
            if response.status != 200:
                raise PeerError("the peer answered %d to %s" % (response.status, path))
            return body
        except (OSError, HTTPException) as error:
            raise PeerError("the peer at %s:%d: %r" % (self.host, self.port, error)) from error
        finally:
            connection.close()
