"""Dates in words, and from when a table is out of date."""

import pytest

from matrix.site.age import moment_of, stale_from


@pytest.mark.parametrize(
    ("text", "words", "iso"),
    [
        ("2026-08-14T09:12:44Z", "14 August 2026, 09:12 UTC", "2026-08-14T09:12:44Z"),
        ("2026-08-14T09:12:44+02:00", "14 August 2026, 07:12 UTC", "2026-08-14T07:12:44Z"),
        ("2026-08-14T09:12:44", "14 August 2026, 09:12 UTC", "2026-08-14T09:12:44Z"),
        ("yesterday", "yesterday", ""),
        ("", "at a time that was not recorded", ""),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00", ""),
        ("\u202e<b>", "\\u202e<b>", ""),
    ],
)
def test_moments(text: str, words: str, iso: str) -> None:
    """In UTC; what is no date is shown as it came, and has none for the script."""
    moment = moment_of(text)
    assert (moment.words, moment.iso) == (words, iso)


def test_stale() -> None:
    """A day and two hours after it was begun, unless told otherwise."""
    found = stale_from("2026-08-14T09:12:44Z", 26)
    assert found is not None
    assert found.words == "15 August 2026, 11:12 UTC"


@pytest.mark.parametrize(("text", "hours"), [("yesterday", 26), ("2026-08-14T09:12:44Z", 1e9)])
def test_never_stale(text: str, hours: float) -> None:
    """Without a date, or with one that no calendar has, nothing is said."""
    assert stale_from(text, hours) is None
