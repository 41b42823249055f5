"""The workflows: checked by those who know their rules, and every command in them run as it stands."""

import gzip
import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from matrix import report
from matrix.cli import command
from matrix.provision.interpreters import SUPPORTED
from matrix.site.compatibility import BEGIN, END
from tests.workflow_runner import SHELL, Runner, commands_of, load, steps_of

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
DOCUMENTED = ROOT / "docs" / "ci.md"
PINNED = re.compile(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+( |$)")
NAMES = [path.stem for path in WORKFLOWS]


def documented() -> list[str]:
    """The workflows that the documentation shows."""
    return re.findall(r"```yaml\n(.*?)```", DOCUMENTED.read_text(), re.DOTALL)


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Our workflows, and those of the documentation."""
    folder = tmp_path_factory.mktemp("repository") / ".github" / "workflows"
    folder.mkdir(parents=True)
    for number, text in enumerate(documented()):
        (folder / f"documented-{number}.yml").write_text(text)
    return [*WORKFLOWS, *sorted(folder.iterdir())]


# Their rules.


@pytest.mark.parametrize(
    "tool",
    [
        ("check-jsonschema", "--builtin-schema", "vendor.github-workflows"),
        ("actionlint",),
        ("zizmor", "--offline", "--persona", "pedantic"),
    ],
    ids=lambda tool: str(tool[0]),
)
def test_checked(everything: list[Path], tool: tuple[str, ...]) -> None:
    """The schema, the linter and the auditor have nothing to say."""
    program = Path(sys.executable).parent / tool[0]
    done = subprocess.run((program, *tool[1:], *everything), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", WORKFLOWS, ids=NAMES)
def test_actions_are_pinned(path: Path) -> None:
    """Every action is named by its commit, with the version beside it; one commit for one version everywhere."""
    used = [line.strip().removeprefix("- ") for line in path.read_text().splitlines() if "uses:" in line]
    assert [line for line in used if not PINNED.match(line)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=NAMES)
def test_least(path: Path) -> None:
    """No permission for all jobs, a time limit for each, one run at a time, no credentials left in a checkout."""
    workflow = load(path)
    assert workflow["permissions"] == {}
    assert "concurrency" in workflow
    assert [name for name, job in workflow["jobs"].items() if not {"permissions", "timeout-minutes"} <= set(job)] == []
    checkouts = [step for _, step in steps_of(workflow) if "/checkout@" in step.get("uses", "")]
    assert [step for step in checkouts if step["with"]["persist-credentials"] is not False] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=NAMES)
def test_scripts_have_no_expressions(path: Path) -> None:
    """What GitHub fills in reaches a script as a variable: nobody's text becomes code, and a test can run it."""
    assert [step["run"] for _, step in steps_of(load(path)) if "${{" in step.get("run", "")] == []


# Their commands.


def leakmatrix_lines(everything: list[Path]) -> list[str]:
    lines = [line for path in everything for _, step in steps_of(load(path)) for line in commands_of(step)]
    return [line for line in lines if re.search(r"\bleakmatrix [a-z]", line) and "tool install" not in line]


def parse(line: str) -> None:
    """The arguments as the command would take them, with every variable filled in."""
    whole = re.sub(r'\$\{\w+:\+"?([^}]*?)"?\}', r"\1", line)
    words = shlex.split(re.sub(r'"?\$\{?\w+\}?"?', "1/16", whole).replace("1/16 --out", "--out"))
    start = words.index("leakmatrix")
    end = next((place for place, word in enumerate(words) if word in {"|", ">", ">>", "||"}), len(words))
    name, *arguments = words[start + 1 : end]
    group = click.Context(command)
    found = command.get_command(group, name)
    assert found is not None, f"there is no command {name}"
    found.make_parser(click.Context(found, info_name=name)).parse_args(list(arguments))


def test_commands_are_ours(everything: list[Path]) -> None:
    """Every command line of leakmatrix's has options that there are."""
    lines = leakmatrix_lines(everything)
    assert len(lines) >= 8
    for line in lines:
        parse(line)


def test_ci_covers_what_is_supported() -> None:
    """The guest is tested on every interpreter of the default grid, the host on those that the package names."""
    jobs = load(ROOT / ".github" / "workflows" / "ci.yml")["jobs"]
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["classifiers"]
    named = re.findall(r"Python :: (3\.\d+)", " ".join(classifiers))
    guests = [name for name in SUPPORTED if not name.startswith("pypy")]
    assert jobs["guest"]["strategy"]["matrix"]["python"] == guests
    assert jobs["tests"]["strategy"]["matrix"]["python"] == named
    assert set(jobs["required-checks"]["needs"]) == set(jobs) - {"required-checks"}


# The scheduled run, twice.

PUBLISHED = "report.jsonl.gz"
MATRIX = ROOT / ".github" / "workflows" / "matrix.yml"
INSTALLS = frozenset({"Install leakmatrix", "Fetch what is published"})
GRID = '\n[tool.leakmatrix.profiles.full.clients]\nrequests = ["1.0", "2.0"]\n'


@pytest.fixture(scope="module")
def nights(
    offline_variables: dict[str, str], config_text: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> list[tuple[Runner, dict[str, Path]]]:
    """Two scheduled runs of a tiny grid; between them the client that was clean has begun to leak."""
    folder = tmp_path_factory.mktemp("nights")
    (folder / "bin").mkdir()
    program = folder / "bin" / "leakmatrix"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m matrix "$@"\n')
    program.chmod(0o755)
    (folder / "checkout").mkdir()
    (folder / "checkout" / "pyproject.toml").write_text(config_text() + GRID)
    (folder / "checkout" / "README.md").write_text(f"{BEGIN}\nold\n{END}\n")
    ran: list[tuple[Runner, dict[str, Path]]] = []
    for night in ("first", "second"):
        work = folder / night
        runner = Runner(
            workflow=load(MATRIX),
            checkout=folder / "checkout",
            work=work,
            variables={
                **offline_variables,
                "PATH": f"{folder / 'bin'}:{offline_variables['PATH']}",
                "PYTHONPATH": str(ROOT),
                "LEAKMATRIX_CACHE": str(folder / "cache"),
            },
            known={
                "steps.pages.outputs.base_url": "https://example.org/site",
                "github.run_id": "1",
                "inputs.fresh && '--fresh' || ''": "--fresh" if night == "second" else "",
            },
            skipped=INSTALLS,
        )
        if ran:
            published = ran[0][1]["report"] / "site"
            shutil.copytree(published, folder / "checkout" / "published")
            _make_clean(folder / "checkout" / "published")
        jobs = {"plan": runner.job("plan")}
        for shard in runner.shards("shards"):
            jobs[f"run {shard['index']}"] = runner.job("run", {"shard": shard})
        jobs["report"] = runner.job("report")
        ran.append((runner, jobs))
    return ran


def _make_clean(published: Path) -> None:
    """As if nothing had leaked yesterday."""
    records = [json.loads(line) for line in gzip.decompress((published / PUBLISHED).read_bytes()).splitlines()]
    for record in records:
        if record["record"] == "case" and record["contract"] == "guarantee":
            record |= {"verdict": "clean", "passed": True, "left": [], "kinds": {}, "growth": None}
    text = "".join(json.dumps(record) + "\n" for record in records)
    (published / PUBLISHED).write_bytes(gzip.compress(text.encode()))


def test_first_night(nights: list[tuple[Runner, dict[str, Path]]]) -> None:
    """With nothing published there is a site and a table, and nothing to compare with."""
    runner, jobs = nights[0]
    assert (jobs["report"] / "site" / "index.html").exists()
    assert (jobs["report"] / "COMPATIBILITY.md").read_text().startswith("# Compatibility")
    assert "| client | release |" in (jobs["report"] / "README.md").read_text()
    assert "Compare with what is published" not in runner.outcomes
    assert runner.outputs["report"]["diff"] == "skipped"


def test_all_shards_are_in_the_report(nights: list[tuple[Runner, dict[str, Path]]]) -> None:
    """What the shards ran is one report, with each cell of the plan."""
    done = report.read(nights[0][1]["report"] / "leakmatrix-report")
    assert [cell.version for cell in done.cells] == ["1.0", "2.0"]
    assert {cell.status for cell in done.cells} == {"ran"}


def test_second_night(nights: list[tuple[Runner, dict[str, Path]]]) -> None:
    """What got worse since is told, and the job that opens an issue is asked for."""
    runner, jobs = nights[1]
    assert runner.outcomes["Compare with what is published"] == "failure"
    assert runner.outputs["report"]["diff"] == "failure"
    changes = (jobs["report"] / "changes.md").read_text()
    assert "## New leaks" in changes
    summaries = [path.read_text() for path in sorted(jobs["report"].glob(".github_step_summary-*"))]
    assert [changes in summary for summary in summaries].count(True) == 1


def test_artifacts_for_the_last_jobs(nights: list[tuple[Runner, dict[str, Path]]]) -> None:
    """What the jobs after it take is there under the names that they ask for."""
    texts = nights[1][0].work / "artifacts" / "texts"
    assert {path.name for path in texts.iterdir()} == {"COMPATIBILITY.md", "README.md", "changes.md"}


# The issue.

GH = """#!/bin/sh
echo "$@" >> gh.log
case "$1 $2" in
  "issue list") echo "$OPEN" ;;
  "issue comment") test -n "$3" ;;
esac
"""


@pytest.mark.parametrize(
    ("open_issue", "last"), [("", "issue create"), ("17", "issue comment 17")], ids=["none", "one"]
)
def test_issue(tmp_path: Path, open_issue: str, last: str) -> None:
    """One that is open is updated; where there is none, one is opened."""
    program = tmp_path / "gh"
    program.write_text(GH)
    program.chmod(0o755)
    (tmp_path / "changes.md").write_text("news")
    for step in load(MATRIX)["jobs"]["issue"]["steps"]:
        if "run" in step:
            variables = {"PATH": f"{tmp_path}:/usr/bin:/bin", "OPEN": open_issue}
            subprocess.run((*SHELL, step["run"]), cwd=tmp_path, env=variables, check=True)
    said = (tmp_path / "gh.log").read_text().splitlines()
    assert said[-1].startswith(last)
    assert "--body-file changes.md" in said[-1]


def test_nothing_to_tell_is_a_failure(tmp_path: Path) -> None:
    """A comparison that could not be made opens no empty issue: the job fails, and is seen."""
    (tmp_path / "changes.md").touch()
    (script,) = [step["run"] for step in load(MATRIX)["jobs"]["issue"]["steps"] if "Nothing" in step.get("name", "")]
    assert subprocess.run((*SHELL, script), cwd=tmp_path, check=False).returncode == 1
