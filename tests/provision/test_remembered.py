"""`matrix.provision.remembered`: for some minutes, for the same question, and only what is from an address."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from matrix.provision import remembered
from matrix.provision.environment import resolve_recently

pytestmark = pytest.mark.usefixtures("cache")

WHEEL = 'wheels = [{ url = "%s/tiny-1.0-py3-none-any.whl", hashes = { sha256 = "00" } }]\n'
REMOTE = '[[packages]]\nname = "tiny"\nversion = "1.0"\n' + WHEEL % "https://host"
LOCAL = '[[packages]]\nname = "tiny"\nversion = "1.0"\n' + WHEEL % "file:///wheels"


def test_remembered() -> None:
    """What came of a question is there for the next who asks it."""
    remembered.remember("question", REMOTE)
    assert remembered.recall("question") == REMOTE
    assert remembered.recall("another") is None


@pytest.mark.parametrize("text", [LOCAL, REMOTE + LOCAL, ""], ids=["a folder", "partly a folder", "nothing"])
def test_not_remembered(text: str) -> None:
    """What is in a folder of this host may be another file at any moment."""
    remembered.remember_lock("question", text)
    assert remembered.recall("question") is None


@pytest.mark.parametrize("passed", [remembered.SECONDS + 1, -3600], ids=["too old", "of the future"])
def test_not_for_long(cache: Path, passed: float) -> None:
    """After some minutes it is asked again; a clock that was put back makes nothing last."""
    remembered.remember("question", REMOTE)
    path = cache / "answers" / "question.json"
    kept = json.loads(path.read_text())
    path.write_text(json.dumps(kept | {"asked": kept["asked"] - passed}))
    assert remembered.recall("question") is None


@pytest.mark.parametrize("text", ["", "rubbish", "[]", "{}", '{"asked": "today", "answer": ""}'])
def test_rubbish_is_nothing(cache: Path, text: str) -> None:
    """What cannot be read was never there."""
    remembered.remember("question", REMOTE)
    (cache / "answers" / "question.json").write_text(text)
    assert remembered.recall("question") is None


def test_cannot_be_written(cache: Path) -> None:
    """Without room for it, it is asked again."""
    cache.touch()
    remembered.remember("question", REMOTE)
    assert remembered.recall("question") is None


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """The name of one question, asked in an empty folder of a user without settings."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("UV_CONFIG_FILE", raising=False)
    return lambda: remembered.question("tiny")


def test_the_same_question(asked: Callable[[], str]) -> None:
    """It has the same name each time."""
    assert asked() == asked() != remembered.question("tiny", "big")


def test_another_variable(asked: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Another setting in the environment is another question."""
    before = asked()
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://host/simple")
    assert asked() != before


@pytest.mark.parametrize("place", ["uv.toml", "pyproject.toml", "config/uv/uv.toml"])
def test_another_file(asked: Callable[[], str], tmp_path: Path, place: str) -> None:
    """Another setting in a file is another question: the project's, or the user's."""
    before = asked()
    (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / place).write_text("offline = true\n")
    assert asked() != before


def test_named_file(asked: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a file is named, its content counts."""
    (tmp_path / "mine.toml").write_text("offline = true\n")
    monkeypatch.setenv("UV_CONFIG_FILE", str(tmp_path / "mine.toml"))
    before = asked()
    (tmp_path / "mine.toml").write_text("offline = false\n")
    assert asked() != before


@pytest.mark.usefixtures("offline")
def test_wheels_of_this_host_are_always_looked_for(
    tmp_path: Path, write_wheel: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who builds a wheel and runs again has the new one."""
    (tmp_path / "wheels").mkdir()
    (tmp_path / "uv.toml").write_text(f"no-index = true\nfind-links = ['{tmp_path}/wheels']\n")
    monkeypatch.setenv("UV_CONFIG_FILE", str(tmp_path / "uv.toml"))
    digests = set()
    for text in ("1", "2"):
        write_wheel(tmp_path / "wheels", "tiny", "1.0", {"tiny.py": f"VERSION = {text}\n"})
        digests.add(resolve_recently(("tiny==1.0",), python="3.12").digest)
    assert len(digests) == 2


def test_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is remembered needs no uv."""
    monkeypatch.setattr(remembered, "question", lambda *_: "question")
    remembered.remember("question", REMOTE)
    monkeypatch.setenv("UV_OFFLINE", "1")
    assert resolve_recently(("tiny==1.0",), python="3.12").resolved == {"tiny": "1.0"}


def test_virtual_environments_ask_alike(tmp_path: Path) -> None:
    """What was resolved in tox's environment is remembered in one's own, if it is of the same interpreter."""
    named = set()
    for name in ("one", "other"):
        (tmp_path / name).symlink_to(Path(sys.executable).resolve())
        code = "from matrix.provision.environment import ANY_INTERPRETER; print(*ANY_INTERPRETER)"
        there = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        named.add(subprocess.check_output([tmp_path / name, "-c", code], env=there, text=True))
    assert len(named) == 1
