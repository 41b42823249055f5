"""`matrix.resolution`: asked once for each run, by the real uv with a folder for an index."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from matrix.errors import EnvironmentLacks
from matrix.model import Cell, Resolve
from matrix.provision import uv
from matrix.resolution import Resolver


@pytest.fixture
def counted(offline: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:  # noqa: ARG001  for the variables that it sets
    """What uv is asked."""
    asked: list[str] = []
    real = uv.run

    def run(*arguments: str, stdin: str = "", **options: bool) -> str:
        asked.append(stdin)
        return real(*arguments, stdin=stdin, **options)

    monkeypatch.setattr(uv, "run", run)
    return asked


def test_asked_once(counted: list[str], fake_cell: Callable[..., Cell]) -> None:
    """However many cells want the same, the index is asked once."""
    resolver = Resolver()
    cell = fake_cell()
    locks = {resolver.client(cell, "").digest for _ in range(3)}
    for _ in range(3):
        resolver.runner(cell.python, "")
    assert len(locks) == 1
    assert counted == ["requests==1.0", "pytest>=8.3"]


def test_that_there_is_none_is_asked_once(counted: list[str], fake_cell: Callable[..., Cell]) -> None:
    """Also what cannot be had is known from then on, for this run."""
    resolver = Resolver()
    for _ in range(2):
        with pytest.raises(uv.NoSolution, match=r"requests==99\.0"):
            resolver.client(fake_cell("99.0"), "")
    assert len(counted) == 1


def test_pins_count(counted: list[str], fake_cell: Callable[..., Cell]) -> None:
    """The pins of a cell are part of what is asked for."""
    cell = replace(fake_cell(), pins=("packaging==0.1",))
    with pytest.raises(uv.NoSolution):
        Resolver().client(cell, "")
    assert counted == ["requests==1.0\npackaging==0.1"]


def test_trouble_is_asked_again(
    counted: list[str], fake_cell: Callable[..., Cell], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An index that could not be asked is asked again by the next cell."""
    resolver = Resolver()
    settings = os.environ["UV_CONFIG_FILE"]
    monkeypatch.setenv("UV_CONFIG_FILE", "/nowhere/uv.toml")
    with pytest.raises(EnvironmentLacks):
        resolver.client(fake_cell(), "")
    monkeypatch.setenv("UV_CONFIG_FILE", settings)
    assert resolver.client(fake_cell(), "").resolved == {"requests": "1.0"}
    assert len(counted) == 2


def test_era_without_a_date(counted: list[str], fake_cell: Callable[..., Cell]) -> None:
    """Where nobody says when a release was, its neighbours are not guessed; that is asked once."""
    resolver = Resolver()
    cell = replace(fake_cell(), resolve=Resolve.ERA)
    for _ in range(2):
        with pytest.raises(EnvironmentLacks, match="does not say when requests 1"):
            resolver.client(cell, "")
    assert len(counted) == 1


def test_installed_once(counted: list[str], fake_cell: Callable[..., Cell]) -> None:
    """A lock has one folder."""
    resolver = Resolver()
    lock = resolver.client(fake_cell(), "")
    assert resolver.install(lock).folder == resolver.install(lock).folder
    assert len([asked for asked in counted if asked]) == 1
