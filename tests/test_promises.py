"""The adapters' PROMISES: sentences of the clients' documentation, each for a guarantee that there is.

An adapter imports its client, which is not installed here: its PROMISES are worked out from the statements they need.
"""

import ast
import json
import re
import subprocess
import sys
from types import ModuleType
from typing import NamedTuple

import pytest

from cases.clients._promises import first, of
from matrix import builtin
from matrix.guest.select import matches

CLIENTS = sorted(path.stem for path in (builtin.CASES / "clients").glob("[!_]*.py"))
QUOTATION = re.compile(r'"[^"]{10,}"')
REFERENCE = re.compile(r"[\w.-]+/[\w.-]+#\d+")
LONGEST = 300

# The guest's plugin, which writes down what pytest has collected instead of running it; in a process of its own.
COLLECT = """
import json, os, sys
import pytest
from matrix.guest.plugin import Plugin, _contract, case_id

class Collected(Plugin):
    def pytest_runtestloop(self, session):
        with open(sys.argv[1], "w") as file:
            json.dump([(case_id(item), _contract(item), client(item)) for item in session.items], file)
        return True

def client(item):
    mark = item.get_closest_marker("client")
    return mark.args[0] if mark else ""

job = {"limits": {}, "scratch": "", "cases": {"select": ["*"]}, "client": ""}
options = "-c", os.devnull, "--rootdir", os.sep, "--import-mode=importlib", "-p", "no:cacheprovider"
pytest.main([*options, sys.argv[2]], plugins=[Collected(job, None, None, None)])
"""


class Case(NamedTuple):
    """A row of the table: its id, its contract, and the only client that it is about, if there is one."""

    name: str
    contract: str
    client: str


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    """All built-in cases."""
    answer = tmp_path_factory.mktemp("collected") / "cases.json"
    command = (sys.executable, "-c", COLLECT, str(answer), str(builtin.CASES))
    ended = subprocess.run(command, cwd=builtin.ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return [Case(*each) for each in json.loads(answer.read_text())]


def promises(client: str) -> dict[str, str]:
    """An adapter's PROMISES, without its client."""
    statements = ast.parse((builtin.CASES / "clients" / f"{client}.py").read_text()).body
    module = ModuleType(client)
    module.__package__ = "cases.clients"
    exec(compile(ast.Module(needed(statements, "PROMISES"), []), client, "exec"), module.__dict__)
    return dict(module.PROMISES)


def needed(statements: list[ast.stmt], name: str) -> list[ast.stmt]:
    """The statements that bind a name of the module, and what they are made of, in the module's order."""
    binding = [statement for statement in statements if name in bound(statement)]
    used = {node.id for statement in binding for node in ast.walk(statement) if isinstance(node, ast.Name)} - {name}
    more = [statement for each in used for statement in needed(statements, each)]
    return [statement for statement in statements if statement in binding or statement in more]


def bound(statement: ast.stmt) -> set[str]:
    """What a statement binds, if it is an assignment or an import of a neighbour."""
    if isinstance(statement, ast.Assign):
        return {target.id for target in statement.targets if isinstance(target, ast.Name)}
    if isinstance(statement, ast.ImportFrom) and statement.level == 1:
        return {alias.name for alias in statement.names}
    return set()


def test_no_client_is_needed() -> None:
    """What is read here of an adapter does not import its client, nor anything else that is not ours."""
    assert promises("pycurl")["session[closed]"]
    assert "pycurl" not in sys.modules


@pytest.mark.parametrize("client", CLIENTS)
def test_pattern_fits(client: str, cases: list[Case]) -> None:
    """Each pattern is the first that fits some guarantee, of all clients or of this one: none is misspelt or hidden."""
    guarantees = [each.name for each in cases if each.contract == "guarantee" and each.client in {"", client}]
    patterns = list(promises(client))
    first = {next((pattern for pattern in patterns if matches(pattern, name)), None) for name in guarantees}
    assert [pattern for pattern in patterns if pattern not in first] == []


@pytest.mark.parametrize("client", CLIENTS)
def test_something_is_promised(client: str) -> None:
    """A client of which nothing is promised would have no guarantee at all: its adapter has been forgotten."""
    assert any(promises(client).values())


@pytest.mark.parametrize("client", CLIENTS)
def test_sentence(client: str) -> None:
    """A promise is one short line with a quotation or a reference; what is empty says that there is none."""
    for pattern, said in promises(client).items():
        if said:
            assert len(said) < LONGEST, (pattern, len(said))
            assert said.isprintable(), pattern
            assert QUOTATION.search(said) or REFERENCE.search(said), pattern


def test_first_counts() -> None:
    """Put together, what is said first of the same rows counts, and stays at its place."""
    said = first({"one": "first"}, of(("two", "one"), "second"), {"three": "third", "two": ""})
    assert list(said.items()) == [("one", "first"), ("two", "second"), ("three", "third")]


def test_cases_are_known(cases: list[Case]) -> None:
    """What is collected are the cases: rows of both contracts, and some for one client alone."""
    assert Case("session[closed]", "guarantee", "") in cases
    assert Case("session[left_open]", "hazard", "") in cases
    assert Case("aiohttp_jar", "guarantee", "aiohttp") in cases
