"""The sdist of a release, as a file: which there is, and what it asks for to be built. Nothing of it is run.

Which there is, uv says, from the index that it is configured for: told that the release
depends on nothing, it has no reason to build it. The file is fetched from where uv says it
is, and must have the digest that uv says. Building is `builder.py`.
"""

import hashlib
import shutil
import tarfile
import tempfile
import tomllib
import urllib.error
import urllib.request
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from matrix.errors import EnvironmentLacks
from matrix.order import python_language
from matrix.provision import environment, uv
from matrix.provision.folders import Folder, make_once

_LARGEST = 64 << 20
_LARGEST_PROJECT = 1 << 20
_SECONDS = 60.0
_LEGACY = "setuptools.build_meta:__legacy__"
# RuntimeError: a member that asks for a password, or is compressed in a way of its own.
_UNREADABLE = tarfile.TarError, zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError
_SCRIPT = """\
# /// script
# requires-python = "=={python}.*"
# dependencies = ["{requirement}"]
# [[tool.uv.dependency-metadata]]
# name = "{name}"
# requires-dist = []
# ///
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sdist:
    """Where a release's source is."""

    name: str
    version: str
    place: str  # an address, or a path of this host
    sha256: str  # empty for a path: nobody has said

    @property
    def file(self) -> str:
        """The name of the file."""
        return urlsplit(self.place).path.rpartition("/")[2]


def sdist_of(requirement: str, python: str) -> Sdist | None:
    """The sdist of an exact requirement; None where the index has none. Nothing is built to find out."""
    name = canonicalize_name(Requirement(requirement).name)
    with tempfile.TemporaryDirectory() as beside:
        script = Path(beside, "release.py")
        script.write_text(_SCRIPT.format(python=python_language(python), requirement=requirement, name=name))
        try:
            uv.run("lock", "--quiet", "--script", str(script), *environment.ANY_INTERPRETER)
        except uv.NoSolution:
            return None
        lock = tomllib.loads(Path(beside, "release.py.lock").read_text())
        for package in lock.get("package", []):
            if canonicalize_name(package["name"]) == name and "sdist" in package:
                return _sdist(package, Path(beside))
    return None


def _sdist(package: dict[str, Any], beside: Path) -> Sdist:
    file = package["sdist"]
    place = file["url"] if "url" in file else str((beside / file["path"]).resolve())
    digest = str(file.get("hash", "")).removeprefix("sha256:")
    return Sdist(name=package["name"], version=package["version"], place=place, sha256=digest)


def fetch(sdist: Sdist) -> Folder:
    """A folder with the file. Raises EnvironmentLacks where it cannot be had, or is another one."""

    def fill(folder: Path) -> None:
        target = folder / sdist.file
        with _opened(sdist) as source, target.open("wb") as file:
            shutil.copyfileobj(_Bounded(source), file)
        found = hashlib.sha256(target.read_bytes()).hexdigest()
        if sdist.sha256 not in {"", found}:
            raise EnvironmentLacks(f"the sdist of {sdist.name} {sdist.version} is not the one that the index names")

    named = sdist.sha256 or hashlib.sha256(Path(sdist.place).read_bytes()).hexdigest()
    return make_once("sdist", named[:20], fill)


def _opened(sdist: Sdist) -> IO[bytes]:
    if "://" not in sdist.place:
        return Path(sdist.place).open("rb")
    try:
        opened: IO[bytes] = urllib.request.urlopen(sdist.place, timeout=_SECONDS)  # noqa: S310  of uv's own words
    except (urllib.error.URLError, TimeoutError) as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()
        raise EnvironmentLacks(
            f"the sdist of {sdist.name} {sdist.version} cannot be fetched: {uv.plain(str(error))}",
            hint="an index that asks for a password serves wheels only here",
        ) from error
    return opened


class _Bounded:
    """A file that ends too large raises."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._left = _LARGEST

    def read(self, size: int = -1) -> bytes:
        """As the file has it."""
        data = self._file.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise EnvironmentLacks(f"an sdist of more than {_LARGEST >> 20} MiB is not built here")
        return data


def asks_for(sdist: Path) -> tuple[tuple[str, ...], str, list[str]]:
    """What is to be installed to build it, the backend, and where in it that is: read as data, from the archive."""
    text = _project(sdist)
    try:
        system = tomllib.loads(text.decode()).get("build-system", {}) if text else {}
        requires = tuple(str(Requirement(each)) for each in system.get("requires", ()))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, InvalidRequirement, AttributeError, TypeError) as error:
        raise uv.NoSolution(f"its sdist does not say how it is built: {error}") from error
    if any(Requirement(each).url for each in requires):
        raise uv.NoSolution("its sdist asks for a package that is on no index")
    backend = str(system.get("build-backend", _LEGACY))
    also = ("setuptools", "wheel") if backend == _LEGACY else ()  # as pip does it
    return (*requires, *also), backend, [str(part) for part in system.get("backend-path", [])]


def _project(sdist: Path) -> bytes:
    """The text of pyproject.toml in the archive's one folder; empty where there is none."""
    try:
        if sdist.suffix == ".zip":
            with zipfile.ZipFile(sdist) as archive:
                for info in archive.infolist():
                    if _is_project(info.filename) and info.file_size < _LARGEST_PROJECT:
                        return archive.read(info)
                return b""
        with tarfile.open(sdist) as tar:
            for member in tar:
                if _is_project(member.name) and member.isfile() and member.size < _LARGEST_PROJECT:
                    file = tar.extractfile(member)
                    return file.read() if file else b""
    except _UNREADABLE as error:
        raise uv.NoSolution(f"its sdist cannot be read: {error}") from error
    return b""


def _is_project(name: str) -> bool:
    parts = name.removeprefix("./").split("/")
    return len(parts) == 2 and parts[1] == "pyproject.toml"
