"""A cell's page: all its answers, or the one that the address names."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

Open = Callable[..., Page]
CELL = "cells/py3.13-requests-2.34.2.html"


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_one_answer_at_a_time(opened: Open, published: Path, *, scripts: bool) -> None:
    """The address of an answer shows it alone; the way back shows all."""
    page = opened((published / CELL).as_uri() + "#session.in_global", java_script_enabled=scripts)
    shown = page.locator("section.answer:visible")
    expect(shown).to_have_count(1)
    expect(shown).to_contain_text("An unclosed session that a module keeps.")
    expect(page.locator(".overview")).to_be_hidden()
    page.get_by_role("link", name="2.34.2 on Python 3.13").click()
    expect(page.locator(".overview")).to_be_visible()
    expect(page.locator("section.answer:visible")).to_have_count(0)


def test_what_an_answer_tells(opened: Open, published: Path) -> None:
    """Verdict, counts, evidence, growth, the way to put it right, and the command."""
    page = opened((published / CELL).as_uri() + "#session.in_global")
    text = page.locator("section.answer:visible").inner_text()
    for expected in (
        "held: never gone",
        "requests/sessions.py:671",
        "HTTPAdapter.poolmanager",
        "+1 per call",
        "session[closed]",
        "leakmatrix run --sandbox docker --cell py3.13-requests-2.34.2 --case 'session[in_global]'",
    ):
        assert expected in text
    expect(page.locator("section.answer:visible svg title")).to_contain_text(
        "Connection 1 was opened at 4 ms and never closed."
    )
    assert page.title() == "session[in_global] in requests 2.34.2 on Python 3.13 – leakmatrix"


def test_the_head_of_the_page_is_seen(opened: Open, published: Path) -> None:
    """An address with an answer opens at the top, not where the browser would move to."""
    page = opened((published / CELL).as_uri() + "#session.in_global")
    page.wait_for_load_state("load")
    expect(page.locator("#session\\.in_global h1")).to_be_focused()
    page.wait_for_function("window.scrollY === 0")


def test_the_focus_follows(opened: Open, published: Path) -> None:
    """Who cannot see that the page has changed is told: the heading of the answer has the focus."""
    page = opened((published / CELL).as_uri())
    page.get_by_role("link", name="session[in_global]").click()
    expect(page.locator("#session\\.in_global h1")).to_be_focused()
    page.go_back()
    expect(page.locator(".overview")).to_be_visible()
    assert page.title() == "requests 2.34.2 on Python 3.13 – leakmatrix"


def test_a_case_that_is_not_there(opened: Open, published: Path) -> None:
    """An old address of a case that the cell no longer has says so, and shows what there is."""
    page = opened((published / CELL).as_uri() + "#session.<b>gone")
    expect(page.locator("[data-unknown]")).to_be_visible()
    expect(page.locator("[data-name]")).to_have_text("session.<b>gone")
    expect(page.locator(".overview")).to_be_visible()


def test_an_address_that_cannot_be_decoded(opened: Open, published: Path) -> None:
    """Half of a percent sign is no reason to fail."""
    page = opened((published / CELL).as_uri() + "#100%")
    expect(page.locator("[data-unknown]")).to_be_visible()
