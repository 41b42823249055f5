"""Builders of records, for the tests of whatever reads them: what is not given is unremarkable."""

from datetime import date
from typing import Any

from matrix.known import KnownLeak
from matrix.model import (
    CaseRecord,
    Cell,
    CellRecord,
    CellStatus,
    Contract,
    Frame,
    Header,
    Left,
    Report,
    Resolve,
    Verdict,
)


def make_cell(
    interpreter: str = "3.12",
    client: str = "requests",
    version: str = "2.34.2",
    *,
    pins: tuple[str, ...] = (),
    resolve: Resolve = Resolve.NEWEST,
    **fields: Any,
) -> CellRecord:
    """A cell that ran, with the names that it has in a plan."""
    cell = Cell(python=interpreter, client=client, version=version, pins=pins, resolve=resolve)
    plain = {"cell": cell.id, "python": interpreter, "column": cell.column, "status": CellStatus.RAN}
    plain |= {"interpreter": interpreter, "client": client, "version": version, "sandbox": "docker"}
    return CellRecord(**plain | fields)


def make_case(
    cell: CellRecord | str, case: str = "session[closed]", verdict: Verdict | None = Verdict.CLEAN, **fields: Any
) -> CaseRecord:
    """An answer in a cell, or one of that id: a guarantee unless it says otherwise, passed as its verdict says."""
    contract = fields.setdefault("contract", Contract.GUARANTEE)
    if contract is Contract.GUARANTEE and verdict is not None:
        fields.setdefault("passed", verdict in {Verdict.CLEAN, Verdict.LATE})
    return CaseRecord(cell=cell if isinstance(cell, str) else cell.cell, case=case, verdict=verdict, **fields)


def make_left(**fields: Any) -> Left:
    """A socket that is never gone, with a stack and a holder."""
    plain: dict[str, Any] = {
        "kind": "socket",
        "what": "TCP 127.0.0.1:40112 -> 127.1.0.7:8080",
        "state": "ESTABLISHED",
        "verdict": Verdict.HELD,
        "created": (Frame(file="requests/adapters.py", line=486, function="send"),),
        "held_by": ("module cases.test_session", "Session.adapters"),
        "advice": "Close the session.",
    }
    return Left(**plain | fields)


def make_report(*records: CellRecord | CaseRecord, **header: str) -> Report:
    """A report of these records."""
    words: dict[str, Any] = {"version": "0.1.0", "started": "2026-08-14T09:12:44Z", "sandbox": "docker"}
    return Report(
        header=Header(protocol=1, **words | header),
        cells=tuple(record for record in records if isinstance(record, CellRecord)),
        cases=tuple(record for record in records if isinstance(record, CaseRecord)),
    )


def make_entry(client: str = "requests", **fields: Any) -> KnownLeak:
    """A known leak of a client's own: a socket, in every version and every case."""
    plain: dict[str, Any] = {"cases": ("*",), "package": client, "versions": "", "kinds": ("socket",)}
    plain |= {"reference": f"{client}#1", "reason": "because", "recheck": date(2027, 1, 1)}
    return KnownLeak(client=client, **plain | fields)
