"""From what a user types to a `Question`: the interpreter, the row of versions, what is given as good and as bad.

It looks releases up and runs nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from packaging.version import InvalidVersion, Version
from pydantic_core import PydanticCustomError

from matrix.bisect.model import Question
from matrix.bisect.trail import Bad
from matrix.config import Client, Config
from matrix.errors import EnvironmentLacks, UsageError
from matrix.guest.select import is_glob
from matrix.model import Cell, Resolve, interpreter_id
from matrix.order import as_version, interpreter_family, python_language
from matrix.releases import Index, history
from matrix.selection import parse_cell_id
from matrix.versions import Exact, request

GIVEN = 'write "0.27.2", "2.31.0 + urllib3==1.26.15", or what a cell\'s id has: "2.31.0+urllib3-1.26.15", "2.25.1@era"'


@dataclass(frozen=True, kw_only=True, slots=True)
class Typed:
    """The command line; empty is not given."""

    case: str
    client: str
    python: str = ""
    resolve: Resolve = Resolve.NEWEST
    good: str = ""
    bad: str = ""
    since: str = ""  # the oldest version to look at
    verdicts: Bad = frozenset()
    kind: str = ""


def with_client(config: Config, client: str) -> Config:
    """A client need not be configured to be searched."""
    known = config.clients.get(client) or Client(versions=())
    return replace(config, clients={client: known})


def question(typed: Typed, config: Config, index: Index, pythons: Sequence[str]) -> Question:
    """`pythons` are those that can be had here, in order. Raises UsageError, EnvironmentLacks."""
    if is_glob(typed.case):
        raise UsageError(f"{typed.case} may be several cases", hint="name one case, with its brackets")
    if config.clients[typed.client].bundled:
        raise UsageError(
            f"{typed.client} comes with the interpreter: it has no releases of its own to search",
            hint=f"`leakmatrix run --client {typed.client}` shows it on every interpreter",
        )
    python = typed.python or _oldest_with_the_newest(typed.client, index, pythons)
    if python not in pythons:
        raise EnvironmentLacks(f"Python {python} cannot be had here", hint=f"there is: {', '.join(pythons)}")
    good, bad = (_given(text, typed, python) for text in (typed.good, typed.bad))
    plain = Cell(python=python, client=typed.client, version="", resolve=typed.resolve)
    given = [each for each in (good, bad) if each]
    _check(given)
    of_one_version = len(given) == 2 and given[0].version == given[1].version
    versions = () if of_one_version else _versions(typed, _oldest(typed, config), index, python, given)
    template = given[0] if given else plain
    row = tuple(replace(template, version=version) for version in versions)
    spelled = {as_version(cell.version): cell for cell in row}
    return Question(
        case=typed.case,
        kind=typed.kind,
        python=python,
        cells=row,
        good=spelled.get(as_version(good.version), good) if good else None,
        bad=spelled.get(as_version(bad.version), bad) if bad else None,
        verdicts=typed.verdicts,
    )


def _oldest_with_the_newest(client: str, index: Index, pythons: Sequence[str]) -> str:
    """The oldest interpreter that the newest release still installs on: there the row is longest."""
    ordinary = [name for name in pythons if not interpreter_family(name)]
    if not ordinary:
        raise EnvironmentLacks("there is no interpreter here", hint="`leakmatrix doctor` says more")
    found = {name: index.newest(client, python_language(name)) for name in ordinary}
    newest = max((Version(release.version) for release in found.values() if release), default=None)
    if newest is None:
        raise UsageError(f"the package index has no {client} for any interpreter here")
    return next(name for name, release in found.items() if release and Version(release.version) == newest)


def _given(text: str, typed: Typed, python: str) -> Cell | None:
    if not text:
        return None
    cell = parse_cell_id(f"{interpreter_id(python)}-{typed.client}-{text}", [typed.client])
    if cell is not None:
        return cell if "@" in text else replace(cell, resolve=typed.resolve)
    try:
        exact = request(text)
    except PydanticCustomError as error:
        raise UsageError(f'"{text}" is no version', hint=GIVEN) from error
    if not isinstance(exact, Exact):
        raise UsageError(f'"{text}" is not one version', hint=GIVEN)
    return Cell(python=python, client=typed.client, version=exact.version, pins=exact.pins, resolve=typed.resolve)


def _check(given: Sequence[Cell]) -> None:
    if len(given) < 2:
        return
    good, bad = given
    same_packages = (good.pins, good.resolve) == (bad.pins, bad.resolve)
    if good.version != bad.version and not same_packages:
        raise UsageError(
            "the good and the bad one differ in version and in packages",
            hint="search the versions first, then the packages of one version",
        )
    if good.version == bad.version and same_packages:
        raise UsageError("the good and the bad one are the same", hint=GIVEN)


def _oldest(typed: Typed, config: Config) -> str:
    """What is asked for, or the oldest version that the configuration names; empty: the index's oldest."""
    if typed.since:
        try:
            return str(Version(typed.since))
        except InvalidVersion:
            raise UsageError(f'"{typed.since}" is no version', hint="write 0.18.2, say") from None
    named = [each.version for each in config.clients[typed.client].versions if isinstance(each, Exact)]
    return min(named, key=as_version, default="")


def _released(version: str) -> str:
    """The release that it is of: a range has no local label."""
    return as_version(version).public


def _versions(typed: Typed, oldest: str, index: Index, python: str, given: Sequence[Cell]) -> Iterable[str]:
    """Oldest first: every release there is, and what is given; between two given ones nothing else counts."""
    ends = sorted((cell.version for cell in given), key=as_version)
    if len(ends) == 2:
        spec = f">={_released(ends[0])},<={_released(ends[1])}"
    else:
        start = min((*ends, oldest), key=as_version) if oldest else ""
        spec = f">={_released(start)}" if start else ""
    found = history(typed.client, index, python=python_language(python), spec=spec)
    spelled = {as_version(each): each for each in (*ends, *(release.version for release in found))}
    if not spelled:
        raise UsageError(f"no release of {typed.client} can be installed on Python {python}")
    return [spelled[each] for each in sorted(spelled)]
