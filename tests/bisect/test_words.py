"""`matrix.bisect.words`: what a search says of what it found. Read the golden files.

`REGENERATE_GOLDEN=1 pytest tests/bisect` writes them anew; read the difference before it is committed.
"""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from matrix.bisect.hunt import hunt
from matrix.bisect.model import Answer, Tried
from matrix.bisect.words import as_json, line, text
from matrix.model import Cell, Resolve, Verdict
from tests.bisect.world import CLIENT, Lock, World, releases

GOLDEN = Path(__file__).parent / "golden"
HOSTILE = "<script>\x1b[31m\x00\u202e[bold]\nx"


def _major(lock: Lock, package: str) -> int:
    return int(lock[package].split(".")[0])


def _world(answer: Callable[[Lock], Verdict | None], limit: int | None = None) -> World:
    index = {
        CLIENT: releases(12, requires=lambda _: {"core": "", "idna": ""}),
        "core": releases(12),
        "idna": releases(3),
    }
    return World(index=index, answer=answer, limit=limit)


def _held(*, when: bool) -> Verdict:
    return Verdict.HELD if when else Verdict.CLEAN


def _client() -> Answer:
    world = _world(lambda lock: _held(when=_major(lock, CLIENT) > 6))
    return hunt(world.question(), world, world.history)


def _fixed_between_gaps() -> Answer:
    def answer(lock: Lock) -> Verdict | None:
        number = _major(lock, CLIENT)
        return None if number in {1, 5, 6} else _held(when=number < 6)

    world = _world(answer)
    return hunt(world.question(), world, world.history)


def _package() -> Answer:
    world = _world(lambda lock: _held(when=_major(lock, "core") > 4))
    return hunt(world.question(resolve=Resolve.ERA), world, world.history)


def _limit() -> Answer:
    world = _world(lambda lock: _held(when=_major(lock, CLIENT) > 6), limit=4)
    return hunt(world.question(), world, world.history)


def _nothing() -> Answer:
    world = _world(lambda _: Verdict.GC)
    answer = hunt(world.question(), world, world.history)
    asked = replace(answer.question, kind="pool slot")
    return replace(answer, question=asked, tried=tuple(replace(each, kinds=("socket",)) for each in answer.tried))


ANSWERS = {
    "client": _client,
    "fixed_between_gaps": _fixed_between_gaps,
    "package": _package,
    "limit": _limit,
    "nothing": _nothing,
}


@pytest.mark.parametrize("name", list(ANSWERS))
def test_text(name: str) -> None:
    """Each kind of end reads as its golden file."""
    said = text(ANSWERS[name]())
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("REGENERATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(said, encoding="utf-8")
    assert said == path.read_text(encoding="utf-8")


def test_json() -> None:
    """For programs there is all of it."""
    said = json.loads(as_json(_package()))
    assert said["complete"]
    assert said["bad"] == ["refcount", "gc", "loop", "held"]
    assert said["steps"][0]["deeper"][0]["new"] == "5.0"
    assert {tried["verdict"] for tried in said["tried"]} == {"clean", "held"}


def test_hostile_text() -> None:
    """Somebody else's words are on one line and do nothing to a terminal."""
    cell = Cell(python="3.12", client=HOSTILE, version=HOSTILE)
    gap = Tried(cell=cell, status="import error", reason=HOSTILE)
    answer = _fixed_between_gaps()
    step = replace(answer.steps[0], subject=HOSTILE, old=HOSTILE, new=HOSTILE, held=HOSTILE, blame=HOSTILE, gaps=(gap,))
    asked = replace(answer.question, case=HOSTILE, kind=HOSTILE)
    said = text(
        replace(answer, question=asked, steps=(step,), notes=(HOSTILE,), tried=(gap,), elsewhere=((HOSTILE, HOSTILE),))
    )
    untried = text(replace(answer, steps=(replace(step, untried=(HOSTILE,)),)))
    for each in (said, untried, line(gap)):
        assert [letter for letter in each if not letter.isprintable() and letter != "\n"] == []
        assert "\nx" not in each
    json.loads(as_json(replace(answer, question=asked, steps=(step,))))


@pytest.mark.parametrize(
    ("reason", "short"),
    [
        (
            "error: No solution found when resolving dependencies\n  cause: Because x has no wheels.",
            "Because x has no wheels.",
        ),
        (
            "ModuleNotFoundError: No module named 'cgi'\nTraceback (most recent call last):",
            "ModuleNotFoundError: No module named 'cgi'",
        ),
        ("", ""),
        ("\n \n", ""),
    ],
    ids=["resolver", "import", "none", "blank"],
)
def test_short_reason(reason: str, short: str) -> None:
    """Of a long reason, the line that says something."""
    tried = Tried(cell=Cell(python="3.12", client="httpx", version="1.0"), status="gap", reason=reason)
    assert line(tried) == f"py3.12-httpx-1.0  gap{': ' if short else ''}{short}"
