"""Leaks that upstream knows: guarantees that are broken in a range of versions, with a reference.

Read from `known-leaks.toml` beside the cases. An entry covers answers; it excuses none
that it does not name, and one that no longer shows is as much news as a new leak.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from pydantic import AfterValidator, ConfigDict, TypeAdapter, ValidationError

from matrix.errors import ConfigError
from matrix.guest.select import case_matches
from matrix.model import CaseRecord, CellRecord, Contract

FILE = "known-leaks.toml"


def _specifier(text: str) -> str:
    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        raise ValueError(f'"{text}" is no range of versions, such as ">=1.26.16,<3"') from None
    return text


Range = Annotated[str, AfterValidator(_specifier)]


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownLeak:
    """One entry."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    case: str  # glob on case ids
    client: str
    package: str  # the package at fault: the client, or one that it depends on
    versions: Range  # of that package
    python: Range = ""  # of the interpreter; empty: all
    reference: str
    reason: str


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
    """The answers of a cell, with the reference of the known leak that covers each."""
    here = [entry for entry in entries if _covers(entry, cell)]
    return tuple(_marked(case, here) for case in cases)


def _marked(case: CaseRecord, entries: list[KnownLeak]) -> CaseRecord:
    if case.contract is not Contract.GUARANTEE or case.passed is None:
        return case
    return next(
        (replace(case, known=entry.reference) for entry in entries if case_matches(entry.case, case.case)), case
    )


def _covers(entry: KnownLeak, cell: CellRecord) -> bool:
    version = cell.resolved.get(canonicalize_name(entry.package))
    return (
        entry.client == cell.client
        and version is not None
        and SpecifierSet(entry.versions).contains(version, prereleases=True)
        and SpecifierSet(entry.python).contains(cell.python, prereleases=True)
    )


def _path(location: tuple[int | str, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
