"""Runs a GitHub workflow here, as far as a test needs it: the steps that are commands, and artifacts between jobs.

Not GitHub: other actions do nothing, an expression is looked up in a table and one that is not there is an error.
What is run is the script of each step, verbatim, by the shell that GitHub would use.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_EXPRESSION = re.compile(r"\$\{\{ *(.*?) *\}\}")
_HASH_FILES = re.compile(r"hashFiles\('([^']+)'\)(?: && '([^']*)')?")
_OUTPUT = re.compile(r"steps\.([a-z-]+)\.outputs\.([a-z_]+)")
_NEEDED = re.compile(r"needs\.([a-z-]+)\.outputs\.([a-z_]+)")
SHELL = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")

Step = Mapping[str, Any]


def load(path: Path) -> dict[str, Any]:
    """A workflow; YAML takes its `on` for true."""
    document: dict[str, Any] = yaml.safe_load(path.read_text())
    return {"on" if key is True else key: value for key, value in document.items()}


def steps_of(workflow: Mapping[str, Any]) -> list[tuple[str, Step]]:
    """Every step, with the name of its job."""
    return [(name, step) for name, job in workflow["jobs"].items() for step in job["steps"]]


def commands_of(step: Step) -> list[str]:
    """The lines of a step's script."""
    return [line.strip() for line in step.get("run", "").splitlines() if line.strip()]


@dataclass(kw_only=True, slots=True)
class Runner:
    """One run of a workflow: a folder for artifacts, the variables of the machine, and a checkout for each job."""

    workflow: Mapping[str, Any]
    checkout: Path
    work: Path
    variables: Mapping[str, str]
    known: dict[str, str] = field(default_factory=dict)  # expression -> value, where no rule below has it
    skipped: frozenset[str] = frozenset()  # names of steps that install things, or fetch them
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)  # job -> its outputs
    outcomes: dict[str, str] = field(default_factory=dict)  # step's name -> outcome

    def job(self, name: str, matrix: Mapping[str, Any] | None = None) -> Path:
        """Run one job (with one entry of its matrix) and return its folder."""
        folder = self.work / "-".join((name, *(str(entry["index"]) for entry in (matrix or {}).values())))
        shutil.copytree(self.checkout, folder)
        said: dict[str, dict[str, str]] = {}
        table = {**self.known, **_flat("matrix", matrix or {})}
        job = self.workflow["jobs"][name]
        for number, step in enumerate(job["steps"]):
            evaluated = _Expressions(folder, table, said, self.outputs)
            if "if" in step and not evaluated.of(_EXPRESSION.sub(r"\1", str(step["if"]))):
                continue
            if "run" in step:
                self._run(step, number, folder, evaluated, said)
            elif "/upload-artifact@" in step["uses"]:
                self._upload(evaluated.filled(step["with"]), folder)
            elif "/download-artifact@" in step["uses"]:
                self._download(evaluated.filled(step["with"]), folder)
        evaluated = _Expressions(folder, table, said, self.outputs)
        self.outputs[name] = evaluated.filled(job.get("outputs", {}))
        return folder

    def shards(self, output: str) -> list[dict[str, Any]]:
        """What `fromJSON` makes of an output of the job `plan`."""
        entries: list[dict[str, Any]] = json.loads(self.outputs["plan"][output])
        return entries

    def _run(
        self, step: Step, number: int, folder: Path, evaluated: "_Expressions", said: dict[str, dict[str, str]]
    ) -> None:
        name = step.get("name", str(number))
        if name in self.skipped:
            return
        files = {name: folder / f".{name.lower()}-{number}" for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        given = evaluated.filled(step.get("env", {}))
        done = subprocess.run(
            (*SHELL, step["run"]),
            cwd=folder,
            env={**self.variables, **given, **{key: str(path) for key, path in files.items()}},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        outcome = "success" if done.returncode == 0 else "failure"
        self.outcomes[name] = outcome
        lines = files["GITHUB_OUTPUT"].read_text().splitlines() if files["GITHUB_OUTPUT"].exists() else []
        said[step.get("id", name)] = {"outcome": outcome, **dict(line.split("=", 1) for line in lines)}
        assert outcome == "success" or step.get("continue-on-error"), f"{name}: {done.stdout}\n{done.stderr}"

    def _upload(self, told: Mapping[str, str], folder: Path) -> None:
        target = self.work / "artifacts" / told["name"]
        paths = [folder / line.strip().replace("~", ".home") for line in told["path"].splitlines() if line.strip()]
        there = [path for path in paths if path.exists()]
        assert there or told.get("if-no-files-found") == "ignore", f"nothing to upload as {told['name']}"
        root = paths[0] if len(paths) == 1 else Path(os.path.commonpath(paths))
        for path in there:
            copied = target / path.relative_to(root) if path != root else target
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(path, copied) if path.is_dir() else shutil.copy(path, copied)

    def _download(self, told: Mapping[str, str], folder: Path) -> None:
        path = folder / told.get("path", ".").replace("~", ".home")
        artifacts = self.work / "artifacts"
        if "pattern" in told:
            for artifact in sorted(artifacts.glob(told["pattern"])):
                target = path if told.get("merge-multiple") else path / artifact.name
                shutil.copytree(artifact, target, dirs_exist_ok=True)
        elif (artifacts / told["name"]).exists():
            shutil.copytree(artifacts / told["name"], path, dirs_exist_ok=True)


@dataclass(frozen=True, slots=True)
class _Expressions:
    """The values of expressions, of those forms that the workflows use."""

    folder: Path
    table: Mapping[str, str]
    said: Mapping[str, Mapping[str, str]]
    needed: Mapping[str, Mapping[str, str]]

    def filled(self, values: Mapping[str, Any]) -> dict[str, str]:
        """With every expression replaced."""
        return {key: _EXPRESSION.sub(lambda found: self.of(found[1]), str(value)) for key, value in values.items()}

    def of(self, expression: str) -> str:
        """One expression; empty is false. Raises KeyError where nobody knows it."""
        if expression in self.table:
            return self.table[expression]
        if found := _HASH_FILES.fullmatch(expression):
            return (found[2] or "some hash") if (self.folder / found[1]).exists() else ""
        if found := _OUTPUT.fullmatch(expression):
            return self.said.get(found[1], {}).get(found[2], "")
        if found := _NEEDED.fullmatch(expression):
            return self.needed[found[1]][found[2]]
        if expression.startswith("steps.") and expression.endswith(".outcome"):
            return self.said.get(expression.split(".")[1], {}).get("outcome", "skipped")
        raise KeyError(expression)


def _flat(prefix: str, values: Mapping[str, Any]) -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            flat |= _flat(f"{prefix}.{key}", value)
        else:
            flat[f"{prefix}.{key}"] = str(value)
    return flat
