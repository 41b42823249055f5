"""Configuration x releases -> cells: the product, and what a selection leaves of it. Pure.

Three steps, so that a selection spares look-ups and can ask for what is not
configured: `narrow` the configuration (before `releases.py` is asked), `plan`
the product, `select` from it. Selectors are OR-ed within an option and AND-ed
between options; one that means nothing is an error that says what there is.
Cases are only passed through: they are collected inside the sandbox.
"""

import difflib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import assert_never

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from matrix.config import PYTHON, Client, Config, Exact, LastMinors, Latest, Request, Specifier
from matrix.errors import UsageError
from matrix.guest.select import is_glob, matches
from matrix.model import Cell, Resolve
from matrix.releases import Release, python_language

Releases = Mapping[str, Sequence[Release]]  # client -> newest first
Key = tuple[str, ...]  # what a selector is compared with; its last text is shown
Column = tuple[str, tuple[str, ...], Resolve]  # version, pins, way of resolving
LATEST = "latest"
SHOWN = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """What was asked for on the command line; an empty option means everything."""

    cells: tuple[str, ...] = ()
    pythons: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()


@lru_cache(maxsize=4096)
def _version(text: str) -> Version:
    return Version(text)


def python_order(name: str) -> tuple[bool, int, bool]:
    """A sort key: CPython ascending, each free-threaded build after its twin, then PyPy."""
    minor = int(python_language(name).partition(".")[2])
    return name.startswith("pypy"), minor, name.endswith("t")


def interpreters(config: Config, pythons: Sequence[str]) -> tuple[str, ...]:
    """Those that are asked for, ascending; `pythons` are those that can be had here."""
    asked = {name for client in config.clients.values() for name in _of(client, config, pythons)}
    return tuple(sorted(asked, key=python_order))


def cases_for(config: Config, client: str) -> tuple[str, ...]:
    own = config.clients[client].cases if client in config.clients else None
    return own or config.cases


def plan(config: Config, releases: Releases, pythons: Sequence[str]) -> tuple[Cell, ...]:
    """Every cell once: interpreter, client and version ascending.

    An interpreter that is configured but cannot be had is planned too: a hole in
    the table is a result, and has its reason.
    """
    columns = {
        name: tuple(_columns(config, client, releases.get(name, ())))
        for name, client in sorted(config.clients.items())
    }
    asked = {name: frozenset(_of(each, config, pythons)) for name, each in config.clients.items()}
    return tuple(
        Cell(python=python, client=name, version=version, pins=pins, resolve=resolve)
        for python in interpreters(config, pythons)
        for name in columns
        if python in asked[name]
        for version, pins, resolve in columns[name]
    )


def narrow(
    config: Config, selection: Selection, pythons: Sequence[str], clients: Collection[str] = ()
) -> Config:
    """The configuration with what the selection asks for, configured or not, and little more."""
    known = {*config.clients, *clients}
    whole = bool(selection.cells) and all(parse_cell_id(text, known) for text in selection.cells)
    names: list[Key] = [(name,) for name in sorted(config.clients)]
    chosen = names if whole else _chosen("--client", selection.clients, names)
    left = {
        name: replace(
            config.clients[name],
            versions=() if whole else _requests(config.clients[name], name, selection),
        )
        for name, *_ in chosen
    }
    narrowed = replace(config, clients=left)
    if not whole:  # `select` adds whole ids: they need no interpreter and no version of the plan
        narrowed = _with_pythons(narrowed, selection.pythons, pythons)
    return _with_cases(narrowed, selection.cases)


def select(
    cells: Iterable[Cell], selection: Selection, releases: Releases, clients: Collection[str]
) -> tuple[Cell, ...]:
    """The cells that are selected; a whole id of one of these clients needs not be planned."""
    left = tuple(cells)
    parsed = (parse_cell_id(text, clients) for text in selection.cells)
    if added := {cell for cell in parsed if cell}.difference(left):
        left = tuple(sorted((*left, *added), key=_order))
    latest = {client: _stable(found)[0].version for client, found in releases.items() if found}

    def is_version(selector: str, key: tuple[str, ...]) -> bool:
        client, version, column = key
        if selector == LATEST:
            return version == latest.get(client)
        return matches(selector, column) or matches(selector, version) or _same(selector, version)

    left = _keep(left, "--python", selection.pythons, lambda cell: (cell.python,))
    left = _keep(left, "--client", selection.clients, lambda cell: (cell.client,))
    left = _keep(
        left,
        "--version",
        selection.versions,
        lambda cell: (cell.client, cell.version, cell.column),
        is_version,
    )
    return _keep(left, "--cell", selection.cells, lambda cell: (cell.id,))


def parse_cell_id(text: str, clients: Collection[str]) -> Cell | None:
    """The cell with this very id, if it is one of these clients'."""
    python, _, rest = text.removeprefix("py").partition("-")
    if not PYTHON.fullmatch(python):
        return None
    for client in sorted(clients, key=len, reverse=True):
        column = _parse_column(rest.removeprefix(f"{client}-"))
        if rest.startswith(f"{client}-") and column:
            version, pins, resolve = column
            cell = Cell(python=python, client=client, version=version, pins=pins, resolve=resolve)
            if cell.id == text:
                return cell
    return None


def _parse_column(text: str) -> Column | None:
    text, _, resolve = text.partition("@")
    version, *pins = [""]
    for part in text.split("+"):
        if not version:
            version = part
        elif "-" in part:
            pins.append(part)
        elif pins:  # no name in it: the local label of the version before it
            pins[-1] += f"+{part}"
        else:
            version += f"+{part}"
    named = [pin.rpartition("-") for pin in pins]
    try:
        exact = str(Version(version))
        pinned = tuple(f"{canonicalize_name(name)}=={Version(value)}" for name, _, value in named)
        return exact, pinned, Resolve(resolve or Resolve.NEWEST)
    except (InvalidVersion, ValueError):
        return None


