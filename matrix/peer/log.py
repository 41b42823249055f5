"""Which connections came, when, and how they ended: a plain data structure.

No sockets and no clock here: `tap.py` says what happened and at what time, on the
monotonic clock that all processes of a machine share.
"""

from collections import defaultdict, deque
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
    unread: bool = False  # what the client says is not read any more, its FIN included


class Log:
    """All open connections, and the last `keep` finished ones; found by address, for there are thousands."""

    def __init__(self, *, keep: int = KEEP) -> None:
        self._keep = keep
        self._numbers = count(1)
        self._addresses: dict[int, str] = {}  # of each connection that is known
        self._entries: defaultdict[str, dict[int, Entry]] = defaultdict(dict)
        self._finished: deque[int] = deque()

    def open(self, entry: Entry) -> int:
        """Note a new connection; the number returned names it from now on."""
        number = next(self._numbers)
        self._addresses[number] = entry.address
        self._entries[entry.address][number] = entry
        return number

    def close(self, number: int, how: How, now: int) -> None:
        """Note how a connection ended; whoever was first stays."""
        address = self._addresses.get(number)
        if address is None or (entry := self._entries[address][number]).closed is not None:
            return
        self._entries[address][number] = replace(entry, closed=now, how=how)
        self._finished.append(number)
        while len(self._finished) > self._keep:
            self.forget(self._finished.popleft())

    def lose_sight(self, number: int) -> None:
        """Note that a connection's end will not be seen."""
        if address := self._addresses.get(number):
            self._entries[address][number] = replace(self._entries[address][number], unread=True)

    def forget(self, number: int) -> None:
        """Take a connection out, as if it had never been: it carried a question to the peer."""
        address = self._addresses.pop(number, None)
        if address is not None:
            del self._entries[address][number]

    def entries(self, *addresses: str, since: int = 0) -> list[Entry]:
        """The connections to some addresses that were opened at or after `since`, open ones first."""
        found = [
            entry for address in addresses for entry in self._entries.get(address, {}).values() if entry.opened >= since
        ]
        return sorted(found, key=lambda entry: entry.closed is not None)
