"""`matrix.sandbox.volumes`: filled once, read-only, and whole or filled again."""

import io
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from docker import DockerClient
from docker.errors import NotFound
from docker.types import Mount

from matrix.provision.folders import Folder
from matrix.sandbox.images import Images
from matrix.sandbox.labels import OURS
from matrix.sandbox.volumes import Volumes

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def image(engine: DockerClient) -> str:
    """Any image will do."""
    found = Images(engine)
    return found.ensure(found.newest())


@pytest.fixture
def folder(engine: DockerClient, write_folder: Callable[..., Folder]) -> Iterator[Folder]:
    """A folder, whose volumes are removed afterwards."""
    folder = write_folder("test-volume", file="content")
    yield folder
    for name in names(folder):
        try:
            engine.volumes.get(name).remove(force=True)
        except NotFound:
            continue


def names(folder: Folder) -> tuple[str, str]:
    name = f"{OURS}-{folder.kind}-{folder.digest}"
    return name, f"{name}-filled"


def content(engine: DockerClient, image: str, mount: Mount) -> dict[str, bytes]:
    """The files in a volume, as a container has them that is never started."""
    container = engine.containers.create(image, ["true"], mounts=[mount], labels={OURS: "1"})
    try:
        chunks, _ = container.get_archive(mount["Target"])
        with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
            files = {
                member.name.partition("/")[2]: archive.extractfile(member) for member in archive if member.isfile()
            }
            return {name: file.read() for name, file in files.items() if file is not None}
    finally:
        container.remove(force=True)


def test_filled(engine: DockerClient, image: str, folder: Folder) -> None:
    """The volume has the folder's content."""
    assert content(engine, image, Volumes(engine).mount(folder, image)) == {"file": b"content"}


def test_mounted_read_only(engine: DockerClient, image: str, folder: Folder) -> None:
    """The mount is a named volume that cannot be written to."""
    mount = Volumes(engine).mount(folder, image)
    assert (mount["Type"], mount["ReadOnly"], mount["Source"]) == ("volume", True, names(folder)[0])


def test_labelled(engine: DockerClient, image: str, folder: Folder) -> None:
    """Everything that was made for it can be found again by our label."""
    Volumes(engine).mount(folder, image)
    ours = {volume.name for volume in engine.volumes.list(filters={"label": f"{OURS}=1"})}
    assert set(names(folder)) <= ours


def test_no_byte_code(engine: DockerClient, image: str, folder: Folder) -> None:
    """The byte code that a run on this host left is not carried along."""
    (folder.path / "__pycache__").mkdir()
    (folder.path / "__pycache__" / "file.pyc").touch()
    assert content(engine, image, Volumes(engine).mount(folder, image)) == {"file": b"content"}


def test_filled_once(engine: DockerClient, image: str, folder: Folder) -> None:
    """What was filled is used again, by later runs as well."""
    Volumes(engine).mount(folder, image)
    (folder.path / "file").write_text("not of that digest")
    assert content(engine, image, Volumes(engine).mount(folder, image)) == {"file": b"content"}


@pytest.mark.parametrize("missing", [0, 1], ids=["the volume", "the sign that it is filled"])
def test_filled_again(engine: DockerClient, image: str, folder: Folder, missing: int) -> None:
    """A volume whose filling was cut short, or that was removed, is filled anew."""
    Volumes(engine).mount(folder, image)
    engine.volumes.get(names(folder)[missing]).remove()
    (folder.path / "file").write_text("once more")
    assert content(engine, image, Volumes(engine).mount(folder, image)) == {"file": b"once more"}


def test_cut_short(engine: DockerClient, image: str, folder: Folder) -> None:
    """A filling that fails leaves no sign that it was finished, and no container."""
    gone = replace(folder, path=folder.path / "nowhere")
    with pytest.raises(FileNotFoundError):
        Volumes(engine).mount(gone, image)
    with pytest.raises(NotFound):
        engine.volumes.get(names(folder)[1])
    named = {"label": f"{OURS}.name=fill {names(folder)[0]}"}
    assert engine.containers.list(all=True, filters=named) == []
