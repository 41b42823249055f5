"""`matrix.provision.environment`: requirements to an installed folder, by the real uv.

Its index is a folder of wheels; where dates matter, a tiny index on loopback that knows them.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from matrix.errors import EnvironmentLacks
from matrix.provision import uv
from matrix.provision.environment import install, provide, resolve

pytestmark = pytest.mark.usefixtures("folder")

PYTHON = "3.12"
UPLOADED = {"1.0": "2020-01-01T00:00:00Z", "2.0": "2022-01-01T00:00:00Z"}
IN_2021 = datetime(2021, 1, 1, tzinfo=UTC)


def digest(wheel: Path) -> str:
    """What an index says of a file; of a forged one it is not true."""
    return "0" * 64 if wheel.name.startswith("forged") else hashlib.sha256(wheel.read_bytes()).hexdigest()


@pytest.fixture
def folder(
    offline: Path,  # noqa: ARG001  for the variables that it sets
    cache: Path,  # noqa: ARG001  likewise
    tmp_path: Path,
    write_wheel: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """The wheels of an index: two versions of one package, one of which needs another package."""
    place = tmp_path / "wheels"
    place.mkdir()
    write_wheel(place, "tiny", "1.0", {"tiny.py": "VERSION = 1\n"})
    write_wheel(place, "tiny", "2.0", {"tiny.py": "VERSION = 2\n"}, requires=("Big_Name>=1",))
    write_wheel(place, "Big_Name", "1.0", {"big.py": ""})
    settings = tmp_path / "uv.toml"
    settings.write_text(f"no-index = true\nfind-links = ['{place}']\n")
    monkeypatch.setenv("UV_CONFIG_FILE", str(settings))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    return place


@pytest.fixture
def index(folder: Path, tmp_path: Path) -> Iterator[None]:
    """The same wheels, served on loopback with the dates of their upload."""

    class Index(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = folder / Path(self.path).name
            if path.suffix == ".whl":
                self.answer(path.read_bytes(), "application/octet-stream")
                return
            wanted = Path(self.path).name.replace("-", "_")
            found = [wheel for wheel in sorted(folder.iterdir()) if wheel.name.lower().startswith(f"{wanted}-")]
            files = [
                {
                    "filename": wheel.name,
                    "url": f"/files/{wheel.name}",
                    "hashes": {"sha256": digest(wheel)},
                    "upload-time": UPLOADED[wheel.name.split("-")[1]],
                }
                for wheel in found
            ]
            page = {"meta": {"api-version": "1.1"}, "name": wanted, "files": files}
            self.answer(json.dumps(page).encode(), "application/vnd.pypi.simple.v1+json")

        do_HEAD = do_GET  # noqa: N815  as the base class has it

        def answer(self, body: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Index) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        (tmp_path / "uv.toml").write_text(
            f'[[index]]\nname = "tiny"\nurl = "http://127.0.0.1:{server.server_port}/simple"\ndefault = true\n'
        )
        yield
        server.shutdown()
        thread.join()


def test_installed() -> None:
    """The folder has the newest that fits, importable as it is."""
    made = provide(("tiny",), python=PYTHON)
    assert (made.folder.path / "tiny.py").read_text() == "VERSION = 2\n"


def test_what_was_resolved() -> None:
    """Every package and its version is told, under its normalised name."""
    assert provide(("tiny",), python=PYTHON).resolved == {"tiny": "2.0", "big-name": "1.0"}


def test_in_the_cache(cache: Path) -> None:
    """The folder is in the cache and named after the lock."""
    made = provide(("tiny==1.0",), python=PYTHON)
    assert made.folder.path == cache / "env" / made.folder.digest


def test_same_lock_is_the_same_folder() -> None:
    """Other requirements that come to the same packages install nothing again."""
    first = provide(("tiny==1.0",), python=PYTHON)
    marked = first.folder.path / "marked"
    marked.touch()
    assert provide(("tiny<2",), python=PYTHON) == first
    assert marked.exists()


def test_another_lock_is_another_folder() -> None:
    """Another set of packages has a folder of its own."""
    one, more = (provide(wanted, python=PYTHON) for wanted in (("tiny==1.0",), ("tiny==1.0", "big-name")))
    assert one.folder != more.folder


def test_shared_between_interpreters() -> None:
    """What is the same on every interpreter is installed once for all of them."""
    assert provide(("tiny",), python="3.11") == provide(("tiny",), python=PYTHON)


@pytest.mark.parametrize("tag", ["cp312-cp312-manylinux_2_17_x86_64", "cp312-none-manylinux_2_17_x86_64"])
def test_not_shared_between_interpreters(folder: Path, write_wheel: Callable[..., Path], tag: str) -> None:
    """A wheel that is for one interpreter or platform makes its folder one of both."""
    write_wheel(folder, "native", "1.0", {"native.py": ""}).rename(folder / f"native-1.0-{tag}.whl")
    write_wheel(folder, "native", "1.0", {"native.py": ""})  # for the others
    locks = [
        resolve(("native",), python=python, platform=platform)
        for python, platform in ((PYTHON, ""), (PYTHON, "x86_64-manylinux_2_28"), ("3.11", ""))
    ]
    assert len({lock.digest for lock in locks}) == 3


def test_resolved_before_installed(cache: Path) -> None:
    """A lock alone installs nothing: that is all a look-up needs."""
    lock = resolve(("tiny==1.0",), python=PYTHON)
    assert lock.resolved == {"tiny": "1.0"}
    assert not (cache / "env").exists()
    assert install(lock).folder.digest == lock.digest


def test_from_wheels_that_no_index_has(tmp_path: Path, write_wheel: Callable[..., Path]) -> None:
    """A folder of wheels beside the index will do, and what came from it is told."""
    (tmp_path / "built").mkdir()
    write_wheel(tmp_path / "built", "rare", "1.0", {"rare.py": ""}, requires=("tiny<2",))
    lock = resolve(("rare",), python=PYTHON, wheels=(tmp_path / "built",))
    assert lock.built == ("rare-1.0-py3-none-any.whl",)
    assert lock.resolved == {"rare": "1.0", "tiny": "1.0"}
    assert (install(lock).folder.path / "rare.py").exists()


def test_a_new_release_is_another_folder(folder: Path, write_wheel: Callable[..., Path]) -> None:
    """A release that appeared meanwhile is taken, and the old folder stays what it was."""
    before = provide(("tiny",), python=PYTHON)
    write_wheel(folder, "tiny", "3.0", {"tiny.py": "VERSION = 3\n"})
    assert provide(("tiny",), python=PYTHON).resolved == {"tiny": "3.0"}
    assert (before.folder.path / "tiny.py").read_text() == "VERSION = 2\n"


def test_the_same_version_of_other_content(folder: Path, write_wheel: Callable[..., Path]) -> None:
    """The digests of the files count, not their versions alone."""
    before = provide(("tiny==1.0",), python=PYTHON)
    write_wheel(folder, "tiny", "1.0", {"tiny.py": "VERSION = 'changed'\n"})
    assert provide(("tiny==1.0",), python=PYTHON).folder != before.folder


@pytest.mark.parametrize(
    "requirements",
    [("nobody",), ("tiny==7",), ("tiny==1.0", "tiny==2.0")],
    ids=["no such package", "no such version", "a contradiction"],
)
def test_uninstallable(cache: Path, requirements: tuple[str, ...]) -> None:
    """What cannot be had is told in uv's words, and leaves no folder."""
    with pytest.raises(uv.NoSolution) as caught:
        provide(requirements, python=PYTHON)
    assert requirements[0].split("=")[0] in caught.value.words
    assert not (cache / "env").exists()


