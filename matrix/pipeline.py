"""The stages composed: config -> plan -> provision -> run -> collect -> render.

What the commands do, without a word printed: whoever is to be told is a parameter.
"""

import os
import random
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from matrix import builtin, edges, known, plan_file, report, reuse
from matrix.builder import Builder
from matrix.config import Config, apply_profile, find, load
from matrix.errors import EnvironmentLacks, UsageError
from matrix.executors import Executors, Opened, threads
from matrix.guest.select import nearest_first
from matrix.guest.wire import PROTOCOL
from matrix.keeper import Keeper
from matrix.kit import Kit, Watcher
from matrix.model import CaseRecord, Cell, CellRecord, Contract, Header, Report
from matrix.order import interpreter_key, interpreter_title, python_language
from matrix.plan import Releases, cases_for, interpreters, plan, requirements_for
from matrix.provision import code, folders, uv
from matrix.provision.interpreters import SUPPORTED
from matrix.releases import UvIndex, known_releases
from matrix.render import RENDERERS
from matrix.resolution import Resolver
from matrix.run import run
from matrix.sandbox import Sandbox
from matrix.selection import LATEST, Selection, chosen_cases, narrow, select
from matrix.shard import Part, costs, cut, plan_digest
from matrix.store import KIND, Store
from matrix.wanted import wanted_interpreters
from matrix.workers import Workers


@dataclass(frozen=True, kw_only=True, slots=True)
class Planned:
    """Which cells there are to run, and with what."""

    config: Config
    cells: tuple[Cell, ...]
    interpreters: dict[str, str]  # what can be had: name -> version or origin
    part: Part | None = None  # where the cells are a shard's only
    edges: Mapping[Cell, tuple[str, ...]] = field(default_factory=dict)  # the cases of each cell that shows edges

    def cases(self, cell: Cell) -> tuple[str, ...]:
        """The globs of the cases that a cell runs."""
        return self.edges.get(cell) or cases_for(self.config, cell.client)

    def requirements(self, cell: Cell) -> tuple[str, ...]:
        """What is installed for a cell."""
        return requirements_for(self.config, cell)


@dataclass(frozen=True, kw_only=True, slots=True)
class Verified:
    """What came of running reused cells again."""

    cells: tuple[CellRecord, ...]
    differing: tuple[CaseRecord, ...]  # flaky, each with its answers

    @property
    def without_result(self) -> tuple[CellRecord, ...]:
        """The cells that could not be checked: this time they have no whole answer."""
        return tuple(cell for cell in self.cells if cell.reused)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ran:
    """A report, and whether it was stopped before its end."""

    report: Report
    interrupted: bool = False
    verified: Verified | None = None
    not_kept: str = ""  # why results are not there for a later run


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
    wanted = wanted_interpreters(config, selection, SUPPORTED)
    there = dict(sandbox.interpreters(wanted))
    for name in set(selection.pythons).intersection(wanted).difference(there, interpreters(config, ())):
        raise EnvironmentLacks(
            f"{interpreter_title(name)} cannot be had here",
            hint="install it, or let uv download it; `leakmatrix doctor` says more",
        )
    if config.known_leaks:
        return _edges(config, selection, there)
    usual = {*SUPPORTED, *selection.pythons}
    ordinary = [name for name in sorted(there, key=interpreter_key) if name in usual]
    narrowed = narrow(config, selection, ordinary, config.clients)
    asked = interpreters(narrowed, ordinary)
    releases: Releases = {}
    if asked:
        releases = known_releases(narrowed, UvIndex(), tuple(dict.fromkeys(map(python_language, asked))))
    cells = select(plan(narrowed, releases, ordinary), selection, releases, config.clients)
    if not cells:
        raise EnvironmentLacks("there is no cell to run", hint="`leakmatrix doctor` shows which interpreters there are")
    return Planned(config=narrowed, cells=cells, interpreters=there)


def _edges(config: Config, selection: Selection, there: dict[str, str]) -> Planned:
    """The cells that show the edges of known leaks, each with its cases; which versions they are stands in the list."""
    if LATEST in selection.versions:
        raise UsageError("the edges of known leaks are of named versions", hint='name one: --version "0.2*"')
    entries = known.load(builtin.CASES)
    planned = edges.cells(entries)
    cells = select(planned, selection, {}, {cell.client for cell in planned})
    wanted = {cell: chosen_cases(edges.cases(entries, cell), selection.cases) for cell in cells}
    cells = tuple(cell for cell in cells if wanted[cell])
    if not cells:
        names = sorted({case for entry in entries for case in entry.cases})
        asked = " or ".join(selection.cases)
        hint = f"there is: {nearest_first(selection.cases, names)}"
        raise UsageError(f"no edge of these cells is shown by {asked}", hint=hint)
    return Planned(config=config, cells=cells, interpreters=there, edges=wanted)


def shards(plan: Planned, number: int, times: Path | None) -> tuple[Planned, ...]:
    """What each of so many shards has to run; all end together, by the times of an earlier report if there is one."""
    parts = cut(plan.cells, costs(plan.cells, report.read(times) if times else None), number)
    return tuple(replace(plan, cells=part.cells, part=part) for part in parts)


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """How a run goes, beside what it runs."""

    out: Path
    workers: int | None = None
    own: Path | None = None  # cases of somebody's own, instead of the built-in ones
    fresh: bool = False  # run what has a result of an earlier run, too
    verify: int = 0  # of the reused cells, how many to run again
    executor: Executors = threads.executor


