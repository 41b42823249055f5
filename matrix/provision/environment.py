"""From requirements to an installed folder, by uv, for an interpreter that need not be here.

Not PyPy's and not a free-threaded one: which wheels and which requirements fit these, uv learns from
one that runs here, and from nothing else.

Wheels only: no release's code runs on this host. The folder is keyed by the lock, so
that two cells with the same lock share it, and a new release makes a new one.
"""

import sys
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from matrix.errors import EnvironmentLacks
from matrix.order import interpreter_title, python_language
from matrix.provision import interpreters, uv
from matrix.provision.folders import Folder, digest_of, make_once

Package = dict[str, Any]  # an entry of uv's pylock.toml


@dataclass(frozen=True, kw_only=True, slots=True)
class Environment:
    """Packages in a folder, for one interpreter."""

    folder: Folder
    resolved: dict[str, str]  # package -> version


def provide(
    requirements: Sequence[str], *, python: str, platform: str = "", before: datetime | None = None
) -> Environment:
    """Resolve and install for `python` ("3.12") on a platform of uv's (empty: this one), as of a date or of now.

    Raises `uv.NoSolution` where the packages cannot be had, `EnvironmentLacks` where uv
    cannot work here.
    """
    target = _target(python, platform)
    lock = _lock(requirements, target, before)
    packages = tomllib.loads(lock).get("packages", [])
    digest = digest_of((python, *sorted(_identity(package) for package in packages)))

    def fill(path: Path) -> None:
        _install(packages, path, target)

    resolved: dict[str, str] = {canonicalize_name(package["name"]): package["version"] for package in packages}
    return Environment(folder=make_once("env", digest, fill), resolved=resolved)


def _target(python: str, platform: str) -> tuple[str, ...]:
    """What to resolve and install for. uv itself runs on any interpreter: looking for one takes half a second."""
    return (
        *("--python", _speaks_for(python), "--python-version", python_language(python)),
        *(("--python-platform", platform) if platform else ()),
        *("--only-binary", ":all:"),
    )


@cache
def _speaks_for(python: str) -> str:
    """The interpreter that uv is told to resolve for; its version is told besides."""
    if python == python_language(python):
        return sys.executable
    there = interpreters.obtain((python,), interpreters.on_host()).get(python)
    if there is None:
        raise EnvironmentLacks(
            f"no {interpreter_title(python)} runs on this host, and what fits it cannot be resolved without",
            hint="`leakmatrix interpreters` says what can be got",
        )
    return str(there.executable)


def _lock(requirements: Sequence[str], target: Sequence[str], before: datetime | None) -> str:
    date = ("--exclude-newer", before.isoformat()) if before else ()
    return uv.run(
        *("pip", "compile", "-", "--format", "pylock.toml", "--quiet", "--no-header"),
        *target,
        *date,
        stdin="\n".join(requirements),
    )


def _install(packages: Sequence[Package], path: Path, target: Sequence[str]) -> None:
    """Install exactly what is locked, by hash.

    Not from the lock itself: uv refuses it for another interpreter than the one it runs on.
    """
    pins = [
        " ".join(
            (f"{package['name']}=={package['version']}", *(f"--hash=sha256:{digest}" for digest in _hashes(package)))
        )
        for package in packages
    ]
    with tempfile.TemporaryDirectory() as beside:
        file = Path(beside, "requirements.txt")
        file.write_text("\n".join(pins))
        uv.run(
            *("pip", "install", "--quiet", "--target", str(path), "--no-deps", "--require-hashes"),
            *("--requirements", str(file)),
            *target,
        )


def _hashes(package: Package) -> list[str]:
    return sorted(wheel["hashes"]["sha256"] for wheel in package.get("wheels", ()) if "sha256" in wheel["hashes"])


def _identity(package: Package) -> str:
    """A package as the lock pins it: name, version and the digests of the files it may come from."""
    return " ".join((package["name"], package["version"], *_hashes(package)))
