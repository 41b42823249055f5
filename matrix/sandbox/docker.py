"""The real sandbox: each cell in a container that has no network, no privileges and no way to write.

A worker is a peer in a container without network; the cells join its network
namespace, so that loopback is all there is. Folders arrive as read-only named volumes,
filled by copying into a container that is never started: no bind mounts, so the
engine may be on another machine. Everything made carries our labels.
"""

import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from docker import DockerClient
from docker.errors import APIError, DockerException, NotFound
from docker.models.containers import Container
from docker.types import Mount, Ulimit
from requests.exceptions import ConnectionError as NoAnswer
from requests.exceptions import ReadTimeout

from matrix.errors import EnvironmentLacks
from matrix.guest import wire
from matrix.model import CellStatus
from matrix.provision import code, environment
from matrix.provision.folders import Folder
from matrix.sandbox import Ended, Work, files, images, variables
from matrix.sandbox.labels import OURS, labels
from matrix.sandbox.volumes import Volumes

_GUEST_USER = 65534
_JOB = "/leakmatrix/job"
_PEER = {"host": "127.0.0.1", "port": 8080, "tls_port": 8443, "ports": wire.PEER_PORTS}
_PEER_COMMAND = (
    *("python3", "-m", "matrix.peer", "--port", "8080", "--tls-port", "8443"),
    *(f"--{name.replace('_', '-')}-port={port}" for name, port in wire.PEER_PORTS.items()),
)
_PEER_PACKAGES = ("hypercorn>=0.18,<0.19", "h2", "trustme")
_MEBIBYTE = 1 << 20


# What the wheels in a container must fit: any libc since Debian 10.
_PLATFORMS = {"amd64": "x86_64-manylinux_2_28", "arm64": "aarch64-manylinux_2_28"}


def connect() -> DockerClient:
    """The engine that the environment names (`DOCKER_HOST`), or the local one. Raises EnvironmentLacks."""
    try:
        client = DockerClient.from_env(timeout=120, max_pool_size=32)
        client.ping()
    except (DockerException, NoAnswer, ReadTimeout) as error:
        where = os.environ.get("DOCKER_HOST", "the local socket")
        raise EnvironmentLacks(
            f"no Docker engine answers at {where}: {_innermost(error)}",
            hint="start one (dockerd), or name one in DOCKER_HOST, or use --sandbox process",
        ) from error
    return client


def _innermost(error: BaseException) -> str:
    """What the operating system said, under what three libraries wrapped it in."""
    while error.__context__ is not None:
        error = error.__context__
    return getattr(error, "strerror", None) or str(error)


