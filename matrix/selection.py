"""Which cells a command line means: globs and names on cells, interpreters, clients, versions.

Two steps around the plan, so that a selection spares look-ups and can ask for what is not
configured: `narrow` the configuration before `releases.py` is asked, `select` from the
planned cells. Selectors are OR-ed within an option and AND-ed between options; one that
means nothing is an error that says what there is.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from matrix.config import PYTHON, Client, Config
from matrix.errors import UsageError
from matrix.guest.select import case_matches, is_glob, matches, nearest_first
from matrix.model import Cell, Resolve
from matrix.order import as_version, interpreter_key, python_language
from matrix.plan import Column, Releases, interpreters, pythons_of, stable
from matrix.versions import Exact, Latest, Request, Specifier

Key = tuple[str, ...]  # what a selector is compared with; its last text is shown
LATEST = "latest"


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """What was asked for on the command line; an empty option means everything."""

    cells: tuple[str, ...] = ()
    pythons: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()


def narrow(config: Config, selection: Selection, pythons: Sequence[str], clients: Collection[str] = ()) -> Config:
    """The configuration with what the selection asks for, configured or not, and little more."""
    known = {*config.clients, *clients}
    named = [parse_cell_id(text, known) for text in selection.cells]
    whole = bool(named) and all(named)
    _check(filter(None, named), config, selection)
    names: list[Key] = [(name,) for name in sorted(config.clients)]
    chosen = names if whole else _chosen("--client", selection.clients, names)
    left = {
        name: replace(
            config.clients[name],
            versions=config.clients[name].bundled if whole else _requests(config.clients[name], name, selection),
        )
        for name, *_ in chosen
    }
    narrowed = replace(config, clients=left)
    if not whole:  # `select` adds whole ids: they need no interpreter and no version of the plan
        narrowed = _with_pythons(narrowed, selection.pythons, pythons)
    return _with_cases(narrowed, selection.cases)


def _check(named: Iterable[Cell], config: Config, selection: Selection) -> None:
    """A whole id says all of a cell: no newest release is looked for, and what comes with Python has its version."""
    for cell in named:
        if LATEST in selection.versions:
            raise UsageError(
                f"--cell {cell.id} names its version already, and --version latest is another question",
                hint=f"write --python {cell.python} --client {cell.client} --version latest",
            )
        bundled = cell.client in config.clients and bool(config.clients[cell.client].bundled)
        if bundled and cell.version != python_language(cell.python):
            raise UsageError(
                f"there is no {cell.id}: {cell.client} comes with the interpreter, and has its version",
                hint=f"write {replace(cell, version=python_language(cell.python)).id}",
            )


def select(
    cells: Iterable[Cell], selection: Selection, releases: Releases, clients: Collection[str]
) -> tuple[Cell, ...]:
    """The cells that are selected; a whole id of one of these clients needs not be planned."""
    left = tuple(cells)
    parsed = (parse_cell_id(text, clients) for text in selection.cells)
    if added := {cell for cell in parsed if cell}.difference(left):
        left = tuple(sorted((*left, *added), key=_order))
    latest = {client: stable(found)[0].version for client, found in releases.items() if found}

    def is_version(selector: str, key: tuple[str, ...]) -> bool:
        client, version, column = key
        if selector == LATEST:
            return version == latest.get(client, version)  # what comes with the interpreter has no other
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
    name, _, rest = text.partition("-")
    python = name if name.startswith("pypy") else name.removeprefix("py")
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


def _requests(client: Client, name: str, selection: Selection) -> tuple[Request, ...]:
    if not selection.versions or client.bundled:
        return client.versions
    named = name in selection.clients
    found = (
        request for selector in selection.versions for request in _requests_for(selector, client.versions, named=named)
    )
    return tuple(dict.fromkeys(found))


def _requests_for(selector: str, configured: tuple[Request, ...], *, named: bool) -> Iterator[Request]:
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
    exact: list[Exact] = []
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
    names: list[Key] = [(name,) for name in sorted((*listed, *added), key=interpreter_key)]
    chosen = _chosen("--python", selectors, names)
    clients = {
        name: replace(each, python=tuple(python for python in of if (python,) in chosen))
        for name, each in config.clients.items()
        for of in ((*pythons_of(each, config, pythons), *added),)
    }
    return replace(config, clients=clients)


def _with_cases(config: Config, cases: tuple[str, ...]) -> Config:
    if not cases:
        return config
    clients = {name: replace(each, cases=None) for name, each in config.clients.items()}
    return replace(config, cases=cases, clients=clients)


def chosen_cases(globs: tuple[str, ...], selectors: tuple[str, ...]) -> tuple[str, ...]:
    """Of cases that are named already, by globs, those that were asked for."""
    if not selectors:
        return globs
    both = (
        glob if case_matches(selector, glob) else selector
        for glob in globs
        for selector in selectors
        if case_matches(selector, glob) or case_matches(glob, selector)
    )
    return tuple(dict.fromkeys(both))


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
    keys = list(map(key_of, cells))
    chosen = set(_chosen(option, selectors, list(dict.fromkeys(keys)), fits))
    return tuple(cell for cell, key in zip(cells, keys, strict=True) if key in chosen)


def _nothing(option: str, selector: str, there: list[str]) -> UsageError:
    shown = nearest_first((selector,), there)
    return UsageError(
        f'{option} "{selector}" matches nothing',
        hint=f"there is: {shown}" if shown else "the other selectors leave nothing",
    )


def _same(left: str, right: str) -> bool:
    try:
        return as_version(left) == as_version(right)
    except InvalidVersion:
        return False


def _order(cell: Cell) -> tuple[object, ...]:
    way = list(Resolve).index(cell.resolve)
    return interpreter_key(cell.python), cell.client, as_version(cell.version), cell.pins, way
