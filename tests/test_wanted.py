"""`matrix.wanted`: which interpreters an effort is made for."""

import pytest

from matrix.config import Client, Config
from matrix.selection import Selection
from matrix.versions import Latest
from matrix.wanted import wanted_interpreters

USUAL = ("3.8", "3.12", "3.14", "pypy3.11")
CLIENTS = {"httpx": Client(versions=(Latest(),))}


@pytest.mark.parametrize(
    ("selection", "wanted"),
    [
        pytest.param(Selection(), USUAL, id="everything"),
        pytest.param(Selection(pythons=("3.12",)), ("3.12",), id="one"),
        pytest.param(Selection(pythons=("3.1*",)), ("3.12", "3.14"), id="glob"),
        pytest.param(Selection(pythons=("3.14t",)), ("3.14t",), id="one that is not usual"),
        pytest.param(Selection(pythons=("2.7",)), (), id="one that there is not"),
        pytest.param(Selection(cells=("py3.12-*",)), ("3.12",), id="cells of one"),
        pytest.param(Selection(cells=("py3*",)), ("3.8", "3.12", "3.14"), id="cells of several"),
        pytest.param(Selection(cells=("*-httpx-*",)), USUAL, id="cells of a client"),
        pytest.param(Selection(cells=("py3.15t-httpx-1.0",)), ("3.15t",), id="a cell that is not planned"),
        pytest.param(Selection(cells=("py3.8-*", "pypy*")), ("3.8", "pypy3.11"), id="cells, twice"),
        pytest.param(Selection(clients=("httpx",)), USUAL, id="a client"),
    ],
)
def test_wanted(selection: Selection, wanted: tuple[str, ...]) -> None:
    """Those of the cells that are selected, and no others: getting one takes a while."""
    assert wanted_interpreters(Config(clients=CLIENTS), selection, USUAL) == wanted


def test_configured_ones() -> None:
    """Where the configuration names some, for all clients or for one, these are wanted."""
    clients = {**CLIENTS, "requests": Client(versions=(Latest(),), python=("3.14t",))}
    assert wanted_interpreters(Config(clients=clients, python=("3.9",)), Selection(), USUAL) == ("3.9", "3.14t")
