"""`matrix.builder`: wheels of releases that have none, by the real uv; in a sandbox that only answers, and in both."""

import io
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from matrix.builder import Builder
from matrix.config import Limits
from matrix.model import Cell, CellStatus
from matrix.provision import code, environment, uv
from matrix.resolution import Resolver
from matrix.sandbox import Building, Ended
from matrix.sandbox.docker import DockerSandbox, connect
from matrix.sandbox.process import ProcessSandbox

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
WHEEL = "old-1.0-py3-none-any.whl"

# A backend that an sdist brings along: it needs nothing to be installed. It tells where it was run.
BACKEND = """
import os, zipfile

def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "{name}"
    files = [
        ("old.py", "BUILT_BY = %r" % [os.getuid(), os.environ.get("CANARY")]),
        ("old-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: old\\nVersion: 1.0\\nRequires-Dist: tiny\\n"),
        ("old-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"),
        ("old-1.0.dist-info/RECORD", ""),
    ]
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        for path, text in files:
            wheel.writestr(zipfile.ZipInfo(path), text)
    try:
        open("{told}", "w")
    except OSError:
        pass
    return name
"""
PROJECT = '[build-system]\nrequires = []\nbuild-backend = "own"\nbackend-path = ["."]\n'


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """A file of this host that the release writes if it runs where it may."""
    return tmp_path / "told"


