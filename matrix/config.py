"""`[tool.leakmatrix]` of a pyproject.toml -> `Config`, or every mistake in it, each with its path.

Not here: which releases a request such as `last 3 minors` stands for (`releases.py`,
`plan.py`), and which interpreters can be had. What a profile says stands for every
client, also for one with settings of its own.
"""

import difflib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import ErrorDetails

from matrix.errors import ConfigError, UsageError
from matrix.model import Resolve
from matrix.versions import Bundled, Request, request, text_of, wrong

PYTHON = re.compile(r"3\.(?:[89]|1[0-2])|3\.1[3-5]t?|pypy3\.(?:[89]|1[0-5])")


def _python(value: object) -> str:
    text = text_of(value, "3.12")
    if not PYTHON.fullmatch(text):
        raise wrong(f'"{text}" is no interpreter: 3.8 to 3.15, 3.13t to 3.15t, or pypy3.11')
    return text


def _pythons(value: object) -> str:
    """An interpreter, or a pattern of those that can be had."""
    text = text_of(value, "3.12")
    return text if re.fullmatch(r"(pypy)?[0-9.]*\*", text) else _python(value)


def _client_name(name: str) -> str:
    if name != canonicalize_name(name) or not re.fullmatch(r"[a-z0-9-]*[a-z0-9]", name):
        raise wrong(f'is not a normalised package name: write "{canonicalize_name(name)}"')
    return name


_UNITS = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "kB": 10**3, "MB": 10**6, "GB": 10**9}


def _memory(value: object) -> int:
    written = re.fullmatch(r"(\d{1,15}(?:\.\d+)?) ?([kKMG]i?B)", str(value).strip())
    if isinstance(value, bool) or not written or written[2] not in _UNITS:
        raise wrong(f'{json.dumps(value, default=str)} is no size: write a number and a unit, "512MiB"')
    size = int(float(written[1]) * _UNITS[written[2]])
    if not 2**26 <= size <= 2**40:
        raise wrong(f'"{value}" is out of range: 64MiB to 1024GiB')
    return size


def _requirement(text: str) -> str:
    try:
        Requirement(text)
    except InvalidRequirement:
        raise wrong(f'"{text}" is no requirement, such as "h2" or "anyio>=4"') from None
    return text


