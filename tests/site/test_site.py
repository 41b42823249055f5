"""The whole site, by its structure: closed elements, links that lead somewhere, nothing a strict policy forbids."""

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from posixpath import dirname, join, normpath
from urllib.parse import unquote

import pytest

from matrix import report as report_file
from matrix.model import CaseRecord, CaseStatus, CellRecord, Report, Verdict
from matrix.site import addresses, site

VOID = {"meta", "link", "wbr", "br", "img", "input", "hr", "col", "rect", "path", "circle", "polyline", "line"}
WITH_THE_REPORT = {addresses.REPORT}  # written beside the pages, by `writing.py`
BUDGET = 1_500_000
Files = Callable[..., dict[str, str]]
_MADE: dict[str, dict[str, str]] = {}  # a site is the same each time, and takes a moment


class Page(HTMLParser):
    """A page as its elements, and whether they are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.mistakes: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember the element."""
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element of an SVG that is closed at once."""
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        """It closes the element opened last."""
        if not self.open or self.open.pop() != tag:
            self.mistakes.append(tag)

    def handle_data(self, data: str) -> None:
        """All that is text."""
        self.text += data

    def all(self, attribute: str) -> list[str]:
        """Every value of an attribute."""
        return [attrs[attribute] for _tag, attrs in self.elements if attribute in attrs]


@pytest.fixture(params=["sample", "hostile", "synthetic", "empty"])
def made(
    request: pytest.FixtureRequest, files: Files, synthetic: Callable[..., Report], a_report: Callable[..., Report]
) -> dict[str, str]:
    """The sites of an ordinary, a hostile, a larger and an empty report, with an earlier one beside it."""
    if request.param in _MADE:
        return _MADE[request.param]
    match request.param:
        case "synthetic":
            report = synthetic(interpreters=3, clients=3, versions=3, cases=30)
        case "empty":
            report = a_report()
        case name:
            report = request.getfixturevalue(name)
    older = replace(report, cases=tuple(replace(case, known="x#1") for case in report.cases))
    return _MADE.setdefault(request.param, files(report, previous=older, retired=_retired(report)))


def _retired(report: Report) -> Report | None:
    """The first cell under another name."""
    if not report.cells:
        return None
    cell = replace(report.cells[0], cell="py3.6-gone-0.1", client="gone")
    cases = (replace(case, cell=cell.cell) for case in report.cases if case.cell == report.cells[0].cell)
    return Report(header=report.header, cells=(cell,), cases=tuple(cases))


@pytest.fixture
def pages(made: dict[str, str]) -> dict[str, Page]:
    """Its pages."""
    return {address: Page(text) for address, text in made.items() if address.endswith(".html")}


def test_elements_are_closed_in_order(pages: dict[str, Page]) -> None:
    """Foreign text breaks no element open."""
    wrong = {address: (page.mistakes, page.open) for address, page in pages.items() if page.mistakes or page.open}
    assert wrong == {}


def test_ids_are_unique(pages: dict[str, Page]) -> None:
    """Each is for one element, and no case takes one that the page itself needs."""
    twice = {
        address: [name for name, times in Counter(page.all("id")).items() if times > 1]
        for address, page in pages.items()
    }
    assert {address: names for address, names in twice.items() if names} == {}


def test_every_link_leads_somewhere(made: dict[str, str], pages: dict[str, Page]) -> None:
    """To a file of the site, and to an element of it where it names one; filters are for the script."""
    dead = []
    for address, page in pages.items():
        for link in [*page.all("href"), *page.all("src")]:
            path, _, name = link.partition("#")
            target = normpath(join(dirname(address), unquote(path))) if path else address
            there = target in made or target in WITH_THE_REPORT
            named = not name or "=" in name or (target in pages and unquote(name) in pages[target].all("id"))
            if not (there and named):
                dead.append((address, link))
    assert dead == []


def test_every_label_names_an_element(pages: dict[str, Page]) -> None:
    """A heading that labels a region is on the same page."""
    for address, page in pages.items():
        wanted = {name for names in page.all("aria-labelledby") for name in names.split()}
        assert wanted - set(page.all("id")) == set(), address


def test_a_strict_policy_forbids_nothing_of_it(pages: dict[str, Page]) -> None:
    """No script or style in the page, no handler, no style attribute, nothing from elsewhere."""
    for address, page in pages.items():
        tags = {tag for tag, _attrs in page.elements}
        assert not tags & {"style", "iframe", "object", "embed", "base"}, address
        names = {name for _tag, attrs in page.elements for name in attrs}
        assert not {name for name in names if name.startswith("on") or name == "style"}, address
        assert [attrs for tag, attrs in page.elements if tag == "script" and set(attrs) != {"src"}] == [], address
        outside = [link for link in [*page.all("href"), *page.all("src")] if re.match(r"[a-z]+:|//", link)]
        assert outside == [], address


def test_nothing_invisible(made: dict[str, str]) -> None:
    """No control character, no bidirectional override, no lone surrogate in any page."""
    for address, text in made.items():
        if address.endswith((".html", ".json")):
            strange = {character for character in text if not (character.isprintable() or character == "\n")}
            assert strange <= {"\N{NO-BREAK SPACE}"}, address


def test_hostile_text_is_shown(files: Files, hostile: Report) -> None:
    """Everything foreign is there to be read, and is nothing but text."""
    made = files(hostile)
    assert len(made) == len({address.lower() for address in made})
    shown = {address: Page(text) for address, text in made.items() if address.endswith(".html")}
    cells = [page for address, page in shown.items() if address.startswith("cells/")]
    assert len(cells) == len(hostile.cells)
    for page in cells:
        assert "<script>alert(1)</script>" in page.text
        assert "\\x1b[31m" in page.text
    assert [address for address, page in shown.items() if "alert(1)" in "".join(page.all("src"))] == []
    scripts = [tag for page in shown.values() for tag, _attrs in page.elements if tag == "script"]
    assert len(scripts) == len(shown)  # the site's own, once on each page


def test_the_data_beside_a_cell_is_a_report(made: dict[str, str], tmp_path: Path) -> None:
    """`leakmatrix show --report` reads it; the page names the line of each answer."""
    for address, text in made.items():
        if address.endswith(".jsonl"):
            file = tmp_path / "cell.jsonl"
            file.write_text(text, encoding="utf-8", errors="replace", newline="\n")
            found = report_file.read(file)
            page = Page(made[address.replace(".jsonl", ".html")])
            lines = file.read_bytes().split(b"\n")
            named = re.findall(r"Its record is line (\d+) of", page.text)
            cases = [case.case for case in found.cases if case.contract != "control"]
            assert [json.loads(lines[int(number) - 1])["case"] for number in named] == cases


def test_it_is_the_same_each_time(files: Files, sample: Report) -> None:
    """Nothing depends on when or where it is made."""
    assert files(sample) == files(sample)


def test_every_answer_has_its_address(files: Files, sample: Report) -> None:
    """A page for each cell, and an element for each answer."""
    made = files(sample)
    for case in sample.cases:
        path, _, name = addresses.answer(case.cell, case.case).partition("#")
        assert (name in Page(made[path]).all("id")) is (case.contract != "control" and _believed(sample, case))


def _believed(report: Report, case: CaseRecord) -> bool:
    status = next(cell.status for cell in report.cells if cell.cell == case.cell)
    return status != "invalid"


@pytest.mark.parametrize("verdict", [Verdict.HELD, Verdict.CLEAN, None])
@pytest.mark.parametrize(
    ("size", "last"),
    [
        pytest.param({"interpreters": 2, "clients": 16}, "matrix/3.9.", id="matrix"),
        pytest.param({"interpreters": 12, "clients": 1}, "cells/", id="client, case and cell"),
    ],
)
def test_pages_stay_within_their_budget(
    synthetic: Callable[..., Report], verdict: Verdict | None, size: dict[str, int], last: str
) -> None:
    """Of 12 interpreters, 16 clients in 6 versions and 100 cases, no page is heavier than 1.5 MB.

    Nor is it if no client can any of them.
    """
    report = synthetic(**size, versions=6, cases=100)
    worst = replace(report, cases=tuple(_with(case, verdict) for case in report.cases))
    sizes = {}
    for address, text in site(worst):  # no further than that page: those of a kind after it are alike
        if address.endswith(".html"):
            sizes[address] = len(text.encode())
        if address.startswith(last):
            break
    assert any(address.startswith(last) for address in sizes)
    assert {address: size for address, size in sizes.items() if size > BUDGET} == {}


def _with(case: CaseRecord, verdict: Verdict | None) -> CaseRecord:
    if verdict is None:
        reason = "the adapter of http-client defines no open_async_client"
        return replace(
            case, status=CaseStatus.UNSUPPORTED, verdict=None, passed=None, growth=None, left=(), reason=reason
        )
    if case.verdict is None:
        return case
    passed = None if case.passed is None else verdict is Verdict.CLEAN
    return replace(case, verdict=verdict, passed=passed)


def test_old_answers_show_their_age(
    files: Files, a_cell: Callable[..., CellRecord], a_case: Callable[..., CaseRecord], a_report: Callable[..., Report]
) -> None:
    """A reused result is as old as it is, not as its report."""
    cell = a_cell(reused=True, ran="2026-08-01T10:00:00Z")
    page = files(a_report(cell, a_case(cell)))[addresses.cell_page(cell.cell)]
    assert '<time datetime="2026-08-01T10:00:00Z" data-age>1 August 2026, 10:00 UTC</time>, reused since' in page


def test_the_schedule_is_told(files: Files, sample: Report) -> None:
    """In text, and hidden for the script to show once the date has passed."""
    front = files(sample, schedule=30)[addresses.FRONT]
    assert 'data-stale="2026-08-15T15:12:44Z" hidden' in front
    assert "every 30 hours at the latest: after 15 August 2026, 15:12 UTC this table is out of date" in front
