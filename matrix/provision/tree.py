"""An interpreter of another distribution as a folder: its files, its libraries, its own libc, and a launcher.

Its libc may be newer than this host's, so it is started through its own dynamic loader: `usr/bin/python` does that,
under its own name, so that `sys.executable` starts the same again. The folder may be moved.
"""

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from matrix.errors import EnvironmentLacks
from matrix.provision import apt

# Raise it when the recipe below changes: trees made by another recipe are made again.
RECIPE = "1"
LAUNCHER = "usr/bin/python"

# A distribution whose /bin, /lib, ... are links into /usr keeps the links in a package of its own.
_MERGED = ("bin", "lib", "lib64", "sbin")
_KEPT = ("bin", "lib", "lib64")  # of /usr
# What no client needs of a standard library.
UNNEEDED = frozenset(
    (
        *("site-packages", "dist-packages", "test", "tests", "idlelib", "turtledemo", "tkinter", "ensurepip"),
        *("lib2to3", "__phello__"),
    )
)
_LAUNCHER = """\
#!/bin/sh
# The interpreter, with the libc and the libraries that it was built for.
root=$(readlink -f "$0")
root=${{root%/{launcher}}}
exec "$root/{loader}" --library-path "$root/{libraries}" --argv0 "$0" "$root/{program}" "$@"
"""


def program(python: str) -> str:
    """Where an interpreter of this name is in a tree."""
    return f"usr/bin/{python if python.startswith('pypy') else f'python{python}'}"


def make(folder: Path, python: str, archives: Iterable[Path]) -> None:
    """Fill an empty folder with what some packages have of an interpreter. Raises EnvironmentLacks without one."""
    for name in _MERGED:
        (folder / "usr" / name).mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(f"usr/{name}")
    for archive in archives:
        apt.unpack(archive, folder)
    if not (folder / program(python)).is_file():
        raise EnvironmentLacks(
            f"the packages for {python} have no {program(python)}", hint="docker/suite.toml names the packages"
        )
    _prune(folder, program(python))
    launcher = folder / LAUNCHER
    launcher.write_text(_launcher(folder, python))
    launcher.chmod(0o755)
    _compile(launcher, folder / "usr/lib" / Path(program(python)).name)


def _compile(launcher: Path, library: Path) -> None:
    """Byte code, which packages leave to their installation: without it each cell would begin by compiling."""
    options = ("-q", "-j", "0", "--invalidation-mode", "unchecked-hash")
    subprocess.run((launcher, "-I", "-m", "compileall", *options, library), capture_output=True, check=False)


def _prune(folder: Path, kept: str) -> None:
    """Leave what the interpreter runs with: no documentation, no other program, no settings of a machine's."""
    for path in folder.iterdir():
        if path.name not in {*_MERGED, "usr"}:
            shutil.rmtree(path)
    for path in (folder / "usr").iterdir():
        if path.name not in _KEPT:
            shutil.rmtree(path)
    (folder / "sbin").unlink()
    for path in (folder / "usr/bin").iterdir():
        if path != folder / kept:
            path.unlink()
    for path in (folder / "usr/lib").glob("*/sitecustomize.py"):
        path.unlink()  # a link into /etc, which is the host's
    for path in [path for path in (folder / "usr/lib").glob("*/*") if path.name in UNNEEDED]:
        shutil.rmtree(path)


def _launcher(folder: Path, python: str) -> str:
    # x86-64 has the loader in lib64, arm64 in lib; both have the libraries in a folder named after the architecture.
    loader = next(path for name in ("lib64", "lib") for path in sorted((folder / "usr" / name).glob("ld-linux-*.so.*")))
    libraries = next(path.parent for path in sorted((folder / "usr/lib").glob("*-linux-gnu*/libc.so.*")))
    return _LAUNCHER.format(
        launcher=LAUNCHER,
        loader=loader.relative_to(folder),
        libraries=libraries.relative_to(folder),
        program=program(python),
    )
