"""`leakmatrix doctor`."""

import click

from matrix.doctor import examine
from matrix.errors import ExitCode


@click.command(name="doctor")
def command() -> int:
    """Say what this machine has, what is missing, and what to do about it."""
    findings = examine()
    for finding in findings:
        click.echo(f"{'ok     ' if finding.ok else 'MISSING'} {finding.what}: {finding.said}")
        if finding.hint:
            click.echo(f"        {finding.hint}")
    return ExitCode.OK if all(finding.ok or finding.optional for finding in findings) else ExitCode.ENVIRONMENT
