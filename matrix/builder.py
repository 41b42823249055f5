"""A wheel of a release that has none, built from its sdist in a sandbox: in Docker nothing of it runs on this host.

Only where the configuration asks for it. In the process sandbox a build is a child process
of this host's, as a cell is.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import Version

from matrix.config import Limits
from matrix.provision import environment, sdist, uv
from matrix.provision.folders import Folder, digest_of, make_once
from matrix.provision.once import Once
from matrix.provision.sdist import Sdist
from matrix.sandbox import Building, Ended, Sandbox


class Builder:
    """Wheels of releases that have none, built once for each interpreter."""

    def __init__(self, sandbox: Sandbox, code: Folder, limits: Limits) -> None:
        self._sandbox = sandbox
        self._code = code
        self._limits = limits
        self._built: Once[tuple[str, str], Path | None] = Once()

    def wheels(self, requirements: Sequence[str], python: str) -> tuple[Path, ...]:
        """Folders with a wheel each, for those of some exact requirements that have an sdist alone.

        Raises `uv.NoSolution` where one cannot be built.
        """
        found = [self._built.get((each, python), partial(self._wheel, each, python)) for each in requirements]
        return tuple(folder for folder in found if folder is not None)

    def _wheel(self, requirement: str, python: str) -> Path | None:
        platform = self._sandbox.platform
        if environment.has_wheel(requirement, python=python, platform=platform):
            return None
        found = sdist.sdist_of(requirement, python)
        if found is None:
            return None
        source = sdist.fetch(found)
        asked, backend, backend_path = sdist.asks_for(source.path / found.file)
        requires = environment.provide(asked, python=python, platform=platform).folder

        def fill(folder: Path) -> None:
            building = Building(
                name=f"build-{found.name}-{found.version}",
                python=python,
                requires=requires,
                source=source,
                code=self._code,
                job={"sdist": found.file, "backend": backend, "backend_path": backend_path},
                limits=self._limits,
            )
            name, content = _checked(found, self._sandbox.build(building))
            (folder / name).write_bytes(content)

        digest = digest_of((source.digest, python, platform, self._sandbox.name, requires.digest))
        return make_once("wheel", digest, fill).path


def _checked(release: Sdist, ended: Ended) -> tuple[str, bytes]:
    """The wheel's name and content, if it is one of that release. Else raises `uv.NoSolution` with the last words."""
    if ended.status is not None or ended.answer is None:
        raise uv.NoSolution(f"it has no wheel, and its sdist cannot be built: {ended.reason or 'no wheel came of it'}")
    name, _, content = ended.answer.partition(b"\n")
    found = _named(name)
    if found is None:
        raise uv.NoSolution("it has no wheel, and what its sdist builds is none")
    if found != (canonicalize_name(release.name), Version(release.version)):
        raise uv.NoSolution(f"it has no wheel, and its sdist builds another: {found[0]} {found[1]}")
    return name.decode(), content


def _named(wheel: bytes) -> tuple[str, Version] | None:
    """The release that a wheel's file name names; None where it is no such name, but a path."""
    try:
        name, version, _, _ = parse_wheel_filename(wheel.decode())
    except (InvalidWheelFilename, UnicodeDecodeError):
        return None
    return None if b"/" in wheel else (name, version)
