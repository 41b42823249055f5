"""How old a measurement is: when it was made, and until when it is within its schedule.

The site is static, so the age itself is computed where it is read; here are the dates, in words and for the
script. A date that is none is shown as it came.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from matrix.render.plain import one_line

SCHEDULE_HOURS = 26.0  # daily, and two hours to run


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """A date for people and, where it is one, for the script."""

    words: str  # "14 August 2026, 09:12 UTC"
    iso: str  # empty: not a date


def moment_of(text: str) -> Moment:
    """From ISO 8601; without a zone it is UTC."""
    found = _parsed(text)
    return (
        Moment(words=one_line(text) or "at a time that was not recorded", iso="") if found is None else _moment(found)
    )


def stale_from(text: str, hours: float) -> Moment | None:
    """When a table of that date is older than its schedule."""
    found = _parsed(text)
    try:
        return None if found is None else _moment(found + timedelta(hours=hours))
    except OverflowError:
        return None


def _parsed(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _moment(found: datetime) -> Moment:
    words = f"{found.day} {found:%B} {found.year}, {found:%H:%M} UTC"
    return Moment(words=words, iso=found.isoformat(timespec="seconds").replace("+00:00", "Z"))