def execute(plan: Planned, sandbox: Sandbox, why: str, *, options: Options, watcher: Watcher) -> Ran:
    """Run the cells and write every result under `options.out`. Ctrl-C ends it in order."""
    if not options.own:
        _need_adapters(plan.cells)
    folder = code.provide(own=options.own)
    header = _header(plan, sandbox.name, why, folder.digest)
    keeper = Keeper(header, options.out)
    plan_file.write(plan.part, options.out)
    store = Store(folders.cache() / KIND, header)
    stopping = threading.Event()
    interrupted = True
    verified = None
    with Workers(sandbox) as lent:
        kit = Kit(
            sandbox=sandbox,
            workers=lent,
            interpreters=plan.interpreters,
            code=folder,
            paths=(code.OWN,) if options.own else ("cases",),
            limits=plan.config.limits,
            cases=plan.cases,
            known=() if options.own else known.load(builtin.CASES),
            keep=keeper.keep,
            watcher=watcher,
            stopping=stopping,
            resolver=Resolver(
                Builder(sandbox, folder, plan.config.limits),
                _from_sdists(plan.config),
                requirements=plan.requirements,
                anew=options.fresh,
            ),
            store=store,
            fresh=options.fresh,
        )
        with options.executor(plan.cells, kit, options.workers) as opened:
            try:
                run(plan.cells, kit, *opened)
                if options.verify:
                    verified = _verify(plan.cells, kit, opened, keeper, options.verify)
                interrupted = False
            except KeyboardInterrupt:
                pass
            finally:
                if interrupted:  # by an error, too: nothing that runs is to be waited for
                    stopping.set()
                    uv.stop()
                    sandbox.stop()
    store.prune()
    whole = keeper.whole(plan.cells)
    if options.own:
        own = os.fsencode(options.own).decode(errors="replace")
        whole = replace(whole, cells=tuple(replace(cell, own=own) for cell in whole.cells))
    return Ran(report=whole, interrupted=interrupted, verified=verified, not_kept=store.trouble)


def _need_adapters(cells: Iterable[Cell]) -> None:
    """Without its adapter a client has none of the features that the built-in cases ask for."""
    clients = dict.fromkeys(cell.client for cell in cells)
    adapters = {client: code.adapter(client) for client in clients}
    missing = [f"{client} has no adapter: there is no {file}" for client, file in adapters.items() if not file.exists()]
    if missing:
        raise UsageError(
            "\n".join(missing),
            hint='write one (README, "How to add a case, or a client"), or run cases of your own, --cases PATH',
        )


def _header(plan: Planned, sandbox: str, why: str, code_digest: str) -> Header:
    whole, cost = (plan.part.plan, plan.part.costs) if plan.part else (plan.cells, costs(plan.cells, None))
    cases = {cell.id: plan.cases(cell) for cell in whole}
    return Header(
        protocol=PROTOCOL,
        version=version("leakmatrix"),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        sandbox=sandbox,
        sandbox_reason=why,
        plan=plan_digest(whole, cost, cases, code_digest),
        shard=str(plan.part.shard) if plan.part else "",
    )


def _from_sdists(config: Config) -> frozenset[str]:
    return frozenset(name for name, client in config.clients.items() if client.sdist)


def _verify(cells: tuple[Cell, ...], kit: Kit, opened: Opened, keeper: Keeper, number: int) -> Verified:
    """Run some of the reused cells again, whichever chance takes."""
    reused = [cell for cell in cells if (kept := keeper.of(cell.id)) and kept.cell.reused]
    sample = random.sample(reused, min(number, len(reused)))
    kit.watcher.more(len(sample))
    run(sample, replace(kit, fresh=True, keep=keeper.keep_verified), *opened)
    found = [kept for cell in sample if (kept := keeper.of(cell.id))]
    return Verified(
        cells=tuple(each.cell for each in found),
        differing=tuple(case for each in found for case in reuse.flickering(each)),
    )


def write(done: Report, out: Path) -> dict[str, Path]:
    """The report and everything that is rendered from it: format -> file."""
    files = {"report": out / report.NAME}
    report.write(done, files["report"])
    for name, (file, render) in RENDERERS.items():
        files[name] = out / file
        report.write_whole(files[name], render(done))
    return files


def find_case(done: Report, cell: str, case: str) -> tuple[int, int]:
    """Where a cell and one of its cases stand in a report; a wrong name says what there is.

    A case is called as its function, without `test_`; with it, it is found, too.
    """
    cells = [record.cell for record in done.cells]
    if cell not in cells:
        raise UsageError(f"no cell {cell} in this report", hint="there is: " + nearest_first((cell,), cells))
    place = cells.index(cell)
    there = {record.case: i for i, record in enumerate(done.cases) if record.cell == cell}
    for name in (case, case.removeprefix("test_")):
        if name in there:
            return place, there[name]
    listed = [name for name, i in there.items() if done.cases[i].contract is not Contract.CONTROL]
    found = nearest_first((case,), listed) or f"none: {done.cells[place].reason}"
    raise UsageError(f"no case {case} in {cell}", hint="there is: " + found)
