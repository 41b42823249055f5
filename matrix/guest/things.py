"""What is there at this moment: descriptors and threads, as the kernel lists them.

The kernel is the judge, so nothing here asks a library. Values only, compared
by key: a descriptor is its number together with what it refers to (a number is
reused within microseconds), a thread is its kernel id.
"""

import os
import threading
from collections import Counter, namedtuple

# key: compared between two looks; kind: what is counted together; what, state: for people
Thing = namedtuple("Thing", "key kind what state")

_TCP_STATES = {
    "01": "ESTABLISHED",
    "02": "SYN_SENT",
    "03": "SYN_RECV",
    "04": "FIN_WAIT1",
    "05": "FIN_WAIT2",
    "06": "TIME_WAIT",
    "07": "CLOSED",
    "08": "CLOSE_WAIT",
    "09": "LAST_ACK",
    "0A": "LISTEN",
    "0B": "CLOSING",
}

_KINDS = (
    ("socket:", "socket"),
    ("pipe:", "pipe"),
    ("anon_inode:[eventpoll]", "epoll"),
    ("anon_inode:[eventfd]", "eventfd"),
    ("anon_inode:", "descriptor"),
    ("/", "file"),
)


def keys():
    """Everything that is there: a set of keys, read without opening anything that stays."""
    return _descriptor_keys() | _thread_keys()


def count(found):
    """How many of each kind: `Counter({"socket": 2, "thread": 1})`."""
    return Counter(kind_of(key) for key in found)


def describe(found):
    """The things behind some keys, in a stable order."""
    found = sorted(found)
    tcp = _tcp_table() if any(kind_of(key) == "socket" for key in found) else {}
    return [_describe(key, tcp) for key in found]


def _descriptor_keys():
    found = set()
    for name in os.listdir("/proc/self/fd"):
        try:
            found.add(("descriptor", int(name), os.readlink("/proc/self/fd/" + name)))
        except OSError:
            continue  # the descriptor of this very listing
    return found


def _thread_keys():
    return {("thread", int(name), "") for name in os.listdir("/proc/self/task")}


def kind_of(key):
    family, _, link = key
    if family == "thread":
        return "thread"
    return next((kind for prefix, kind in _KINDS if link.startswith(prefix)), "descriptor")


def _describe(key, tcp):
    family, number, link = key
    kind = kind_of(key)
    if family == "thread":
        return Thing(key, kind, *_thread(number))
    if kind == "socket":
        what, state = tcp.get(link[len("socket:[") : -1], ("socket, not TCP", None))
        return Thing(key, kind, what, state)
    return Thing(key, kind, "%s (descriptor %d)" % (link, number), "open")


def _thread(native_id):
    for thread in threading.enumerate():
        if thread.native_id == native_id:
            return "thread %r" % thread.name, "daemon" if thread.daemon else "alive"
    return "thread unknown to Python", "native"


def _tcp_table():
    """Inode -> (description, state) for each TCP socket of this network namespace."""
    table = {}
    for path, decode in (("/proc/self/net/tcp", _ipv4), ("/proc/self/net/tcp6", _ipv6)):
        try:
            with open(path) as lines:
                rows = [line.split() for line in lines][1:]
        except OSError:
            continue
        for row in rows:
            local, remote = decode(row[1]), decode(row[2])
            table[row[9]] = ("TCP %s -> %s" % (local, remote), _TCP_STATES.get(row[3], row[3]))
    return table


def _ipv4(text):
    address, port = text.split(":")
    octets = [str(int(address[i : i + 2], 16)) for i in (6, 4, 2, 0)]
    return "%s:%d" % (".".join(octets), int(port, 16))


def _ipv6(text):
    address, port = text.split(":")
    words = [address[i : i + 8] for i in range(0, 32, 8)]
    raw = bytes.fromhex("".join("".join(reversed([w[i : i + 2] for i in range(0, 8, 2)])) for w in words))
    groups = ":".join("%x" % int.from_bytes(raw[i : i + 2], "big") for i in range(0, 16, 2))
    return "[%s]:%d" % (groups, int(port, 16))
