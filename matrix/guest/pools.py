"""What only the client can tell: how many places of its pool are taken.

A place can leak where no descriptor does, and the other way round. The adapter counts
(`in_use`); sessions are those that the scenario opened through it, held weakly.
"""


class Pools:
    """The places taken in the pools of the sessions that a client's adapter has opened."""

    def __init__(self, serial, client=None):
        self._serial = serial
        self._client = client

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
