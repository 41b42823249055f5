"""What this machine has for running a matrix, what is missing, and what to do about it."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

from matrix.errors import MatrixError
from matrix.order import interpreter_key
from matrix.provision import folders, interpreters, suite
from matrix.releases import UvIndex

_ROOM = 2 * 2**30


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that was looked for."""

    what: str
    ok: bool
    said: str
    hint: str = ""
    optional: bool = False  # a run can do without it


def examine() -> tuple[Finding, ...]:
    """Look for everything."""
    return (_versions(), _engine(), _interpreters(), _index(), _space())


def _versions() -> Finding:
    names = ("leakmatrix", "uv", "docker", "pydantic")
    return Finding(what="versions", ok=True, said=", ".join(f"{name} {version(name)}" for name in names))


def _engine() -> Finding:
    from matrix.sandbox.docker import connect  # noqa: PLC0415  the SDK takes 0.2 s to import

    try:
        said = connect().version()
    except MatrixError as error:
        hint = error.hint + "; without one, cells run as ordinary processes of this host"
        return Finding(what="engine", ok=False, said=error.message, hint=hint, optional=True)
    return Finding(what="engine", ok=True, said=f"{said['Version']}, API {said['ApiVersion']}, {said['Arch']}")


def _interpreters() -> Finding:
    try:
        found = interpreters.on_host()
    except MatrixError as error:
        return Finding(what="interpreters", ok=False, said=error.message, hint=error.hint)
    missing = [name for name in interpreters.SUPPORTED if name not in found]
    there = ", ".join(f"{name} ({found[name].version})" for name in sorted(found, key=interpreter_key))
    return Finding(what="interpreters", ok=bool(found), said=there or "none", hint=_missing(missing))


def _missing(names: Sequence[str]) -> str:
    """What to do about interpreters that are not here."""
    known = suite.load()
    why = suite.unavailable(known)
    got = [] if why else [name for name in names if name in known.packages]
    rest = [name for name in names if name not in got]
    hints = []
    if got:
        hints.append(
            f"`leakmatrix interpreters` gets {', '.join(got)} from {known.title}; a run that needs them does, too"
        )
    if rest:
        besides = f" (no Debian suite: {why})" if why else ""
        hints.append(f"not on this host: {', '.join(rest)}; install them, or let uv download them{besides}")
    return "; ".join(hints)


def _index() -> Finding:
    try:
        newest = UvIndex().newest("httpx", "3.12")
    except MatrixError as error:
        return Finding(what="package index", ok=False, said=error.message, hint=error.hint)
    said = f"answers; httpx is at {newest.version}" if newest else "answers, but has no httpx"
    return Finding(what="package index", ok=newest is not None, said=said)


def _space() -> Finding:
    place = folders.cache()
    existing = next(path for path in (place, *place.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    said = f"{free / 2**30:.1f} GiB free for {place}"
    hint = "" if free > _ROOM else "free some space, or name another folder in LEAKMATRIX_CACHE"
    return Finding(what="disk", ok=free > _ROOM, said=said, hint=hint)
