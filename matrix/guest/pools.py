"""What only the client can tell: how many places of its pool are taken.

A place can leak where no descriptor does, and the other way round. The adapter counts
(`in_use`); sessions are those that the scenario opened through it, held weakly.
"""

from .origins import Origin
from .serial import Serial


class Pools:
    """The places taken in the pools of the sessions that a client's adapter has opened."""

    def __init__(self, client=None):
        self._client = client
        self._serial = Serial()

    def keys(self):
        """`("slot", number of the session, "class 1")` for each place that is taken."""
        if self._client is None:
            return set()
        found = set()
        for session in self._client.sessions():
            number = self._serial.number(session)
            for place in range(self._client.in_use(session)):
                found.add(("slot", number, "%d of a %s" % (place + 1, type(session).__name__)))
        return found

    def origin(self, key):
        """The session; where a place was taken is not seen."""
        return Origin(*self._serial.known(key[1]))
