"""A real browser, and a site for it to open: three clients, as somebody would meet them.

The browser is the distribution's Chromium, headless. Where there is none these tests are skipped, and fail where
LEAKMATRIX_REQUIRE_BROWSER is set. What they see is kept as pictures in `screenshots/`, to be looked at.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from matrix import builtin
from matrix.model import (
    CaseRecord,
    CaseStatus,
    CellRecord,
    CellStatus,
    Connection,
    Contract,
    Frame,
    Left,
    Report,
    Series,
    Verdict,
    Warned,
)
from matrix.site.age import SCHEDULE_HOURS
from matrix.site.writing import build
from tests.records import make_case, make_cell, make_left, make_report

REQUIRE_BROWSER = "LEAKMATRIX_REQUIRE_BROWSER"
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
PATIENCE = 30_000  # ms; a page takes a tenth of a second, a machine with much else to do takes its time

CLEAN, REFCOUNT, GC, HELD = Verdict.CLEAN, Verdict.REFCOUNT, Verdict.GC, Verdict.HELD
PYTHONS = ("3.12", "3.13")

# Client -> version -> case -> verdict. A guarantee unless it is forgotten in some way.
CLIENTS: dict[str, dict[str, dict[str, Verdict | None]]] = {
    "aiohttp": {
        "3.9.5": {"async_client[in_with]": CLEAN, "async_client[left_open]": REFCOUNT, "async_cancel[headers]": HELD},
        "3.10.11": {
            "async_client[in_with]": CLEAN,
            "async_client[left_open]": REFCOUNT,
            "async_cancel[headers]": CLEAN,
        },
        "3.14.5": {"async_client[in_with]": CLEAN, "async_client[left_open]": GC, "async_cancel[headers]": CLEAN},
    },
    "httpx": {
        "0.21.3": {"session[in_with]": CLEAN, "session[closed]": CLEAN, "session[left_open]": REFCOUNT},
        "0.28.1": {
            "session[in_with]": CLEAN,
            "session[closed]": CLEAN,
            "session[left_open]": GC,
            "async_client[left_open]": GC,
            "async_cancel[headers]": None,
        },
    },
    "requests": {
        "2.31.0": {"session[in_with]": CLEAN, "session[closed]": CLEAN, "session[left_open]": REFCOUNT},
        "2.34.2": {
            "session[in_with]": CLEAN,
            "session[closed]": CLEAN,
            "session[left_open]": REFCOUNT,
            "one_shot[kept]": REFCOUNT,
            "session[in_global]": HELD,
        },
    },
}
SENTENCES = {
    "session[in_with]": "A session used in a with block.",
    "session[closed]": "A session that is used and then closed.",
    "session[left_open]": "A session that nobody closes.",
    "session[in_global]": "An unclosed session that a module keeps.",
    "one_shot[kept]": "A one-shot get; the response is still referenced.",
    "async_client[in_with]": "An async client in an async with block.",
    "async_client[left_open]": "An async client that nobody closes.",
    "async_cancel[headers]": "A request cancelled while waiting for the headers, three times; the client stays open.",
}
FIXES = {"session[left_open]": "session[closed]", "session[in_global]": "session[closed]"}
HAZARDS = {"session[left_open]", "session[in_global]", "async_client[left_open]"}


def _chromium() -> str | None:
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="module")  # while it is there a loop runs in this thread, which other tests need
def browser() -> Iterator[Browser]:
    """The distribution's Chromium."""
    found = _chromium()
    if found is None:
        if os.environ.get(REQUIRE_BROWSER, "0") != "0":
            pytest.fail(f"{REQUIRE_BROWSER} is set, and there is no chromium: apt-get install chromium", pytrace=False)
        pytest.skip("there is no chromium here: apt-get install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=list(ARGUMENTS))
        yield started
        started.close()


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens an address in a context of its own. What it prints to the console or raises fails the test in the end."""
    contexts: list[BrowserContext] = []
    said: list[str] = []

    def open_page(address: str, **options: Any) -> Page:
        options.setdefault("viewport", {"width": 1280, "height": 900})
        context = browser.new_context(**options)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(f"{page.url}: {message.type}: {message.text}"))
        page.on("pageerror", lambda error: said.append(f"{page.url}: {error}"))
        page.on("dialog", lambda dialog: (said.append(f"{page.url}: a dialog: {dialog.message}"), dialog.dismiss()))
        page.goto(address, timeout=PATIENCE)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert said == []


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where pictures are kept."""
    folder = builtin.ROOT / "screenshots"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of three clients, with an earlier run beside it, as files."""
    folder = tmp_path_factory.mktemp("published")
    from matrix import report

    before = _report({**CLIENTS, "requests": {"2.31.0": CLIENTS["requests"]["2.31.0"]}}, "2026-08-13T09:12:44Z")
    report.write(before, folder / "before.jsonl")
    build(
        _report(CLIENTS, "2026-08-14T09:12:44Z"),
        folder / "site",
        earlier=folder / "before.jsonl",
        schedule=SCHEDULE_HOURS,
    )
    return folder / "site"


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Report], Path]:
    """Writes the site of any report."""

    def write(report: Report) -> Path:
        folder = tmp_path_factory.mktemp("site")
        build(report, folder, earlier=None, schedule=SCHEDULE_HOURS)
        return folder

    return write


def _report(clients: dict[str, dict[str, dict[str, Verdict | None]]], started: str) -> Report:
    records: list[CellRecord | CaseRecord] = []
    for client, versions in clients.items():
        for version, answers in versions.items():
            for python in PYTHONS:
                records += _cell(client, version, python, answers)
    return make_report(*records, started=started, sandbox_reason="an engine answers")


def _cell(client: str, version: str, python: str, answers: dict[str, Verdict | None]) -> list[CellRecord | CaseRecord]:
    lost = (client, version, python) == ("httpx", "0.21.3", "3.13")
    cell = make_cell(
        python,
        client,
        version,
        python=f"{python}.1",
        resolved={client: version, "idna": "3.15", "certifi": "2026.8.1"},
        status=CellStatus.IMPORT_ERROR if lost else CellStatus.RAN,
        reason="ModuleNotFoundError: No module named 'cgi'\n\nTraceback (most recent call last):" if lost else None,
        image="leakmatrix/python@sha256:0123456789abcdef",
        seconds=12.5,
    )
    return [cell, *([] if lost else [_case(cell, case, verdict) for case, verdict in answers.items()])]


def _case(cell: CellRecord, case: str, verdict: Verdict | None) -> CaseRecord:
    hazard = case in HAZARDS
    left = verdict not in {None, CLEAN}
    rungs = ["returned", "late", "refcount", "gc", "held"]
    order = {CLEAN: 0, REFCOUNT: 2, GC: 3, HELD: 9}
    return make_case(
        cell,
        case,
        verdict,
        contract=Contract.HAZARD if hazard else Contract.GUARANTEE,
        sentence=SENTENCES[case],
        promise="" if hazard else "the documentation calls this clean",
        fix=FIXES.get(case, ""),
        status=CaseStatus.ANSWERED if verdict else CaseStatus.ERROR,
        reason=None if verdict else "Traceback (most recent call last):\nRuntimeError: the scenario raised",
        known="psf/requests#6573" if case == "one_shot[kept]" else None,
        growth="+1 per call" if verdict is HELD else ("constant 1" if left else None),
        rungs={rung: int(number < order[verdict]) for number, rung in enumerate(rungs)} if verdict else {},
        counts={"socket": (0, int(left)), "thread": (1, 1)} if verdict else {},
        kinds={"socket": verdict} if verdict and left else {},
        marks={"returned": 0.012, "late": 1.42, "refcount": 1.43, "gc": 1.46} if verdict else {},
        connections=(Connection(opened=0.004, closed=None if verdict is HELD else 0.011, how=None),) if verdict else (),
        peer_open=int(verdict is HELD),
        left=(_left(cell, verdict),) if verdict and left else (),
        warnings=(Warned(category="ResourceWarning", message="unclosed <socket>", moment="gc"),) if left else (),
        series=(
            Series(kind="socket", site="socket.py:233 in __init__", counts=tuple(range(1, 33)), growth="+1 per call"),
        )
        if verdict is HELD
        else (),
    )


def _left(cell: CellRecord, verdict: Verdict) -> Left:
    return make_left(
        verdict=verdict,
        created=(
            Frame(file="cases/test_session.py", line=58, function="test_session"),
            Frame(file=f"{cell.client}/sessions.py", line=671, function="get"),
            Frame(file="socket.py", line=233, function="__init__"),
        ),
        held_by=("module cases.endings", "SESSION", "Session.adapters", "HTTPAdapter.poolmanager", "socket"),
        fingerprint="5acc1ada7a55",
        advice="Close what owns the connection: use `with`, or call its close().",
    )
