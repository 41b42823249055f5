"""The real sandbox: each cell in a container that has no network, no privileges and no way to write.

A worker is a peer in a container without network; the cells join its network
namespace, so that loopback is all there is. Folders arrive as read-only named volumes,
filled by copying into a container that is never started: no bind mounts, so the
engine may be on another machine. Everything made carries our labels.
"""

import os
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from docker import DockerClient
from docker.errors import DockerException
from docker.models.containers import Container
from docker.types import Mount, Ulimit
from requests.exceptions import RequestException

from matrix.config import Limits
from matrix.errors import EnvironmentLacks
from matrix.guest import wire
from matrix.provision.environment import Lock
from matrix.provision.folders import Folder, digest_of
from matrix.provision.once import Once
from matrix.sandbox import Building, Ended, Trouble, Work, container, files, machinery, orphans
from matrix.sandbox.byte_code import ByteCode
from matrix.sandbox.cleaning import remove_run
from matrix.sandbox.container import MEBIBYTE, trouble
from matrix.sandbox.images import Images
from matrix.sandbox.labels import labels
from matrix.sandbox.volumes import Volumes

_JOB = "/leakmatrix/job"
_ANSWER = f"{_JOB}/answer/answer.jsonl"

# What the wheels in a container must fit: any libc since Debian 10.
_PLATFORMS = {"amd64": "x86_64-manylinux_2_28", "arm64": "aarch64-manylinux_2_28"}


def connect() -> DockerClient:
    """The engine that the environment names (`DOCKER_HOST`), or the local one. Raises EnvironmentLacks."""
    try:
        client = DockerClient.from_env(timeout=120, max_pool_size=32)
        client.ping()
    except (DockerException, RequestException) as error:
        where = os.environ.get("DOCKER_HOST", "the local socket")
        raise EnvironmentLacks(
            f"no Docker engine answers at {where}: {container.said(error)}",
            hint="start one (dockerd), or name one in DOCKER_HOST, or use --sandbox process",
        ) from error
    return client


