"""Badges in the form that shields' endpoint reads."""

import json
from collections.abc import Callable

import jsonschema
import pytest

from matrix.model import CaseRecord, CaseStatus, CellRecord, Report, Verdict
from matrix.site.badges import badge
from matrix.site.book import Book, book_of
from matrix.site.current import releases_of

ENDPOINT = {
    "type": "object",
    "required": ["schemaVersion", "label", "message"],
    "properties": {
        "schemaVersion": {"const": 1},
        "label": {"type": "string"},
        "message": {"type": "string", "minLength": 1},
        "color": {"enum": ["brightgreen", "yellow", "orange", "red", "lightgrey"]},
    },
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("verdict", "known", "message", "color"),
    [
        (Verdict.CLEAN, None, "none in 1 guarantees", "brightgreen"),
        (Verdict.HELD, "httpx#1", "1 of 1 guarantees broken", "orange"),
        (Verdict.HELD, None, "1 of 1 guarantees broken", "red"),
        (None, None, "no result", "lightgrey"),
    ],
)
def test_badges(
    told: Callable[..., Book], verdict: Verdict | None, known: str | None, message: str, color: str
) -> None:
    """A known leak is not as red as a new one; no result is not green."""
    (release,) = releases_of(told({"3.12": {"1.0": verdict}}, known=known))
    address, text = badge(release)
    assert address == "badges/httpx.json"
    assert json.loads(text) == {
        "schemaVersion": 1,
        "label": "httpx 1.0 leaks",
        "message": message,
        "color": color,
    }


def test_not_answered_everywhere(
    a_cell: Callable[..., CellRecord], a_case: Callable[..., CaseRecord], a_report: Callable[..., Report]
) -> None:
    """What is not known is not green."""
    cell = a_cell()
    silent = a_case(cell, "stream", None, status=CaseStatus.ERROR, reason="boom")
    (release,) = releases_of(book_of(a_report(cell, a_case(cell), silent)))
    said = json.loads(badge(release)[1])
    assert (said["message"], said["color"]) == ("none in 2 guarantees, 1 not answered everywhere", "yellow")


@pytest.mark.parametrize("name", ["sample", "hostile"])
def test_form(request: pytest.FixtureRequest, name: str) -> None:
    """Whatever a client is called."""
    report: Report = request.getfixturevalue(name)
    for release in releases_of(book_of(report)):
        jsonschema.validate(json.loads(badge(release)[1]), ENDPOINT)
