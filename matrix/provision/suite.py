"""Interpreters from a Debian suite, each a folder of its own: for this host's processes, and to make images from.

Which suite and which packages: docker/suite.toml. Where a host's apt has no mirror of Debian there are none, and
`unavailable` says why. Made once for each version that the suite has; nothing is got again to use what is there.
"""

import os
import platform
import shutil
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from matrix import builtin
from matrix.errors import EnvironmentLacks
from matrix.provision import apt, tree
from matrix.provision.apt import Archive
from matrix.provision.folders import cache, digest_of, make_once

Say = Callable[[str], None]
KIND = "interpreter"
VARIABLE = "LEAKMATRIX_SUITE"
NEVER = "never"

# What a host's sources may call the release that it has itself.
_NAMES = ("stable", "testing", "unstable", "sid")
_MEBIBYTE = 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Suite:
    """What docker/suite.toml says."""

    name: str
    keyrings: tuple[Path, ...]
    common: tuple[str, ...]
    packages: dict[str, str]  # interpreter -> package

    @property
    def title(self) -> str:
        """As people say it."""
        return f"Debian {self.name}"


def load() -> Suite:
    """The suite that interpreters come from here."""
    said = tomllib.loads((builtin.DOCKER / "suite.toml").read_text())
    return Suite(
        name=os.environ.get(VARIABLE) or said["suite"],
        keyrings=tuple(Path(path) for path in said["keyrings"]),
        common=tuple(said["common"]),
        packages=said["packages"],
    )


def unavailable(suite: Suite) -> str:
    """Why nothing can be got from the suite here; empty where it can be tried."""
    if suite.name == NEVER:
        return f"{VARIABLE} says {NEVER}"
    if missing := [program for program in apt.PROGRAMS if shutil.which(program) is None]:
        return f"this host has no {missing[0]}"
    if _mirror(suite) is None:
        return "this host's apt knows no mirror of Debian"
    if _keyring(suite) is None:
        return "Debian's keys are not here: install debian-archive-keyring"
    return ""


def made() -> Iterator[Path]:
    """The trees that were made, of whatever version."""
    for folder in sorted((cache() / KIND).glob("[!.]*")):
        if (folder / tree.LAUNCHER).exists():
            yield folder


def obtain(pythons: Sequence[str], say: Say) -> None:
    """Make the trees of these interpreters, in the version that the suite has now. Raises EnvironmentLacks."""
    suite = load()
    mirror, keyring = _mirror(suite), _keyring(suite)
    why = unavailable(suite)
    if why or mirror is None or keyring is None:
        raise EnvironmentLacks(f"no interpreter can be got from a Debian suite: {why}", hint=_hint(pythons))
    say(f"asking {suite.title} for {', '.join(pythons)}")
    with apt.opened(mirror, suite.name, keyring) as opened:
        packages = {python: (suite.packages[python], *suite.common) for python in pythons}
        # All of them first: what has been got is not among what apt would get.
        files = {python: opened.archives(packages[python]) for python in pythons}
        for python in pythons:
            digest = digest_of((tree.RECIPE, python, *sorted(f"{each.file} {each.digest}" for each in files[python])))
            download = partial(opened.download, packages[python])
            make_once(KIND, digest, partial(_fill, python, files[python], download, say))


def _fill(python: str, files: Sequence[Archive], download: Callable[[], Path], say: Say, folder: Path) -> None:
    say(f"getting {python}: {sum(each.size for each in files) / _MEBIBYTE:.0f} MiB")
    there = download()
    tree.make(folder, python, sorted(there / each.file for each in files))


def _mirror(suite: Suite) -> str | None:
    with suppress(OSError, EnvironmentLacks):
        system = platform.freedesktop_os_release()
        if system.get("ID") == "debian":
            return apt.mirror((*_NAMES, suite.name, system.get("VERSION_CODENAME", "")))
    return None


def _keyring(suite: Suite) -> Path | None:
    return next((path for path in suite.keyrings if path.exists()), None)


def _hint(pythons: Sequence[str]) -> str:
    return f"install {', '.join(pythons)} otherwise, or load images of them into the engine"
