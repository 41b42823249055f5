"""What the documents name is there: tests, files, an adapter."""

import ast
import re
from pathlib import Path

import click
import pytest

from matrix.cli import command, render

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
TABLES = ("threat-model.md", "faults.md")
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def lines(name: str) -> list[str]:
    """The lines of the tables, without their heads."""
    text = (DOCS / name).read_text().splitlines()
    rows = [line for line in text if line.startswith("|") and not line.startswith("|---")]
    return [row for row in rows if not re.match(r"\| (threat|fault) \|", row)]


@pytest.mark.parametrize("name", TABLES)
def test_each_line_names_a_test(name: str) -> None:
    """No line is a mere promise."""
    assert len(lines(name)) > 20
    assert [line for line in lines(name) if not NAMED.search(line)] == []


@pytest.mark.parametrize("name", TABLES)
def test_the_tests_are_there(name: str) -> None:
    """What is named is a test of that file."""
    for file, test in NAMED.findall((DOCS / name).read_text()):
        tree = ast.parse((DOCS.parent / file).read_text())
        there = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
        assert test in there, f"{name} names {file}::{test}"


def test_the_adapter_of_the_readme_is_a_real_one() -> None:
    """What the README shows as all of an adapter is all of it."""
    adapter = (ROOT / "cases" / "clients" / "httplib2.py").read_text()
    assert f"```python\n{adapter}```" in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("page", [ROOT / "README.md", *sorted(DOCS.glob("*.md"))], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Each link to a file of this project."""
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_page_is_named_in_the_readme() -> None:
    """Nobody finds a page that nothing leads to."""
    readme = (ROOT / "README.md").read_text()
    assert [page.name for page in DOCS.glob("*.md") if f"docs/{page.name}" not in readme] == []


@pytest.mark.parametrize("page", [ROOT / "README.md", *sorted(DOCS.glob("*.md"))], ids=lambda page: page.name)
def test_commands_are_there(page: Path) -> None:
    """Each command that a page shows, with its options."""
    for words in re.findall(r"(?:^|`)(?:\$ )?leakmatrix ([a-z-]+)\b([^`#\n]*)", page.read_text(), re.MULTILINE):
        shown = command.get_command(click.Context(command), words[0])
        assert shown is not None, words
        options = {name for each in shown.params for name in (*each.opts, *each.secondary_opts)}
        assert set(re.findall(r"(?<!\S)--[a-z-]+", words[1])) <= options, words


def test_the_forms_of_the_readme_are_all() -> None:
    """`leakmatrix render` has these forms and no others."""
    (form,) = (each for each in render.command.params if isinstance(each.type, click.Choice))
    (said,) = re.findall(r"leakmatrix render (\w+) +# or (.*)", (ROOT / "README.md").read_text())
    assert {said[0], *said[1].split(", ")} == set(form.type.choices)
