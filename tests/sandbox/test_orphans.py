"""`matrix.sandbox.orphans`: whose run is known to be gone, and whose is not."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any

import pytest

from matrix.sandbox import orphans

NAME = "leakmatrix.owner"


def label(**others: str) -> str:
    """The label of this process, with some parts of another."""
    where, number, began = orphans.owner()[NAME].rsplit("/", 2)
    parts = {"where": where, "number": number, "began": began} | others
    return "/".join(parts.values())


@pytest.fixture
def ended() -> str:
    """The number of a process that is gone."""
    with subprocess.Popen((sys.executable, "-c", "")) as process:
        process.wait()
    return str(process.pid)


def test_this_process_lives() -> None:
    """What this process made is nobody's orphan."""
    assert not orphans.is_gone(label())


def test_gone(ended: str) -> None:
    """A process that has ended has left what it made."""
    assert orphans.is_gone(label(number=ended))


def test_number_used_again() -> None:
    """A process that has the number of another is not that one."""
    assert orphans.is_gone(label(began="1"))


@pytest.mark.parametrize(
    "unknown",
    [
        {"where": "another-boot/pid:[1]"},
        {"number": "many"},
        {"number": ""},
    ],
    ids=["elsewhere", "no number", "nothing"],
)
def test_nobody_can_tell(unknown: dict[str, str], ended: str) -> None:
    """Of another machine, another boot or another namespace nothing is known, nor of a label that is none."""
    assert not orphans.is_gone(label(**({"number": ended} | unknown)))
    assert not orphans.is_gone("")


@dataclass
class Made:
    """A container."""

    labels: dict[str, str]
    removed: bool = False

    def remove(self, **_: bool) -> None:
        self.removed = True


@dataclass
class Engine:
    """An engine that has some."""

    made: list[Made] = field(default_factory=list)

    @property
    def containers(self) -> Any:
        return self

    def list(self, **_: object) -> list[Made]:
        return self.made


def test_only_orphans_are_removed(ended: str) -> None:
    """What is left by a process that is gone goes, and nothing else."""
    engine = Engine([Made({NAME: label(number=ended)}), Made({NAME: label()}), Made({NAME: label(where="x/y")})])
    assert orphans.remove_orphans(engine) == 1  # type: ignore[arg-type]
    assert [each.removed for each in engine.made] == [True, False, False]


def test_where_nobody_can_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a system that does not number its boots, nothing is labelled, and nothing is removed."""
    monkeypatch.setattr(orphans, "machine", lambda: "")
    assert orphans.owner() == {}
    assert not orphans.is_gone(f"x/y/{os.getpid()}/0")