def _glob(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise wrong('should be a glob on case ids, such as "session*"')
    return value.strip()


PythonName = Annotated[str, BeforeValidator(_python)]
ClientName = Annotated[str, AfterValidator(_client_name)]
Pythons = Annotated[tuple[Annotated[str, BeforeValidator(_pythons)], ...], Field(min_length=1)]
Resolves = Annotated[tuple[Resolve, ...], Field(min_length=1)]
Cases = Annotated[tuple[Annotated[str, BeforeValidator(_glob)], ...], Field(min_length=1)]
Versions = Annotated[tuple[Annotated[Request, PlainValidator(request)], ...], Field(min_length=1)]
Seconds = Annotated[float, Field(strict=True, ge=0.1, le=86_400, allow_inf_nan=False)]
_TABLE = ConfigDict(extra="forbid", alias_generator=lambda name: name.replace("_", "-"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Client:
    """A library under test; what is None is as for all clients."""

    __pydantic_config__ = _TABLE

    versions: Versions
    beside: tuple[Annotated[str, AfterValidator(_requirement)], ...] = ()  # installed with it
    python: Pythons | None = None
    resolve: Resolves | None = None
    cases: Cases | None = None
    sdist: Annotated[bool, Field(strict=True)] = False  # where a version has no wheel, build one in the sandbox

    @property
    def bundled(self) -> tuple[Request, ...]:
        """The one of its versions that comes with the interpreter, if it does: it needs no look-up."""
        return tuple(request for request in self.versions if isinstance(request, Bundled))


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What one case, or the whole cell with all its cases, may use."""

    __pydantic_config__ = _TABLE

    case_seconds: Seconds = 30.0
    late_seconds: Annotated[float, Field(strict=True, ge=0.1, le=60, allow_inf_nan=False)] = 1.4  # how late is late
    cell_seconds: Seconds = 600.0
    memory: Annotated[int, BeforeValidator(_memory)] = 2**30  # bytes
    pids: Annotated[int, Field(strict=True, ge=16, le=32_768)] = 256
    files: Annotated[int, Field(strict=True, ge=64, le=1_048_576)] = 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """A named part of the matrix; what is None is as without it."""

    __pydantic_config__ = _TABLE

    python: Pythons | None = None
    resolve: Resolves | None = None
    cases: Cases | None = None
    clients: Annotated[dict[str, Versions], Field(min_length=1)] | None = None
    known_leaks: bool = False  # the cells and cases that show the edges of the known leaks, and no others


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """The whole table; `python` is None for: whichever can be had here."""

    __pydantic_config__ = _TABLE

    clients: Annotated[dict[ClientName, Client], Field(min_length=1)]
    python: Pythons | None = None
    resolve: Resolves = (Resolve.NEWEST,)
    cases: Cases = ("*",)
    sandbox: Literal["auto", "docker", "process"] = "auto"
    limits: Limits = field(default_factory=Limits)
    profiles: dict[str, Profile] = field(default_factory=dict)
    known_leaks: bool = False


_CONFIG = TypeAdapter(Config)


def find(start: Path) -> Path | None:
    """The nearest pyproject.toml with our table; also a broken one: `load` says why."""
    for folder in (start.resolve(), *start.resolve().parents):
        path = folder / "pyproject.toml"
        if path.is_file() and _is_ours(path.read_bytes()):
            return path
    return None


def _is_ours(content: bytes) -> bool:
    try:
        return "leakmatrix" in tomllib.loads(content.decode()).get("tool", {})
    except (ValueError, TypeError):  # no TOML, or `tool` is no table
        return b"leakmatrix" in content


def load(path: Path) -> Config:
    table = _table(path)
    mistakes = list(_unknown_clients(table))
    try:
        config = _CONFIG.validate_python(table)
    except ValidationError as error:
        # A list is "too short" for pydantic also where all its items are wrong: told already.
        told = (e for e in error.errors() if not (e["type"] == "too_short" and e["input"]))
        mistakes = [*map(_mistake, told), *mistakes]
    if mistakes:
        count = "a mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        raise ConfigError(f"{path}: {count} in [tool.leakmatrix]", mistakes=tuple(mistakes))
    return config


def apply_profile(config: Config, name: str) -> Config:
    profile = config.profiles.get(name)
    if profile is None:
        known = ", ".join(sorted(config.profiles)) or "none"
        raise UsageError(f'there is no profile "{name}"', hint=f"profiles: {known}")
    said = {key: value for key in ("python", "resolve", "cases") if (value := getattr(profile, key)) is not None}
    versions = profile.clients or {name: each.versions for name, each in config.clients.items()}
    clients = {name: _as_profile(config.clients[name], wanted, said) for name, wanted in versions.items()}
    return replace(config, clients=clients, known_leaks=profile.known_leaks, **said)


def _as_profile(client: Client, versions: tuple[Request, ...], said: Mapping[str, object]) -> Client:
    """What the profile says stands for this client, too: its own settings for that are taken back."""
    return replace(
        client,
        versions=versions,
        python=None if "python" in said else client.python,
        resolve=None if "resolve" in said else client.resolve,
        cases=None if "cases" in said else client.cases,
    )


def _table(path: Path) -> dict[str, Any]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:  # not TOML, or not UTF-8; says the line and the column
        raise ConfigError(f"{path} is not valid TOML: {error}") from error
    tool = document.get("tool")
    if not isinstance(tool, dict) or not isinstance(table := tool.get("leakmatrix"), dict):
        hint = 'write [tool.leakmatrix.clients.requests] with versions = ["latest"] to begin with'
        raise ConfigError(f"{path} has no [tool.leakmatrix] table", hint=hint)
    return table


def _unknown_clients(table: dict[str, Any]) -> Iterator[str]:
    known = table.get("clients")
    match table.get("profiles"):
        case dict(profiles) if isinstance(known, dict):
            for name, profile in profiles.items():
                match profile:
                    case {"clients": dict(named)}:
                        for client in named.keys() - known.keys():
                            path = _path(("profiles", name, "clients", client))
                            yield f"{path}: no such client{_nearest(client, list(known))}"


def _mistake(error: ErrorDetails) -> str:
    loc = tuple(part for part in error["loc"] if part != "[key]")
    match error["type"]:
        case "unexpected_keyword_argument":
            owner = {"clients": Client, "limits": Limits, "profiles": Profile}.get(str(loc[0]), Config)
            keys = [each.name.replace("_", "-") for each in fields(owner if loc[1:] else Config)]
            sentence = f"unknown key{_nearest(str(loc[-1]), keys)}"
        case "missing":
            sentence = "is missing"
        case "tuple_type":
            sentence = f"should be a list, such as {json.dumps([error['input']], default=str)}"
        case "dict_type" | "dataclass_type":
            sentence = "should be a table"
        case "too_short":
            sentence = "should not be empty"
        case _:
            sentence = error["msg"].removeprefix("Input ")
    return f"{_path(loc)}: {sentence}"


def _nearest(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.7)
    return f'; did you mean "{near[0]}"?' if near else f"; there are: {', '.join(known)}"


def _path(loc: tuple[int | str, ...]) -> str:
    bare = re.compile(r"[A-Za-z0-9_-]+")
    return "".join(
        f"[{part}]" if isinstance(part, int) else f".{part if bare.fullmatch(part) else json.dumps(part)}"
        for part in loc
    ).removeprefix(".")
