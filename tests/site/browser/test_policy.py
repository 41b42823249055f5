"""Served under a strict content security policy."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'"


class Strict(SimpleHTTPRequestHandler):
    """A server of files with that policy."""

    def end_headers(self) -> None:
        """Beside the usual ones."""
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002  its name in the standard library
        """Nothing is logged."""


@pytest.fixture
def server(published: Path) -> Iterator[str]:
    """The site, served."""
    serving = ThreadingHTTPServer(("127.0.0.1", 0), partial(Strict, directory=str(published)))
    thread = threading.Thread(target=serving.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{serving.server_port}"
    serving.shutdown()
    thread.join()
    serving.server_close()


def test_it_works_under_a_strict_policy(opened: Callable[..., Page], server: str) -> None:
    """Styles apply, the script runs, and nothing is refused: that would stand on the console."""
    page = opened(f"{server}/matrix/3.13.html#client=httpx")
    expect(page.locator("[data-filters]")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('.matrix thead')).position") == "sticky"
    for address in ("index.html", "clients/httpx.html", "cells/py3.13-requests-2.34.2.html#session.in_global"):
        page.goto(f"{server}/{address}")
        expect(page.locator("main")).to_be_visible()
