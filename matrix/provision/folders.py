"""Folders named after their content, made once: written beside, then renamed.

A half-written folder is never seen under its final name, whatever ends the process.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from matrix.errors import EnvironmentLacks


@dataclass(frozen=True, kw_only=True, slots=True)
class Folder:
    """A finished folder; `digest` names its content wherever it is copied to."""

    kind: str  # "env", "code"
    digest: str
    path: Path


def cache() -> Path:
    """Where folders are kept: `LEAKMATRIX_CACHE`, or the user's cache."""
    return Path(os.environ.get("LEAKMATRIX_CACHE") or user_cache_path("leakmatrix")).absolute()


def digest_of(parts: Iterable[str | bytes]) -> str:
    """A short name for what is made from these parts, in this order."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        total.update(b"%d:" % len(data) + data)
    return total.hexdigest()[:20]


def make_once(kind: str, digest: str, fill: Callable[[Path], None]) -> Folder:
    """The folder of that name; `fill` is called with an empty one where it is not there yet."""
    final = cache() / kind / digest
    if not final.is_dir():
        try:
            final.parent.mkdir(parents=True, exist_ok=True)
            beside = Path(tempfile.mkdtemp(prefix=f".{digest}-", dir=final.parent))
            try:
                beside.chmod(0o755)
                fill(beside)
                _rename(beside, final)
            finally:
                shutil.rmtree(beside, ignore_errors=True)
        except OSError as error:
            raise EnvironmentLacks(
                f"cannot write to {final.parent}: {error.strerror or error}",
                hint="free some space, or name another folder in LEAKMATRIX_CACHE",
            ) from error
    return Folder(kind=kind, digest=digest, path=final)


def _rename(beside: Path, final: Path) -> None:
    try:
        beside.rename(final)
    except OSError:
        if not final.is_dir():  # else somebody else was first: the content is the same
            raise
