"""What Python and the client said by themselves: warnings, unraisable errors, asyncio's complaints.

Evidence, never a verdict: many a leak warns nobody, and some warn where nothing is left. Text only
is kept, with the moment at which it was said; everything is passed on to whoever it was meant for.
"""

import asyncio
import sys
import threading
import warnings

MAX_SAID = 20
MAX_MESSAGE = 400

# What Python calls, with the source of a warning; the public `warnings.showwarning` is not told of that.
_SHOW, _COMPLAIN = "_showwarnmsg_impl", "call_exception_handler"
_CATEGORIES = (ResourceWarning, RuntimeWarning)  # unclosed things; coroutines that nobody awaited


class Warnings:
    """Listens from `watch` on, for the rest of the process."""

    def __init__(self):
        self._said = []
        self._moment = "scenario"

    def moment(self, name):
        """What is said from now on is said on the way to this rung."""
        self._moment = name

    def listed(self):
        """`[{"category", "message", "moment"}, ...]`, the same things once."""
        return list(self._said)

    def watch(self):
        """Have it all told, by the hooks that Python has for it."""
        for category in _CATEGORIES:
            warnings.simplefilter("always", category)
        show, complain = getattr(warnings, _SHOW), getattr(asyncio.BaseEventLoop, _COMPLAIN)
        unraisable, in_thread = sys.unraisablehook, threading.excepthook

        def show_warning(message):
            if issubclass(message.category, _CATEGORIES):
                self._note(message.category.__name__, str(message.message))
            show(message)

        def unraisable_error(error):
            self._note("unraisable", "%s: %r" % (error.err_msg or "ignored in", error.exc_value))
            unraisable(error)

        def error_in_thread(error):
            self._note("thread", "%s in %s: %s" % (error.exc_type.__name__, error.thread, error.exc_value))
            in_thread(error)

        def complaint(loop, context):
            self._note("asyncio", str(context.get("message") or context.get("exception")))
            complain(loop, context)

        setattr(warnings, _SHOW, show_warning)
        sys.unraisablehook, threading.excepthook = unraisable_error, error_in_thread
        setattr(asyncio.BaseEventLoop, _COMPLAIN, complaint)

    def _note(self, category, message):
        said = {"category": category, "message": message[:MAX_MESSAGE], "moment": self._moment}
        if said not in self._said and len(self._said) < MAX_SAID:
            self._said.append(said)
