"""`matrix.provision.interpreters`: what an executable says of itself, and where they are looked for."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from matrix.provision import interpreters
from matrix.provision.interpreters import ask, on_host

pytestmark = pytest.mark.usefixtures("cache")

RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"
FAKE = {
    "implementation": "CPython",
    "version": "3.15.99",
    "minor": "3.15",
    "threads": "",
    "standard_library": "/nowhere",
    "extensions": "/nowhere",
}


def write_program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def fake(path: Path, **said: str) -> Path:
    """A program that answers as an interpreter does."""
    return write_program(path, f"cat <<.\n{json.dumps(FAKE | said)}\n.")


@pytest.fixture
def pyenv(
    offline: Path,  # noqa: ARG001  for the variables that it sets
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """A pyenv without any version in it yet."""
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    return tmp_path / "pyenv" / "versions"


def test_the_running_one() -> None:
    """An interpreter says its name, its version and where its standard library is."""
    said = ask(Path(sys.executable))
    assert said is not None
    assert (said.name, said.version) == (RUNNING, ".".join(map(str, sys.version_info[:3])))
    assert (said.standard_library / "json" / "__init__.py").exists()


def test_the_running_one_is_on_this_host() -> None:
    """The version that runs these tests is found."""
    assert RUNNING in on_host()


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("echo hello", id="says something else"),
        pytest.param("exit 1", id="fails"),
        pytest.param("kill -9 $$", id="dies"),
        pytest.param("echo '[]'", id="other JSON"),
        pytest.param("echo '{}'", id="says nothing of itself"),
    ],
)
def test_program_that_is_no_interpreter(tmp_path: Path, script: str) -> None:
    """A program that does not answer the question is no interpreter."""
    assert ask(write_program(tmp_path / "python", script)) is None


def test_file_that_is_no_program(tmp_path: Path) -> None:
    """A file that cannot be run is no interpreter."""
    (tmp_path / "python").write_text("text")
    assert ask(tmp_path / "python") is None


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ({}, "3.15"),
        ({"threads": "t"}, "3.15t"),
        ({"implementation": "PyPy", "minor": "3.11"}, "pypy3.11"),
    ],
    ids=["CPython", "free-threaded", "PyPy"],
)
def test_names(tmp_path: Path, said: dict[str, str], name: str) -> None:
    """Free-threaded builds and other implementations have names of their own."""
    found = ask(fake(tmp_path / "python", **said))
    assert found is not None
    assert found.name == name


def test_asked_once(tmp_path: Path) -> None:
    """What it said is remembered, as long as the file is the same."""
    program = fake(tmp_path / "python", version="$(echo >> $0.asked)")
    assert ask(program) == ask(program)
    assert (tmp_path / "python.asked").read_text() == "\n"
    fake(tmp_path / "python", version="3.15.100")
    found = ask(program)
    assert found is not None
    assert found.version == "3.15.100"


def test_pyenv_is_looked_into(pyenv: Path) -> None:
    """Interpreters in pyenv's folder count, switched on or not."""
    program = fake(pyenv / "3.15.99" / "bin" / "python")
    assert on_host()["3.15"].executable == program


def test_newest_of_a_name(pyenv: Path) -> None:
    """Of two with the same name the newer one is taken, by number."""
    fake(pyenv / "a" / "bin" / "python", version="3.15.100")
    fake(pyenv / "b" / "bin" / "python", version="3.15.99")
    assert on_host()["3.15"].version == "3.15.100"


def test_old_ones_are_left_out(pyenv: Path) -> None:
    """What no client is tried on is not there."""
    fake(pyenv / "a" / "bin" / "python", minor="3.7", version="3.7.1")
    assert "3.7" not in on_host()


def test_broken_ones_are_left_out(pyenv: Path) -> None:
    """An interpreter that does not start spoils nothing."""
    write_program(pyenv / "a" / "bin" / "python", "exit 127")
    assert RUNNING in on_host()


@pytest.mark.usefixtures("pyenv")
def test_nothing_is_downloaded_unasked() -> None:
    """Where uv must not download, and no suite has it, what is missing stays missing."""
    found = on_host()
    assert interpreters.obtain(["3.99"], found) is found


def test_pypy_of_another_language_is_left_out(pyenv: Path) -> None:
    """The grid has one PyPy; an older one is not it."""
    fake(pyenv / "a" / "bin" / "python", implementation="PyPy", minor="3.10")
    fake(pyenv / "b" / "bin" / "python", implementation="PyPy", minor="3.11")
    assert [name for name in on_host() if name.startswith("pypy")] == ["pypy3.11"]


def test_free_threaded_build_is_found(pyenv: Path) -> None:
    """It is no part of the usual grid, but there for who asks."""
    fake(pyenv / "a" / "bin" / "python", threads="t")
    assert "3.15t" in on_host()


def test_trees_of_a_suite(offline: Path) -> None:
    """What was made from a suite is found in the cache, and says which tree it is in; a half-made one is not."""
    root = offline / "interpreter" / "abc"
    program = fake(root / "usr" / "bin" / "python")
    fake(offline / "interpreter" / ".abd-half" / "usr" / "bin" / "python", version="3.15.100")
    try:
        found = on_host()["3.15"]
    finally:
        shutil.rmtree(offline / "interpreter")
    assert (found.executable, found.root) == (program, root)