class DockerSandbox:
    """Containers of one engine, for one run."""

    name = "docker"
    platform: str

    def __init__(self, client: DockerClient, say: Callable[[str], None] = lambda _: None) -> None:
        self._client = client
        self.platform = _PLATFORMS[client.version()["Arch"]]
        self._run = uuid.uuid4().hex[:12]
        self._images = images.Images(client, say)
        self._volumes = Volumes(client)
        self._stopped = threading.Event()
        self._preparing = threading.Lock()

    def interpreters(self, wanted: Sequence[str]) -> Mapping[str, str]:
        """Those of images that are there, and those that images can be made from."""
        return self._images.available(wanted)

    @contextmanager
    def worker(self) -> Iterator["DockerWorker"]:
        """A peer in a container of its own, and the network namespace that cells join."""
        with self._preparing:
            python = self._images.newest()
            image = self._images.ensure(python)
        packages = environment.provide(_PEER_PACKAGES, python=python, platform=self.platform)
        folders = (packages.folder, code.provide())
        peer = self._create(
            image,
            list(_PEER_COMMAND),
            folders,
            name=f"peer-{uuid.uuid4().hex[:6]}",
            network_mode="none",
            mem_limit=256 * _MEBIBYTE,
            pids_limit=64,
            ulimits=[Ulimit(name="nofile", soft=8192, hard=8192)],
        )
        try:
            peer.start()
            yield DockerWorker(self, peer)
        finally:
            _remove(peer)

    def stop(self) -> None:
        """Kill every container of this run."""
        self._stopped.set()
        self.close()

    def close(self) -> None:
        """Remove every container of this run."""
        for container in self._client.containers.list(all=True, filters={"label": f"{OURS}.run={self._run}"}):
            _remove(container)

    def run(self, work: Work, peer: Container) -> Ended:
        """One cell in one container."""
        with self._preparing:
            image = self._images.ensure(work.python)
        limits = work.limits
        container = self._create(
            image,
            ["python3", "-m", "matrix.guest", f"{_JOB}/job.json"],
            work.folders,
            name=work.cell,
            network_mode=f"container:{peer.id}",
            mem_limit=limits.memory,
            pids_limit=limits.pids,
            ulimits=[
                Ulimit(name="nofile", soft=limits.files, hard=limits.files),
                Ulimit(name="fsize", soft=64 * _MEBIBYTE, hard=64 * _MEBIBYTE),
                Ulimit(name="core", soft=0, hard=0),
            ],
        )
        try:
            job = {**work.job, "peer": _PEER, "answer": f"{_JOB}/answer/answer.jsonl", "scratch": "/tmp"}  # noqa: S108
            container.put_archive(_JOB, files.job_archive(job, user=_GUEST_USER))
            _start(container, peer)
            status, reason, out_of_memory = self._wait(container, limits.cell_seconds)
            return Ended(
                answer=files.read(container, f"{_JOB}/answer/answer.jsonl", wire.MAX_ANSWER_BYTES),
                status=status,
                reason=reason,
                image=self._images.digest(image),
                out_of_memory=out_of_memory,
            )
        finally:
            _remove(container)

    def _create(self, image: str, command: list[str], folders: tuple[Folder, ...], **options: Any) -> Container:
        """A container with every isolation there is: measured, it costs nothing."""
        mounts = [self._volumes.mount(folder, image) for folder in folders]
        mounts.append(Mount(_JOB, None, type="volume", labels=labels(run=self._run)))
        name = options.pop("name")
        container = self._client.containers.create(
            image,
            command,
            environment=variables.of(mount["Target"] for mount in mounts[:-1]) | {"PYTHONDONTWRITEBYTECODE": "1"},
            labels=labels(run=self._run, name=name),
            mounts=mounts,
            read_only=True,
            tmpfs={"/tmp": f"rw,nosuid,nodev,noexec,mode=1777,size={64 * _MEBIBYTE}"},  # noqa: S108
            user=f"{_GUEST_USER}:{_GUEST_USER}",
            working_dir="/tmp",  # noqa: S108
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            memswap_limit=options["mem_limit"],
            **options,
        )
        if self._stopped.is_set():  # perhaps after `stop` had looked for what there was
            _remove(container)
            raise EnvironmentLacks("the run is being stopped")
        return container

    def _wait(self, container: Container, seconds: float) -> tuple[CellStatus | None, str, bool]:
        """Until it ends, by our own clock: the SDK's timeout is only how long one question may take."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                code = container.wait(timeout=max(0.1, min(5.0, deadline - time.monotonic())))["StatusCode"]
                break
            except (ReadTimeout, NoAnswer):
                if time.monotonic() > deadline:
                    return CellStatus.TIMEOUT, f"still running after {seconds:g} s", False
                time.sleep(0.05)  # an engine that has gone answers at once
        container.reload()
        out_of_memory = bool(container.attrs["State"]["OOMKilled"])
        if code == 0:
            return None, "", out_of_memory
        if out_of_memory:
            return CellStatus.OOM, "the container ran out of its memory limit", True
        return CellStatus.CRASHED, f"the guest ended with exit code {code}\n{_log(container)}", False


class DockerWorker:
    """One peer's container, and the cells that join it."""

    def __init__(self, sandbox: DockerSandbox, peer: Container) -> None:
        self._sandbox = sandbox
        self._peer = peer

    def run(self, work: Work) -> Ended:
        """Run one cell."""
        return self._sandbox.run(work, self._peer)


def _start(container: Container, peer: Container) -> None:
    try:
        container.start()
    except APIError as error:
        peer.reload()
        if peer.status == "running":
            raise
        raise EnvironmentLacks(f"the HTTP peer has ended: {_log(peer)}") from error


def _log(container: Container) -> str:
    logs: bytes = container.logs(tail=40)
    return logs[-wire.MAX_TEXT :].decode("utf-8", "replace").strip()


def _remove(container: Container) -> None:
    with suppress(NotFound, APIError):
        container.remove(force=True, v=True)
