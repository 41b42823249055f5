"""The matrix: folded to what differs, filtered by its reader, and its state in the address."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

Open = Callable[..., Page]


@pytest.fixture
def matrix(opened: Open, published: Path) -> Callable[..., Page]:
    """Opens it, with a state."""

    def open_matrix(state: str = "", interpreter: str = "3.13", **options: object) -> Page:
        return opened((published / "matrix" / f"{interpreter}.html").as_uri() + state, **options)

    return open_matrix


def rows(page: Page) -> list[str]:
    """The cases that are shown."""
    heads = page.locator("[data-matrix] tbody th[scope=row] a:visible")
    return ["".join(text.split()) for text in heads.all_inner_texts()]


def columns(page: Page) -> list[str]:
    """The versions that are shown."""
    heads = page.locator("[data-matrix] thead th[scope=col]:visible > a")
    return heads.all_inner_texts()


def test_folded_to_what_differs(matrix: Callable[..., Page]) -> None:
    """Rows with one answer everywhere and columns like the one before are folded, and are said to be."""
    page = matrix()
    assert rows(page) == ["async_client[left_open]", "async_cancel[headers]", "session[left_open]", "one_shot[kept]"]
    assert columns(page) == ["2.31.0", "2.34.2", "0.21.3", "0.28.1", "3.9.5", "3.10.11", "3.14.5"]
    expect(page.locator("[data-folded]")).to_contain_text("more rows have the same answer")


def test_a_filter_is_in_the_address(matrix: Callable[..., Page]) -> None:
    """What is chosen can be sent to somebody, who sees the same."""
    page = matrix()
    page.get_by_label("Client").select_option("httpx")
    page.get_by_label("Versions").select_option("all")
    page.get_by_label("Rows").select_option("all")
    page.get_by_label("Search").fill("with block")
    expect(page).to_have_url(re.compile(r"#q=with\+block&client=httpx&columns=all&rows=all$"))
    assert rows(page) == ["session[in_with]"]
    again = matrix("#q=with+block&client=httpx&columns=all&rows=all")
    assert (rows(again), columns(again)) == (rows(page), columns(page))
    expect(again.get_by_label("Client")).to_have_value("httpx")


def test_the_state_goes_with_the_reader(matrix: Callable[..., Page]) -> None:
    """To another interpreter, and back."""
    page = matrix("#client=httpx&columns=all&rows=all")
    page.locator("nav.switch").get_by_role("link", name="3.12", exact=True).click()
    page.wait_for_url("**/matrix/3.12.html#client=httpx&columns=all&rows=all")
    assert columns(page) == ["0.21.3", "0.28.1"]


def test_searching_a_version_shows_its_columns(matrix: Callable[..., Page]) -> None:
    """Folded or not."""
    page = matrix()
    page.get_by_label("Search").fill("3.10.11")
    assert columns(page) == ["3.10.11"]


def test_current_releases(matrix: Callable[..., Page]) -> None:
    """One column for each client."""
    assert columns(matrix("#columns=current")) == ["2.34.2", "0.28.1", "3.14.5"]


def test_broken_guarantees(matrix: Callable[..., Page]) -> None:
    """Only rows in which one is broken, in a column that is shown."""
    page = matrix("#rows=broken&columns=all")
    assert rows(page) == ["async_cancel[headers]", "one_shot[kept]"]
    page.get_by_label("Versions").select_option("current")
    assert rows(page) == ["one_shot[kept]"]


def test_reset(matrix: Callable[..., Page]) -> None:
    """Everything is as it was made, and the address is clean."""
    page = matrix()
    before = rows(page), columns(page)
    page.get_by_label("Client").select_option("httpx")
    page.get_by_role("button", name="Reset").click()
    expect(page.get_by_label("Client")).to_have_value("")
    expect(page).to_have_url(re.compile(r"^[^#]*$"))  # the page puts everything back a moment after the form
    assert (rows(page), columns(page)) == before


def test_nonsense_in_the_address(matrix: Callable[..., Page]) -> None:
    """What nothing is called is not chosen."""
    page = matrix("#client=<script>&columns=%00&rows=7&q=")
    expect(page.get_by_label("Client")).to_have_value("")
    assert rows(page)


def test_every_column_has_its_head(matrix: Callable[..., Page]) -> None:
    """A client's name spans its visible versions, however they are filtered."""
    for state in ("", "#columns=all", "#columns=current", "#client=aiohttp&columns=all"):
        page = matrix(state)
        spans = page.locator("[data-matrix] thead th[scope=colgroup]:visible").evaluate_all(
            "all => all.map(th => th.colSpan)"
        )
        assert sum(spans) == len(columns(page))


def test_by_keyboard(matrix: Callable[..., Page]) -> None:
    """The table can be reached, scrolled and followed without a mouse."""
    page = matrix("#columns=all&rows=all")
    region = page.get_by_role("region", name="Matrix on Python 3.13")
    region.focus()
    expect(region).to_be_focused()
    page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.closest('table') !== null")
    assert focused
    page.locator("[data-matrix] td a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/cells/*.html#*")


def test_heads_stay_in_sight(matrix: Callable[..., Page]) -> None:
    """The row's and the column's, wherever the table is scrolled to."""
    page = matrix("#columns=all&rows=all", viewport={"width": 390, "height": 500})
    scroll = page.locator(".scroll")
    scroll.evaluate("box => box.scrollTo(300, 200)")
    box = scroll.bounding_box()
    head = page.locator("[data-matrix] thead th[scope=col]").first.bounding_box()
    name = page.locator("[data-matrix] tbody th").last.bounding_box()
    assert box is not None
    assert head is not None
    assert name is not None
    assert box["y"] <= head["y"] < box["y"] + 120
    assert abs(name["x"] - box["x"]) < 2


def test_without_scripts(matrix: Callable[..., Page]) -> None:
    """Nothing is folded, nothing is offered that would not work, and everything is there."""
    page = matrix(java_script_enabled=False)
    assert len(columns(page)) == 7
    assert "session[in_with]" in rows(page)
    expect(page.locator("[data-filters]")).to_be_hidden()