def test_wheels_only(folder: Path) -> None:
    """A release without a wheel is uninstallable here: its code does not run on this host."""
    (folder / "sdist-1.0.tar.gz").touch()
    with pytest.raises(uv.NoSolution, match=r"no wheels|no usable wheels"):
        provide(("sdist",), python=PYTHON)


@pytest.mark.usefixtures("index")
def test_newest_of_today() -> None:
    """Without a date everything that is on the index counts."""
    assert provide(("tiny",), python=PYTHON).resolved["tiny"] == "2.0"


@pytest.mark.usefixtures("index")
def test_before_a_date() -> None:
    """With a date, what was uploaded later is not there."""
    assert provide(("tiny",), python=PYTHON, before=IN_2021).resolved == {"tiny": "1.0"}


@pytest.mark.usefixtures("index")
def test_not_what_the_index_promised(folder: Path, cache: Path, write_wheel: Callable[..., Path]) -> None:
    """A file of other content than its digest says is not installed, and leaves no folder."""
    write_wheel(folder, "forged", "1.0", {"forged.py": ""})
    with pytest.raises(EnvironmentLacks, match="Hash mismatch"):
        provide(("forged",), python=PYTHON)
    assert list((cache / "env").iterdir()) == []


@pytest.mark.parametrize(("python", "said"), [("3.99t", r"Python 3\.99t"), ("pypy3.99", r"PyPy 3\.99")])
def test_nobody_to_speak_for_it(python: str, said: str) -> None:
    """What fits PyPy, or a free-threaded build, is asked of one that runs here, and never guessed."""
    with pytest.raises(EnvironmentLacks, match=rf"no {said} runs on this host"):
        provide(("tiny",), python=python)
