"""Every kind of page in a real browser: no fault of accessibility, nothing on the console, nothing that sticks out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from matrix.model import Report

Open = Callable[..., Page]

PAGES = {
    "front": "index.html",
    "matrix": "matrix/3.13.html",
    "client": "clients/httpx.html",
    "case": "cases/session.left_open.html",
    "cell": "cells/py3.13-requests-2.34.2.html",
    "answer": "cells/py3.13-requests-2.34.2.html#session.in_global",
    "error": "cells/py3.13-httpx-0.28.1.html#async_cancel.headers",
    "silent": "cells/py3.13-httpx-0.21.3.html",
    "gaps": "gaps.html",
    "reading": "reading.html",
}
SCREENS = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}


def serious(page: Page) -> list[str]:
    """The faults that keep somebody from reading it."""
    # Without `preload` axe does not fetch the style sheets, which the page's policy forbids to anybody.
    found: list[dict[str, Any]] = Axe().run(page, options={"preload": False}).response["violations"]
    return [
        f"{fault['id']}: {fault['help']}: {fault['nodes'][0]['html'][:200]} ({len(fault['nodes'])} places)"
        for fault in found
        if fault["impact"] in {"serious", "critical"}
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("name", PAGES)
def test_page(opened: Open, published: Path, screenshots: Path, name: str, screen: str, scheme: str) -> None:
    """At both widths, in both schemes."""
    page = opened((published / "x").as_uri()[:-1] + PAGES[name], viewport=SCREENS[screen], color_scheme=scheme)
    page.screenshot(path=screenshots / f"{name}-{screen}-{scheme}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert serious(page) == []


def test_hostile_text(opened: Open, built: Callable[[Report], Path], hostile: Report, screenshots: Path) -> None:
    """It runs nothing, loads nothing and breaks nothing on any page."""
    folder = built(hostile)
    loaded: list[str] = []
    page = opened((folder / "index.html").as_uri())
    page.on("request", lambda request: loaded.append(request.url))
    for path in sorted(folder.rglob("*.html")):
        page.goto(path.as_uri())
        assert page.locator("main").count() == 1
        assert page.evaluate("typeof window.alert") == "function"
    page.screenshot(path=screenshots / "hostile.png", full_page=True)
    assert {Path(url).suffix for url in loaded} <= {".html", ".css", ".js", ".svg"}
    assert [url for url in loaded if not url.startswith(folder.as_uri())] == []


def test_an_empty_report(opened: Open, built: Callable[[Report], Path], a_report: Callable[..., Report]) -> None:
    """There is nothing to show, and the pages say so."""
    page = opened((built(a_report()) / "index.html").as_uri())
    assert "No current release gave a result" in page.locator("main").inner_text()
    assert serious(page) == []
