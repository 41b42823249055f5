"""The table as one static page, checked by its structure."""

from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from matrix.model import CaseRecord, CellRecord, Frame, Left, Report, Verdict
from matrix.render.html import html
from matrix.render.templates import anchor

VOID = {"meta", "col", "wbr", "br", "link", "img", "input", "hr"}


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


@pytest.fixture(params=["sample", "hostile"])
def page(request: pytest.FixtureRequest) -> Page:
    """The page of an ordinary and of a hostile report."""
    return Page(html(request.getfixturevalue(request.param)))


def test_elements_are_closed_in_order(page: Page) -> None:
    """Foreign text breaks no element open."""
    assert (page.mistakes, page.open) == ([], [])


def test_it_needs_no_other_file_and_no_script(page: Page) -> None:
    """Nothing is loaded, and every link stays on the page."""
    assert not page.all("src")
    assert not {tag for tag, _attrs in page.elements} & {
        "script",
        "link",
        "img",
        "iframe",
        "object",
    }
    assert all(href.startswith("#") for href in page.all("href"))


def test_ids_are_unique_and_every_anchor_resolves(page: Page) -> None:
    """Each link, label and id is for one element."""
    ids = Counter(page.all("id"))
    assert [name for name, times in ids.items() if times > 1] == []
    wanted = {href[1:] for href in page.all("href")} | set(page.all("aria-labelledby"))
    assert wanted <= set(ids)


def test_there_are_no_event_handlers(page: Page) -> None:
    """No attribute runs anything."""
    names = {name for _tag, attrs in page.elements for name in attrs}
    assert not {name for name in names if name.startswith("on")} | names & {"style", "srcdoc"}


def test_tables_have_captions_and_scopes(page: Page) -> None:
    """Headings of rows and columns say what they head."""
    tags = Counter(tag for tag, _attrs in page.elements)
    assert tags["table"] == tags["caption"]
    assert all("scope" in attrs for tag, attrs in page.elements if tag == "th")


def test_each_row_is_as_wide_as_its_table(sample: Report) -> None:
    """Every place has its column: a row's heading and one place for each version."""
    rows = html(sample).split('<table class="matrix">')[2].split("</table>")[0].split("<tr>")[3:]
    assert {row.count("<td") for row in rows} == {7}


def test_a_verdict_links_to_its_evidence(sample: Report) -> None:
    """A place that left something leads to what it left."""
    page = Page(html(sample))
    evidence = {name for name in page.all("id") if name.startswith("e-")}
    assert evidence
    assert evidence <= {href[1:] for href in page.all("href")}


def test_evidence_tells_how_to_see_it_again(sample: Report) -> None:
    """The commands stand beside what they reproduce."""
    text = Page(html(sample)).text
    assert "leakmatrix show py3.14t-requests-2.34.2 'proxy[refused_407]'" in text
    assert "leakmatrix run --sandbox docker --cell py3.14t-requests-2.34.2 --case 'proxy[refused_407]'" in text


def test_cells_without_a_result_have_their_reason(sample: Report) -> None:
    """No result is a result too."""
    text = Page(html(sample)).text
    assert "No module named 'cgi'" in text
    assert "no reason was given" in text


def test_hostile_text_is_shown_as_text(hostile: Report) -> None:
    """Tags, escapes and markup are read, not run."""
    page = Page(html(hostile))
    assert "<script>alert(1)</script>|`x`&" in page.text
    assert "\\x1b[31m\\x00\\x07\\ud800\\u202e[bold]" in page.text


@pytest.mark.parametrize("character", ["\x1b", "\x00", "\x07", "\ud800", "\u202e"])
def test_no_invisible_character_reaches_the_page(hostile: Report, character: str) -> None:
    """They are written out, in attributes too."""
    assert character not in html(hostile)


@pytest.mark.parametrize(("sandbox", "said"), [("docker", False), ("process", True)])
def test_a_run_without_docker_says_so_at_the_top(
    a_report: Callable[..., Report],
    sandbox: str,
    said: bool,  # a value of the table
) -> None:
    """It never passes for the real one."""
    assert ("Measured without Docker" in html(a_report(sandbox=sandbox))) is said


def test_an_empty_report_is_a_page(a_report: Callable[..., Report]) -> None:
    """Nothing ran, and the page says what that means."""
    assert "Every guarantee holds" not in html(a_report())


def test_anchors_of_different_names_differ() -> None:
    """No two names share an id."""
    names = ["a b", "a_b", "a-b", "a_20_b", "a", "ä", ""]
    assert len({anchor("x", name) for name in names}) == len(names)


def test_a_big_report_is_a_reasonable_page(
    a_cell: Callable[..., CellRecord],
    a_case: Callable[..., CaseRecord],
    a_left: Callable[..., Left],
    a_report: Callable[..., Report],
) -> None:
    """48 cells of 20 cases that all leave something stay under 1.5 MB."""
    cells = [a_cell(f"3.{minor}", version=f"2.{v}") for minor in range(8, 14) for v in range(8)]
    cases = [
        a_case(
            cell,
            f"subject{number}[way_of_doing_it]",
            Verdict.HELD,
            sentence="What this row means, for somebody who has not read the code.",
            left=(
                a_left(
                    created=tuple(
                        Frame(file=f"lib/file_{cell.version}.py", line=depth, function="function")
                        for depth in range(12)
                    )
                ),
            ),
        )
        for cell in cells
        for number in range(20)
    ]
    assert len(html(a_report(*cells, *cases))) < 1_500_000
