"""Which interpreters this host has: CPython 3.8 and newer, by the name that cells use.

Found by uv (the search path, uv's own) and in pyenv's folder, which uv does not look
into. Each is asked itself what it is; one that does not start is not there.
"""

import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from packaging.version import Version

from matrix.errors import EnvironmentLacks
from matrix.order import python_language
from matrix.provision import uv

# What a grid that names no interpreters is made of, as far as they can be had.
SUPPORTED = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15")

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


def on_host() -> dict[str, Interpreter]:
    """The newest interpreter of each name, by name."""
    found: dict[str, Interpreter] = {}
    with ThreadPoolExecutor(4) as pool:
        for interpreter in pool.map(ask, sorted(set(_candidates()))):
            if interpreter is None or not _supported(interpreter):
                continue
            known = found.get(interpreter.name)
            if known is None or Version(known.version) < Version(interpreter.version):
                found[interpreter.name] = interpreter
    return found


def obtain(names: Iterable[str], found: Mapping[str, Interpreter]) -> Mapping[str, Interpreter]:
    """`found`, with those of `names` that uv could download, where its settings allow that."""
    missing = [name for name in names if name not in found]
    if not missing or not uv.downloads_allowed():
        return found
    with suppress(EnvironmentLacks, uv.NoSolution):
        uv.run("python", "install", "--quiet", *missing, downloads=True)
        return on_host()
    return found


def ask(executable: Path) -> Interpreter | None:
    """What an executable says of itself; None where it does not answer."""
    try:
        done = subprocess.run(
            (executable, "-I", "-S", "-c", _QUESTION), capture_output=True, text=True, timeout=20, check=True
        )
        said = json.loads(done.stdout)
        prefix = "" if said["implementation"] == "CPython" else said["implementation"].lower()
        return Interpreter(
            name=prefix + said["minor"] + said["threads"],
            version=said["version"],
            executable=executable,
            standard_library=Path(said["standard_library"]),
        )
    except (OSError, subprocess.SubprocessError, ValueError, LookupError, TypeError):
        return None


def _candidates() -> Iterable[Path]:
    listed = json.loads(uv.run("python", "list", "--only-installed", "--output-format", "json"))
    for entry in listed:
        path = Path(entry["path"])
        if path.parent.name != "shims":  # pyenv's: they answer only for the versions switched on
            yield path.resolve()
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for path in pyenv.glob("versions/*/bin/python"):
        yield path.resolve()


def _supported(interpreter: Interpreter) -> bool:
    return python_language(interpreter.name) in SUPPORTED
