"""`matrix.provision.suite` and `tree`: whether interpreters can be got, and that those that were got run here."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from matrix.errors import EnvironmentLacks
from matrix.provision import environment, interpreters, suite, tree
from matrix.provision.interpreters import Interpreter

NAMES = ("3.14", "3.15", "pypy3.11")
PROBE = """
import asyncio, concurrent.futures, json, multiprocessing, ssl, subprocess, sys

def answer(number):
    return number, sys.executable

async def main():
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", "print(7)", stdout=subprocess.PIPE)
    return (await child.communicate())[0].decode().strip()

if __name__ == "__main__":
    found = {"executable": sys.executable, "openssl": ssl.OPENSSL_VERSION_INFO[0], "async": asyncio.run(main())}
    for method in ("spawn", "forkserver"):
        with multiprocessing.get_context(method).Pool(1) as pool:
            found[method] = pool.apply(answer, (3,))
    libc = {line.split()[-1] for line in open("/proc/self/maps") if "/libc.so" in line}
    print(json.dumps({**found, "libc": sorted(libc)}))
"""


def test_never(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is to be got from a suite, nothing is, and the reason is told."""
    monkeypatch.setenv(suite.VARIABLE, "never")
    assert suite.unavailable(suite.load()) == "LEAKMATRIX_SUITE says never"
    with pytest.raises(EnvironmentLacks, match="LEAKMATRIX_SUITE says never"):
        suite.obtain(["3.15"], print)


def test_another_suite(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another suite can be named, under its own title."""
    monkeypatch.setenv(suite.VARIABLE, "sid")
    assert suite.load().title == "Debian sid"


def test_no_apt(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A host without apt has no suite."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert suite.unavailable(suite.load()) in {"this host has no apt-get", "LEAKMATRIX_SUITE says never"}


def test_every_interpreter_is_one_of_the_grid() -> None:
    """What the data has packages for is what a grid may name."""
    assert set(suite.load().packages) <= set(interpreters.SUPPORTED)


@pytest.mark.usefixtures("cache")
def test_nothing_made() -> None:
    """An empty cache has no tree."""
    assert list(suite.made()) == []


@pytest.mark.parametrize(
    ("python", "program"), [("3.14", "usr/bin/python3.14"), ("pypy3.11", "usr/bin/pypy3.11")], ids=["CPython", "PyPy"]
)
def test_program(python: str, program: str) -> None:
    """Where a package puts its interpreter."""
    assert tree.program(python) == program


def test_packages_without_the_interpreter(tmp_path: Path) -> None:
    """A suite that has moved on to another version says so, instead of giving that one."""
    with pytest.raises(EnvironmentLacks, match=r"the packages for 3\.14 have no usr/bin/python3\.14"):
        tree.make(tmp_path / "tree", "3.14", [])


def test_failure_is_told(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:  # noqa: ARG001  nothing is made in it
    """A suite that cannot be had is told, and spoils nothing."""
    monkeypatch.setenv(suite.VARIABLE, "no-such-suite")
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "never")
    if suite.unavailable(suite.load()):
        pytest.skip(suite.unavailable(suite.load()))
    said: list[str] = []
    found = interpreters.obtain(["3.15"], {}, said.append)
    assert all(interpreter.root is None for interpreter in found.values())
    assert said[-1].startswith("not from Debian no-such-suite: apt could not do its work")
    assert "://" not in said[-1]


# The real ones, in the cache of whoever runs these tests: they are got once.


@pytest.fixture(scope="module")
def got() -> Mapping[str, Interpreter]:
    """The interpreters of the suite."""
    if why := suite.unavailable(suite.load()):
        pytest.skip(why)
    there = {name: each for name, each in interpreters.on_host().items() if each.root}
    if missing := [name for name in NAMES if name not in there]:
        suite.obtain(missing, print)
        there = {name: each for name, each in interpreters.on_host().items() if each.root}
    return there


@pytest.mark.suite
@pytest.mark.parametrize("name", NAMES)
def test_runs_here(got: Mapping[str, Interpreter], name: str, tmp_path: Path) -> None:
    """Under its own libc, and so do the interpreters that it starts, in each of the ways there are."""
    there = got[name]
    (tmp_path / "probe.py").write_text(PROBE)
    done = subprocess.run((there.executable, tmp_path / "probe.py"), capture_output=True, text=True, check=False)
    assert done.stderr == ""
    found = json.loads(done.stdout)
    executable = str(there.executable)
    assert (found["executable"], found["async"], found["openssl"]) == (executable, "7", 3)
    assert found["spawn"] == found["forkserver"] == [3, executable]
    assert [path.startswith(str(there.root)) for path in found["libc"]] == [True]


@pytest.mark.suite
@pytest.mark.index
@pytest.mark.parametrize(
    ("name", "wanted", "module"),
    [
        ("3.14", "aiohttp", "aiohttp._http_parser"),
        ("3.15", "curl-cffi", "curl_cffi._wrapper"),
        ("pypy3.11", "aiohttp", "aiohttp.client"),
        ("pypy3.11", "brotli", "_brotli"),
    ],
)
def test_wheels(got: Mapping[str, Interpreter], name: str, wanted: str, module: str) -> None:
    """The wheels that uv chooses for it are for it: native ones load, C++ and its own ABI among them."""
    packages = environment.provide((wanted,), python=name).folder.path
    command = (got[name].executable, "-c", f"import {module}")
    done = subprocess.run(command, env={"PYTHONPATH": str(packages)}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.suite
def test_a_tree_can_be_moved(got: Mapping[str, Interpreter], tmp_path: Path) -> None:
    """Its launcher finds the rest from where it is itself, also through a link."""
    root = got["3.14"].root
    assert root is not None
    moved = tmp_path / "elsewhere"
    moved.symlink_to(root)
    done = subprocess.run((moved / tree.LAUNCHER, "-c", "print(1)"), capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"
