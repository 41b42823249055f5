"""One container: how it is isolated, waited for by our own clock, and removed; and an engine that goes away.

What runs in it, and what its end means, is `docker.py`'s business.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from docker import DockerClient
from docker.errors import DockerException
from docker.models.containers import Container
from docker.types import LogConfig, Mount, Ulimit
from requests.exceptions import ConnectionError as NoAnswer
from requests.exceptions import ReadTimeout, RequestException
from urllib3.exceptions import ReadTimeoutError

from matrix.guest import wire
from matrix.model import CellStatus
from matrix.sandbox import Trouble, variables

GUEST_USER = 65534
MEBIBYTE = 1 << 20
# How long an engine that went away is waited for: a restart takes seconds.
PATIENCE = 60.0

# What nothing of ours is ever without. Measured, it costs nothing.
ISOLATED: dict[str, Any] = {
    "read_only": True,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
    "tmpfs": {"/tmp": f"rw,nosuid,nodev,noexec,mode=1777,size={64 * MEBIBYTE}"},  # noqa: S108  in the container
    "working_dir": "/tmp",  # noqa: S108
    # What is printed is kept by the engine on its disk, as much as there is.
    "log_config": LogConfig(type=LogConfig.types.JSON, config={"max-size": "1m", "max-file": "1"}),
}
# A single file that the guest writes; its log and its scratch are bounded above.
FILES = [
    Ulimit(name="fsize", soft=64 * MEBIBYTE, hard=64 * MEBIBYTE),
    Ulimit(name="core", soft=0, hard=0),
]


@dataclass(frozen=True, kw_only=True, slots=True)
class End:
    """How a container ended by itself."""

    code: int
    out_of_memory: bool


def create(
    client: DockerClient,
    image: str,
    command: list[str],
    mounts: list[Mount],
    *,
    more: Sequence[Mount] = (),
    **limits: Any,
) -> Container:
    """One with every isolation there is, not started, which imports from `mounts` alone; `limits` are its own."""
    return client.containers.create(
        image,
        command,
        environment=variables.of(mount["Target"] for mount in mounts) | {"PYTHONDONTWRITEBYTECODE": "1"},
        mounts=[*mounts, *more],
        user=f"{GUEST_USER}:{GUEST_USER}",
        memswap_limit=limits["mem_limit"],
        **ISOLATED,
        **limits,
    )


@contextmanager
def trouble(doing: str) -> Iterator[None]:
    """What the engine refuses, and its silence, as `Trouble`."""
    try:
        yield
    except (DockerException, RequestException) as error:
        raise Trouble(f"{doing}: {said(error)}") from error


def said(error: BaseException) -> str:
    """What the engine or the operating system said, under what three libraries wrapped it in."""
    explanation = getattr(error, "explanation", None)
    if explanation:
        return str(explanation)
    while error.__context__ is not None:
        error = error.__context__
    return getattr(error, "strerror", None) or str(error)


def wait(container: Container, seconds: float) -> End | None:
    """Until it ends; None where it has not by then. Raises `Trouble` where it was not the guest that ended it.

    By our own clock: the SDK's timeout is only how long one question may take.
    """
    deadline = time.monotonic() + seconds
    away: float | None = None  # since when the engine gives no answer
    lost = False
    while True:
        try:
            code = container.wait(timeout=max(0.1, min(5.0, deadline - time.monotonic())))["StatusCode"]
            break
        except (ReadTimeout, NoAnswer) as error:
            now = time.monotonic()
            away = None if _only_slow(error) else away or now
            lost = lost or away is not None
            if lost and (now > deadline or (away is not None and now - away > PATIENCE)):
                raise Trouble(f"the engine went away while it ran: {said(error)}") from error
            if now > deadline:
                return None
            time.sleep(0.05)  # an engine that has gone answers at once
    container.reload()
    end = End(code=code, out_of_memory=bool(container.attrs["State"]["OOMKilled"]))
    if lost and code != 0:
        raise Trouble(f"the engine went away while it ran, and ended it with exit code {code}")
    if code == _KILLED and not end.out_of_memory:  # from within, the first process cannot be killed
        raise Trouble("it was killed from outside, not for its memory")
    return end


_KILLED = 128 + 9


def _only_slow(error: Exception) -> bool:
    """Whether the engine is there, and has nothing to say yet."""
    return isinstance(error, ReadTimeout) or isinstance(next(iter(error.args), None), ReadTimeoutError)


def judged(end: End | None, made: Container, seconds: float) -> tuple[CellStatus | None, str]:
    """What its end says of it, and why; nothing where it ended well."""
    if end is None:
        return CellStatus.TIMEOUT, f"still running after {seconds:g} s"
    if end.code == 0:
        return None, ""
    if end.out_of_memory:
        return CellStatus.OOM, "the container ran out of its memory limit"
    return CellStatus.CRASHED, f"the guest ended with exit code {end.code}\n{log(made)}"


def must_live(peer: Container) -> None:
    """Raise `Trouble` where the peer has ended: what its cell answered meanwhile is not the client's doing."""
    peer.reload()
    state = peer.attrs["State"]
    if not state["Running"]:
        how = "out of memory" if state["OOMKilled"] else f"exit code {state['ExitCode']}"
        raise Trouble(f"the HTTP peer has ended ({how}): {log(peer)}".removesuffix(": "))


def await_engine(client: DockerClient, seconds: float) -> None:
    """Until the engine answers. Raises `Trouble`."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            client.ping()
            return
        except (DockerException, RequestException) as error:
            if time.monotonic() > deadline:
                raise Trouble(f"the engine does not answer any more: {said(error)}") from error
            time.sleep(0.25)


def log(container: Container) -> str:
    """The last words."""
    logs: bytes = container.logs(tail=40)
    return logs[-wire.MAX_TEXT :].decode("utf-8", "replace").strip()


def remove(container: Container) -> None:
    """Remove it with its nameless volumes, where there still is one."""
    with suppress(DockerException, RequestException):
        container.remove(force=True, v=True)
