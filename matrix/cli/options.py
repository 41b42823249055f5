"""Options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from matrix.sandbox.choose import SANDBOXES
from matrix.shard import Shard, parse

DEFAULT_OUT = Path("leakmatrix-report")

Command = TypeVar("Command", bound=Callable[..., object])

OUT = click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=DEFAULT_OUT, show_default=True)
REPORT = click.option("--report", "folder", type=click.Path(path_type=Path), default=DEFAULT_OUT, show_default=True)


def _read_shard(_context: click.Context, _parameter: click.Parameter, text: str | None) -> Shard | None:
    return parse(text) if text else None


SHARD = click.option("--shard", callback=_read_shard, help="Only this part of the plan: 2/3 is the second of three.")
TIMES = click.option(
    "--times",
    type=click.Path(path_type=Path, exists=True),
    help="An earlier report, by which shards are cut to end together. Default: all cells cost the same.",
)
TIMES_ALONE = "--times only says how shards are cut"


def selecting(function: Command) -> Command:
    """The options that say which cells, and in which sandbox."""
    options = (
        click.option("--config", type=click.Path(path_type=Path), help="A pyproject.toml; else the nearest one."),
        click.option("--profile", help="A profile of the configuration, such as quick or full."),
        click.option("--cell", "cells", multiple=True, help="Cells, by id or glob: 'py3.12-httpx-*'."),
        click.option("--python", "pythons", multiple=True, help="Interpreters: 3.12."),
        click.option("--client", "clients", multiple=True, help="Clients: httpx."),
        click.option("--version", "versions", multiple=True, help="Client versions: 0.27.2, 'latest', '2.3*'."),
        click.option("--case", "cases", multiple=True, help="Cases, by id or glob: 'session*'."),
        click.option("--sandbox", type=click.Choice(["auto", *SANDBOXES]), help="Where cells run; default: auto."),
    )
    for option in reversed(options):
        function = option(function)
    return function
