"""Asking uv, the only program that talks to the package index. It is found through its own package.

Which index that is, is uv's configuration and nobody else's business: addresses are
taken out of everything that uv says.
"""

import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from uv import find_uv_bin

from matrix.errors import EnvironmentLacks

_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/`'\"]+")
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_DOWNLOADS = "UV_PYTHON_DOWNLOADS"

# uv's words when the answer is about the packages, not about this machine.
_ABOUT_PACKAGES = ("No solution found", "Failed to build", "no wheels", "doesn't have a wheel", "has no usable wheels")
_NOT_REACHED = ("network was disabled", "error sending request", "dns error", "Connect", "timed out", "Failed to fetch")


@dataclass(frozen=True)
class NoSolution(Exception):
    """The packages cannot be had together, for that interpreter, as wheels; in uv's own words."""

    words: str


def run(*arguments: str, stdin: str = "", downloads: bool = False) -> str:
    """Run uv and return what it printed.

    Raises `NoSolution` where the packages are the reason and `EnvironmentLacks`
    where this machine is: no index, no disk space, a broken configuration.
    """
    done = _call(arguments, stdin, downloads=downloads)
    if done.returncode == 0:
        return done.stdout
    words = plain(done.stderr)
    if any(text in words for text in _ABOUT_PACKAGES) and not any(text in words for text in _NOT_REACHED[:1]):
        raise NoSolution(words)
    if any(text in words for text in _NOT_REACHED):
        message, hint = "the package index cannot be reached", "check the network, and the index that uv is set up for"
    else:
        message, hint = f"`uv {arguments[0]}` failed", "run `leakmatrix doctor` to see what is missing here"
    raise EnvironmentLacks(f"{message}; uv says: {words}", hint=hint)


def downloads_allowed() -> bool:
    """Whether uv may download interpreters here: its own setting."""
    return os.environ.get(_DOWNLOADS, "automatic") not in ("never", "manual", "false", "0")


def plain(words: str) -> str:
    """What uv said, without colours and without addresses."""
    return _ADDRESS.sub("<index>", _ANSI.sub("", words)).strip()


def _call(arguments: Sequence[str], stdin: str, *, downloads: bool) -> subprocess.CompletedProcess[str]:
    environment = dict(os.environ, NO_COLOR="1", UV_NO_PROGRESS="1")
    if downloads:
        environment.setdefault("UV_HTTP_RETRIES", "0")  # where there is no network, say so at once
    else:
        environment[_DOWNLOADS] = "never"
    command = (find_uv_bin(), *arguments)
    return subprocess.run(command, input=stdin, capture_output=True, text=True, env=environment, check=False)
