"""A newcomer's five questions, each answered within three clicks from the front page."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect


class Reader:
    """Somebody who has just arrived, and counts their clicks."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = 0

    def click(self, what: Locator) -> None:
        """Once more."""
        what.click()
        self.clicks += 1

    def reads(self, *words: str) -> None:
        """It is there to be seen, and took no more than three clicks."""
        for each in words:
            expect(self.page.locator("main")).to_contain_text(each)
        assert self.clicks <= 3


@pytest.fixture
def reader(opened: Callable[..., Page], published: Path) -> Reader:
    """On the front page."""
    return Reader(opened((published / "index.html").as_uri()))


def test_which_clients_leak_when_forgotten(reader: Reader) -> None:
    """The front page says it."""
    section = reader.page.get_by_role("region", name="If you forget to close it")
    way = section.locator(".way", has_text="A session that nobody closes.")
    expect(way.locator("div", has_text="refcount").last).to_contain_text("requests")
    expect(way.locator("div", has_text="gc").last).to_contain_text("httpx")
    reader.reads("closed when the garbage collector comes")


def test_is_httpx_0_28_on_3_13_safe_in_with(reader: Reader) -> None:
    """Client, cell, answer."""
    reader.click(reader.page.get_by_role("region", name="Clients").get_by_role("link", name="httpx"))
    row = reader.page.locator(".grid tr", has_text="0.28.1")
    reader.click(row.locator("td").nth(1).get_by_role("link"))
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("httpx 0.28.1 on Python 3.13")
    answer = reader.page.locator(".answers tr", has_text="A session used in a with block.")
    expect(answer).to_contain_text("clean")
    reader.reads("A session used in a with block.")


def test_what_changed_for_aiohttp_between_3_9_and_3_14(reader: Reader) -> None:
    """Its page tells version by version, and can be narrowed to two."""
    reader.click(reader.page.get_by_role("region", name="Clients").get_by_role("link", name="aiohttp"))
    reader.reads(
        "3.9.5 → 3.10.11",
        "leaks a socket → clean (better)",
        "3.10.11 → 3.14.5",
        "keeps a socket until the last reference is dropped → leaves a socket to the garbage collector (worse)",
    )
    reader.page.get_by_label("From").select_option("3.10.11")
    expect(reader.page.get_by_text("3.9.5 → 3.10.11")).to_be_hidden()
    expect(reader.page).to_have_url(re.compile(r"#from=3\.10\.11&to=3\.14\.5$"))


def test_why_is_this_red_and_how_do_i_fix_my_code(reader: Reader) -> None:
    """From the table to the evidence, and to the same put right."""
    reader.click(reader.page.get_by_role("button", name="more rows"))
    table = reader.page.get_by_role("region", name="Current releases on Python 3.13")
    reader.click(table.locator("tr", has_text="session[in_global]").get_by_role("link", name="held"))
    reader.reads(
        "How to put it right", "use with, or call its close()", "requests/sessions.py:671", "Held by", "SESSION"
    )
    reader.click(reader.page.locator("section.answer:visible").get_by_role("link", name="session[closed]"))
    reader.reads("A session that is used and then closed.", "Nothing more was there after the call than before it.")


def test_what_could_not_be_tested(reader: Reader) -> None:
    """All of it on a page, with its reasons."""
    reader.click(reader.page.get_by_role("link", name="Not tested"))
    reader.reads("import error", "No module named 'cgi'", "error", "RuntimeError: the scenario raised")
