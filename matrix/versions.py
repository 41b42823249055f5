"""Which versions of a client a configuration may ask for, and how that is written.

A request stands for releases (`plan.py` says which); reading it looks nothing up.
"""

import re
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version
from pydantic_core import PydanticCustomError


@dataclass(frozen=True, kw_only=True, slots=True)
class Exact:
    """This very version: `2.31.0`."""

    version: str
    pins: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Latest:
    """The newest release: `latest`."""

    pins: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Specifier:
    """Every release in a range: `>=2.31`."""

    spec: str
    pins: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class LastMinors:
    """The newest patch of each of the newest minors: `last 4 minors`."""

    count: int
    pins: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Bundled:
    """A part of the standard library, whose version is the interpreter's: `python`."""

    pins: tuple[str, ...] = ()


Request = Exact | Latest | Specifier | LastMinors | Bundled


def wrong(sentence: str) -> PydanticCustomError:
    """A mistake, in a sentence for whoever wrote the file."""
    return PydanticCustomError("leakmatrix", "{sentence}", {"sentence": sentence})


def text_of(value: object, example: str) -> str:
    """The text that a value is; a number is a mistake, because 3.10 would be 3.1."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        raise wrong(f'{value} is a number, which reads 3.10 as 3.1: put it in quotes ("{example}")')
    if not isinstance(value, str):
        raise wrong(f'should be text, such as "{example}"')
    return value.strip()


def _pin(text: str) -> str:
    try:
        requirement = Requirement(text)
        (specifier,) = requirement.specifier
        version = Version(specifier.version)
    except (InvalidRequirement, InvalidVersion, ValueError):
        raise wrong(f'"{text}" is not an exact pin, such as urllib3==1.26.15') from None
    if specifier.operator != "==" or requirement.extras or requirement.marker:
        raise wrong(f'"{text}" is not an exact pin, such as urllib3==1.26.15')
    return f"{canonicalize_name(requirement.name)}=={version}"


def request(value: object) -> Request:
    """Read `"0.21.3 + httpcore==0.14.5"`. Raises what pydantic reports as a mistake."""
    head, *rest = re.split(r"\s+\+\s*|\+(?=[^+]*==)", text_of(value, "2.31.0"))
    pins = tuple(sorted({_pin(part.strip()) for part in rest}))
    if head == "latest":
        return Latest(pins=pins)
    if head == "python":
        return Bundled(pins=pins)
    if minors := re.fullmatch(r"last ([1-9]\d?) minors?", head):
        return LastMinors(count=int(minors[1]), pins=pins)
    try:
        if head[:1] in set("<>=!~"):
            return Specifier(spec=str(SpecifierSet(head)), pins=pins)
        return Exact(version=str(Version(head)), pins=pins)
    except (InvalidSpecifier, InvalidVersion):
        hint = 'write "2.31.0", "latest", ">=2.31", "last 4 minors", or "python" for a part of the standard library'
        raise wrong(f'"{head}" is no version: {hint}') from None
