"""Byte code of what all cells of an interpreter share, compiled once for each image: no cell need compile it.

In a container of its own, which alone may write to the volumes, and which runs nothing of what it
compiles. The client's packages are left out: mostly one cell uses them, and it
compiles what it imports in less time than another container takes.
"""

from collections.abc import Sequence

from docker import DockerClient
from docker.errors import NotFound
from docker.types import Mount

from matrix.provision.once import Once
from matrix.sandbox import container, orphans
from matrix.sandbox.container import MEBIBYTE
from matrix.sandbox.labels import labels

_SECONDS = 120.0
_NEVER_IMPORTED = r"/pygments/(lexers|styles|formatters)/|/tests?/"


class ByteCode:
    """Volumes with byte code, by image."""

    def __init__(self, client: DockerClient) -> None:
        self._client = client
        self._done: Once[tuple[str, ...], None] = Once()

    def ensure(self, mounts: Sequence[Mount], image: str) -> None:
        """Compile what has not been, for this image. A second volume marks what has."""
        names = tuple(mount["Source"] for mount in mounts)
        self._done.get((image, *names), lambda: self._compile(mounts, image))

    def _compile(self, mounts: Sequence[Mount], image: str) -> None:
        identity = str(self._client.images.get(image).id).rpartition(":")[2][:12]
        marks = {mount["Source"]: f"{mount['Source']}-compiled-{identity}" for mount in mounts}
        missing = [mount for mount in mounts if not self._there(marks[mount["Source"]])]
        if not missing:
            return
        compiler = self._client.containers.create(
            image,
            ["python3", "-I", "-m", "compileall", "-q", "-x", _NEVER_IMPORTED, *(each["Target"] for each in missing)],
            labels=labels(name="byte code") | orphans.owner(),
            mounts=[Mount(each["Target"], each["Source"], type="volume") for each in missing],
            user="0:0",  # whom the files belong to; without any capability
            network_mode="none",
            mem_limit=512 * MEBIBYTE,
            memswap_limit=512 * MEBIBYTE,
            pids_limit=16,
            ulimits=container.FILES,
            **container.ISOLATED,
        )
        try:
            compiler.start()
            container.wait(compiler, _SECONDS)  # what does not compile on this interpreter is left as it is
        finally:
            container.remove(compiler)
        for mark in (marks[each["Source"]] for each in missing):
            self._client.volumes.create(mark, labels=labels(name=mark))

    def _there(self, volume: str) -> bool:
        try:
            self._client.volumes.get(volume)
        except NotFound:
            return False
        return True
