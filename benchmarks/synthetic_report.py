"""A report as large as somebody wants it, plausible and the same each time: to see what stays quick at 100,000 answers.

    python benchmarks/synthetic_report.py OUT [--interpreters 12] [--clients 16] [--versions 6] [--cases 100]

Nothing in it was measured, and it says so: the sandbox is `synthetic`. A use of a client has one story, told by
versions: clean, then broken, then mended, or always the same; old versions cannot be had on new interpreters; what is
left has stacks, holders, connections, marks and series of the usual length.
"""

import argparse
import random
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from matrix import report
from matrix.model import (
    CaseRecord,
    CaseStatus,
    CellRecord,
    CellStatus,
    Connection,
    Contract,
    Frame,
    Header,
    Left,
    Report,
    Series,
    Verdict,
    Warned,
)

INTERPRETERS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.13t", "3.14", "3.14t", "3.15", "pypy3.10", "pypy3.11")
CLIENTS = (
    "aiohttp", "anyio", "asyncio", "curl_cffi", "http.client", "httpcore", "httpcore2", "httpx", "httpx2", "niquests",
    "pycurl", "requests", "urllib", "urllib3", "urllib3-future", "websockets",
)  # fmt: skip
SUBJECTS = (
    "session", "stream", "one_shot", "redirect", "tls", "proxy", "async_client", "async_stream", "async_cancel",
    "upload",
)  # fmt: skip
LABELS = (
    "closed", "in_with", "closed_twice", "left_open", "in_cycle", "in_global", "global_closed", "in_thread", "timeout",
    "reset",
)  # fmt: skip
HAZARDS = {"left_open", "in_cycle", "in_global", "in_thread"}
KINDS = ("socket", "pool slot", "thread", "task", "pipe")
LADDER = {
    Verdict.CLEAN: "returned",
    Verdict.LATE: "late",
    Verdict.REFCOUNT: "refcount",
    Verdict.GC: "gc",
    Verdict.LOOP: "loop",
    Verdict.HELD: "held",
}
HEADER = Header(
    protocol=1,
    version="0.1.0",
    started="2026-08-14T09:12:44+00:00",
    sandbox="synthetic",
    sandbox_reason="nothing was measured: benchmarks/synthetic_report.py",
)


def synthetic(interpreters: int = 12, clients: int = 16, versions: int = 6, cases: int = 100) -> Report:
    """About the product of its arguments in answers, less what cannot be had."""
    names = [f"{subject}[{label}]" for subject, label in product(SUBJECTS, LABELS)][:cases]
    cells, records = [], []
    for client in CLIENTS[:clients]:
        stories = {case: _story(client, case, versions) for case in names}
        for (number, version), python in product(enumerate(_versions(client, versions)), INTERPRETERS[:interpreters]):
            cell = _cell(client, version, number, python)
            cells.append(cell)
            if cell.status is CellStatus.RAN:
                records += [_answer(cell, case, stories[case][number]) for case in names]
    return Report(header=HEADER, cells=tuple(cells), cases=tuple(records))


def _versions(client: str, number: int) -> Iterator[str]:
    chance = random.Random(client)
    minor = chance.randrange(3, 20)
    for _ in range(number):
        yield f"2.{minor}.{chance.randrange(4)}"
        minor += chance.choice((1, 1, 2, 3))


def _story(client: str, case: str, versions: int) -> list[Verdict]:
    """The verdict in each version."""
    chance = random.Random(f"{client} {case}")
    hazard = case.partition("[")[2][:-1] in HAZARDS
    usual = [Verdict.REFCOUNT, Verdict.GC, Verdict.GC, Verdict.HELD, Verdict.LOOP] if hazard else [Verdict.CLEAN] * 30
    first = chance.choice([*usual, Verdict.HELD, Verdict.REFCOUNT])
    edge = chance.randrange(1, versions) if versions > 1 and chance.random() < 0.25 else versions
    then = chance.choice([*usual, Verdict.CLEAN, Verdict.GC])
    return [first if number < edge else then for number in range(versions)]


def _cell(client: str, version: str, number: int, python: str) -> CellRecord:
    too_old = number == 0 and python in {"3.13", "3.13t", "3.14", "3.14t", "3.15"}
    too_new = number >= 3 and python == "3.8"
    status, reason = CellStatus.RAN, None
    if too_old or too_new:
        status = CellStatus.UNINSTALLABLE
        reason = (
            f"no wheel of {client} {version} for Python {python}\n"
            f"the resolver says: because {client}=={version} has no wheels"
        )
    return CellRecord(
        cell=f"py{python}-{client}-{version}",
        python=f"{python.removeprefix('pypy').removesuffix('t')}.1",
        interpreter=python,
        client=client,
        version=version,
        column=version,
        resolved={client: version, "certifi": "2026.8.1", "idna": "3.15", "h11": "0.16.0", "anyio": "4.16.0"},
        status=status,
        reason=reason,
        sandbox=HEADER.sandbox,
        image="leakmatrix/python@sha256:" + "0123456789abcdef" * 4,
        seconds=12.5,
        ran="2026-08-14T09:20:00+00:00",
    )


