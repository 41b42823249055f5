"""`matrix.sandbox.byte_code`: compiled once for each image, and run by nobody."""

import io
import os
import tarfile
from collections.abc import Callable, Iterator

import pytest
from docker import DockerClient
from docker.types import Mount

from matrix.provision.folders import Folder
from matrix.sandbox.byte_code import ByteCode
from matrix.sandbox.images import Images
from matrix.sandbox.labels import OURS
from matrix.sandbox.volumes import Volumes
from tests.engine import made_by

pytestmark = pytest.mark.engine

NAMED = f"{OURS}.name=byte code"

# One that tells if it is run, and one that no interpreter of today can compile.
FILES = {"told.py": "open('/told', 'w')\nraise SystemExit(3)\n", "old.py": "print 'of Python 2'\n"}


@pytest.fixture(scope="module")
def image(engine: DockerClient) -> str:
    """Any image will do."""
    found = Images(engine)
    return found.ensure(found.newest())


@pytest.fixture
def mount(engine: DockerClient, image: str, write_folder: Callable[..., Folder]) -> Iterator[Mount]:
    """A volume with these files; it is removed afterwards with its marks."""
    mount = Volumes(engine).mount(write_folder("test-byte-code", **FILES), image)
    yield mount
    for volume in engine.volumes.list(filters={"label": f"{OURS}=1"}):
        if volume.name.startswith(mount["Source"]):
            volume.remove(force=True)


def compiled(engine: DockerClient, image: str, mount: Mount) -> dict[str, int]:
    """The byte code in the volume, and when each file was written."""
    container = engine.containers.create(image, ["true"], mounts=[mount], labels={OURS: "1"})
    try:
        chunks, _ = container.get_archive(mount["Target"])
        with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
            return {member.name: int(member.mtime) for member in archive if member.name.endswith(".pyc")}
    finally:
        container.remove(force=True)


def test_compiled(engine: DockerClient, image: str, mount: Mount) -> None:
    """What compiles is; what does not stays as it is; neither is run."""
    ByteCode(engine).ensure([mount], image)
    (name,) = compiled(engine, image, mount)
    assert "/__pycache__/told." in name


def test_compiled_once(engine: DockerClient, image: str, mount: Mount) -> None:
    """A later run, which knows of the first by its mark, compiles nothing again."""
    ByteCode(engine).ensure([mount], image)
    first = compiled(engine, image, mount)
    ByteCode(engine).ensure([mount], image)
    assert compiled(engine, image, mount) == first
    assert made_by(engine, os.getpid(), NAMED, stopped=True) == []


def test_nothing_is_left(engine: DockerClient, image: str, mount: Mount) -> None:
    """The container that compiles is gone afterwards; the marks carry our label."""
    ByteCode(engine).ensure([mount], image)
    assert made_by(engine, os.getpid(), NAMED, stopped=True) == []
    marks = [volume.name for volume in engine.volumes.list(filters={"label": f"{OURS}=1"})]
    assert [name for name in marks if name.startswith(f"{mount['Source']}-compiled-")]
