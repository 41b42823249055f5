"""A certificate authority for one run of the peer, and the server's side of TLS.

Made at every start, in memory, and gone with the process: nothing here is a secret.
"""

import ssl

import trustme

NAMES = (
    "localhost",
    "127.0.0.1",
    "::1",
    *(f"127.1.0.{number}" for number in range(1, 255)),  # one address for each case
)


def make_tls() -> tuple[bytes, ssl.SSLContext]:
    """The CA's certificate (PEM), and a server that it vouches for under `NAMES`."""
    ca = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["h2", "http/1.1"])
    ca.issue_cert(*NAMES, common_name="leakmatrix peer").configure_cert(context)
    return ca.cert_pem.bytes(), context
