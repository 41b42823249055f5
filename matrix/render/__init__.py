"""Report -> text, one module for each format, and the one dict that lists them.

Pure: nothing here reads, writes or prints. What every format says (columns,
rows, findings, totals, evidence) is computed once, beside them; a format only
decides how it looks.
"""

from typing import Protocol

from matrix.model import Report

# Under names of their own: `matrix.render.html` stays the module.
from matrix.render.html import html as to_html
from matrix.render.junit import junit as to_junit
from matrix.render.markdown import markdown as to_markdown
from matrix.render.terminal import terminal as to_terminal


class Renderer(Protocol):
    """What a format is: a function from a report to the text of a file."""

    def __call__(self, report: Report, /) -> str: ...


# format -> (file name, function)
RENDERERS: dict[str, tuple[str, Renderer]] = {
    "markdown": ("report.md", to_markdown),
    "html": ("index.html", to_html),
    "junit": ("junit.xml", to_junit),
    "terminal": ("table.txt", to_terminal),
}
