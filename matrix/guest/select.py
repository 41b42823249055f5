"""Which names a glob means, and which come near: one rule for case ids, cell ids, versions and interpreters.

CPython 3.8 and newer, standard library only: the guest chooses its cases with
it and the host its cells. Not `fnmatch`: a case id such as `session[left_open]`
has brackets, so `[` and `]` stand for themselves; only `*` and `?` are wild.
"""

import functools
import re
from typing import Pattern, Sequence


def is_glob(text: str) -> bool:
    return "*" in text or "?" in text


def matches(glob: str, name: str) -> bool:
    """Whether the whole name fits; an equal name always does."""
    return glob == name or _pattern(glob).fullmatch(name) is not None


def case_matches(glob: str, case_id: str) -> bool:
    return matches(glob, case_id)


def nearest_first(wanted: "Sequence[str]", there: "Sequence[str]", *, near: int = 3, most: int = 8) -> str:
    """Some of what there is, what is like the wanted first, and how many more; empty where there is nothing."""
    import difflib  # for an error alone: not in what each guest starts with

    alike = [name for each in wanted for name in difflib.get_close_matches(each, there, n=near)]
    shown = list(dict.fromkeys([*alike, *there]))[:most]
    return ", ".join(shown) + (" and %d more" % (len(there) - len(shown)) if len(there) > len(shown) else "")


@functools.lru_cache(maxsize=1024)
def _pattern(glob: str) -> "Pattern[str]":
    wild = {"*": ".*", "?": "."}
    return re.compile("".join(wild.get(char, re.escape(char)) for char in glob), re.DOTALL)
