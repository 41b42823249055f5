"""`matrix.provision.sdist`: an sdist is data here, whatever is in it; by the real uv, with a folder for an index."""

import hashlib
import io
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from matrix.errors import EnvironmentLacks
from matrix.provision import sdist, uv
from matrix.provision.sdist import Sdist

PYTHON = "3.12"
PROJECT = (
    '[build-system]\nrequires = ["flit_core >=2,<4"]\nbuild-backend = "flit_core.buildapi"\nbackend-path = ["own"]\n'
)
PKG_INFO = "Metadata-Version: 1.0\nName: old\nVersion: 1.0\n"


def write_sdist(path: Path, **files: str) -> Path:
    """An sdist in a tar file; underscores in names are dots."""
    with tarfile.open(path, "w:gz") as archive:
        for name, text in {"PKG-INFO": PKG_INFO, **files}.items():
            entry = tarfile.TarInfo(f"old-1.0/{name.replace('_', '.')}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return path


@pytest.fixture
def index(
    offline: Path,  # noqa: ARG001  for the variables that it sets
    cache: Path,  # noqa: ARG001  likewise
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """An index that is an empty folder."""
    folder = tmp_path / "index"
    folder.mkdir()
    settings = tmp_path / "uv.toml"
    settings.write_text(f"no-index = true\nfind-links = ['{folder}']\n")
    monkeypatch.setenv("UV_CONFIG_FILE", str(settings))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    return folder


def test_found_and_not_run(index: Path, tmp_path: Path) -> None:
    """The index says which sdist there is; its set-up script, which would tell, is not run for that."""
    told = tmp_path / "told"
    path = write_sdist(index / "old-1.0.tar.gz", setup_py=f"open({str(told)!r}, 'w')\n")
    assert sdist.sdist_of("old==1.0", PYTHON) == Sdist(name="old", version="1.0", place=str(path), sha256="")
    assert not told.exists()


def test_project_is_not_run(index: Path, tmp_path: Path) -> None:
    """Nor is a backend that the sdist brings along."""
    told = tmp_path / "told"
    project = '[build-system]\nrequires = []\nbuild-backend = "setup"\nbackend-path = ["."]\n'
    write_sdist(index / "old-1.0.tar.gz", setup_py=f"open({str(told)!r}, 'w')\n", pyproject_toml=project)
    assert sdist.sdist_of("old==1.0", PYTHON) is not None
    assert not told.exists()


@pytest.mark.usefixtures("index")
def test_no_such_release() -> None:
    """A release that the index does not have has no sdist."""
    assert sdist.sdist_of("old==1.0", PYTHON) is None


def test_only_a_wheel(index: Path, write_wheel: Callable[..., Path]) -> None:
    """A release may have a wheel and no sdist."""
    write_wheel(index, "old", "1.0", {"old.py": ""})
    assert sdist.sdist_of("old==1.0", PYTHON) is None


# The file.


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A server of a folder, on loopback; where it is."""
    (tmp_path / "files").mkdir()

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "files"))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def at(place: str, sha256: str = "") -> Sdist:
    return Sdist(name="old", version="1.0", place=place, sha256=sha256)


@pytest.mark.usefixtures("cache")
def test_fetched(address: str, tmp_path: Path) -> None:
    """The file that the index named is there, under its own name."""
    (tmp_path / "files" / "old-1.0.tar.gz").write_bytes(b"content")
    folder = sdist.fetch(at(f"{address}/old-1.0.tar.gz?x=y", hashlib.sha256(b"content").hexdigest()))
    assert (folder.path / "old-1.0.tar.gz").read_bytes() == b"content"


def test_another_file(address: str, tmp_path: Path, cache: Path) -> None:
    """A file of another digest is refused, and leaves nothing."""
    (tmp_path / "files" / "old-1.0.tar.gz").write_bytes(b"forged")
    with pytest.raises(EnvironmentLacks, match="not the one that the index names"):
        sdist.fetch(at(f"{address}/old-1.0.tar.gz", hashlib.sha256(b"content").hexdigest()))
    assert list((cache / "sdist").iterdir()) == []


@pytest.mark.usefixtures("cache")
def test_too_large(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file without end is not read to its end."""
    monkeypatch.setattr(sdist, "_LARGEST", 1 << 20)
    (tmp_path / "files" / "old-1.0.tar.gz").write_bytes(bytes(3 << 20))
    with pytest.raises(EnvironmentLacks, match="more than 1 MiB"):
        sdist.fetch(at(f"{address}/old-1.0.tar.gz", "0" * 64))


@pytest.mark.usefixtures("cache")
def test_not_there(address: str) -> None:
    """A file that cannot be had is this machine's lack; the address is not told."""
    with pytest.raises(EnvironmentLacks, match="cannot be fetched") as caught:
        sdist.fetch(at(f"{address}/old-1.0.tar.gz", "0" * 64))
    assert "127.0.0.1" not in caught.value.message


@pytest.mark.usefixtures("cache")
def test_of_this_host(tmp_path: Path) -> None:
    """An index that is a folder has its files here."""
    path = write_sdist(tmp_path / "old-1.0.tar.gz")
    folder = sdist.fetch(at(str(path)))
    assert (folder.path / path.name).read_bytes() == path.read_bytes()


# What it asks for.


def test_asks_for(tmp_path: Path) -> None:
    """What it says in its project file is taken as it is."""
    path = write_sdist(tmp_path / "old-1.0.tar.gz", pyproject_toml=PROJECT)
    assert sdist.asks_for(path) == (("flit_core<4,>=2",), "flit_core.buildapi", ["own"])


@pytest.mark.parametrize("project", ["", '[project]\nname = "old"\n'], ids=["none", "without a build system"])
def test_asks_for_nothing(tmp_path: Path, project: str) -> None:
    """Where nothing is said, it is built as ever: by setuptools from its set-up script."""
    files = {"pyproject_toml": project} if project else {}
    path = write_sdist(tmp_path / "old-1.0.tar.gz", **files)
    assert sdist.asks_for(path) == (("setuptools", "wheel"), "setuptools.build_meta:__legacy__", [])


def test_asks_for_in_a_zip_file(tmp_path: Path) -> None:
    """A zip file is read in the same way; only the outermost project file counts."""
    path = tmp_path / "old-1.0.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("old-1.0/inner/pyproject.toml", "[build-system]\nrequires = ['wrong']\n")
        archive.writestr("old-1.0/pyproject.toml", PROJECT)
    assert sdist.asks_for(path)[1] == "flit_core.buildapi"


@pytest.mark.parametrize(
    "project",
    [
        "no toml",
        '[build-system]\nrequires = ["!"]\n',
        "[build-system]\nrequires = [5]\n",
        "build-system = 5\n",
        '[build-system]\nrequires = ["x @ file:///etc/passwd"]\n',
    ],
    ids=["no toml", "no requirement", "a number", "no table", "an address"],
)
def test_asks_for_rubbish(tmp_path: Path, project: str) -> None:
    """What cannot be understood, or is on no index, cannot be built: uninstallable, with a reason."""
    path = write_sdist(tmp_path / "old-1.0.tar.gz", pyproject_toml=project)
    with pytest.raises(uv.NoSolution, match="its sdist"):
        sdist.asks_for(path)


@pytest.mark.parametrize("name", ["old-1.0.tar.gz", "old-1.0.zip"])
def test_no_archive(tmp_path: Path, name: str) -> None:
    """A file that is no archive cannot be read."""
    (tmp_path / name).write_bytes(b"rubbish")
    with pytest.raises(uv.NoSolution, match="cannot be read"):
        sdist.asks_for(tmp_path / name)


def test_spoilt_zip_file(tmp_path: Path) -> None:
    """Nor can one whose content is not what its list says."""
    path = tmp_path / "tiny-1.0.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("tiny-1.0/pyproject.toml", "[build-system]\n" * 100)
    data = bytearray(path.read_bytes())
    start = 30 + len("tiny-1.0/pyproject.toml")  # behind the local header
    data[start : start + 8] = b"\xff" * 8
    path.write_bytes(data)
    with pytest.raises(uv.NoSolution, match="cannot be read"):
        sdist.asks_for(path)
