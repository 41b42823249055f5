"""The evidence for what a scenario left: descriptions, stacks, holders, and how to close it."""

import traceback

from . import collector, holders
from .fingerprint import fingerprint
from .origins import frames
from .wire import MAX_TEXT

ADVICE = {
    "task": "Await the task, or cancel it and await that; a task group does so by itself.",
    "child process": "Wait for the process, and end it first if it does not end by itself.",
    "temporary file": "Delete it, or use the context manager of tempfile that does.",
    "event loop": "Close the loop; asyncio.run does so by itself.",
    "async generator": "Iterate it to its end, or await its aclose(); contextlib.aclosing does.",
    "timer": "Cancel the handle of call_later or call_at; what owns it does when it is closed.",
    "pool slot": "Read the response to its end or close it; a call that was cancelled must give its place back.",
    "object": "Drop the last reference; break the cycle that it is in.",
    "raw thread": "End what it runs; nothing can join it. threading.Thread is what can be.",
    "native thread": "Close what started it: a native library, which alone can end it.",
    "socket": "Close what owns the connection: use `with`, or call its close() (aclose() in async code).",
    "thread": "End what started the thread: close or shut it down, then join it.",
    "pipe": "Close both ends, or the object that owns them.",
    "file": "Close the file: use `with`.",
    "epoll": "Close the event loop or selector that owns it.",
    "eventfd": "Close the object that owns it.",
    "descriptor": "Close the descriptor, or the object that owns it.",
}


def raised(error):
    """An exception as a reason: in a line, and then where it came from."""
    lines = "".join(traceback.format_exception_only(type(error), error)).splitlines()
    line = next((line for line in lines if line and not line.startswith(" ")), type(error).__name__)
    stack = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return line[: MAX_TEXT // 4] + "\n\n" + stack[-MAX_TEXT // 2 :]


def left(measurement, limit):
    """The things left as data for the answer, at most `limit` of them."""
    return [_item(measurement, key) for key in list(measurement.seen)[:limit]]


def explained(measurement, limit, witness):
    """The same of an explaining run: with their holders, and the fingerprint that these make."""
    items = []
    for key in list(measurement.seen)[:limit]:
        item = _item(measurement, key)
        _, origin = measurement.seen[key]
        chain = witness.chains.get(key, ())
        mark = fingerprint(
            item["kind"],
            () if origin is None else origin.stack,
            () if key in witness.unreached else chain,  # what refers to it differs between interpreters
        )
        items.append(dict(item, held_by=list(chain), fingerprint=mark))
    return items


def _item(measurement, key):
    thing, origin = measurement.seen[key]
    return {
        "kind": thing.kind,
        "what": thing.what[:MAX_TEXT],
        "state": thing.state,
        "verdict": measurement.gone[key],
        "created": [] if origin is None else frames(origin.stack),
        "wrapped": [] if origin is None else frames(origin.wrapped),
        "advice": ADVICE[thing.kind],
    }


_ADDED = ("created", "wrapped", "held_by", "fingerprint")


def merged(items, found):
    """The things of the verdict run, with what an explaining run found out about them.

    The two runs are two processes: things are matched by kind and by the stack that
    created them, or by kind alone where the verdict run saw no stack, in order.
    """
    waiting = list(found)
    answer = []
    for item in items:
        match = next((other for other in waiting if _same(item, other)), None)
        if match is None:
            answer.append(item)
        else:
            waiting.remove(match)
            answer.append(dict(item, **{name: match[name] for name in _ADDED}))
    return answer


def _same(item, other):
    return item["kind"] == other["kind"] and (not item["created"] or _site(item) == _site(other))


def _site(item):
    return [(frame["file"], frame["line"]) for frame in item["created"]]


_MAX_UNREACHED = 50  # each costs a pass over the heap
# What nothing leads to, and yet a collection frees it; on PyPy, where it frees everything, it may have had no holder.
_GARBAGE = "a cycle of garbage" if collector.COUNTS_REFERENCES else "nothing that was found: the collector frees it"
_ELSEWHERE = "the call, but none of its local variables directly"


class Witness:
    """Called after each rung of an explaining run; `chains` has who held each thing, `unreached` those without a chain.

    The verdict is known by then. What goes with the locals or in a collection was
    reached through a local; what stays has somebody who keeps it.
    """

    def __init__(self, verdict):
        self.chains = {}
        self.unreached = set()
        self.stays = verdict in ("loop", "held")
        self._hidden = _GARBAGE if verdict == "gc" else _ELSEWHERE
        self._asked = ("gc", "loop") if self.stays else ("late",)

    def __call__(self, rung, call, keys, watch):
        """Look for the holders of `keys` at this rung."""
        if rung not in self._asked:
            return
        seen = {key: origin.reference() for key, origin in watch.origins_of(keys).items()}
        targets = {key: target for key, target in seen.items() if target is not None}
        if not self.stays:
            variables = {"local " + name: value for name, value in call.locals().items()}
            self.chains.update(holders.held_in(targets, variables))
            self._unreached(targets, self._hidden)
        else:
            running = call.loop is not None and not call.loop.is_closed()
            self.chains.update(holders.kept_by(targets, {"the event loop": call.loop} if running else {}))
            self._unreached(targets, "nothing that Python can see: C code, or another thread")

    def _unreached(self, targets, label):
        for key in list(targets)[:_MAX_UNREACHED]:  # no pair with the target: it would be found to refer to it
            if key not in self.chains:
                self.unreached.add(key)
                self.chains[key] = (label, *holders.referring(targets[key], targets))
