"""What the list of known leaks would have to say for a report to agree with it: entries, from the cells alone.

For each guarantee and kind where they disagree: the package, and the range of its versions, by which the cells that
leave it differ from those that do not. The client's own version comes first, then a package in its lock, then the
interpreter. What no single package explains is said to need a look. Pure; a person decides what is written down.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from matrix.known import PYTHON, broken_kinds, gone_kinds
from matrix.model import CaseRecord, CellRecord, Contract, Report
from matrix.order import as_version, implementation, python_version

MOST_RUNS = 1  # of broken versions: an entry has one range


@dataclass(frozen=True, kw_only=True, slots=True)
class Sight:
    """One cell of a client: what it was made of, and whether it left the kind in question."""

    python: str
    implementation: str
    resolved: Mapping[str, str]
    broken: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """An entry for the list; without a package: no single one explains it."""

    client: str
    cases: tuple[str, ...]
    kinds: tuple[str, ...]
    package: str | None
    versions: str = ""
    implementation: str = ""
    references: str = ""  # what the list says of these answers now
    gone: bool = False  # listed, and nowhere left

    @property
    def toml(self) -> str:
        """As it would stand in the file, with what only a person can say left open."""
        cases, kinds = ", ".join(self.cases), ", ".join(self.kinds)
        if self.gone:
            return f"# {self.client} {cases} ({kinds}): left in no cell; take it from the list ({self.references})\n"
        if self.package is None:
            return f"# {self.client} {cases} ({kinds}): no single package explains it; look at the cells\n"
        lines = (
            "[[leak]]",
            f"cases = {_array(self.cases)}",
            f"client = {_quoted(self.client)}",
            f"package = {_quoted(self.package)}",
            f"versions = {_quoted(self.versions)}",
            *([f"implementation = {_quoted(self.implementation)}"] if self.implementation else []),
            f"kinds = {_array(self.kinds)}",
            f"reference = {_quoted(self.references)}",
            'reason = ""',
        )
        return "\n".join(lines) + "\n"


def propose(report: Report) -> tuple[Proposal, ...]:
    """Entries for all that disagrees, those that differ in nothing but the case or the kind joined."""
    joined: dict[Proposal, list[Proposal]] = {}
    for each in _single(report):
        joined.setdefault(replace(each, cases=(), references=""), []).append(each)
    return tuple(
        replace(
            alike,
            cases=tuple(dict.fromkeys(case for each in same for case in each.cases)),
            references=", ".join(dict.fromkeys(each.references for each in same if each.references)),
        )
        for alike, same in joined.items()
    )


def _single(report: Report) -> Iterator[Proposal]:
    cells = {cell.cell: cell for cell in report.cells}
    rows: dict[tuple[str, str], list[tuple[CellRecord, CaseRecord]]] = {}
    for case in report.cases:
        if case.contract is Contract.GUARANTEE and case.passed is not None and case.cell in cells:
            cell = cells[case.cell]
            rows.setdefault((cell.client, case.case), []).append((cell, case))
    for (client, name), answers in rows.items():
        if not any(case.mismatch for _, case in answers):
            continue
        references = ", ".join(dict.fromkeys(case.known for _, case in answers if case.known))
        left = {kind for _, case in answers for kind in broken_kinds(case)}
        for kind in sorted({kind for _, case in answers for kind in gone_kinds(case)} - left):
            yield Proposal(client=client, cases=(name,), kinds=(kind,), package=None, references=references, gone=True)
        for kind in sorted(left):
            sights = [_sight(cell, kind in broken_kinds(case)) for cell, case in answers]
            package, versions, only_on = explanation(client, sights)
            yield Proposal(
                client=client,
                cases=(name,),
                kinds=(kind,),
                package=package,
                versions=versions,
                implementation=only_on,
                references=references,
            )


def _sight(cell: CellRecord, broken: bool) -> Sight:  # noqa: FBT001  the one thing that differs
    return Sight(
        python=cell.python, implementation=implementation(cell.interpreter), resolved=cell.resolved, broken=broken
    )


def explanation(client: str, sights: Iterable[Sight]) -> tuple[str | None, str, str]:
    """The package whose version decides, in which range, and on which implementation; (None, "", "") where none does.

    What one implementation of Python alone leaves is not compared with the others.
    """
    seen = list(sights)
    broken = {sight.implementation for sight in seen if sight.broken}
    if len(broken) == 1 < len({sight.implementation for sight in seen}):
        (only_on,) = broken
        package, versions = _explained(client, [sight for sight in seen if sight.implementation == only_on])
        return package, versions, only_on if package else ""
    return *_explained(client, seen), ""


def _explained(client: str, seen: list[Sight]) -> tuple[str | None, str]:
    names = set.intersection(*(set(sight.resolved) for sight in seen)) - {canonicalize_name(client)}
    for package in (canonicalize_name(client), *sorted(names), PYTHON):
        versions: dict[str, bool] = {}
        for sight in seen:
            version = str(python_version(sight.python)) if package == PYTHON else sight.resolved.get(package)
            if version is None or versions.setdefault(version, sight.broken) is not sight.broken:
                break
        else:
            if (found := _range(versions)) is not None:
                return package, found
    return None, ""


def _range(broken: Mapping[str, bool]) -> str | None:
    """The one range of broken versions; None where there are several."""
    ordered = sorted(broken, key=as_version)
    runs: list[tuple[int, int]] = []
    for number, version in enumerate(ordered):
        if not broken[version]:
            continue
        if runs and runs[-1][1] == number - 1:
            runs[-1] = runs[-1][0], number
        else:
            runs.append((number, number))
    if len(runs) != MOST_RUNS:
        return None
    first, last = runs[0]
    lower = [f">={ordered[first]}"] if first > 0 else []
    upper = [_below(ordered[last], ordered[last + 1])] if last + 1 < len(ordered) else []
    return ",".join(lower + upper)


def _below(last: str, better: str) -> str:
    """Up to a version, which takes in what came before it; but its own pre-releases are not below it, by PEP 440."""
    before = f"<{better}"
    return before if SpecifierSet(before).contains(last, prereleases=True) else f"<={last}"


def _array(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(_quoted, texts))}]"


def _quoted(text: str) -> str:
    """A string of JSON is one of TOML."""
    return json.dumps(text, ensure_ascii=False)
