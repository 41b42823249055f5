"""`matrix.age`: how old, in words."""

from datetime import UTC, datetime, timedelta

import pytest

from matrix.age import age

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(0), "less than a minute"),
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(seconds=60), "1 min"),
        (timedelta(minutes=119), "1 h"),
        (timedelta(hours=23), "23 h"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=400), "400 days"),
        (timedelta(hours=-1), "less than a minute"),
    ],
    ids=str,
)
def test_age(passed: timedelta, words: str) -> None:
    """The largest unit of which there is one; a clock that was put back makes nothing younger than now."""
    assert age((NOW - passed).isoformat(), NOW) == words


def test_from_now() -> None:
    """Without a word it is from this moment."""
    assert age(datetime.now(UTC).isoformat()) == "less than a minute"


@pytest.mark.parametrize("ran", ["", "yesterday", "2026-03-01T12:00:00"], ids=["none", "words", "no zone"])
def test_no_date(ran: str) -> None:
    """What is no date has no age."""
    assert age(ran, NOW) == ""
