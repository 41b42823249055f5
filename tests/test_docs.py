"""The tables in docs/ that name a test for each line: the tests are there."""

import ast
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
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