@pytest.fixture
def index(
    offline: Path,  # noqa: ARG001  for the variables that it sets
    tmp_path: Path,
    told: Path,
    write_wheel: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """An index that has one release as an sdist alone, and what that depends on as a wheel."""
    folder = tmp_path / "index"
    folder.mkdir()
    with tarfile.open(folder / "old-1.0.tar.gz", "w:gz") as archive:
        files = {
            "own.py": BACKEND.format(name=WHEEL, told=told),
            "setup.py": f"open({str(told)!r}, 'w')\n",
            "pyproject.toml": PROJECT,
            "PKG-INFO": "Metadata-Version: 1.0\nName: old\nVersion: 1.0\n",
        }
        for name, text in files.items():
            entry = tarfile.TarInfo(f"old-1.0/{name}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    write_wheel(folder, "tiny", "1.0", {"tiny.py": ""})
    settings = tmp_path / "uv.toml"
    settings.write_text(f"no-index = true\nfind-links = ['{folder}']\n")
    monkeypatch.setenv("UV_CONFIG_FILE", str(settings))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    monkeypatch.setenv("LEAKMATRIX_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("CANARY", "a secret of the host's")
    return folder


class Answering:
    """A sandbox that builds by answering."""

    name = "fake"
    platform = ""

    def __init__(self, ended: Ended) -> None:
        self.ended = ended
        self.buildings: list[Building] = []

    def build(self, building: Building) -> Ended:
        self.buildings.append(building)
        return self.ended


def built(sandbox: Any, *requirements: str) -> tuple[Path, ...]:
    return Builder(sandbox, code.provide(), Limits()).wheels(requirements, PYTHON)


@pytest.mark.usefixtures("index")
def test_only_what_has_no_wheel(told: Path) -> None:
    """A release with a wheel is left alone; of the other the sandbox is handed the sdist, and what it asks for."""
    sandbox = Answering(Ended(answer=WHEEL.encode() + b"\nthe wheel"))
    (folder,) = built(sandbox, "tiny==1.0", "old==1.0")
    assert (folder / WHEEL).read_bytes() == b"the wheel"
    (building,) = sandbox.buildings
    assert (building.source.path / "old-1.0.tar.gz").exists()
    assert building.job == {"sdist": "old-1.0.tar.gz", "backend": "own", "backend_path": ["."]}
    assert not told.exists()


@pytest.mark.usefixtures("index")
def test_built_once() -> None:
    """What was built is there for later runs."""
    first = built(Answering(Ended(answer=WHEEL.encode() + b"\nthe wheel")), "old==1.0")
    again = Answering(Ended(answer=None))
    assert built(again, "old==1.0") == first
    assert again.buildings == []


NO_WHEEL = {
    "fails": (Ended(answer=None, status=CellStatus.CRASHED, reason="no compiler"), "cannot be built: no compiler"),
    "hangs": (Ended(answer=b"x", status=CellStatus.TIMEOUT, reason="still running"), "cannot be built: still running"),
    "nothing": (Ended(answer=None), "no wheel came of it"),
    "rubbish": (Ended(answer=b"\xff\xfe\n"), "what its sdist builds is none"),
    "no wheel": (Ended(answer=b"old-1.0.exe\nMZ"), "what its sdist builds is none"),
    "a path": (Ended(answer=b"../old-1.0-py3-none-any.whl\n"), "what its sdist builds is none"),
    "a path below": (Ended(answer=b"old-1.0-py3-none-any/x.whl\n"), "what its sdist builds is none"),
    "another release": (Ended(answer=b"pip-1.0-py3-none-any.whl\n"), "builds another: pip 1.0"),
    "another version": (Ended(answer=b"old-2.0-py3-none-any.whl\n"), "builds another: old 2.0"),
}


@pytest.mark.usefixtures("index")
@pytest.mark.parametrize(("ended", "words"), NO_WHEEL.values(), ids=NO_WHEEL)
def test_no_wheel_came_of_it(ended: Ended, words: str, tmp_path: Path) -> None:
    """Whatever a build leaves, the host believes a wheel of that very release, or nothing; nothing is kept."""
    with pytest.raises(uv.NoSolution, match=words):
        built(Answering(ended), "old==1.0")
    assert list((tmp_path / "cache" / "wheel").iterdir()) == []


# In the resolution of a cell.

CELL = Cell(python=PYTHON, client="old", version="1.0")


@pytest.fixture
def process(index: Path) -> Iterator[ProcessSandbox]:  # noqa: ARG001  for the variables that it sets
    """The process sandbox."""
    sandbox = ProcessSandbox()
    yield sandbox
    sandbox.close()


def resolver(sandbox: Any, *clients: str) -> Resolver:
    return Resolver(Builder(sandbox, code.provide(), Limits()), clients)


@pytest.mark.usefixtures("index")
def test_only_where_it_is_asked_for() -> None:
    """A client of which the configuration does not say so is not built."""
    sandbox = Answering(Ended(answer=None))
    with pytest.raises(uv.NoSolution, match=r"no wheels|no usable wheels"):
        resolver(sandbox, "another").client(CELL, "")
    assert sandbox.buildings == []


def test_resolved_with_what_it_depends_on(process: ProcessSandbox) -> None:
    """From a wheel that was built the rest is resolved as ever."""
    lock = resolver(process, "old").client(CELL, "")
    assert (lock.resolved, lock.built) == ({"old": "1.0", "tiny": "1.0"}, (WHEEL,))


def test_in_a_process(process: ProcessSandbox, told: Path) -> None:
    """In the process sandbox a build is a child of this host: with none of its variables, and all of its files."""
    lock = resolver(process, "old").client(CELL, "")
    text = (environment.install(lock).folder.path / "old.py").read_text()
    assert text.endswith(", None]")
    assert told.exists()


@pytest.mark.engine
@pytest.mark.usefixtures("index")
def test_in_a_container(told: Path) -> None:
    """In Docker nothing of a release runs on this host, also not to learn what it is: it is nobody, in a container."""
    sandbox = DockerSandbox(connect())
    try:
        lock = resolver(sandbox, "old").client(CELL, sandbox.platform)
        text = (environment.install(lock).folder.path / "old.py").read_text()
        assert text == "BUILT_BY = [65534, None]"
        assert not told.exists()
    finally:
        sandbox.close()
        sandbox._client.close()


@pytest.mark.engine
@pytest.mark.index
@pytest.mark.parametrize("release", ["urllib3==1.10.4", "requests==2.3.0"])
def test_old_releases(release: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Real releases of ten years ago are built by setuptools of today, or have a wheel after all."""
    monkeypatch.setenv("LEAKMATRIX_CACHE", str(tmp_path / "cache"))
    sandbox = DockerSandbox(connect())
    name, _, version = release.partition("==")
    try:
        cell = Cell(python=PYTHON, client=name, version=version)
        lock = resolver(sandbox, name).client(cell, sandbox.platform)
        assert lock.resolved[name] == version
        assert bool(lock.built) is (name == "urllib3")
        assert (environment.install(lock).folder.path / name / "__init__.py").exists()
    finally:
        sandbox.close()
        sandbox._client.close()
