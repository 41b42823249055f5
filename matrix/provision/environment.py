"""From requirements to a lock, and from a lock to an installed folder, by uv, for an interpreter that need not be here.

Not PyPy's and not a free-threaded one: which wheels and which requirements fit these, uv learns from
one that runs here, and from nothing else.

Wheels only: no release's code runs on this host. The folder is keyed by the lock, so
that two cells with the same lock share it, and a new release makes a new one. Where every wheel
is for any interpreter, all interpreters with that lock share one folder.
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
from matrix.provision import interpreters, remembered, uv
from matrix.provision.folders import Folder, digest_of, make_once

Package = dict[str, Any]  # an entry of uv's pylock.toml

# Any interpreter will do for uv itself: looking for one takes half a second. This one, but not by its name in a
# virtual environment: what was resolved in another one is the same.
ANY_INTERPRETER = ("--python", str(Path(sys.executable).resolve()))


@dataclass(frozen=True, kw_only=True, slots=True)
class Lock:
    """What requirements come to on an interpreter and a platform."""

    packages: tuple[Package, ...]
    target: tuple[str, ...]  # what uv is told of both
    wheels: tuple[Path, ...] = ()  # folders with wheels that no index has
    digest: str

    @property
    def resolved(self) -> dict[str, str]:
        """Package -> version."""
        return {canonicalize_name(package["name"]): package["version"] for package in self.packages}

    @property
    def built(self) -> tuple[str, ...]:
        """The wheels that were built here, for there is none on the index."""
        return tuple(sorted(path.name for folder in self.wheels for path in folder.glob("*.whl")))


@dataclass(frozen=True, kw_only=True, slots=True)
class Environment:
    """Packages in a folder, for one interpreter, or for any."""

    folder: Folder
    resolved: dict[str, str]  # package -> version


def provide(
    requirements: Sequence[str], *, python: str, platform: str = "", before: datetime | None = None
) -> Environment:
    """Resolve and install. Raises as `resolve` does."""
    return install(resolve(requirements, python=python, platform=platform, before=before))


def resolve(
    requirements: Sequence[str],
    *,
    python: str,
    platform: str = "",
    before: datetime | None = None,
    wheels: Sequence[Path] = (),
) -> Lock:
    """For `python` ("3.12") on a platform of uv's (empty: this one), as of a date or of now.

    Raises `uv.NoSolution` where the packages cannot be had, `EnvironmentLacks` where uv
    cannot work here.
    """
    target = _target(python, platform)
    text = _lock(requirements, (*target, *_also_from(wheels)), before)
    return _read(text, python, platform, target, wheels)


def resolve_recently(
    requirements: Sequence[str], *, python: str, platform: str = "", before: datetime | None = None
) -> Lock:
    """The same, or what came of it some minutes ago: see `remembered.py`."""
    target = _target(python, platform)
    name = remembered.question(*requirements, "", *target, str(before))
    text = remembered.recall(name)
    if text is None:
        text = _lock(requirements, target, before)
        remembered.remember_lock(name, text)
    return _read(text, python, platform, target)


def _read(text: str, python: str, platform: str, target: tuple[str, ...], wheels: Sequence[Path] = ()) -> Lock:
    packages = tuple(tomllib.loads(text).get("packages", []))
    parts = sorted(_identity(package) for package in packages)
    digest = digest_of(parts if all(map(_for_any, packages)) else (python, platform, *parts))
    return Lock(packages=packages, target=target, wheels=tuple(wheels), digest=digest)


def has_wheel(requirement: str, *, python: str, platform: str) -> bool:
    """Whether this release alone could be installed, whatever it depends on."""
    try:
        _lock((requirement,), (*_target(python, platform), "--no-deps"), None)
    except uv.NoSolution:
        return False
    return True


def install(lock: Lock) -> Environment:
    """The folder with exactly what is locked, made where it is not there yet."""
    return Environment(folder=make_once("env", lock.digest, lambda path: _install(lock, path)), resolved=lock.resolved)


def _target(python: str, platform: str) -> tuple[str, ...]:
    """What to resolve and install for."""
    return (
        *_speaks_for(python),
        *("--python-version", python_language(python)),
        *(("--python-platform", platform) if platform else ()),
        *("--only-binary", ":all:"),
    )


@cache
def _speaks_for(python: str) -> tuple[str, str]:
    """The interpreter that uv is told to resolve for; its version is told besides."""
    if python == python_language(python):
        return ANY_INTERPRETER
    there = interpreters.obtain((python,), interpreters.on_host()).get(python)
    if there is None:
        raise EnvironmentLacks(
            f"no {interpreter_title(python)} runs on this host, and what fits it cannot be resolved without",
            hint="`leakmatrix interpreters` says what can be got",
        )
    return ("--python", str(there.executable))


def _lock(requirements: Sequence[str], target: Sequence[str], before: datetime | None) -> str:
    date = ("--exclude-newer", before.isoformat()) if before else ()
    return uv.run(
        *("pip", "compile", "-", "--format", "pylock.toml", "--quiet", "--no-header"),
        *target,
        *date,
        stdin="\n".join(requirements),
    )


def _also_from(wheels: Sequence[Path]) -> tuple[str, ...]:
    return tuple(part for folder in wheels for part in ("--find-links", str(folder)))


def _install(lock: Lock, path: Path) -> None:
    """By hash. Not from the lock itself: uv refuses it for another interpreter than the one it runs on."""
    pins = [
        " ".join(
            (f"{package['name']}=={package['version']}", *(f"--hash=sha256:{digest}" for digest in _hashes(package)))
        )
        for package in lock.packages
    ]
    with tempfile.TemporaryDirectory() as beside:
        file = Path(beside, "requirements.txt")
        file.write_text("\n".join(pins))
        uv.run(
            *("pip", "install", "--quiet", "--target", str(path), "--no-deps", "--require-hashes"),
            *("--requirements", str(file)),
            *lock.target,
            *_also_from(lock.wheels),
        )


def _hashes(package: Package) -> list[str]:
    return sorted(wheel["hashes"]["sha256"] for wheel in package.get("wheels", ()) if "sha256" in wheel["hashes"])


def _identity(package: Package) -> str:
    """A package as the lock pins it: name, version and the digests of the files it may come from."""
    return " ".join((package["name"], package["version"], *_hashes(package)))


def _for_any(package: Package) -> bool:
    """Whether all its wheels are for any interpreter on any platform: then the same files are installed everywhere."""
    wheels = package.get("wheels", ())
    return bool(wheels) and all(_file(wheel).endswith("-none-any.whl") for wheel in wheels)


def _file(wheel: Package) -> str:
    return str(wheel.get("name") or wheel.get("url") or wheel.get("path") or "").rpartition("/")[2]
