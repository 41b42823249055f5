"""`matrix.bisect.asking`: what a command line means, with an index that is a dict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from matrix.bisect.asking import Typed, question, with_client
from matrix.bisect.model import Question
from matrix.config import Client, Config
from matrix.errors import EnvironmentLacks, UsageError
from matrix.model import Resolve
from matrix.releases import Release
from matrix.versions import Bundled, Exact, Latest

VERSIONS = ("0.9.0", "0.10.0", "0.10.1", "0.11.0", "1.0.0", "1.1.0")
OLDEST = {"1.0.0": "3.9", "1.1.0": "3.10"}  # version -> the oldest interpreter that it installs on
PYTHONS = ("3.8", "3.9", "3.10", "3.12", "3.14t")
HTTPX = Client(versions=(Latest(), Exact(version="0.10.1"), Exact(version="0.10.0")))
CONFIG = Config(clients={"httpx": HTTPX, "asyncio": Client(versions=(Bundled(),))})


@dataclass(frozen=True, kw_only=True, slots=True)
class Shelf:
    """A `releases.Index` of one package."""

    versions: Sequence[str] = VERSIONS

    def newest(self, requirement: str, python: str, before: datetime | None = None) -> Release | None:
        """The newest that fits and installs there."""
        asked = Requirement(requirement)
        fitting = [
            version
            for version in asked.specifier.filter(self.versions)
            if asked.name == "httpx" and Version(OLDEST.get(version, "3.8")) <= Version(python)
        ]
        return Release(version=max(fitting, key=Version)) if fitting else None


def asked(**typed: Any) -> Question:
    """The question that a command line comes to."""
    words = Typed(**{"case": "session[closed]", "client": "httpx", "python": "3.12"} | typed)
    return question(words, with_client(CONFIG, words.client), Shelf(), PYTHONS)


def versions(found: Question) -> list[str]:
    return [cell.version for cell in found.cells]


def test_row_starts_at_the_oldest_configured() -> None:
    """From the oldest version that the configuration names to the newest there is, oldest first."""
    assert versions(asked()) == ["0.10.0", "0.10.1", "0.11.0", "1.0.0", "1.1.0"]


def test_row_starts_where_it_is_asked_to() -> None:
    """An older start is asked for by name; a client that is not configured starts at its first release."""
    assert versions(asked(since="0.1")) == list(VERSIONS)
    plain = question(
        Typed(case="x", client="httpx", python="3.12"), with_client(Config(clients={}), "httpx"), Shelf(), PYTHONS
    )
    assert versions(plain) == list(VERSIONS)


def test_row_starts_at_a_local_version() -> None:
    """A range knows none: it begins at the release that it is of."""
    assert versions(asked(since="0.11.0+local"))[0] == "0.11.0"


def test_given_as_a_cell_has_it_on_pypy() -> None:
    """Whose cells are not called `py` twice."""
    typed = Typed(case="x", client="httpx", python="pypy3.11", good="0.11.0@era")
    good = question(typed, with_client(CONFIG, "httpx"), Shelf(), (*PYTHONS, "pypy3.11")).good
    assert good is not None
    assert (good.python, good.version, good.resolve) == ("pypy3.11", "0.11.0", Resolve.ERA)


def test_row_is_of_what_can_be_installed() -> None:
    """A release that does not install on the interpreter is not in the row."""
    assert versions(asked(python="3.9"))[-1] == "1.0.0"


@pytest.mark.parametrize(("newest_needs", "chosen"), [("3.8", "3.8"), ("3.10", "3.10"), ("3.12", "3.12")])
def test_default_interpreter(monkeypatch: pytest.MonkeyPatch, newest_needs: str, chosen: str) -> None:
    """The oldest that the newest release installs on: there the row is longest."""
    monkeypatch.setitem(OLDEST, "1.1.0", newest_needs)
    assert asked(python="").python == chosen


@pytest.mark.parametrize(
    ("typed", "pins", "resolve"),
    [
        ("0.11.0", (), Resolve.NEWEST),
        ("0.11", (), Resolve.NEWEST),
        ("0.11.0 + httpcore==0.14.5", ("httpcore==0.14.5",), Resolve.NEWEST),
        ("0.11.0+httpcore-0.14.5", ("httpcore==0.14.5",), Resolve.NEWEST),
        ("0.11.0@era", (), Resolve.ERA),
    ],
)
def test_given_version(typed: str, pins: tuple[str, ...], resolve: Resolve) -> None:
    """A version is written as in the configuration or as in a cell's id; its packages hold for the whole row."""
    found = asked(good=typed)
    assert found.good in found.cells
    assert {(cell.pins, cell.resolve) for cell in found.cells} == {(pins, resolve)}
    assert found.good is not None
    assert Version(found.good.version) == Version("0.11")


def test_local_versions_bound_the_row() -> None:
    """They are in it, between the releases that they are of."""
    assert versions(asked(good="0.11.0+corp", bad="1.0.0")) == ["0.11.0", "0.11.0+corp", "1.0.0"]


def test_two_given_versions_bound_the_row() -> None:
    """Between the two nothing is left out, and outside nothing is looked up."""
    assert versions(asked(good="1.0.0", bad="0.10.1")) == ["0.10.1", "0.11.0", "1.0.0"]


def test_given_version_that_the_index_has_not() -> None:
    """A pre-release, say, is in the row because it is named."""
    assert versions(asked(bad="1.1.0b1"))[-2:] == ["1.1.0b1", "1.1.0"]


def test_older_than_configured() -> None:
    """A given version that is older than the configured ones begins the row."""
    assert versions(asked(good="0.9.0")) == list(VERSIONS)


def test_one_version_with_two_sets_of_packages() -> None:
    """Then there is no row: the packages are what is searched."""
    found = asked(good="1.0.0@era", bad="1.0.0")
    assert (found.cells, found.good and found.good.resolve, found.bad and found.bad.resolve) == ((), "era", "newest")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"good": "new"}, '"new" is no version'),
        ({"bad": ">=0.10"}, '">=0.10" is not one version'),
        ({"good": "0.11.0 + h11==0.14", "bad": "1.0.0"}, "differ in version and in packages"),
        ({"good": "1.0.0", "bad": "1.0.0"}, "are the same"),
        ({"case": "session*"}, "may be several cases"),
        ({"since": "new"}, '"new" is no version'),
        ({"since": "7.0"}, "no release of httpx"),
        ({"client": "nobody"}, "no release of nobody"),
        ({"client": "asyncio"}, "asyncio comes with the interpreter"),
        ({"client": "nobody", "python": ""}, "has no nobody"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_wrong_usage(typed: Mapping[str, str], said: str) -> None:
    """What cannot be meant is said in a sentence."""
    with pytest.raises(UsageError, match=said):
        asked(**typed)


def test_interpreter_that_is_not_here() -> None:
    """An interpreter that cannot be had is told, with those that can."""
    with pytest.raises(EnvironmentLacks, match=r"Python 3\.13 cannot be had here") as caught:
        asked(python="3.13")
    assert caught.value.hint == "there is: 3.8, 3.9, 3.10, 3.12, 3.14t"
