"""Which connections came, when, and how they ended: a plain data structure.

No sockets and no clock here: `tap.py` says what happened and at what time, on the
monotonic clock that all processes of a machine share.
"""

from collections import OrderedDict
from dataclasses import dataclass, replace
from itertools import count
from typing import Literal

# What ended a connection first: the client's FIN, the client's RST (which is also what a kernel
# sends for a close() with bytes unread), or the peer itself, whether it said goodbye or not.
How = Literal["fin", "reset", "closed by peer"]

KEEP = 20_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One connection; times are CLOCK_MONOTONIC in nanoseconds."""

    address: str  # the address the client connected to: it names the case
    port: int  # the client's own port
    tls: bool
    opened: int
    closed: int | None = None
    how: How | None = None


class Log:
    """All open connections, and the last `keep` finished ones."""

    def __init__(self, *, keep: int = KEEP) -> None:
        self._keep = keep
        self._numbers = count(1)
        self._open: dict[int, Entry] = {}
        self._finished: OrderedDict[int, Entry] = OrderedDict()

    def open(self, entry: Entry) -> int:
        """Note a new connection; the number returned names it from now on."""
        number = next(self._numbers)
        self._open[number] = entry
        return number

    def close(self, number: int, how: How, now: int) -> None:
        """Note how a connection ended; whoever was first stays."""
        entry = self._open.pop(number, None)
        if entry is None:
            return
        self._finished[number] = replace(entry, closed=now, how=how)
        while len(self._finished) > self._keep:
            self._finished.popitem(last=False)

    def forget(self, number: int) -> None:
        """Take a connection out, as if it had never been: it carried a question to the peer."""
        self._open.pop(number, None)
        self._finished.pop(number, None)

    def entries(self, *addresses: str, since: int = 0) -> list[Entry]:
        """The connections to some addresses that were opened at or after `since`, open ones first."""
        both = (self._open, self._finished)
        return [
            entry
            for entries in both
            for entry in entries.values()
            if entry.address in addresses and entry.opened >= since
        ]
