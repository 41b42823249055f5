"""Asking uv, the only program that talks to the package index. It is found through its own package.

Which index that is, is uv's configuration and nobody else's business: addresses are
taken out of everything that uv says.
"""

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from uv import find_uv_bin

from matrix.errors import EnvironmentLacks

_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s`'\"()<>]*")
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_DOWNLOADS = "UV_PYTHON_DOWNLOADS"

# uv says "No solution found" where the packages do not fit, and also where it could not ask:
# then with one of these hints.
_UNREACHABLE = re.compile(r"network was disabled|hint: An index .*(could not be|returned a)")
_ABOUT_PACKAGES = re.compile(r"No solution found|Failed to build|no wheels|no usable wheels|doesn't have a wheel")
_TIMEOUT = 300.0

_running: set[subprocess.Popen[str]] = set()


class NoSolution(Exception):
    """The packages cannot be had together, for that interpreter, as wheels; in uv's own words."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


def run(*arguments: str, stdin: str = "", downloads: bool = False) -> str:
    """Run uv and return what it printed.

    Raises `NoSolution` where the packages are the reason and `EnvironmentLacks`
    where this machine is: no index, no disk space, a broken configuration.
    """
    done = _call(arguments, stdin, downloads=downloads)
    if done.returncode == 0:
        return done.stdout
    words = plain(done.stderr)
    if _ABOUT_PACKAGES.search(words) and not _UNREACHABLE.search(words):
        raise NoSolution(words)
    raise EnvironmentLacks(
        f"uv could not do its work; it says: {words}",
        hint="check the network and uv's own settings (UV_DEFAULT_INDEX, uv.toml, UV_OFFLINE), and the disk's space",
    )


def stop() -> None:
    """End what runs of it: nobody waits for that any more."""
    for process in tuple(_running):
        process.kill()


def downloads_allowed() -> bool:
    """Whether uv may download interpreters here: its own setting."""
    return os.environ.get(_DOWNLOADS, "automatic") not in ("never", "manual", "false", "0")


def plain(words: str) -> str:
    """What uv said, without colours and without addresses."""
    return _ADDRESS.sub("<index>", _ANSI.sub("", words)).strip()


def _without_shims() -> str:
    """The search path without pyenv's shims: uv asks each, and most answer that they are not switched on."""
    parts = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(part for part in parts if Path(part).name != "shims")


def _call(arguments: Sequence[str], stdin: str, *, downloads: bool) -> subprocess.CompletedProcess[str]:
    environment = dict(os.environ, PATH=_without_shims(), NO_COLOR="1", UV_NO_PROGRESS="1")
    if downloads:
        environment.setdefault("UV_HTTP_RETRIES", "0")  # where there is no network, say so at once
    else:
        environment[_DOWNLOADS] = "never"
    try:
        return _ended((find_uv_bin(), *arguments), stdin, environment)
    except FileNotFoundError as error:
        raise EnvironmentLacks("uv's program is missing", hint="reinstall the package uv") from error
    except subprocess.TimeoutExpired as error:
        message = f"uv did not answer within {_TIMEOUT:g} s"
        raise EnvironmentLacks(message, hint="check the network and uv's own settings") from error


def _ended(command: Sequence[str], stdin: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment) as process:
        _running.add(process)
        try:
            out, err = process.communicate(stdin, timeout=_TIMEOUT)
        except BaseException:
            process.kill()
            raise
        finally:
            _running.discard(process)
    return subprocess.CompletedProcess(command, process.returncode, out, err)
