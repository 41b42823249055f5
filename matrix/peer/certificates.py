"""A certificate authority for one run of the peer, and the server's side of TLS.

Made at every start, in memory, and gone with the process: nothing here is a secret.
"""

import ssl
from ipaddress import ip_address

import trustme

from matrix.peer.routes import Certificate

COMMON = ("localhost", "127.0.0.1", "::1")


def names_near(address: str) -> tuple[str, ...]:
    """`COMMON`, and the 254 neighbours of an address: a certificate for more makes each handshake long."""
    if address == "localhost":
        return COMMON
    host = ip_address(address.strip("[]"))
    if host.version == 6 or address.startswith("127.0.0."):
        return COMMON
    first = address.rpartition(".")[0]
    return (*COMMON, *(f"{first}.{number}" for number in range(1, 255)))


class Authority:
    """The CA that clients are told to trust, and one that they are not."""

    def __init__(self) -> None:
        self._trusted = trustme.CA()
        self._other = trustme.CA(organization_name="leakmatrix: not to be trusted")

    @property
    def pem(self) -> bytes:
        return self._trusted.cert_pem.bytes()

    def server(self, address: str, certificate: Certificate = "good") -> ssl.SSLContext:
        """The server's side of TLS at an address and its neighbours."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["h2", "http/1.1"])
        ca = self._other if certificate == "untrusted" else self._trusted
        names = ("elsewhere.invalid",) if certificate == "wrong name" else names_near(address)
        ca.issue_cert(*names, common_name="leakmatrix peer").configure_cert(context)
        return context