class DockerSandbox:
    """Containers of one engine, for one run."""

    name = "docker"
    platform: str

    def __init__(self, client: DockerClient, images: Images | None = None) -> None:
        self._client = client
        self._run = uuid.uuid4().hex[:12]
        self._images = images or Images(client)
        self.platform = _PLATFORMS[self._images.architecture]
        self._volumes = Volumes(client)
        self._byte_code = ByteCode(client)
        self._present: dict[str, str] = {}  # interpreter -> image: each cell asks, and an engine's answer takes 5 ms
        self._machinery: Once[str, str] = Once()
        self._peer_locks: Once[str, Lock] = Once()
        self._swept: Once[str, int] = Once()
        self._stopped = threading.Event()
        self._patience = container.PATIENCE  # what is left of it: an engine that is gone is not waited for by each cell

    def interpreters(self, wanted: Sequence[str]) -> Mapping[str, str]:
        """Those of images that are there, and those that images can be made from."""
        return self._images.available(wanted)

    def machinery(self, python: str) -> str | None:
        """The image, and what the peer speaks with."""
        if (image := self._present.get(python)) is None:
            with trouble("cannot look for an image"):
                image = self._images.present(python)
            if image is None:
                return None
            self._present[python] = image

        def digest() -> str:
            newest = self._images.newest()
            peer = self._images.available()[newest], machinery.spoken(self._peer_lock(newest).resolved)
            return digest_of((machinery.source(), self.platform, image, *peer))

        return self._machinery.get(image, digest)

    def prepare(self, work: Work) -> None:
        """The image and the volumes, with the byte code of what all cells of an interpreter share."""
        with trouble("cannot prepare it"):
            self._ready(work.python, work.folders, shared=(work.runner, work.code))

    def prepare_worker(self) -> None:
        """The newest image, and the peer's volumes."""
        with trouble("cannot prepare the peer"):
            self._peer_ready()

    @contextmanager
    def worker(self) -> Iterator["DockerWorker"]:
        """A peer in a container of its own, and the network namespace that cells join."""
        self._await_engine()
        self._swept.get("once", lambda: orphans.remove_orphans(self._client))
        with trouble("the HTTP peer does not start"):
            image, mounts = self._peer_ready()
            peer = self._create(
                image,
                list(machinery.PEER_COMMAND),
                mounts,
                name=f"peer-{uuid.uuid4().hex[:6]}",
                network_mode="none",
                mem_limit=256 * MEBIBYTE,
                pids_limit=64,
                ulimits=[*container.FILES, Ulimit(name="nofile", soft=8192, hard=8192)],
            )
        try:
            with trouble("the HTTP peer does not start"):
                peer.start()
            yield DockerWorker(self, peer)
        finally:
            container.remove(peer)

    def stop(self) -> None:
        """Kill every container of this run."""
        self._stopped.set()
        self.close()

    def close(self) -> None:
        """Remove every container of this run, where the engine still answers."""
        remove_run(self._client, self._run)

    def run(self, work: Work, peer: Container) -> Ended:
        """One cell in one container, in the network of its peer."""
        image, mounts = self._ready(work.python, work.folders, shared=(work.runner, work.code))
        job = {**work.job, "peer": machinery.PEER}
        made = self._guest(
            "matrix.guest", image, mounts, name=work.cell, limits=work.limits, network_mode=f"container:{peer.id}"
        )
        return self._answer(made, image, job, work.limits.cell_seconds, peer=peer)

    def build(self, building: Building) -> Ended:
        """One build in one container, without any network."""
        with trouble("the engine"):
            folders = (building.requires, building.code, building.source)
            image, mounts = self._ready(building.python, folders, shared=(building.code,))
            job = {**building.job, "sdist": f"{mounts[-1]['Target']}/{building.job['sdist']}"}
            made = self._guest(
                "matrix.guest.build_wheel",
                image,
                mounts,
                name=building.name,
                limits=building.limits,
                network_mode="none",
            )
            return self._answer(made, image, job, building.limits.cell_seconds)

    def _guest(
        self, module: str, image: str, mounts: list[Mount], *, name: str, limits: Limits, network_mode: str
    ) -> Container:
        """A container, not started, in which that module is to do its job."""
        return self._create(
            image,
            ["python3", "-m", module, f"{_JOB}/job.json"],
            mounts,
            name=name,
            network_mode=network_mode,
            mem_limit=limits.memory,
            pids_limit=limits.pids,
            ulimits=[*container.FILES, Ulimit(name="nofile", soft=limits.files, hard=limits.files)],
        )

    def _answer(
        self, made: Container, image: str, job: Mapping[str, Any], seconds: float, *, peer: Container | None = None
    ) -> Ended:
        """Start it, wait, and take out what it left."""
        try:
            job = {**job, "answer": _ANSWER, "scratch": "/tmp"}  # noqa: S108  in the container
            made.put_archive(_JOB, files.job_archive(job, user=container.GUEST_USER))
            made.start()
            end = container.wait(made, seconds)
            if peer is not None:
                container.must_live(peer)
            status, reason = container.judged(end, made, seconds)
            return Ended(
                answer=files.read(made, _ANSWER, wire.MAX_ANSWER_BYTES) or None,
                status=status,
                reason=reason,
                image=self._images.digest(image),
                out_of_memory=end is not None and end.out_of_memory,
            )
        finally:
            container.remove(made)

    def _peer_ready(self) -> tuple[str, list[Mount]]:
        python = self._images.newest()
        folders = machinery.peer_folders(self._peer_lock(python))
        return self._ready(python, folders, shared=folders)

    def _peer_lock(self, python: str) -> Lock:
        return self._peer_locks.get(python, lambda: machinery.peer_lock(python, self.platform))

    def _ready(self, python: str, folders: Sequence[Folder], *, shared: Sequence[Folder]) -> tuple[str, list[Mount]]:
        """The image of an interpreter, and mounts of the folders, in their order."""
        image = self._images.ensure(python)
        mounts = [self._volumes.mount(folder, image) for folder in folders]
        self._byte_code.ensure([self._volumes.mount(folder, image) for folder in shared], image)
        return image, mounts

    def _create(self, image: str, command: list[str], mounts: list[Mount], **options: Any) -> Container:
        """A container of this run, with room for its job."""
        name = options.pop("name")
        made = container.create(
            self._client,
            image,
            command,
            mounts,
            more=(Mount(_JOB, None, type="volume", labels=labels(run=self._run)),),
            labels=labels(run=self._run, name=name) | orphans.owner(),
            **options,
        )
        if self._stopped.is_set():  # perhaps after `stop` had looked for what there was
            container.remove(made)
            raise EnvironmentLacks("the run is being stopped")
        return made

    def _await_engine(self) -> None:
        try:
            container.await_engine(self._client, self._patience)
        except Trouble:
            self._patience = 0.0
            raise
        self._patience = container.PATIENCE


class DockerWorker:
    """One peer's container, and the cells that join it."""

    def __init__(self, sandbox: DockerSandbox, peer: Container) -> None:
        self._sandbox = sandbox
        self._peer = peer

    def run(self, work: Work) -> Ended:
        """Run one cell."""
        with trouble("the engine"):
            return self._sandbox.run(work, self._peer)
