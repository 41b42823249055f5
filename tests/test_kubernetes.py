"""`docs/kubernetes/`: manifests that Kubernetes' own schema takes, and whose commands are ours.

The schema is the one of the Kubernetes release, strict, from the package kubernetes-validate.
"""

import os
import subprocess
from pathlib import Path
from typing import Any

import click
import kubernetes_validate
import pytest
import yaml

from matrix import builtin
from matrix.cli import command

FOLDER = builtin.ROOT / "docs" / "kubernetes"
MANIFESTS = sorted(FOLDER.glob("*.yaml"))
# The oldest whose Indexed Jobs and sidecars are as used here, and the newest that the schemas know.
RELEASES = ("1.29", kubernetes_validate.latest_version())


def documents(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(path.read_text()))


JOBS = {job["metadata"]["name"]: job for path in MANIFESTS for job in documents(path) if job["kind"] == "Job"}
SHARDS, MERGE = JOBS["leakmatrix-shards"]["spec"], JOBS["leakmatrix-merge"]["spec"]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
def test_valid(path: Path, release: str) -> None:
    """Every object is what that release of Kubernetes expects, without an unknown field."""
    for document in documents(path):
        kubernetes_validate.validate(document, release, strict=True)


def test_schema_refuses() -> None:
    """The check is one: a misspelt field is refused."""
    (job,) = documents(FOLDER / "merge.yaml")
    job["spec"]["backofLimit"] = 0
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(job, RELEASES[-1], strict=True)


@pytest.fixture
def run_container(tmp_path: Path) -> Any:
    """Runs a container's command with programs in the place of pip and leakmatrix: what was called, the exit code."""
    for name in ("pip", "leakmatrix"):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\necho {name} "$@" >> {tmp_path}/called\n[ {name} = pip ] || exit ${{CODE:-0}}\n')
        program.chmod(0o755)

    def run(spec: dict[str, Any], **variables: str) -> tuple[list[str], int]:
        (container,) = spec["template"]["spec"]["containers"]
        own = {each["name"]: each["value"] for each in container.get("env", ())}
        (tmp_path / "called").unlink(missing_ok=True)
        done = subprocess.run(
            (*container["command"], *container["args"]),
            env={"PATH": f"{tmp_path}:{os.environ['PATH']}", **own, **variables},
            check=False,
        )
        return (tmp_path / "called").read_text().splitlines(), done.returncode

    return run


def test_each_pod_is_a_shard(run_container: Any) -> None:
    """The pods are the shards of one plan, each with a folder of its own: the first index is 0, the first shard 1."""
    calls = [run_container(SHARDS, JOB_COMPLETION_INDEX=str(index))[0] for index in range(SHARDS["completions"])]
    assert [call[-1].split("--shard ")[1] for call in calls] == [
        f"{number}/4 --out /work/shard-{number}" for number in (1, 2, 3, 4)
    ]


@pytest.mark.parametrize(("code", "ended"), [(0, 0), (1, 0), (4, 0), (2, 1), (3, 1), (130, 1)])
def test_pod_fails_with_its_shard(run_container: Any, code: int, ended: int) -> None:
    """A shard whose report is written is not begun again, whatever it found; one that could not run is."""
    assert run_container(SHARDS, JOB_COMPLETION_INDEX="0", CODE=str(code))[1] == ended


@pytest.mark.parametrize("code", [0, 1, 4])
def test_merge_ends_as_the_whole_run(run_container: Any, code: int) -> None:
    """The merge's exit code is the job's."""
    assert run_container(MERGE, CODE=str(code))[1] == code


def test_commands_are_ours(run_container: Any) -> None:
    """What the pods call is what this version's command line understands."""
    for spec in (SHARDS, MERGE):
        called, _ = run_container(spec, JOB_COMPLETION_INDEX="0")
        name, *arguments = called[-1].split()[1:]
        context = command.make_context("leakmatrix", [name, *arguments])
        with context:
            found = command.get_command(context, name)
            assert isinstance(found, click.Command)
            found.make_context(name, arguments)
