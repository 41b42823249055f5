"""How old the table is where it is read."""

from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect


@pytest.mark.parametrize(
    ("now", "age", "stale"),
    [
        ("2026-08-14T09:52:44+00:00", "(40 min ago)", False),
        ("2026-08-15T10:12:44+00:00", "(25 h ago)", False),
        ("2026-08-15T11:13:00+00:00", "(26 h ago)", True),
        ("2026-08-24T09:12:44+00:00", "(10 days ago)", True),
    ],
)
def test_age(browser: Browser, published: Path, now: str, age: str, *, stale: bool) -> None:
    """It says how old it is, and is marked once it is older than its schedule."""
    context = browser.new_context()
    page = context.new_page()
    page.clock.set_fixed_time(datetime.fromisoformat(now))
    page.goto((published / "index.html").as_uri())
    expect(page.locator("header time")).to_contain_text(age)
    if stale:
        expect(page.locator("[data-stale]")).to_be_visible()
    else:
        expect(page.locator("[data-stale]")).to_be_hidden()
    context.close()
