"""What can go wrong with a request, as parameters of a case: the client's options, the address, the error it tells of.

Each ends a connection that cannot be used again, so that nothing may be left though the session stays open.
"""

import pytest

from cases.marks import guarantee

PATIENCE = 0.5  # s; on loopback the rest of a request takes milliseconds, unless the machine is busy

# name, the error, the sentence, the options, the path or the method of the peer that gives the address
_TROUBLES = (
    ("refused", "refused", "A connection that is refused", {}, "refused_url"),
    ("connect_timeout", "connect timeout", "A connection that times out", {"timeout": PATIENCE}, "full_url"),
    ("read_timeout", "read timeout", "An answer that times out", {"timeout": PATIENCE}, "/slow/60"),
    ("body_timeout", "body timeout", "An answer's body that times out", {"timeout": PATIENCE}, "/slow-body/60"),
    ("reset", "reset", "A connection that is reset before the answer", {}, "/reset"),
    ("reset_body", "reset body", "A connection that is reset within the answer", {}, "/reset-body"),
    ("truncated", "truncated", "An answer that ends too early", {}, "/truncate/1000"),
)

_TLS_TROUBLES = (
    ("untrusted", "certificate", "A certificate of nobody who is trusted", {}, "untrusted_url"),
    ("wrong_name", "certificate", "A certificate for another host", {}, "wrong_name_url"),
    ("handshake_timeout", "tls timeout", "A TLS handshake that times out", {"timeout": PATIENCE}, "tls_stall_url"),
)


class Trouble:
    """One of them."""

    def __init__(self, error, options, place):
        self.error = error
        self.options = options
        self._place = place

    def url(self, peer):
        """Where it is met."""
        return peer.url(self._place) if self._place.startswith("/") else getattr(peer, self._place)()


def _rows(troubles, what):
    return [
        guarantee(name, "%s; %s." % (sentence, what), Trouble(error, options, place))
        for name, error, sentence, options, place in troubles
    ]


TROUBLES = _rows(_TROUBLES, "the session stays open")
TLS_TROUBLES = _rows(_TLS_TROUBLES, "the session stays open")


def raises(errors):
    """Expect one of these exceptions; none at all where the client does not notice."""
    return pytest.raises(errors) if errors else _Nothing()


class _Nothing:
    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None
