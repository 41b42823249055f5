"""`leakmatrix bisect`."""

import shlex
from contextlib import closing
from pathlib import Path
from typing import Any

import click
from packaging.utils import canonicalize_name

from matrix import pipeline, report
from matrix.bisect import words
from matrix.bisect.asking import Typed, question, with_client
from matrix.bisect.cells import Cells, Ground
from matrix.bisect.hunt import hunt
from matrix.bisect.model import Answer
from matrix.cli.output import ERROR, ending
from matrix.errors import ExitCode
from matrix.model import Resolve, Verdict
from matrix.order import interpreter_key, python_language
from matrix.provision.interpreters import SUPPORTED
from matrix.releases import Index, UvIndex, history
from matrix.render.plain import counted
from matrix.sandbox.choose import SANDBOXES, Choice, choose

OUT = Path("leakmatrix-bisect")
VERDICTS = click.Choice([str(verdict) for verdict in Verdict])


@click.command(name="bisect")
@click.argument("case")
@click.option("--client", required=True, help="The client, by its package's name: httpx.")
@click.option("--python", default="", help="Default: the oldest that the newest release installs on.")
@click.option("--good", default="", help="A version that is good: 0.27.2, or '2.31.0 + urllib3==1.26.15'.")
@click.option("--bad", default="", help="A version that is bad.")
@click.option(
    "--bad-verdict",
    "bad_verdicts",
    multiple=True,
    type=VERDICTS,
    help="What is bad. Default: worse than the better end.",
)
@click.option("--kind", default="", help="Of one kind of resource alone: socket, 'pool slot'.")
@click.option("--since", default="", help="The oldest version to look at. Default: the oldest exact one configured.")
@click.option("--resolve", type=click.Choice([str(way) for way in Resolve]), default="newest", show_default=True)
@click.option("--run-limit", type=click.IntRange(1), help="At the most so many cells.")
@click.option("--config", type=click.Path(path_type=Path), help="A pyproject.toml; else the nearest one.")
@click.option("--sandbox", type=click.Choice(["auto", *SANDBOXES]), help="Where cells run; default: auto.")
@click.option("--cases", "own", type=click.Path(path_type=Path, exists=True), help="Your own cases: a file or folder.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=OUT, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(
    *,
    config: Path | None,
    sandbox: Choice | None,
    own: Path | None,
    run_limit: int | None,
    out: Path,
    as_json: bool,
    **typed: Any,
) -> int:
    """Find the release at which the answer of CASE changes, and whose release it is."""
    verdicts = frozenset(map(Verdict, typed.pop("bad_verdicts")))
    typed |= {"client": canonicalize_name(typed["client"]), "resolve": Resolve(typed["resolve"])}
    asked = Typed(**typed, verdicts=verdicts)
    settings, _ = pipeline.configuration(config, None)
    settings = with_client(pipeline.with_own_cases(settings) if own else settings, asked.client)
    chosen, why = choose(sandbox or settings.sandbox)
    ERROR.print(f"sandbox: {chosen.name} ({why})", markup=False, soft_wrap=True)
    with closing(chosen):
        there = dict(chosen.interpreters(settings.python or SUPPORTED))
        index = UvIndex()
        wanted = question(asked, settings, index, sorted(there, key=interpreter_key))
        ground = Ground(
            config=settings,
            sandbox=chosen,
            why=why,
            interpreters=there,
            case=asked.case,
            kind=asked.kind,
            own=own,
            limit=run_limit,
            tell=lambda tried: ERROR.print(words.line(tried), markup=False, soft_wrap=True),
        )
        cells = Cells(ground=ground)
        language = python_language(wanted.python)
        with report.alone_in(out):
            try:
                answer = hunt(wanted, cells, lambda name, spec: _releases(index, name, spec, language))
            finally:  # what was run is evidence, whatever ended the search
                if done := cells.whole():
                    report.write(done, out / report.NAME)
            return _finish(answer, cells, out, as_json=as_json)


def _releases(index: Index, name: str, spec: str, language: str) -> tuple[str, ...]:
    return tuple(release.version for release in history(name, index, python=language, spec=spec))


def _finish(answer: Answer, cells: Cells, out: Path, *, as_json: bool) -> int:
    click.echo(words.as_json(answer) if as_json else words.text(answer), nl=False)
    if cells.reports and not as_json:
        click.echo(f"evidence: leakmatrix show CELL {shlex.quote(answer.question.case)} --report {out}")
    if cells.interrupted:
        ERROR.print(ending(ExitCode.INTERRUPTED))
        return ExitCode.INTERRUPTED
    if answer.stopped and not as_json:
        click.echo(f"the limit is reached: {counted(len(answer.tried), 'cell')}; a higher --run-limit finds more")
    return ExitCode.OK if answer.complete else ExitCode.INCOMPLETE
