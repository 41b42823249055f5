"""Which names a glob means: one rule for case ids, cell ids, versions and interpreters.

CPython 3.8 and newer, standard library only: the guest chooses its cases with
it and the host its cells. Not `fnmatch`: a case id such as `session[left_open]`
has brackets, so `[` and `]` stand for themselves; only `*` and `?` are wild.
"""

import functools
import re
from typing import Pattern


def is_glob(text: str) -> bool:
    return "*" in text or "?" in text


def matches(glob: str, name: str) -> bool:
    """Whether the whole name fits; an equal name always does."""
    return glob == name or _pattern(glob).fullmatch(name) is not None


def case_matches(glob: str, case_id: str) -> bool:
    return matches(glob, case_id)


@functools.lru_cache(maxsize=1024)
def _pattern(glob: str) -> "Pattern[str]":
    wild = {"*": ".*", "?": "."}
    return re.compile("".join(wild.get(char, re.escape(char)) for char in glob), re.DOTALL)
