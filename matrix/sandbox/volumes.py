"""Folders as named volumes of an engine, made and filled once for each content.

Filled by copying into a container that is created and never started, so the engine may
be on another machine, and mounted read-only.
"""

import io
import tarfile
from contextlib import suppress

from docker import DockerClient
from docker.errors import NotFound
from docker.types import Mount

from matrix.provision.folders import Folder
from matrix.provision.once import Once
from matrix.sandbox import orphans
from matrix.sandbox.labels import labels


class Volumes:
    """Named volumes with the content of folders: made and filled once for each engine."""

    def __init__(self, client: DockerClient) -> None:
        self._client = client
        self._ready: Once[str, None] = Once()

    def mount(self, folder: Folder, image: str) -> Mount:
        """A read-only mount of a folder's content, at a path named after it."""
        name = f"leakmatrix-{folder.kind}-{folder.digest}"
        self._ready.get(name, lambda: self._fill(name, folder, image))
        return Mount(f"/leakmatrix/{folder.kind}-{folder.digest}", name, type="volume", read_only=True)

    def _fill(self, name: str, folder: Folder, image: str) -> None:
        """A second volume marks a filled one, for a filling may be cut short.

        Then, or while another run is at it, the same content is just copied again.
        """
        filled = f"{name}-filled"
        with suppress(NotFound):
            self._client.volumes.get(name)
            self._client.volumes.get(filled)
            return
        self._client.volumes.create(name, labels=labels(name=name))
        mount = Mount("/fill", name, type="volume")
        container = self._client.containers.create(
            image, ["true"], mounts=[mount], labels=labels(name=f"fill {name}") | orphans.owner()
        )
        try:
            container.put_archive("/fill", _folder_archive(folder))
        finally:
            container.remove(force=True, v=True)
        self._client.volumes.create(filled, labels=labels(name=filled))


def _folder_archive(folder: Folder) -> bytes:
    """A folder as a tar, owned by root and without the byte code that a local run left in it."""

    def keep(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
        if "__pycache__" in member.name.split("/"):
            return None
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        return member

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.add(folder.path, arcname=".", filter=keep)
    return buffer.getvalue()
