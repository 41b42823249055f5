"""The dict of formats."""

import pytest

from matrix.model import Report
from matrix.render import RENDERERS

FILES = {
    "markdown": "report.md",
    "html": "index.html",
    "junit": "junit.xml",
    "terminal": "table.txt",
}


def test_every_format_has_a_file_name() -> None:
    """The names under which a run writes its results."""
    assert {name: file for name, (file, _render) in RENDERERS.items()} == FILES


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("which", ["sample", "hostile"])
def test_every_format_renders_to_text_that_can_be_written(
    request: pytest.FixtureRequest, name: str, which: str
) -> None:
    """UTF-8, ending in a line break, the same each time."""
    report: Report = request.getfixturevalue(which)
    _file, render = RENDERERS[name]
    text = render(report)
    assert text.encode("utf-8").endswith(b"\n")
    assert text == render(report)


@pytest.mark.parametrize("name", FILES)
def test_every_format_renders_an_empty_report(a_report: object, name: str) -> None:
    """A run of no cells is no reason to break."""
    _file, render = RENDERERS[name]
    assert callable(a_report)
    assert render(a_report())
