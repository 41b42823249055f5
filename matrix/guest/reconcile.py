"""Four sensors, and where they disagree: the kernel, Python's objects, the peer, and the run without instruments.

The kernel is the judge; a disagreement decides nothing. It is named, because it says what kind of leak
it is: a socket that no object owns is native code's, a connection that only the
peer has is another process's. Pure: values in, sentences out.
"""

from .peer import is_open
from .wire import DISTURBED, PASSING, RUNGS, VERDICTS

# The peer's stamp of a FIN may lag behind the guest's look, on a busy machine.
SLACK = 250_000_000  # ns

_KERNEL = frozenset(("socket", "pipe", "epoll", "eventfd", "file", "descriptor", "thread", "child process"))
_THREADS = frozenset(("raw thread", "native thread"))


def disagreements(found, connections):
    """What one sensor saw and another did not, a sentence each. `found` is a Measurement, `connections` the peer's."""
    sentences = [_native(found), _open(found, connections), _lifetime(found, connections)]
    return [sentence for sentence in sentences if sentence]


def disturbed(kinds, bare, dropped="refcount"):
    """The same scenario with and without instruments (kind -> verdict): a sentence where they differ, or None.

    `clean` and `late` count as one: what closes in the background is a little earlier one time and later the next.
    So do `refcount` and `gc` where dropping is told as `gc`: an interpreter that counts no references frees
    what is young when it likes, and only the instruments know of it.
    """
    seen, told = kernel_kinds(kinds), kernel_kinds(bare)
    rungs = [(kind, _rung(seen, kind, dropped), _rung(told, kind, dropped)) for kind in sorted(set(seen) | set(told))]
    differing = [kind for kind, with_them, without in rungs if with_them != without]
    words = ["%s %s, bare %s" % (kind, seen.get(kind, "clean"), told.get(kind, "clean")) for kind in differing]
    return DISTURBED + "; ".join(words) if words else None


def _rung(kinds, kind, dropped):
    verdict = kinds.get(kind, "clean")
    if verdict in PASSING:
        return "clean"
    return dropped if verdict == "refcount" else verdict


def kernel_kinds(kinds):
    """Kind -> verdict, for what the kernel alone can tell; every thread is a thread to it."""
    told = {}
    for kind, verdict in kinds.items():
        name = "thread" if kind in _THREADS else kind
        if name in _KERNEL:
            told[name] = max(told.get(name, "clean"), verdict, key=VERDICTS.index)
    return told


def _native(found):
    """Sockets that the kernel has and no socket object of Python's."""
    things = [thing for thing, _ in found.seen.values() if thing.kind == "socket" and thing.key in found.returned]
    unowned = [thing for thing in things if thing.key[1] not in found.of_python]
    if not unowned:
        return None
    states = ", ".join("%d %s" % (number, state) for state, number in sorted(_counted(unowned).items()))
    owned = len(things) - len(unowned)
    return "kernel: %s, Python: %s: opened by native code, or let go by its object" % (states, owned or "none")


def _counted(things):
    counted = {}
    for thing in things:
        name = thing.state or "socket"
        counted[name] = counted.get(name, 0) + 1
    return counted


def _open(found, connections):
    """Connections that are open at one end only, when all is over."""
    peer = sum(is_open(connection) for connection in connections)
    kernel = sum(verdict == "held" and found.seen[key][0].state == "ESTABLISHED" for key, verdict in found.gone.items())
    if peer > kernel:
        return "peer: %d open, kernel: %s in this process: another process or descriptor has it" % (
            peer,
            kernel or "none",
        )
    if kernel > peer:
        return "kernel: %d ESTABLISHED, peer: %s: the peer has closed or never seen it" % (kernel, peer or "none")
    return None


def _lifetime(found, connections):
    """The last connection that the client closed, on the peer's clock, against the kernel's rung."""
    ended = [connection["closed"] for connection in connections if connection["how"] in ("fin", "reset")]
    sockets = [verdict for key, verdict in found.gone.items() if found.seen[key][0].kind == "socket"]
    if not ended or "held" in sockets:
        return None
    verdict = max(sockets, key=VERDICTS.index, default="clean")
    mark = found.marks[RUNGS[VERDICTS.index(verdict)]]
    late = max(ended) - mark
    if late <= SLACK:
        return None
    return "peer: closed %.1f s after the kernel's %s: another process or descriptor had it until then" % (
        late / 1e9,
        verdict,
    )
