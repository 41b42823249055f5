"""`leakmatrix plan`."""

import json
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import click

from matrix import pipeline, plan_file
from matrix.cli.options import SHARD, TIMES, TIMES_ALONE, selecting
from matrix.cli.output import heading, progress
from matrix.errors import UsageError
from matrix.pipeline import Planned
from matrix.render.plain import counted
from matrix.sandbox.choose import Choice, choose
from matrix.selection import Selection
from matrix.shard import Part, Shard


@click.command(name="plan")
@selecting
@SHARD
@TIMES
@click.option("--shards", type=click.IntRange(1, 9999), help="Instead of the cells, so many shards of them.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON: an array of cells, or of shards.")
def command(
    *,
    config: Path | None,
    profile: str | None,
    sandbox: Choice | None,
    shard: Shard | None,
    shards: int | None,
    times: Path | None,
    as_json: bool,
    **selectors: tuple[str, ...],
) -> None:
    """Show the cells that a run would have, or the shards that it can be cut into."""
    if shard and shards:
        raise UsageError("--shard shows one shard's cells, --shards all shards", hint="leave one of them out")
    if times and not (shard or shards):
        raise UsageError(TIMES_ALONE, hint="add --shards 3, say")
    settings, path = pipeline.configuration(config, profile)
    chosen, why = choose(sandbox or settings.sandbox, progress)
    with closing(chosen):
        planned = pipeline.planned(settings, Selection(**selectors), chosen)
        parts = pipeline.shards(planned, shards or (shard.of if shard else 1), times)
    if not as_json:
        click.echo(heading(chosen.name, why, path, profile))
    if shards:
        _show_shards(parts, timed=times is not None, as_json=as_json)
    else:
        _show_cells(parts[shard.index - 1 if shard else 0], as_json=as_json)


def _show_cells(planned: Planned, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([plan_file.as_data(cell) | {"cell": cell.id} for cell in planned.cells]))
        return
    for cell in planned.cells:
        click.echo(cell.id if cell.python in planned.interpreters else f"{cell.id}  (no such interpreter here)")
    click.echo(counted(len(planned.cells), "cell"))


def _show_shards(shards: Iterable[Planned], *, timed: bool, as_json: bool) -> None:
    parts = [part for each in shards if (part := each.part)]
    if as_json:
        click.echo(json.dumps([_described(part, timed=timed) for part in parts]))
        return
    for part in parts:
        click.echo(f"{part.shard}: {counted(len(part.cells), 'cell')}" + (f", {part.seconds:.0f} s" if timed else ""))


def _described(part: Part, *, timed: bool) -> dict[str, object]:
    seconds = round(part.seconds, 1) if timed else None
    return {"shard": str(part.shard), **asdict(part.shard), "cells": len(part.cells), "seconds": seconds}
