"""What was said a little while ago, on disk, so that it is not asked again: by uv, and by interpreters.

uv itself does not ask an index again that says how long its answers hold, ten minutes as a rule; many a
mirror says nothing, and is then asked for each page by each cell. As long as uv's settings are the same, a
lock is remembered; only one that is all from an address: a folder of wheels may change at any moment, and costs
nothing to ask.
"""

import json
import os
import tempfile
import time
import tomllib
from contextlib import suppress
from pathlib import Path

from matrix.provision.folders import cache, digest_of

SECONDS = 600.0
_CONFIGURATION = ("uv.toml", "pyproject.toml")


def question(*asked: str) -> str:
    """A name for what is asked, and of whom: uv's settings are in variables and files."""
    variables = sorted(f"{name}={value}" for name, value in os.environ.items() if name.startswith("UV_"))
    return digest_of((*asked, *variables, *_settings()))


def recall(name: str) -> str | None:
    """The answer to it, if that was given not long ago."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        kept = json.loads(_path(name).read_text())
        if 0 <= time.time() - kept["asked"] < SECONDS:
            return str(kept["answer"])
    return None


def remember(name: str, answer: str) -> None:
    """Keep an answer; where nothing can be written, the question is asked again."""
    path = _path(name)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".")
        with os.fdopen(handle, "w") as file:
            json.dump({"asked": time.time(), "answer": answer}, file)
        Path(beside).replace(path)


def remember_lock(name: str, lock: str) -> None:
    """Keep a lock, if all of it is from an address."""
    if _from_an_address(lock):
        remember(name, lock)


def _path(name: str) -> Path:
    return cache() / "answers" / f"{name}.json"


def _from_an_address(lock: str) -> bool:
    packages = tomllib.loads(lock).get("packages", [])
    places = [str(wheel.get("url", "")) for package in packages for wheel in package.get("wheels", ())]
    return bool(places) and all(place.startswith(("http://", "https://")) for place in places)


def _settings() -> list[bytes]:
    """The files that uv reads its settings from: the named one, or the nearest of the project and the user's."""
    named = os.environ.get("UV_CONFIG_FILE")
    here = Path.cwd()
    near = [folder / name for folder in (here, *here.parents) for name in _CONFIGURATION]
    user = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "uv" / "uv.toml"
    found = []
    for path in [Path(named)] if named else [*near, user, Path("/etc/uv/uv.toml")]:
        with suppress(OSError):
            found.append(path.read_bytes())
    return found
