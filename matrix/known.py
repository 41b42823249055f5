"""Leaks that upstream knows: guarantees that are broken in a range of versions, with a reference.

Read from `known-leaks.toml` beside the cases. An entry covers answers, for the kinds of things that it names; it
excuses none that it does not, and one that no longer shows is as much news as a new leak. Which cells show
an entry's edge is `edges.py`.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion
from pydantic import AfterValidator, ConfigDict, Field, PlainValidator, TypeAdapter, ValidationError

from matrix.config import PythonName
from matrix.errors import ConfigError
from matrix.guest.select import case_matches
from matrix.guest.wire import PASSING
from matrix.model import CaseRecord, CellRecord, Contract
from matrix.order import implementation, python_version
from matrix.versions import Bundled, Exact, request

FILE = "known-leaks.toml"
PYTHON = "python"  # as a package: the interpreter itself
_NEWS = "left, and not listed: "
_GONE = "listed, and not left: "


def _specifier(text: str) -> str:
    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        raise ValueError(f'"{text}" is no range of versions, such as ">=1.26.16,<3"') from None
    return text


def _column(value: object) -> Exact | Bundled:
    asked = request(value)
    if not isinstance(asked, (Exact, Bundled)):
        raise ValueError(f'"{value}" is no exact version, such as "0.21.3 + httpcore==0.14.5"')
    return asked


Range = Annotated[str, AfterValidator(_specifier)]
Columns = tuple[Annotated[Exact | Bundled, PlainValidator(_column)], ...]
_ENTRY = ConfigDict(extra="forbid")


@dataclass(frozen=True, kw_only=True, slots=True)
class Edge:
    """Versions that were run on both sides, and the interpreters on which that was."""

    __pydantic_config__ = _ENTRY

    bad: Columns
    good: Columns
    python: Annotated[tuple[PythonName, ...], Field(min_length=1)]


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownLeak:
    """One entry."""

    __pydantic_config__ = _ENTRY

    cases: Annotated[tuple[str, ...], Field(min_length=1)]  # globs on case ids
    client: str
    package: str  # the package at fault: the client, one that it depends on, or "python"
    versions: Range  # of that package
    besides: dict[str, Range] = field(default_factory=dict)  # what else has to be in a range
    python: Range = ""  # of the interpreter; empty: all
    implementation: Literal["", "cpython", "pypy"] = ""  # of the interpreter; empty: all
    kinds: Annotated[tuple[str, ...], Field(min_length=1)]  # what is left: "socket", "pool slot", ...
    also: tuple[str, ...] = ()  # what comes with it, but not everywhere: a task's timer, a child's pipes
    reference: str
    reason: str
    recheck: date  # after this day the entry must be looked at again
    edges: tuple[Edge, ...] = ()


_ENTRIES = TypeAdapter(tuple[KnownLeak, ...])


def load(cases: Path) -> tuple[KnownLeak, ...]:
    """The entries beside a folder of cases; none where there is no such file."""
    path = cases / FILE
    if not path.exists():
        return ()
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        entries = _ENTRIES.validate_python(document.pop("leak", []))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error
    except ValidationError as error:
        mistakes = tuple(f"leak{_path(each['loc'])}: {each['msg']}" for each in error.errors())
        raise ConfigError(f"{path} is wrong", mistakes=mistakes) from error
    if document:
        raise ConfigError(f"{path} is wrong", mistakes=tuple(f"{key}: is not [[leak]]" for key in document))
    return entries


def mark(cell: CellRecord, cases: Iterable[CaseRecord], entries: Iterable[KnownLeak]) -> tuple[CaseRecord, ...]:
    """The answers of a cell, with the references of the known leaks that cover each, and where they disagree."""
    here = [entry for entry in entries if covers(entry, cell)]
    return tuple(_marked(case, here) for case in cases)


def _marked(case: CaseRecord, entries: list[KnownLeak]) -> CaseRecord:
    if case.contract is not Contract.GUARANTEE or case.passed is None:
        return replace(case, known=None, mismatch=None)
    fitting = [entry for entry in entries if is_about(entry, case.case)]
    listed = {kind for entry in fitting for kind in entry.kinds}
    besides = {kind for entry in fitting for kind in entry.also}
    references = ", ".join(dict.fromkeys(entry.reference for entry in fitting))
    return replace(case, known=references or None, mismatch=_mismatch(broken_kinds(case), listed, besides))


def broken_kinds(case: CaseRecord) -> set[str]:
    """The kinds of things that outlived the use."""
    found = {kind for kind, verdict in case.kinds.items() if verdict not in PASSING}
    return found or ({"something"} if case.passed is False else set())


def _mismatch(broken: set[str], listed: set[str], besides: set[str]) -> str | None:
    news, gone = sorted(broken - listed - besides), sorted(listed - broken)
    said = [f"{_NEWS}{', '.join(news)}"] if news else []
    said += [f"{_GONE}{', '.join(gone)}"] if gone else []
    return "; ".join(said) or None


def gone_kinds(case: CaseRecord) -> set[str]:
    """The kinds that are listed for this answer, and were not left."""
    return _said(case, _GONE)


def new_kinds(case: CaseRecord) -> set[str]:
    """The kinds that were left, and are not listed for this answer."""
    return _said(case, _NEWS)


def _said(case: CaseRecord, what: str) -> set[str]:
    parts = (case.mismatch or "").split("; ")
    return {kind for part in parts if part.startswith(what) for kind in part.removeprefix(what).split(", ")}


def is_about(entry: KnownLeak, case: str) -> bool:
    """Whether an entry names this case."""
    return any(case_matches(glob, case) for glob in entry.cases)


def covers(entry: KnownLeak, cell: CellRecord) -> bool:
    """Whether an entry is about this client, in these versions, on this interpreter."""
    package = canonicalize_name(entry.package)
    version = cell.python if package == PYTHON else cell.resolved.get(package)
    return (
        entry.client == cell.client
        and _holds(version, entry.versions)
        and all(_holds(cell.resolved.get(canonicalize_name(name)), spec) for name, spec in entry.besides.items())
        and _holds(cell.python, entry.python)
        and entry.implementation in {"", implementation(cell.interpreter)}
    )


def _holds(version: str | None, specifier: str) -> bool:
    """An interpreter that never ran has its name for a version, which is in no range."""
    if version is None or not specifier:
        return version is not None
    try:
        found = python_version(version)
    except InvalidVersion:
        return False
    return SpecifierSet(specifier).contains(found, prereleases=True)


def stale(entries: Iterable[KnownLeak], today: date) -> tuple[KnownLeak, ...]:
    """The entries that must be looked at again."""
    return tuple(entry for entry in entries if entry.recheck < today)


def _path(location: tuple[int | str, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