def _of(client: Client, config: Config, pythons: Sequence[str]) -> Sequence[str]:
    if client.python is not None:
        return client.python
    return pythons if config.python is None else config.python


def _columns(config: Config, client: Client, releases: Sequence[Release]) -> Iterator[Column]:
    spelling = {_version(release.version): release.version for release in releases}
    found: dict[tuple[Version, tuple[str, ...]], str] = {}
    for request in client.versions:
        for text in _versions(request, releases):
            version = _version(text)
            found.setdefault((version, request.pins), spelling.get(version, text))
    ways = client.resolve or config.resolve
    for (_, pins), text in sorted(found.items()):
        yield from ((text, pins, way) for way in Resolve if way in ways)


def _versions(request: Request, releases: Sequence[Release]) -> Iterable[str]:
    match request:
        case Exact():
            return (request.version,)
        case Latest():
            return (release.version for release in _stable(releases)[:1])
        case Specifier():
            spec = SpecifierSet(request.spec)
            named = bool(spec.prereleases)
            return spec.filter((each.version for each in releases), prereleases=named)
        case LastMinors():
            newest: dict[tuple[int, ...], str] = {}
            for release in _stable(releases):
                version = _version(release.version)
                newest.setdefault((version.epoch, version.major, version.minor), release.version)
            return list(newest.values())[: request.count]
        case _:
            assert_never(request)


def _stable(releases: Sequence[Release]) -> Sequence[Release]:
    stable = [each for each in releases if not _version(each.version).is_prerelease]
    return stable or releases


def _requests(client: Client, name: str, selection: Selection) -> tuple[Request, ...]:
    if not selection.versions:
        return client.versions
    named = name in selection.clients
    found = (
        request
        for selector in selection.versions
        for request in _requests_for(selector, client.versions, named=named)
    )
    return tuple(dict.fromkeys(found))


def _requests_for(
    selector: str, configured: tuple[Request, ...], *, named: bool
) -> Iterator[Request]:
    """What to plan so that the selector finds all it means; `named`: with its client."""
    column = None if is_glob(selector) else _parse_column(selector)
    if selector == LATEST:
        yield Latest()
        yield from (request for request in configured if request.pins)
        return
    if column is None:
        yield from configured
        return
    version, pins, _ = column
    exact = []
    for request in configured:
        if isinstance(request, Exact):
            exact.append(request)
        elif isinstance(request, Specifier):
            if SpecifierSet(request.spec).contains(version, prereleases=True):
                exact.append(Exact(version=version, pins=request.pins))
        elif request.pins or not named:
            yield request
    yield from exact
    there = [each.pins for each in exact if _same(each.version, version)]
    if named and (pins not in there if pins else not there):
        yield Exact(version=version, pins=pins)


def _with_pythons(config: Config, selectors: tuple[str, ...], pythons: Sequence[str]) -> Config:
    if not selectors:
        return config
    listed = interpreters(config, pythons)
    added = tuple(name for name in selectors if name in pythons and name not in listed)
    names: list[Key] = [(name,) for name in sorted((*listed, *added), key=python_order)]
    chosen = _chosen("--python", selectors, names)
    clients = {
        name: replace(each, python=tuple(python for python in of if (python,) in chosen))
        for name, each in config.clients.items()
        for of in ((*_of(each, config, pythons), *added),)
    }
    return replace(config, clients=clients)


def _with_cases(config: Config, cases: tuple[str, ...]) -> Config:
    if not cases:
        return config
    clients = {name: replace(each, cases=None) for name, each in config.clients.items()}
    return replace(config, cases=cases, clients=clients)


def _any(selector: str, key: Key) -> bool:
    return matches(selector, key[-1])


def _chosen(
    option: str,
    selectors: tuple[str, ...],
    keys: list[Key],
    fits: Callable[[str, Key], bool] = _any,
) -> list[Key]:
    """The keys that any selector means; each has to mean one."""
    if not selectors:
        return keys
    found: set[Key] = set()
    for selector in selectors:
        meant = {key for key in keys if fits(selector, key)}
        if not meant:
            raise _nothing(option, selector, list(dict.fromkeys(key[-1] for key in keys)))
        found |= meant
    return [key for key in keys if key in found]


def _keep(
    cells: tuple[Cell, ...],
    option: str,
    selectors: tuple[str, ...],
    key_of: Callable[[Cell], Key],
    fits: Callable[[str, Key], bool] = _any,
) -> tuple[Cell, ...]:
    if not selectors:
        return cells
    keys = {cell: key_of(cell) for cell in cells}
    chosen = set(_chosen(option, selectors, list(dict.fromkeys(keys.values())), fits))
    return tuple(cell for cell in cells if keys[cell] in chosen)


def _nothing(option: str, selector: str, there: list[str]) -> UsageError:
    near = difflib.get_close_matches(selector, there, n=3)
    shown = [*near, *(text for text in there if text not in near)][:SHOWN]
    more = f" and {len(there) - len(shown)} more" if len(there) > len(shown) else ""
    return UsageError(
        f'{option} "{selector}" matches nothing',
        hint=f"there is: {', '.join(shown)}{more}"
        if shown
        else "the other selectors leave nothing",
    )


def _same(left: str, right: str) -> bool:
    try:
        return _version(left) == _version(right)
    except InvalidVersion:
        return False


def _order(cell: Cell) -> tuple[object, ...]:
    way = list(Resolve).index(cell.resolve)
    return python_order(cell.python), cell.client, _version(cell.version), cell.pins, way
