"""`python -m matrix.peer`: the command line of the peer; all else is in `serve.py`.

Exit codes: 0 told to stop, 2 bad arguments, 3 a port is taken.
"""

import argparse
import sys

from matrix.peer.routes import ROUTES
from matrix.peer.serve import serve
from matrix.peer.upstreams import CannotListenError

CANNOT_LISTEN = 3


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m matrix.peer", description=__doc__)
    parser.add_argument("--host", default="0.0.0.0", help="address to listen on")  # noqa: S104 - only loopback is let in
    parser.add_argument("--port", type=int, default=8080, help="plain HTTP; 0: any")
    parser.add_argument("--tls-port", type=int, default=8443, help="HTTPS; 0: any")
    further = [name for name in ROUTES if name not in {"http", "tls"}]
    for name in further:
        parser.add_argument(f"--{name.replace('_', '-')}-port", type=int, default=0, help="0, the default: any")
    parser.add_argument("--until-eof", action="store_true", help="end when stdin ends")
    arguments = parser.parse_args()
    ports = {name: getattr(arguments, f"{name}_port") for name in further}
    ports |= {"http": arguments.port, "tls": arguments.tls_port}
    try:
        serve(arguments.host, ports, until_eof=arguments.until_eof)
    except CannotListenError as error:
        print(f"leakmatrix peer: {error}", file=sys.stderr)
        return CANNOT_LISTEN
    return 0


if __name__ == "__main__":
    sys.exit(main())
