"""Which interpreters this host has, by the name that cells use: CPython 3.8 and newer, and PyPy.

Found by uv (the search path, uv's own), in pyenv's folder, which uv does not look into, and among those
that were made from a Debian suite. Each is asked itself what it is; one that does not start is not there.
"""

import json
import os
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from matrix.errors import EnvironmentLacks
from matrix.order import python_language, python_version
from matrix.provision import remembered, suite, tree, uv
from matrix.provision.folders import digest_of

# What a grid that names no interpreters is made of, as far as they can be had.
SUPPORTED = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15", "pypy3.11")

_QUESTION = """
import json, platform, sys, sysconfig
paths = sysconfig.get_paths()
print(json.dumps({
    "implementation": platform.python_implementation(),
    "version": platform.python_version(),
    "minor": "%d.%d" % sys.version_info[:2],
    "threads": "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else "",
    "standard_library": paths["stdlib"],
    "extensions": paths["platstdlib"],
}))
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Interpreter:
    """An interpreter of this host."""

    name: str  # "3.12", "3.14t", "pypy3.11"
    version: str  # "3.12.1"
    executable: Path
    standard_library: Path
    root: Path | None = None  # the tree that it is in, with all its libraries, where it is from a suite


def on_host() -> dict[str, Interpreter]:
    """The newest interpreter of each name, by name."""
    found: dict[str, Interpreter] = {}
    with ThreadPoolExecutor(4) as pool:
        for interpreter in pool.map(_ask, sorted(set(_candidates()))):
            if interpreter is None or not _supported(interpreter):
                continue
            known = found.get(interpreter.name)
            if known is None or python_version(known.version) < python_version(interpreter.version):
                found[interpreter.name] = interpreter
    return found


def obtain(
    names: Iterable[str], found: Mapping[str, Interpreter], say: Callable[[str], None] = lambda _: None
) -> Mapping[str, Interpreter]:
    """`found`, with those of `names` that can be got: through uv where its settings allow that, or from a Debian suite.

    One that cannot be got is not there; `say` is told what is being got, and why something cannot be.
    """
    for source in (_download, _from_suite):
        if missing := [name for name in names if name not in found]:
            found = source(missing, found, say)
    return found


def _download(
    missing: Sequence[str], found: Mapping[str, Interpreter], say: Callable[[str], None]
) -> Mapping[str, Interpreter]:
    if not uv.downloads_allowed():
        return found
    say(f"asking uv for {', '.join(missing)}")
    with suppress(EnvironmentLacks, uv.NoSolution):
        uv.run("python", "install", "--quiet", *missing, downloads=True)
        return on_host()
    return found


def _from_suite(
    missing: Sequence[str], found: Mapping[str, Interpreter], say: Callable[[str], None]
) -> Mapping[str, Interpreter]:
    known = suite.load()
    there = [name for name in missing if name in known.packages]
    if not there or suite.unavailable(known):
        return found
    try:
        suite.obtain(there, say)
    except EnvironmentLacks as error:
        say(f"not from {known.title}: {error.message}")
    return on_host()


def ask(executable: Path) -> Interpreter | None:
    """What an executable says of itself, or said a little while ago; None where it does not answer."""
    try:
        said = _said(executable)
        prefix = "" if said["implementation"] == "CPython" else said["implementation"].lower()
        return Interpreter(
            name=prefix + said["minor"] + said["threads"],
            version=said["version"],
            executable=executable,
            standard_library=Path(said["standard_library"]),
        )
    except (OSError, subprocess.SubprocessError, ValueError, LookupError, TypeError):
        return None


def _said(executable: Path) -> Any:
    file = executable.stat()
    question = digest_of((_QUESTION, str(executable), str(file.st_mtime_ns), str(file.st_size)))
    if (answer := remembered.recall(question)) is None:
        command = (executable, "-I", "-S", "-c", _QUESTION)
        answer = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout
        remembered.remember(question, answer)
    return json.loads(answer)


def _ask(candidate: tuple[Path, Path | None]) -> Interpreter | None:
    executable, root = candidate
    found = ask(executable)
    return found and replace(found, root=root)


def _candidates() -> Iterator[tuple[Path, Path | None]]:
    """Executables, and the tree that one is in."""
    listed = json.loads(uv.run("python", "list", "--only-installed", "--output-format", "json"))
    for entry in listed:
        path = Path(entry["path"])
        if path.parent.name != "shims":  # pyenv's: they answer only for the versions switched on
            yield path.resolve(), None
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for path in pyenv.glob("versions/*/bin/python"):
        yield path.resolve(), None
    for root in suite.made():
        yield root / tree.LAUNCHER, root


def _supported(interpreter: Interpreter) -> bool:
    """CPython of any build in the grid's range, and the PyPy that is in it."""
    name = interpreter.name
    return name in SUPPORTED or (not name.startswith("pypy") and python_language(name) in SUPPORTED)
