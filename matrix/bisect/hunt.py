"""The whole search: over the client's versions first, then over the packages below it.

Who runs cells, and who knows which releases there are, are parameters.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import ceil, log2

from matrix.bisect.blame import blame
from matrix.bisect.ends import Ends, NotSo
from matrix.bisect.model import Answer, Question, Step, Tester, Tried
from matrix.bisect.packages import Court, History, below
from matrix.bisect.rows import Row
from matrix.bisect.search import Found, scout, search
from matrix.bisect.trail import Bad, Enough, Trail, differs, inwards, worse_than
from matrix.bisect.words import short
from matrix.errors import UsageError
from matrix.model import Cell, Resolve, Verdict
from matrix.render.plain import in_words


def hunt(question: Question, tester: Tester, history: History) -> Answer:
    """Where the answer changes, and whom to blame. Raises UsageError where what is given is not so."""
    asked = Asked(tester)
    if question.good and question.bad and question.good.version == question.bad.version:
        answer = _of_one_version(question, asked, history)
    else:
        answer = _of_versions(question, asked, history)
    stopped = answer.stopped or (bool(answer.steps) and not answer.complete)
    return replace(answer, tried=tuple(asked.tried.values()), stopped=stopped)


class Asked:
    """A tester that asks each cell once and remembers in which order."""

    def __init__(self, tester: Tester) -> None:
        self._tester = tester
        self.tried: dict[str, Tried] = {}

    def ask(self, cell: Cell) -> Tried:
        """What comes of a cell, or came of it."""
        if cell.id not in self.tried:
            self.tried[cell.id] = self._tester.ask(cell)
        return self.tried[cell.id]


def _of_versions(question: Question, asked: Asked, history: History) -> Answer:
    row = Row(
        subject=question.cells[0].client,
        versions=tuple(cell.version for cell in question.cells),
        cells=question.cells,
        tester=asked,
    )
    trail = row.trail()
    try:
        found = search(len(row.cells), trail, ends=_ends(question), bad=question.verdicts)
    except NotSo as error:
        named = "--bad" if row.cells[error.index] == question.bad else "--good"
        raise _not_so(named, asked.ask(row.cells[error.index]), error.bad) from None
    answer = Answer(question=question, bad=found.bad, stopped=found.stopped, notes=tuple(_beyond(row, trail)))
    if not found.edges and not found.stopped and not (question.good and question.bad):
        return _of_equal_ends(answer, row, trail, asked, history)
    return _blamed(answer, row, found, Court(tester=asked, history=history, bad=found.bad))


def _blamed(answer: Answer, row: Row, found: Found, court: Court) -> Answer:
    """With a step for each edge, and whom to blame as far as there are questions left."""
    steps: list[Step] = []
    stopped = found.stopped
    for step in map(row.step, found.edges):
        try:
            steps.append(blame(step, court))
        except Enough:
            stopped = True
            steps.append(replace(step, blame="not found out: the search was stopped before"))
    elsewhere = tuple((row.versions[edge.low], row.versions[edge.high]) for edge in found.others)
    return replace(answer, bad=found.bad, steps=tuple(steps), elsewhere=elsewhere, stopped=stopped)


def _of_equal_ends(answer: Answer, row: Row, trail: Trail, asked: Asked, history: History) -> Answer:
    """No edge between the ends: first other packages for the oldest version, then a look at those in between."""
    answered = trail.answered()
    if not answered:
        return replace(answer, notes=(*answer.notes, "no version gives a result"))
    oldest, newest = answered[0], answered[-1]
    (first, before), (last, after) = ((row.versions[place], trail.answers[place]) for place in (oldest, newest))
    same = f"{after} at both ends, {first} and {last}"
    alike = same if before is after else f"both ends count alike: {before} in {first}, {after} in {last}"
    answer = replace(answer, notes=(*answer.notes, alike))
    try:
        below_it = _with_other_packages(answer, row.cells[oldest : newest + 1], asked, history)
        if below_it:
            return below_it
        scouted = scout(trail, oldest, newest, bad=answer.bad, most=ceil(log2(len(row.cells) + 1)))
    except Enough:
        return replace(answer, stopped=True)
    return _blamed(answer, row, scouted, Court(tester=asked, history=history, bad=scouted.bad))


def _with_other_packages(answer: Answer, cells: Sequence[Cell], asked: Asked, history: History) -> Answer | None:
    """The oldest version that also runs with its packages resolved the other way: of its own day, or of today."""
    way = Resolve.NEWEST if cells[0].resolve is Resolve.ERA else Resolve.ERA
    others = [replace(cell, resolve=way) for cell in cells]
    places = (index for index in inwards(0, len(cells)) if asked.ask(others[index]).verdict)
    place = next((index for index in places if asked.ask(cells[index]).verdict), None)
    if place is None:
        return None
    one, other = asked.ask(cells[place]), asked.ask(others[place])
    if one.verdict is None or other.verdict is None or not differs(one.verdict, other.verdict, answer.bad):
        return None
    return _of_packages(answer, one, other, asked, history)


def _of_one_version(question: Question, asked: Asked, history: History) -> Answer:
    """Both ends are given, of one version of the client: its packages are all that is left."""
    assert question.good is not None
    assert question.bad is not None
    answer = Answer(question=question, bad=question.verdicts)
    try:
        good, bad = asked.ask(question.good), asked.ask(question.bad)
        if good.verdict is None or good.verdict in question.verdicts:
            raise _not_so("--good", good, question.verdicts)
        counts = question.verdicts or worse_than(good.verdict)
        if bad.verdict not in counts:
            raise _not_so("--bad", bad, counts)
        return _of_packages(answer, good, bad, asked, history)
    except Enough:
        return replace(answer, stopped=True)


def _of_packages(answer: Answer, one: Tried, other: Tried, asked: Asked, history: History) -> Answer:
    assert one.verdict is not None
    assert other.verdict is not None
    bad = answer.bad or worse_than(one.verdict, other.verdict)
    steps, words = below(one, other, Court(tester=asked, history=history, bad=bad))
    notes = answer.notes if steps else (*answer.notes, words)
    return replace(answer, bad=bad, steps=tuple(replace(step, blame=words) for step in steps), notes=notes)


def _ends(question: Question) -> Ends:
    places = {cell: index for index, cell in enumerate(question.cells)}
    good, bad = (places[cell] if cell else None for cell in (question.good, question.bad))
    return Ends(good=good, bad=bad)


def _beyond(row: Row, trail: Trail) -> Iterable[str]:
    """That nothing older, or newer, gave a result, where some were tried."""
    answered = trail.answered()
    if not answered:
        return
    for word, tried, last in (
        ("older", [index for index in sorted(trail.answers) if index < answered[0]], answered[0]),
        ("newer", [index for index in sorted(trail.answers) if index > answered[-1]], answered[-1]),
    ):
        if tried:
            names = in_words([row.versions[index] for index in tried])
            yield f"{word} than {row.versions[last]}, none that was tried gives a result ({names})"


def _not_so(option: str, tried: Tried, bad: Bad) -> UsageError:
    if tried.verdict is None:
        return UsageError(
            f"{option} {tried.cell.column} gives no result: {tried.status} {short(tried.reason)}".rstrip()
        )
    counts = ", ".join(verdict for verdict in Verdict if verdict in bad) or "what is worse than the good one"
    return UsageError(
        f"{option} {tried.cell.column} is {tried.verdict}",
        hint=f"bad is: {counts}. Say what is bad with --bad-verdict, or exchange --good and --bad",
    )
