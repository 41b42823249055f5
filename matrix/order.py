"""In which order interpreters and client versions stand, in a plan and in a table.

Sort keys only; they accept any text, because a selector or a merged report may
bring names that nobody foresaw.
"""

import re
from functools import lru_cache

from packaging.version import InvalidVersion, Version

_NAME = re.compile(r"(?P<family>[A-Za-z-]*)(?P<version>[0-9]+(?:\.[0-9]+)*)(?P<flavour>.*)", re.DOTALL)

InterpreterKey = tuple[str, tuple[int, ...], str, str]
NaturalKey = tuple[tuple[int, int, str], ...]
ColumnKey = tuple[bool, Version, str, NaturalKey]


@lru_cache(maxsize=4096)
def as_version(text: str) -> Version:
    """A version that is known to be one; parsed once."""
    return Version(text)


def python_version(text: str) -> Version:
    """What an interpreter says of itself, as a version: one that was built from git says `3.15.0a5+`."""
    return as_version(text.removesuffix("+"))


def python_language(name: str) -> str:
    """The version of the language, which is what a resolver asks for: `3.14t` -> `3.14`."""
    return name.removeprefix("pypy").removesuffix("t")


def interpreter_key(name: str) -> InterpreterKey:
    """CPython first and by number, then the others: 3.8, 3.10, 3.14, 3.14t, pypy3.11."""
    found = _NAME.fullmatch(name)
    if found is None:
        return ("~", (), "", name)
    numbers = tuple(int(part) for part in found["version"].split("."))
    return (found["family"].lower(), numbers, found["flavour"], name)


def interpreter_family(name: str) -> str:
    """What may be compared as older and newer: nothing for CPython, `t`, `pypy`."""
    found = _NAME.fullmatch(name)
    return name if found is None else found["family"].lower() + found["flavour"]


def implementation(interpreter: str) -> str:
    """`pypy3.11` is one of `pypy`, all else of `cpython`."""
    return "pypy" if interpreter_family(interpreter) == "pypy" else "cpython"


def interpreter_title(name: str) -> str:
    """As a heading says it: `Python 3.14t`, `PyPy 3.11`."""
    return f"PyPy {name[4:]}" if name.lower().startswith("pypy") else f"Python {name}"


def natural_key(text: str) -> NaturalKey:
    """Digits compared as numbers: `urllib3-1.26.9` before `urllib3-1.26.15`."""
    parts = re.findall(r"[0-9]+|[^0-9]+", text)
    return tuple((0, int(part), "") if part[0] in "0123456789" else (1, 0, part) for part in parts)


def column_key(version: str, column: str) -> ColumnKey:
    """By version, then by pins and way of resolving; what is no version comes last."""
    suffix = natural_key(column.removeprefix(version))
    try:
        return (False, Version(version), "", suffix)
    except InvalidVersion:
        return (True, Version("0"), version, suffix)
