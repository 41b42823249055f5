"""What a search found, in sentences, and how sure it is. Foreign text is made safe; JSON is for programs."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from math import ceil, log2

from matrix.bisect.model import Answer, Step, Tried
from matrix.bisect.trail import LADDER, Bad
from matrix.order import interpreter_title
from matrix.render import signs
from matrix.render.plain import counted, in_short, in_words, one_line

REASON_LENGTH = 160


def text(answer: Answer) -> str:
    """For a terminal, or to be pasted."""
    return "\n".join(_lines(answer)) + "\n"


def as_json(answer: Answer) -> str:
    """For programs: everything that was tried, with its packages."""
    data = asdict(answer)
    data["bad"] = [verdict for verdict in LADDER if verdict in answer.bad]
    data["question"]["verdicts"] = [verdict for verdict in LADDER if verdict in answer.question.verdicts]
    data["complete"] = answer.complete
    return json.dumps(data, indent=1, default=str) + "\n"


def line(tried: Tried) -> str:
    """One cell and what came of it."""
    return f"{one_line(tried.cell.id)}  {_result(tried)}"


def _lines(answer: Answer) -> Iterator[str]:
    bad = ", ".join(verdict for verdict in LADDER if verdict in answer.bad)
    yield _title(answer) + (f"; bad is: {bad}" if bad else "")
    for step in answer.steps:
        yield ""
        yield from _step(step, answer.bad, "")
    if not answer.steps:
        yield ""
        yield "No version was found at which the answer changes" + (
            ": the search was stopped before." if answer.stopped else "."
        )
    for low, high in answer.elsewhere:
        yield f"It changes again between {one_line(low)} and {one_line(high)}, which was not looked into."
    yield from (f"{one_line(note)}." for note in answer.notes)
    if answer.question.kind and not answer.steps:
        kinds = sorted({kind for tried in answer.tried for kind in tried.kinds})
        yield f"Kinds that were left in any of them: {one_line(', '.join(kinds)) or 'none'}."
    yield ""
    yield f"tried, in this order, each once ({counted(len(answer.tried), 'cell')}):"
    yield from (f"  {line(tried)}" for tried in answer.tried)


def _title(answer: Answer) -> str:
    cell = next((tried.cell for tried in answer.tried), None)
    where = f" with {cell.client} on {interpreter_title(cell.python)}" if cell else ""
    kind = f", {answer.question.kind}s alone" if answer.question.kind else ""
    return one_line(f"{answer.question.case}{where}{kind}")


def _step(step: Step, bad: Bad, indent: str) -> Iterator[str]:
    words = ("bad", "good") if step.after.verdict in bad else ("good", "bad")
    first, last = ("", "") if step.untried else ("first ", "last ")  # nobody knows, where some are untried
    new, old = f"{first}{words[0]} version {step.new}", f"{last}{words[1]} version {step.old}"
    held = f" ({one_line(step.held)} held)" if step.held else ""
    yield f"{indent}{one_line(f'{step.subject}: {new}')}, {_result(step.after)}{held}"
    yield f"{indent}  {one_line(old)}, {_result(step.before)}"
    yield f"{indent}  how sure: {_sure(step)}"
    if step.blame:
        yield f"{indent}  whom to blame: {one_line(step.blame, limit=400)}"
    for below in step.deeper:
        yield from _step(below, bad, indent + "    ")


def _sure(step: Step) -> str:
    steps = ceil(log2(step.candidates)) if step.candidates else 0
    row = f"{counted(step.candidates, 'version')}, log2 of which is {steps}"
    if step.untried:
        untried = f"{counted(len(step.untried), 'version')} between them untried ({one_line(in_words(step.untried))})"
        return f"the search was stopped, {untried}; {row}"
    if step.gaps:
        gaps = "; ".join(line(gap) for gap in step.gaps)
        return f"only what gives no result lies between them ({gaps}); {row}"
    return f"no release that an install would take lies between them; {row}"


def _result(tried: Tried) -> str:
    if tried.verdict is None:
        return ": ".join(filter(None, (tried.status, short(tried.reason))))
    return f"{signs.verdict_sign(tried.verdict)} {tried.verdict}"


def short(reason: str) -> str:
    """Its first line that says something, in a length that fits beside a version."""
    return in_short(reason, REASON_LENGTH)
