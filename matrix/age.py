"""How old a result is, in words. Pure; a date that cannot be read has no age."""

from datetime import UTC, datetime, timedelta

_UNITS = ((86_400, "day", "days"), (3_600, "h", "h"), (60, "min", "min"))


def age(ran: str, now: datetime | None = None) -> str:
    """`3 days`, `2 h`, `5 min`, `less than a minute`; empty where the date is none."""
    try:
        passed = (now or datetime.now(UTC)) - datetime.fromisoformat(ran)
    except (ValueError, TypeError):  # a date without its time zone is none either
        return ""
    return in_words(passed)


def in_words(passed: timedelta) -> str:
    """The largest unit of which there is one."""
    for seconds, one, many in _UNITS:
        number = int(passed.total_seconds() // seconds)
        if number >= 1:
            return f"{number} {one if number == 1 else many}"
    return "less than a minute"
