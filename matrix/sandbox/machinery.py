"""What a sandbox brings along beside a cell's own folders: the peer's packages, and our own way of running cells.

A result depends on it, so it is part of a result's key.
"""

import platform
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version

from matrix import builtin
from matrix.guest import wire
from matrix.provision import code, environment
from matrix.provision.environment import Lock
from matrix.provision.folders import Folder, digest_of

# Where a peer in a container is, as the job says it.
PEER = {"host": "127.0.0.1", "port": 8080, "tls_port": 8443, "ports": wire.PEER_PORTS}
PEER_COMMAND = (
    *("python3", "-m", "matrix.peer", "--port", "8080", "--tls-port", "8443"),
    *(f"--{name.replace('_', '-')}-port={port}" for name, port in wire.PEER_PORTS.items()),
)
PEER_PACKAGES = ("hypercorn>=0.18,<0.19", "h2", "trustme")

# What the peer speaks HTTP with. Who makes its certificates is left out: there is a new release of
# that each month, and every cell would be measured anew for it.
_SPEAKERS = ("h11", "h2", "hpack", "hypercorn", "hyperframe", "wsproto")

# Our own code on this side that has a say in what becomes of a cell.
_SOURCE = ("collect.py", "sandbox")


@lru_cache(maxsize=1)
def source() -> str:
    """A digest of our code that runs cells and reads their answers."""
    places = (builtin.PACKAGE / name for name in _SOURCE)
    paths = sorted(path for place in places for path in ([place] if place.is_file() else place.glob("*.py")))
    return digest_of(part for path in paths for part in (path.name, path.read_bytes()))


def spoken(versions: Mapping[str, str]) -> str:
    """The peer's HTTP libraries, of all its packages."""
    return " ".join(f"{name}=={versions[name]}" for name in _SPEAKERS if name in versions)


def peer_lock(python: str, target: str) -> Lock:
    """What a peer in a container is installed from."""
    return environment.resolve_recently(PEER_PACKAGES, python=python, platform=target)


def peer_folders(lock: Lock) -> tuple[Folder, Folder]:
    """The peer's packages, and our code."""
    return environment.install(lock).folder, code.provide()


def peer_here() -> str:
    """What a peer in a process of this host speaks with."""
    versions = {name: version(name) for name in _SPEAKERS if _installed(name)}
    return f"{platform.python_implementation()} {platform.python_version()} {spoken(versions)}"


def _installed(name: str) -> bool:
    try:
        return bool(version(name))
    except PackageNotFoundError:
        return False
