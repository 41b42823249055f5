"""Configuration x releases -> cells: the product. Pure.

What a selection leaves of it is `selection.py`. Cases are only passed through: they
are collected inside the sandbox.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import assert_never

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from matrix.config import Client, Config
from matrix.guest.select import matches
from matrix.model import Cell, Resolve
from matrix.order import as_version, interpreter_key, python_language
from matrix.releases import Release
from matrix.versions import Bundled, Exact, LastMinors, Latest, Request, Specifier

Releases = Mapping[str, Sequence[Release]]  # client -> newest first
Column = tuple[str, tuple[str, ...], Resolve]  # version, pins, way of resolving


def interpreters(config: Config, pythons: Sequence[str]) -> tuple[str, ...]:
    """Those that are asked for, ascending; `pythons` are those that can be had here."""
    asked = {name for client in config.clients.values() for name in pythons_of(client, config, pythons)}
    return tuple(sorted(asked, key=interpreter_key))


def cases_for(config: Config, client: str) -> tuple[str, ...]:
    own = config.clients[client].cases if client in config.clients else None
    return own or config.cases


def plan(config: Config, releases: Releases, pythons: Sequence[str]) -> tuple[Cell, ...]:
    """Every cell once: interpreter, client and version ascending.

    An interpreter that is configured but cannot be had is planned too: a hole in
    the table is a result, and has its reason.
    """
    columns = {
        name: tuple(_columns(config, client, releases.get(name, ()))) for name, client in sorted(config.clients.items())
    }
    asked = {name: frozenset(pythons_of(each, config, pythons)) for name, each in config.clients.items()}
    return tuple(
        Cell(python=python, client=name, version=version, pins=pins, resolve=resolve)
        for python in interpreters(config, pythons)
        for name in columns
        if python in asked[name]
        for version, pins, resolve in (*columns[name], *_bundled(config.clients[name], python))
    )


def pythons_of(client: Client, config: Config, pythons: Sequence[str]) -> Sequence[str]:
    """The interpreters that a client is asked for on; a pattern means those that can be had."""
    given = config.python if client.python is None else client.python
    if given is None:
        return pythons
    found = ([name for name in pythons if matches(each, name)] if "*" in each else [each] for each in given)
    return tuple(dict.fromkeys(name for names in found for name in names))


def _bundled(client: Client, python: str) -> tuple[Column, ...]:
    """The interpreter's own version, for what comes with it."""
    return ((python_language(python), (), Resolve.NEWEST),) if client.bundled else ()


def requirements_for(config: Config, cell: Cell) -> tuple[str, ...]:
    """What is to be installed for a cell; nothing for what comes with the interpreter."""
    client = config.clients.get(cell.client)
    beside = () if client is None else client.beside
    if client is not None and client.bundled:
        return beside
    return (f"{cell.client}=={cell.version}", *cell.pins, *beside)


def _columns(config: Config, client: Client, releases: Sequence[Release]) -> Iterator[Column]:
    spelling = {as_version(release.version): release.version for release in releases}
    found: dict[tuple[Version, tuple[str, ...]], str] = {}
    for request in client.versions:
        for text in _versions(request, releases):
            version = as_version(text)
            found.setdefault((version, request.pins), spelling.get(version, text))
    ways = client.resolve or config.resolve
    for (_, pins), text in sorted(found.items()):
        yield from ((text, pins, way) for way in Resolve if way in ways)


def _versions(request: Request, releases: Sequence[Release]) -> Iterable[str]:
    match request:
        case Exact():
            return (request.version,)
        case Bundled():
            return ()  # as many as there are interpreters: see `_bundled`
        case Latest():
            return (release.version for release in stable(releases)[:1])
        case Specifier():
            spec = SpecifierSet(request.spec)
            named = bool(spec.prereleases)
            return spec.filter((each.version for each in releases), prereleases=named)
        case LastMinors():
            newest: dict[tuple[int, ...], str] = {}
            for release in stable(releases):
                version = as_version(release.version)
                newest.setdefault((version.epoch, version.major, version.minor), release.version)
            return list(newest.values())[: request.count]
        case _:
            assert_never(request)


def stable(releases: Sequence[Release]) -> Sequence[Release]:
    """Without pre-releases, where there is anything else."""
    stable = [each for each in releases if not as_version(each.version).is_prerelease]
    return stable or releases
