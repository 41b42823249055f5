"""The table as Markdown."""

from collections.abc import Callable

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from matrix.model import Report
from matrix.render.markdown import code, escape, markdown


def tokens(text: str) -> list[Token]:
    """What a Markdown reader makes of it, in one flat list."""
    blocks = MarkdownIt("commonmark").enable("table").parse(text)
    return [token for block in blocks for token in (block, *(block.children or ()))]


def test_the_sample_looks_as_before(sample: Report, same_as_golden: Callable[[str, str], None]) -> None:
    """The whole document."""
    same_as_golden("report.md", markdown(sample))


@pytest.mark.parametrize("which", ["sample", "hostile"])
def test_nothing_is_html_or_a_link(request: pytest.FixtureRequest, which: str) -> None:
    """Foreign text cannot become anything but text."""
    kinds = {token.type for token in tokens(markdown(request.getfixturevalue(which)))}
    assert not kinds & {"html_inline", "html_block", "link_open", "image", "em_open", "code_block"}


@pytest.mark.parametrize("which", ["sample", "hostile"])
def test_every_row_of_a_table_has_its_columns(request: pytest.FixtureRequest, which: str) -> None:
    """A pipe in foreign text ends no column: no row is cut, none has too many."""
    text = markdown(request.getfixturevalue(which))
    blocks = "\n".join(line if line.startswith("|") else "" for line in text.splitlines())
    for table in filter(None, blocks.split("\n\n")):
        pipes = {line.replace("\\|", "").count("|") for line in table.strip().splitlines()}
        assert len(pipes) == 1


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("<b>&", "&lt;b&gt;&amp;"),
        ("a|b", "a\\|b"),
        ("`x` *y* [z](u)", "\\`x\\` \\*y\\* \\[z\\](u)"),
        ("\\|", "\\\\\\|"),
        ("a\nb", "a b"),
        ("\x1b", "\\\\x1b"),
        ("https://host www.host WWW.host: a:b", "https&#58;//host www&#46;host WWW&#46;host: a:b"),
    ],
)
def test_escape_leaves_only_text(text: str, escaped: str) -> None:
    """Everything that Markdown or HTML would read is escaped."""
    assert escape(text) == escaped


@pytest.mark.parametrize(("text", "shown"), [("a[b_c]", "`a[b_c]`"), ("a`b", "a\\`b"), ("a|b", "a\\|b"), ("", "")])
def test_code_is_for_names_that_cannot_end_it(text: str, shown: str) -> None:
    """A case id is code; a hostile one is escaped text."""
    assert code(text) == shown
