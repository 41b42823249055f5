"""A name of somebody else's as that of a file.

A name is kept where it is safe; every other character is written as `~` with its number, so that two
names never share a file.
"""

import re
from hashlib import blake2s

_UNSAFE = re.compile(r"[^A-Za-z0-9.+@_-]|^\.")
_LONGEST = 150  # characters; a file's name has 255 bytes at the most


def file_name(name: str) -> str:
    """A name as that of a file, without its ending; one that is too long ends in its digest."""
    return shortened(coded(_UNSAFE, name) or "~")


def coded(unsafe: re.Pattern[str], name: str) -> str:
    """A name with its unsafe characters as their numbers: `~5b~`."""
    return unsafe.sub(lambda found: f"~{ord(found[0]):x}~", name)


def shortened(safe: str) -> str:
    """A name that may be a file's; the digest at the end of one that is too long is of the whole."""
    if len(safe) <= _LONGEST:
        return safe
    return f"{safe[: _LONGEST - 20]}~~{blake2s(safe.encode(), digest_size=8).hexdigest()}"
