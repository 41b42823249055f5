"""`matrix.sandbox.images`: a base image for each interpreter, from this host where no registry answers."""

import sys
import tarfile
from pathlib import Path

import pytest
from docker import DockerClient
from packaging.version import Version

from matrix.errors import EnvironmentLacks
from matrix.provision import suite
from matrix.provision.tree import program
from matrix.sandbox import variables
from matrix.sandbox.images import REPOSITORY, Images
from matrix.sandbox.labels import OURS, labels

pytestmark = pytest.mark.engine

RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture(scope="module")
def images(engine: DockerClient) -> Images:
    """The images of an engine without a registry."""
    images = Images(engine)
    images._names = {}
    images.__dict__["_registry_answers"] = False  # what it comes to where there is none
    return images


def test_made_from_the_host(engine: DockerClient, images: Images) -> None:
    """An image of the running interpreter is made, and says what it is."""
    image = engine.images.get(images.ensure(RUNNING))
    assert image.labels[OURS] == "1"
    assert image.labels[f"{OURS}.kind"] == "base"
    assert image.labels[f"{OURS}.python"] == RUNNING
    assert image.labels[f"{OURS}.version"].startswith(f"{RUNNING}.")


def test_made_once(engine: DockerClient, images: Images) -> None:
    """The next run finds the same image."""
    name = images.ensure(RUNNING)
    made = engine.images.get(name).id
    other = Images(engine)
    other._names = {}
    assert other.ensure(RUNNING) == name
    assert engine.images.get(name).id == made


def test_the_newer_of_two(engine: DockerClient, tmp_path: Path) -> None:
    """Where this host has no such interpreter, the image that was made last is taken, whatever it is called."""
    empty = tmp_path / "empty.tar"
    with tarfile.open(empty, "w"):
        pass
    marks = labels(kind="base", python="3.99", version="3.99.0")
    names = [f"{REPOSITORY}:3.99.0-{word}" for word in ("b", "c", "a")]
    try:
        for name in names:
            changes = [f"LABEL {label}={value}" for label, value in marks.items()]
            engine.api.import_image(str(empty), repository=REPOSITORY, tag=name.partition(":")[2], changes=changes)
        assert Images(engine)._made["3.99"] == (names[-1], "3.99.0")
    finally:
        for name in names:
            engine.images.remove(name)


def test_name(images: Images) -> None:
    """Its name has the version in it."""
    assert images.ensure(RUNNING).startswith(f"{REPOSITORY}:{RUNNING}.")


def test_runs(engine: DockerClient, images: Images) -> None:
    """The interpreter starts in it, with its libraries, as nobody and without network."""
    script = (
        "import ssl, sqlite3, zlib, ctypes, bz2, lzma, sys, os, pwd\n"
        "print(sys.version_info[:2], pwd.getpwuid(os.getuid())[0])"
    )
    said = engine.containers.run(
        images.ensure(RUNNING),
        ["python3", "-c", script],
        user="65534:65534",
        network_mode="none",
        read_only=True,
        remove=True,
        labels={OURS: "1"},
    )
    assert said.decode() == f"{sys.version_info[:2]} nobody\n"


@pytest.mark.suite
@pytest.mark.parametrize("name", ["3.14", "3.15", "pypy3.11"])
def test_made_from_a_suite(engine: DockerClient, name: str) -> None:
    """An interpreter that a suite has is an image too, with its own libraries and nothing but it."""
    if why := suite.unavailable(suite.load()):
        pytest.skip(why)
    made = Images(engine)
    made._names = {}
    made.__dict__["_registry_answers"] = False
    assert made.available((name,))[name].startswith("3.")
    script = (
        "import ssl, sqlite3, zlib, ctypes, bz2, lzma, locale, os\n"
        "print(os.listdir('/usr/bin'), locale.setlocale(locale.LC_CTYPE, ''))"
    )
    said = engine.containers.run(
        made.ensure(name),
        ["python3", "-c", script],
        user="65534:65534",
        network_mode="none",
        read_only=True,
        remove=True,
        environment=variables.of(()),
        labels={OURS: "1"},
    )
    assert said.decode() == f"['{Path(program(name)).name}'] C.UTF-8\n"


def test_digest(images: Images) -> None:
    """A result names the image and the digest of its content."""
    name, _, digest = images.digest(images.ensure(RUNNING)).partition("@")
    assert name.startswith(REPOSITORY)
    assert digest.startswith("sha256:")


def test_present(images: Images) -> None:
    """An image that is there has its digest, which is the one that a result names."""
    digest = images.digest(images.ensure(RUNNING))
    assert images.present(RUNNING) == digest


def test_not_present(images: Images, monkeypatch: pytest.MonkeyPatch) -> None:
    """An image that is to be made first has none yet; asking makes nothing."""
    monkeypatch.setattr(images, "_tagged", lambda _: (f"{REPOSITORY}:nobody-made-it", "nobody-made-it"))
    assert images.present(RUNNING) is None
    assert images.present("3.99") is None


def test_to_be_pulled(images: Images, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a registry answers, the image of this host does not stand for one that is to be pulled."""
    images.ensure(RUNNING)
    monkeypatch.setattr(images, "_names", {RUNNING: "python:nobody-has-it"})
    monkeypatch.setitem(images.__dict__, "_registry_answers", True)
    assert images.present(RUNNING) is None


def test_available(images: Images) -> None:
    """Those that there are and those that can be made are available."""
    assert images.available()[RUNNING].startswith(f"{RUNNING}.")


def test_newest(images: Images) -> None:
    """A peer runs on the newest plain interpreter."""
    assert Version(images.newest()) >= Version(RUNNING)


def test_no_such_interpreter(images: Images) -> None:
    """An interpreter of which there is neither an image nor a host's own is missing, with a hint."""
    with pytest.raises(EnvironmentLacks, match=r"no image for Python 3\.99") as caught:
        images.ensure("3.99")
    assert "python:3.99-slim" in caught.value.hint
