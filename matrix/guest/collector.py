"""The garbage collector of whichever interpreter this is: to collect, to set apart, to count bytes.

CPython frees most things with their last reference; its collector is for cycles. PyPy has nothing but
a collector: what goes with the last reference on CPython stays there until a collection. PyPy's does not say what it
found, frees a chain of objects with finalizers one link at a time, and cannot set anything apart.
"""

import gc
import platform

COUNTS_REFERENCES = platform.python_implementation() == "CPython"

# The verdict on what only the locals held.
DROPPED = "refcount" if COUNTS_REFERENCES else "gc"

_MOST = 5


def collect():
    """Run it on everything there is, until it finds nothing more; where it does not say, five times."""
    for _ in range(_MOST):
        if gc.collect() == 0:
            break


def collect_quickly():
    """The same, but once where it does not say how much it found: enough for most things."""
    if COUNTS_REFERENCES:
        collect()
    else:
        gc.collect()


def freeze():
    """What is there is left out of collections from now on, where that is possible: it keeps them cheap."""
    gc.collect()
    if hasattr(gc, "freeze"):
        gc.freeze()


def thaw():
    """Back to collecting everything."""
    if hasattr(gc, "unfreeze"):
        gc.unfreeze()


def allocated():
    """Bytes that Python has allocated, when there is nothing to collect."""
    if not COUNTS_REFERENCES:
        collect()
        return gc.get_stats()._s.total_gc_memory  # ty: ignore[missing-attribute] - PyPy's own
    import tracemalloc  # PyPy has none

    if not tracemalloc.is_tracing():
        tracemalloc.start(1)
    for _ in range(3):
        gc.collect()
    return tracemalloc.get_traced_memory()[0]
