"""One answer in full, as plain text: what `leakmatrix show` prints. Foreign text is made safe."""

from collections.abc import Iterator

from matrix.model import CaseRecord, CellRecord, Frame, Left, Verdict
from matrix.render.evidence import reproduce
from matrix.render.plain import many_lines, one_line
from matrix.render.signs import contract_meaning, of_case, verdict_meaning


def evidence_text(cell: CellRecord, case: CaseRecord) -> str:
    """Verdict, rungs, what was left with its evidence, and the command that reproduces it."""
    return "\n".join(_lines(cell, case)) + "\n"


def _lines(cell: CellRecord, case: CaseRecord) -> Iterator[str]:
    face = of_case(case)
    yield f"{one_line(case.case)} in {one_line(cell.cell)}: {face.sign} {face.word}"
    if case.sentence:
        yield f"  {one_line(case.sentence)}"
    yield f"  {case.contract}: {contract_meaning(case.contract)}"
    if case.promise:
        yield f"  promised: {one_line(case.promise)}"
    if case.verdict is not None:
        yield f"  {case.verdict}: {verdict_meaning(case.verdict)}"
    if case.known:
        yield f"  listed as a known leak: {one_line(case.known)}"
    yield f"  Python {one_line(cell.python)}, sandbox {one_line(cell.sandbox)}, image {one_line(cell.image or 'none')}"
    yield "  packages: " + ", ".join(f"{one_line(name)} {one_line(found)}" for name, found in cell.resolved.items())
    if case.reason:
        yield ""
        yield from (f"  {line}" for line in many_lines(case.reason).splitlines())
    yield from _counts(case)
    yield from _growth(case)
    yield from (f"  sensors differ: {one_line(sentence)}" for sentence in case.sensors)
    for left in case.left:
        yield ""
        yield from _left(left)
    if case.warnings:
        yield ""
        yield "  said meanwhile (evidence, no verdict):"
        yield from (f"    {one_line(w.category)}, {one_line(w.moment)}: {one_line(w.message)}" for w in case.warnings)
    yield ""
    if case.fix and case.left:
        yield f"  the same, put right: {one_line(case.fix)}"
    yield f"  to reproduce: {reproduce(cell, case.case)}"
    yield "  and to see what came of it: this command again, with --report reproduced"


def _counts(case: CaseRecord) -> Iterator[str]:
    if case.rungs:
        yield ""
        yield "  still there after each rung: " + ", ".join(f"{one_line(r)} {n}" for r, n in case.rungs.items())
    changed = {kind: count for kind, count in case.counts.items() if count[0] != count[1]}
    for kind, (before, after) in changed.items():
        yield f"  {one_line(kind)}s: {before} before, {after} after"
    if len(case.kinds) > 1:
        yield "  each kind: " + ", ".join(f"{one_line(kind)} {verdict}" for kind, verdict in case.kinds.items())
    if case.peer_open is not None:
        yield f"  connections that the peer has open in the end: {case.peer_open}"


def _growth(case: CaseRecord) -> Iterator[str]:
    if case.growth:
        yield f"  repeated in one process: {one_line(case.growth)}"
    for series in case.series:
        place = f" at {one_line(series.site)}" if series.site else ""
        counts = " ".join(map(str, series.counts))
        yield f"    {one_line(series.kind)}{place}: {one_line(series.growth)} ({counts})"


def _left(left: Left) -> Iterator[str]:
    state = f", {one_line(left.state)}" if left.state else ""
    yield f"  {one_line(left.kind)}: {one_line(left.what)}{state}; {_gone(left)}"
    if left.created:
        yield "    created at (innermost last):"
        yield from map(_frame, left.created)
    else:
        yield "    where it was created was not seen"
    if left.wrapped:
        yield "    wrapped at:"
        yield from map(_frame, left.wrapped)
    if left.held_by:
        until = "held by" if left.verdict is Verdict.HELD else "until then held by"
        yield f"    {until}: " + " > ".join(map(one_line, left.held_by))
    if left.fingerprint:
        yield f"    fingerprint: {one_line(left.fingerprint)}"
    if left.advice:
        yield f"    {one_line(left.advice)}"


def _frame(frame: Frame) -> str:
    return f"      {one_line(frame.file)}:{frame.line} in {one_line(frame.function)}"


def _gone(left: Left) -> str:
    return "never gone" if left.verdict is Verdict.HELD else f"gone at: {left.verdict}"
