"""`leakmatrix merge`."""

from pathlib import Path

import click

from matrix import collect, merge, pipeline, plan_file, report
from matrix.cli.options import OUT
from matrix.cli.output import ERROR, ending, show_table
from matrix.errors import ExitCode, UsageError


@click.command(name="merge")
@click.argument("folders", metavar="SHARD...", nargs=-1, required=True, type=click.Path(path_type=Path))
@OUT
def command(folders: tuple[Path, ...], out: Path) -> int:
    """Join the reports of shards, or of runs that have no cell in common, to one report and one table."""
    if out.resolve() in {folder.resolve() for folder in folders}:
        raise UsageError(f"{out} is one of the folders to be merged", hint="name another one with --out")
    merged = merge.merge([merge.read(folder) for folder in folders])
    with report.alone_in(out):
        report.remove_cells(out)  # and the plan: what an earlier run has left there is not what this report is made of
        plan_file.write(None, out)
        files = pipeline.write(merged.report, out)
    show_table(merged.report, files["terminal"])
    click.echo(f"page:   {files['html'].resolve()}\nreport: {files['report'].resolve()}")
    for shards, what in ((merged.missing, "is missing"), (merged.cut_short, "was cut short: what it had kept is here")):
        for shard in shards:
            ERROR.print(f"shard {shard} {what}", markup=False, soft_wrap=True)
    code = collect.exit_code(merged.report)
    if code is ExitCode.OK and (merged.missing or merged.cut_short):
        code = ExitCode.INCOMPLETE
    click.echo(ending(code))
    return code
