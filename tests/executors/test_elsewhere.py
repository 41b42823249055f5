"""`matrix.executors.elsewhere`: what a worker does for a run, in this process and without a cluster."""

import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from matrix.config import Limits
from matrix.executors import elsewhere
from matrix.executors.elsewhere import Ticket, Unfit
from matrix.model import Cell, CellStatus
from matrix.provision import code


@pytest.fixture
def ticket(offline: Path, fake_cell: Callable[..., Cell]) -> Iterator[Ticket]:  # noqa: ARG001  for the variables
    """A run's ticket; whatever is made for it is put away."""
    ticket = Ticket(
        run="a-run",
        choice="process",
        limits=Limits(),
        cases={fake_cell().id: ("one_shot[kept]",)},
        requirements={fake_cell().id: ("requests==1.0",)},
        paths=("cases",),
        built=(),
        own={},
        anew=False,
        code=code.provide().digest,
    )
    yield ticket
    elsewhere.end(ticket.run)


def test_measured(ticket: Ticket, fake_cell: Callable[..., Cell]) -> None:
    """A cell is run in this machine's sandbox, with what the ticket says, and nothing is kept of it."""
    elsewhere.begin(ticket)
    outcome = elsewhere.measure(fake_cell(), ticket.run)
    assert outcome.cell.status is CellStatus.RAN, outcome.cell.reason
    assert [case.case for case in outcome.cases if case.contract != "control"] == ["one_shot[kept]"]


def test_ended(ticket: Ticket, fake_cell: Callable[..., Cell]) -> None:
    """After its end a run has nothing here: a cell that comes late is not measured."""
    elsewhere.begin(ticket)
    elsewhere.end(ticket.run)
    with pytest.raises(Unfit, match="the run is not known here"):
        elsewhere.measure(fake_cell(), ticket.run)


def test_other_code(ticket: Ticket, fake_cell: Callable[..., Cell]) -> None:
    """A worker with another guest or other cases measures nothing: its answers would not be comparable."""
    elsewhere.begin(replace(ticket, code="other"))
    with pytest.raises(Unfit, match="another leakmatrix than that of the run"):
        elsewhere.measure(fake_cell(), ticket.run)


def test_no_engine(ticket: Ticket, fake_cell: Callable[..., Cell], monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker whose engine has gone hands the cell back, and says which machine it is."""
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    elsewhere.begin(replace(ticket, choice="docker"))
    with pytest.raises(Unfit, match=r"\w+: no Docker engine answers"):
        elsewhere.measure(fake_cell(), ticket.run)


def test_trouble_of_this_machine(
    ticket: Ticket, fake_cell: Callable[..., Cell], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What this machine cannot run any more, in the middle of a run, is handed back, too."""
    elsewhere.begin(ticket)
    assert elsewhere.measure(fake_cell(), ticket.run).cell.status is CellStatus.RAN
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(Unfit, match=r"\w+: tried twice, and not the client's doing"):
        elsewhere.measure(fake_cell(), ticket.run)


def test_looked(ticket: Ticket) -> None:
    """What a worker says of itself is what this machine has."""
    looked = elsewhere.look(ticket.run, ticket.choice, ())
    assert (looked.sandbox, looked.code, looked.version) == ("process", ticket.code, elsewhere.own_version())
    assert f"{sys.version_info.major}.{sys.version_info.minor}" in looked.interpreters
