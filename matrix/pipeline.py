"""The stages composed: config -> plan -> provision -> run -> collect -> render.

What the commands do, without a word printed: whoever is to be told is a parameter.
"""

import os
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

from matrix import builtin, collect, known, report
from matrix.collect import Outcome
from matrix.config import Config, apply_profile, find, load
from matrix.errors import EnvironmentLacks, UsageError
from matrix.guest.wire import PROTOCOL
from matrix.model import Cell, CellStatus, Header, Report
from matrix.order import interpreter_key, python_language
from matrix.plan import Releases, cases_for, interpreters, plan, requirements_for
from matrix.provision import code
from matrix.provision.interpreters import SUPPORTED
from matrix.releases import UvIndex, known_releases
from matrix.render import RENDERERS
from matrix.run import Kit, Watcher, Workers, run
from matrix.sandbox import Sandbox
from matrix.selection import Selection, narrow, select

CELLS = "cells"


@dataclass(frozen=True, kw_only=True, slots=True)
class Planned:
    """Which cells there are to run, and with what."""

    config: Config
    cells: tuple[Cell, ...]
    interpreters: dict[str, str]  # what can be had: name -> version or origin


@dataclass(frozen=True, kw_only=True, slots=True)
class Ran:
    """A report, and whether it was stopped before its end."""

    report: Report
    interrupted: bool = False


def configuration(path: Path | None, profile: str | None) -> tuple[Config, Path]:
    """The configuration and the file that it is from: named, nearest, or the built-in one."""
    found = path or find(Path.cwd()) or builtin.CONFIG
    config = load(found)
    return (apply_profile(config, profile) if profile else config), found


def with_own_cases(config: Config) -> Config:
    """The same grid for cases of somebody's own: the configured names are those of the built-in ones."""
    clients = {name: replace(client, cases=None) for name, client in config.clients.items()}
    return replace(config, cases=("*",), clients=clients)


def planned(config: Config, selection: Selection, sandbox: Sandbox) -> Planned:
    """The cells that are selected."""
    wanted = config.python or SUPPORTED
    there = dict(sandbox.interpreters(tuple(dict.fromkeys((*wanted, *selection.pythons)))))
    for name in selection.pythons:
        if name in SUPPORTED and name not in there:
            raise EnvironmentLacks(
                f"Python {name} cannot be had here",
                hint="install it, or let uv download it; `leakmatrix doctor` says more",
            )
    ordinary = [name for name in sorted(there, key=interpreter_key) if name in SUPPORTED]
    narrowed = narrow(config, selection, ordinary, config.clients)
    asked = interpreters(narrowed, ordinary)
    releases: Releases = {}
    if asked:
        language = max(asked, key=lambda name: interpreter_key(python_language(name)))
        releases = known_releases(narrowed, UvIndex(), python=python_language(language))
    cells = select(plan(narrowed, releases, ordinary), selection, releases, config.clients)
    if not cells:
        raise EnvironmentLacks("there is no cell to run", hint="`leakmatrix doctor` shows which interpreters there are")
    return Planned(config=narrowed, cells=cells, interpreters=there)


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """How a run goes, beside what it runs."""

    out: Path
    workers: int | None = None
    own: Path | None = None  # cases of somebody's own, instead of the built-in ones


def execute(plan: Planned, sandbox: Sandbox, why: str, *, options: Options, watcher: Watcher) -> Ran:
    """Run the cells and write every result under `options.out`. Ctrl-C ends it in order."""
    folder = code.provide(own=options.own)
    header = Header(
        protocol=PROTOCOL,
        version=version("leakmatrix"),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        sandbox=sandbox.name,
        sandbox_reason=why,
    )
    keeper = Keeper(header, options.out)
    stopping = threading.Event()
    interrupted = True
    number = options.workers or 2 * (os.cpu_count() or 1)
    with Workers(sandbox) as lent, ThreadPoolExecutor(min(number, len(plan.cells))) as executor:
        kit = Kit(
            sandbox=sandbox,
            workers=lent,
            interpreters=plan.interpreters,
            code=folder,
            paths=(code.OWN,) if options.own else ("cases",),
            limits=plan.config.limits,
            cases=lambda cell: cases_for(plan.config, cell.client),
            requirements=lambda cell: requirements_for(plan.config, cell),
            known=() if options.own else known.load(builtin.CASES),
            keep=keeper.keep,
            watcher=watcher,
            stopping=stopping,
        )
        try:
            run(plan.cells, kit, executor)
            interrupted = False
        except KeyboardInterrupt:
            pass
        finally:
            if interrupted:  # by an error, too: nothing that runs is to be waited for
                stopping.set()
                sandbox.stop()
    return Ran(report=keeper.whole(plan.cells), interrupted=interrupted)


def write(done: Report, out: Path) -> dict[str, Path]:
    """The report and everything that is rendered from it: format -> file."""
    files = {"report": out / report.NAME}
    report.write(done, files["report"])
    for name, (file, render) in RENDERERS.items():
        files[name] = out / file
        report.write_whole(files[name], render(done))
    return files


class Keeper:
    """Each cell's result on disk before the next begins."""

    def __init__(self, header: Header, out: Path) -> None:
        self._header = header
        self._folder = out / CELLS
        self._kept: list[Outcome] = []
        shutil.rmtree(self._folder, ignore_errors=True)
        report.make_folder(self._folder)  # before the first cell has cost time

    def keep(self, outcome: Outcome) -> None:
        """Write one cell's result, whole or not at all."""
        single = Report(header=self._header, cells=(outcome.cell,), cases=outcome.cases)
        report.write(single, self._folder / f"{quote(outcome.cell.cell, safe='+@')}.jsonl")
        self._kept.append(outcome)

    def whole(self, cells: tuple[Cell, ...]) -> Report:
        """All cells in the order of the plan; those that were not reached say so."""
        reached = {outcome.cell.cell for outcome in self._kept}
        missing = [
            collect.without_result(cell, CellStatus.NOT_RUN, "interrupted", sandbox=self._header.sandbox)
            for cell in cells
            if cell.id not in reached
        ]
        ordered = collect.in_order(cells, [*self._kept, *missing])
        return Report(
            header=self._header,
            cells=tuple(outcome.cell for outcome in ordered),
            cases=tuple(case for outcome in ordered for case in outcome.cases),
        )


def find_case(done: Report, cell: str, case: str) -> tuple[int, int]:
    """Where a cell and one of its cases stand in a report; a wrong name says what there is."""
    cells = [record.cell for record in done.cells]
    if cell not in cells:
        raise UsageError(f"no cell {cell} in this report", hint="there is: " + ", ".join(cells[:12]))
    cases = [record.case for record in done.cases if record.cell == cell]
    if case not in cases:
        there = ", ".join(cases) or f"none: {done.cells[cells.index(cell)].reason}"
        raise UsageError(f"no case {case} in {cell}", hint="there is: " + there)
    index = next(i for i, record in enumerate(done.cases) if (record.cell, record.case) == (cell, case))
    return cells.index(cell), index
