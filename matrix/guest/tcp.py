"""TCP sockets in words: their two addresses and their state.

A socket is asked itself where that changes nothing in it: the kernel's table of all has no index, and to read it
takes 5 ms and more, however few it lists (it walks a hash of a quarter of a million places).
"""

import _socket
import os
import sys
from _socket import AF_INET, AF_INET6, IPPROTO_TCP, SOCK_STREAM, TCP_INFO, inet_ntop
from errno import EBADF

_STATES = {
    1: "ESTABLISHED",
    2: "SYN_SENT",
    3: "SYN_RECV",
    4: "FIN_WAIT1",
    5: "FIN_WAIT2",
    6: "TIME_WAIT",
    7: "CLOSED",
    8: "CLOSE_WAIT",
    9: "LAST_ACK",
    10: "LISTEN",
    11: "CLOSING",
}

_CLOSED, _LISTEN = 7, 10
NO_TCP = "socket, not TCP", None
NOT_CONNECTED = "TCP socket, not connected", _STATES[_CLOSED]  # yet, or any more
NOT_IN_TABLE = "socket, not connected by TCP", None  # one of these two
_ANY = {AF_INET: ("0.0.0.0", 0), AF_INET6: ("::", 0)}  # noqa: S104  where a listener is connected to, in the table
_TIME_WAIT = " 06 00000000:00000000 "
_UNKNOWN = object()


def described(sockets):
    """Link -> (what, state) of sockets, from their link ("socket:[inode]") -> descriptor."""
    found = {link: _asked(number) for link, number in sockets.items()}
    unknown = {link for link, words in found.items() if words is _UNKNOWN}
    if unknown:
        found.update(dict.fromkeys(unknown, NOT_IN_TABLE))
        found.update(_table(unknown))
    return found


def _asked(number):
    """What a descriptor says of itself; _UNKNOWN where it cannot be asked, or does not know."""
    if sys.implementation.name == "pypy" or _socket.getdefaulttimeout() is not None:
        return _UNKNOWN  # to make a socket object of it would change whether it blocks
    try:
        own = os.dup(number)  # were this interrupted by a signal, the object would close what it has on its way out
    except OSError as error:
        return NO_TCP if error.errno == EBADF else _UNKNOWN  # closed a moment ago by another thread; none is left
    try:
        sock = _socket.socket(fileno=own)
    except OSError:
        os.close(own)
        return NO_TCP
    try:
        return _said(sock)
    except OSError:
        return _UNKNOWN  # it connects: only the table says where to
    finally:
        sock.close()


def _said(sock):
    if sock.family not in _ANY or sock.type != SOCK_STREAM:
        return NO_TCP
    state = sock.getsockopt(IPPROTO_TCP, TCP_INFO, 1)[0]
    if state == _CLOSED:
        return NOT_CONNECTED
    local = sock.getsockname()
    remote = _ANY[sock.family] if state == _LISTEN else sock.getpeername()
    return _words(_address(*local[:2]), _address(*remote[:2]), state)


def _table(links):
    """Link -> (what, state) for those of some links that are to connected TCP sockets of this network namespace.

    Most of its rows may be of connections that have ended, thousands of them: those are passed over at once.
    """
    table = {}
    for path in ("/proc/self/net/tcp", "/proc/self/net/tcp6"):
        if len(table) == len(links):
            break
        try:
            with open(path) as lines:
                rows = [line.split(None, 10) for line in lines if _TIME_WAIT not in line]
        except OSError:
            continue
        for row in rows:
            link = "socket:[%s]" % row[9]
            if link in links:
                table[link] = _words(_decoded(row[1]), _decoded(row[2]), int(row[3], 16))
    return table


def _words(local, remote, state):
    return "TCP %s -> %s" % (local, remote), _STATES.get(state, str(state))


def _address(host, port):
    return ("[%s]:%d" if ":" in host else "%s:%d") % (host.partition("%")[0], port)


def _decoded(text):
    """An address as the kernel writes it: one or four numbers in the machine's order, and a port."""
    host, port = text.split(":")
    raw = b"".join(bytes.fromhex(host[place : place + 8])[::-1] for place in range(0, len(host), 8))
    return _address(inet_ntop(AF_INET if len(raw) == 4 else AF_INET6, raw), int(port, 16))
