"""Which releases there are, as far down as the configuration asks: uv's answers, put in order.

No index is named here and no HTTP is spoken: uv resolves one requirement at a
time with the index it is configured for, and so leaves out what is yanked, a
pre-release, without a wheel, or not for the interpreter. A listing of all
versions would hold those. Installing is not here: see `provision/`.
"""

import sys
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, assert_never

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.version import Version

from matrix.config import Config
from matrix.errors import ConfigError
from matrix.provision import uv
from matrix.versions import Bundled, Exact, LastMinors, Latest, Request, Specifier

WORKERS = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """A version that can be installed from a wheel."""

    version: str
    uploaded: datetime | None = None  # its first file; None where the index does not say


class Index(Protocol):
    """Whoever knows what releases there are."""

    def newest(self, requirement: str, *pythons: str, before: datetime | None = None) -> Release | None:
        """The newest release that fits one of these interpreters, "3.14", at least; None when there is none."""


def known_releases(
    config: Config, index: Index, pythons: Sequence[str], *, workers: int = WORKERS
) -> dict[str, tuple[Release, ...]]:
    """For each client, newest first, every release that its requests need looked up.

    `pythons` are the interpreters that are asked for: what one of them has is a release, though others, such as one
    that is new, have no wheel of it yet. An exact version, or the interpreter's own, needs no look-up, and is in the
    answer only where another request found it.
    """
    with ThreadPoolExecutor(workers) as executor:
        found = executor.map(
            lambda item: _releases(item[0], item[1].versions, index, pythons),
            config.clients.items(),
        )
        answers = dict(zip(config.clients, found, strict=True))
    mistakes = tuple(mistake for _, wrong in answers.values() for mistake in wrong)
    if mistakes:
        raise ConfigError(
            "the package index has nothing for some of the versions asked for",
            mistakes=mistakes,
            hint="only stable releases with a wheel count, not yanked ones; others: exact version",
        )
    return {client: releases for client, (releases, _) in answers.items()}


def history(client: str, index: Index, *, python: str, spec: str = "", workers: int = WORKERS) -> tuple[Release, ...]:
    """Every release in a range, oldest first: the newest of each minor, then the others of each, side by side."""

    def older(newest: Release) -> list[Release]:
        version = Version(newest.version)
        limits = (spec, f"=={_minor(version)}.*", f"<={version}", f"!={version}")
        return list(_descend(client, ",".join(filter(None, limits)), index, (python,)))

    newest = list(_descend(client, spec, index, (python,), minors=True))
    with ThreadPoolExecutor(workers) as executor:
        others = [release for found in executor.map(older, newest) for release in found]
    return tuple(sorted((*newest, *others), key=lambda release: Version(release.version)))


def release_date(client: str, version: str, index: Index, *, python: str) -> datetime | None:
    """When this version appeared; None where the index does not say, or does not have it."""
    release = index.newest(f"{client}=={version}", python)
    return release.uploaded if release else None


def request_text(request: Request) -> str:
    """The request as it is written in the configuration."""
    match request:
        case Exact():
            head = request.version
        case Latest():
            head = "latest"
        case Specifier():
            head = request.spec
        case LastMinors():
            head = f"last {request.count} minors"
        case Bundled():
            head = "python"
        case _:
            assert_never(request)
    return " + ".join((head, *request.pins))


def _releases(
    client: str, requests: tuple[Request, ...], index: Index, pythons: Sequence[str]
) -> tuple[tuple[Release, ...], tuple[str, ...]]:
    found: dict[Version, Release] = {}
    mistakes: list[str] = []
    for request in requests:
        match request:
            case Exact() | Bundled():
                continue
            case Latest():
                answer = list(_descend(client, "", index, pythons, count=1))
            case Specifier():
                answer = list(_descend(client, request.spec, index, pythons))
            case LastMinors():
                answer = list(_descend(client, "", index, pythons, count=request.count, minors=True))
            case _:
                assert_never(request)
        found |= {Version(release.version): release for release in answer}
        if not answer:
            known = index.newest(client, *pythons)
            newest = f"the newest release is {known.version}" if known else "no such package"
            where = ", ".join(pythons)
            mistakes.append(f'clients.{client}: nothing for "{request_text(request)}" on {where}: {newest}')
    return tuple(found[version] for version in sorted(found, reverse=True)), tuple(mistakes)


def _descend(
    client: str,
    spec: str,
    index: Index,
    pythons: Sequence[str],
    *,
    count: int | None = None,
    minors: bool = False,
) -> Iterator[Release]:
    """From the newest release downwards: each one, or the newest of each minor."""
    below = ""
    previous: Version | None = None
    while count is None or count > 0:
        limits = ",".join(part for part in (spec, below) if part)
        release = index.newest(client + limits, *pythons)
        if release is None or (previous and Version(release.version) >= previous):
            return
        yield release
        previous = Version(release.version)
        # `<=V,!=V` and not `<V`, which would leave out the pre-releases of V.
        below = f"<{_minor(previous)}" if minors else f"<={previous},!={previous}"
        count = None if count is None else count - 1


def _minor(version: Version) -> str:
    epoch = f"{version.epoch}!" if version.epoch else ""
    return f"{epoch}{version.major}.{version.minor}"


@dataclass(frozen=True, kw_only=True, slots=True)
class UvIndex:
    """The package index that uv is configured for, asked through uv."""

    def newest(self, requirement: str, *pythons: str, before: datetime | None = None) -> Release | None:
        """Ask uv, once for all of them if it can be. Raises EnvironmentLacks where it cannot ask."""
        for oldest in sorted(pythons, key=Version):
            arguments = _arguments(requirement, oldest, before, onwards=len(pythons) > 1)
            try:
                found = _parse(uv.run(*arguments, stdin=requirement), pythons)
            except uv.NoSolution:
                continue  # none for this interpreter: uv does not go on to those after it
            if found:
                return found
        return None


def _arguments(requirement: str, python: str, before: datetime | None, *, onwards: bool) -> tuple[str, ...]:
    named = Requirement(requirement).specifier.prereleases
    return (
        *("pip", "compile", "-", "--no-deps", "--no-build", "--no-header"),
        *("--quiet", "--format", "pylock.toml"),
        *("--resolution", "highest", "--prerelease", "allow" if named else "disallow"),
        *("--python", sys.executable),  # any will do; looking for one takes uv half a second
        *("--python-version", python),
        *(("--universal",) if onwards else ()),  # this interpreter and all after it, each with its own newest
        *(("--exclude-newer", before.isoformat()) if before else ()),
    )


def _parse(lock: str, pythons: Sequence[str]) -> Release | None:
    packages: list[dict[str, Any]] = tomllib.loads(lock).get("packages", [])
    fitting = [package for package in packages if _fits(package.get("marker"), pythons)]
    if not fitting:
        return None
    package = max(fitting, key=lambda each: Version(each["version"]))
    files = [*package.get("wheels", ()), *filter(None, [package.get("sdist")])]
    times = [file["upload-time"] for file in files if "upload-time" in file]
    return Release(version=package["version"], uploaded=min(times, default=None))


def _fits(marker: str | None, pythons: Sequence[str]) -> bool:
    environments = [{"python_version": each, "python_full_version": f"{each}.99"} for each in pythons]
    return marker is None or any(map(Marker(marker).evaluate, environments))