def _answer(cell: CellRecord, case: str, verdict: Verdict) -> CaseRecord:
    chance = random.Random(f"{cell.cell} {case}")
    label = case.partition("[")[2][:-1]
    if chance.random() < 0.01:
        return _without_verdict(cell, case, label, chance)
    if verdict is Verdict.REFCOUNT and cell.interpreter.startswith("pypy"):
        verdict = Verdict.GC
    hazard = label in HAZARDS
    kind = random.Random(f"{cell.client} {case}").choice(("socket", "socket", *KINDS))
    clean = verdict is Verdict.CLEAN
    return CaseRecord(
        cell=cell.cell,
        case=case,
        contract=Contract.HAZARD if hazard else Contract.GUARANTEE,
        sentence=_sentence(case),
        promise="" if hazard else f"{cell.client} documents this use as clean.",
        fix=case.replace(label, "closed") if hazard else "",
        verdict=verdict,
        passed=None if hazard else clean,
        growth=None if clean else chance.choice(["constant 1", "bounded at 6", "+1 per call"]),
        rungs=_rungs(verdict),
        counts={"file": (5, 5), kind: (0, 0 if clean else 1), "thread": (1, 1)},
        kinds={} if clean else {kind: verdict},
        marks={"returned": 0.012, "late": 1.42, "refcount": 1.43, "gc": 1.46},
        connections=(Connection(opened=0.004, closed=_closed(verdict), how="fin" if _closed(verdict) else None),),
        peer_open=int(verdict is Verdict.HELD),
        left=() if clean else (_left(cell, case, kind, verdict, chance),),
        warnings=() if clean else (Warned(category="ResourceWarning", message="unclosed <socket fd=5>", moment="gc"),),
        series=() if clean else (_series(kind, chance),),
        bare=verdict,
        cost=0.01,
        seconds=0.012,
    )


def _sentence(case: str) -> str:
    subject, _, label = case[:-1].partition("[")
    return f"A {subject.replace('_', ' ')} whose end is: {label.replace('_', ' ')}."


def _without_verdict(cell: CellRecord, case: str, label: str, chance: random.Random) -> CaseRecord:
    status = chance.choice([CaseStatus.UNSUPPORTED, CaseStatus.UNSUPPORTED, CaseStatus.ERROR, CaseStatus.TIMEOUT])
    return CaseRecord(
        cell=cell.cell,
        case=case,
        contract=Contract.HAZARD if label in HAZARDS else Contract.GUARANTEE,
        sentence=_sentence(case),
        status=status,
        reason=f"{cell.client} has no such thing"
        if status is CaseStatus.UNSUPPORTED
        else "Traceback (most recent call last):\nOSError",
    )


def _rungs(verdict: Verdict) -> dict[str, int]:
    order = list(LADDER)
    return {rung: int(order.index(each) < order.index(verdict)) for each, rung in LADDER.items()}


def _closed(verdict: Verdict) -> float | None:
    ends = {Verdict.CLEAN: 0.011, Verdict.LATE: 0.8, Verdict.REFCOUNT: 1.425, Verdict.GC: 1.45, Verdict.LOOP: 1.47}
    return ends.get(verdict)


def _left(cell: CellRecord, case: str, kind: str, verdict: Verdict, chance: random.Random) -> Left:
    depth = chance.randrange(8, 16)
    stack = [Frame(file="cases/test_session.py", line=58, function="test_session")]
    stack += [
        Frame(file=f"{cell.client}/_part_{number}.py", line=chance.randrange(20, 2000), function=f"handle_{number}")
        for number in range(depth)
    ]
    chain = ["module cases.test_session", "SESSION", *(f"Part{number}._inner" for number in range(6)), kind]
    return Left(
        kind=kind,
        what=f"TCP 127.0.0.1:{chance.randrange(32768, 61000)} -> 127.1.0.21:8080",
        state="ESTABLISHED",
        verdict=verdict,
        created=tuple(stack),
        held_by=tuple(chain),
        fingerprint=f"{random.Random(cell.client + case).getrandbits(48):012x}",
        advice="Close what owns the connection: use `with`, or call its close() (aclose() in async code).",
    )


def _series(kind: str, chance: random.Random) -> Series:
    counts = chance.choice([[1] * 8, list(range(1, 33)), [1, 2, 3, 4, 5, 6] * 5])
    return Series(kind=kind, site="socket.py:233 in __init__", counts=tuple(counts), growth="as it comes")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    for name, default in (("interpreters", 12), ("clients", 16), ("versions", 6), ("cases", 100)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = vars(parser.parse_args())
    out = options.pop("out")
    made = synthetic(**options)
    report.write(made, out / report.NAME)
    print(f"{len(made.cells)} cells, {len(made.cases)} answers: {out / report.NAME}")


if __name__ == "__main__":
    main()
