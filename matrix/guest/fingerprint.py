"""A name for a leak that is the same wherever it shows: in every interpreter, in every version of the client.

From what a client cannot change without becoming another: the kind of the thing, the function of the client's
that was called, and the variable of the program that still leads to what came of it. Not from the
client's own lines, classes and helpers, which move from release to release, nor from the verdict.
"""

import hashlib
import os
import re
import sysconfig

from .origins import relative

_STANDARD = tuple({sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib")})
_OURS = ("cases", "own", "matrix", "_pytest", "pluggy", "")  # "": not on the import path, such as the program itself

_THREAD = re.compile("^thread .*, in ")  # by default it is named after its function since 3.10


def fingerprint(kind, stack, held_by):
    """Twelve hexadecimal digits, from a thing's kind, its creation stack (innermost first) and its holder chain."""
    parts = [kind, *_called(stack), *_head(held_by)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _called(stack):
    """The module that was called, and its function. Whether a module is private has changed in some clients."""
    for code, _ in reversed(stack):
        module = os.path.splitext(relative(code.co_filename))[0].split(os.sep)
        if not _is_standard(code.co_filename) and module[0] not in _OURS:
            return ".".join(name.strip("_") for name in module), code.co_name
    return ()


def _is_standard(path):
    return not os.path.isabs(path) or (path.startswith(_STANDARD) and "site-packages" not in path)


def _head(chain):
    """Where a chain starts, and the class of the first thing it leads to: `module app`, `SESSION`, `Session`."""
    head = []
    for word in (_THREAD.sub("thread, in ", word) for word in chain):
        name, dot, _ = word.partition(".")
        if dot and not word.startswith("module "):
            return [*head, name]
        head.append(word)
    return head
