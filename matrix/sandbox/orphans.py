"""Containers of a run that was killed: told by a label that names the process, and removed by the next run.

Only what was made on this machine since it was last booted, by a process that is gone: of any
other nobody here can tell. `leakmatrix clean` removes the rest.
"""

import os
from functools import lru_cache
from pathlib import Path

from docker import DockerClient
from docker.errors import DockerException
from requests.exceptions import RequestException

from matrix.sandbox import container
from matrix.sandbox.labels import OURS

_OWNER = f"{OURS}.owner"


@lru_cache(maxsize=1)
def machine() -> str:
    """This boot of this machine, and the namespace that process numbers are of; empty where nobody can say."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""


def owner() -> dict[str, str]:
    """The label of this process."""
    return {_OWNER: f"{machine()}/{os.getpid()}/{_began(os.getpid())}"} if machine() else {}


def is_gone(label: str) -> bool:
    """Whether the process of a label is known to be gone."""
    where, _, process = label.rpartition("/")
    where, _, number = where.rpartition("/")
    if not machine() or where != machine() or not number.isdigit():
        return False
    return _began(int(number)) != process


def remove_orphans(client: DockerClient) -> int:
    """Remove what killed runs left. How many containers that were."""
    try:
        found = client.containers.list(all=True, filters={"label": _OWNER}, ignore_removed=True)
    except (DockerException, RequestException):
        return 0
    gone = [each for each in found if is_gone(each.labels.get(_OWNER, ""))]
    for each in gone:
        container.remove(each)
    return len(gone)


def _began(pid: int) -> str:
    """When a process started, as the kernel counts; a number is used again. Empty where there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""
