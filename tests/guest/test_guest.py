"""The guest as a program, with tiny clients and cases that misbehave: see `fakes`."""

import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import matrix
from matrix.guest.collector import COUNTS_REFERENCES
from matrix.guest.wire import MAX_TEXT, PROTOCOL, VERDICTS

PACKAGE = Path(matrix.__file__).parent
FAKES = Path(__file__).with_name("fakes")
BROKEN = "def test_broken(:\n"  # not in `fakes`: no tool could read it
SKIPPING = "import pytest\npytest.importorskip('no_such_module')\ndef test_never():\n    pass\n"
SAME_NAME = """import pytest
@pytest.mark.parametrize("one", [pytest.param(1, id="x")])
def test_same(one):
    pass
class TestOther:
    @pytest.mark.parametrize("one", [pytest.param(1, id="x")])
    def test_same(self, one):
        pass
"""

# name -> client, a file of cases, and what differs from an ordinary job
JOBS = {
    "plain": ("plain", "test_client.py", {}),
    "leaking": ("leaking", "test_client.py", {}),
    "hanging": ("hanging", "test_client.py", {"seconds": 15.0}),
    "noisy": ("noisy", "test_client.py", {}),
    "raising": ("raising", "test_client.py", {}),
    "marks": ("plain", "test_marks.py", {}),
    "promising": ("promising", "test_marks.py", {"select": ["guarantee", "hazard", "parameters*", "kept"]}),
    "survival": ("plain", "test_survival.py", {"seconds": 180.0}),  # 5,000 sockets take their time
    "not importable": ("not-importable", "test_client.py", {}),
    "quits": ("quits", "test_client.py", {}),
    "no such client": ("no-such-client", "test_client.py", {}),
    "vanishes": ("vanishes", "test_client.py", {}),
    "crashes": ("crashes", "test_client.py", {}),
    "breaks sockets": ("breaks-sockets", "test_client.py", {}),
    "broken file": ("plain", "test_broken.py", {}),
    "skipping file": ("plain", "test_skipping.py", {}),
    "same name": ("plain", "test_same_name.py", {}),
    "broken among others": ("plain", "", {}),
    "no such file": ("plain", "test_nowhere.py", {}),
    "no such case": ("plain", "test_client.py", {"select": ["gte", "p?st*"]}),
    "misspelt": ("plain", "test_survival.py", {"select": ["leaves_5000_soket"]}),
    "selected": ("plain", "test_marks.py", {"select": ["parameters[*]", "haz*"]}),
    "other protocol": ("plain", "test_client.py", {"protocol": PROTOCOL + 1}),
    "no peer": ("plain", "test_client.py", {"port": 1}),
}


class Run:
    """One guest that has ended: its exit code, its records, and what it said on its streams."""

    def __init__(self, code, lines, output):
        self.code = code
        self.records = [json.loads(line) for line in lines]
        self.output = output
        self.cases = {record["case"]: record for record in self.of("case") if record["contract"] != "control"}

    def of(self, kind):
        return [record for record in self.records if record["record"] == kind]

    @property
    def unavailable(self):
        return [(record["status"], record["reason"]) for record in self.of("unavailable")]


@pytest.fixture(scope="module")
def runs(tmp_path_factory, new_peer):
    """All jobs, run: name -> Run."""
    code = lay_out(tmp_path_factory.mktemp("code"))

    def run(name):
        with new_peer() as peer:
            return run_guest(code, tmp_path_factory.mktemp("job"), peer, *JOBS[name])

    with ThreadPoolExecutor(2) as pool:  # each runs eight cases at a time
        return dict(zip(JOBS, pool.map(run, JOBS)))


def lay_out(code):
    """A folder of code as a sandbox has it, with the fakes for cases."""
    shutil.copytree(PACKAGE / "guest", code / "matrix" / "guest", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PACKAGE / "__init__.py", code / "matrix")
    shutil.copytree(FAKES, code / "cases", ignore=shutil.ignore_patterns("__pycache__"))
    (code / "cases" / "test_broken.py").write_text(BROKEN)
    (code / "cases" / "test_skipping.py").write_text(SKIPPING)
    (code / "cases" / "test_same_name.py").write_text(SAME_NAME)
    return code


def run_guest(code, scratch, peer, client, file, changes):
    job = {
        "protocol": changes.get("protocol", PROTOCOL),
        "cell": "fake",
        "client": client,
        "peer": {"host": peer.host, "port": changes.get("port", peer.port), "tls_port": peer.tls_port},
        "cases": {"paths": [os.path.join("cases", file)], "select": changes.get("select", ["*"])},  # noqa: PTH118
        "limits": {"case_seconds": changes.get("seconds", 60.0), "late_seconds": 1.4, "jobs": 8, "peer_seconds": 10.0},
        "answer": str(scratch / "answer.jsonl"),
        "scratch": str(scratch),
    }
    if "port" in changes:
        job["limits"]["peer_seconds"] = 0.0
    (scratch / "job.json").write_text(json.dumps(job))
    libraries = Path(pytest.__file__).parents[1]
    done = subprocess.run(
        (sys.executable, "-m", "matrix.guest", str(scratch / "job.json")),
        cwd=str(scratch),
        env={
            "PATH": os.defpath,
            "PYTHONPATH": f"{code}:{libraries}",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "TMPDIR": str(scratch),
            **{name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ},  # an image's
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=240,
        check=False,
    )
    answer = (scratch / "answer.jsonl").read_text(encoding="utf-8")
    return Run(done.returncode, answer.splitlines(), done.stdout.decode("utf-8", "replace"))


# The answer as a whole.

WHOLE = sorted(set(JOBS) - {"vanishes", "crashes"})


@pytest.mark.parametrize("name", WHOLE)
def test_answer_is_complete(runs, name):
    """An answer has a header first and a footer last, which counts the cases; then the exit code is 0."""
    run = runs[name]
    assert (run.code, run.records[0]["record"], run.records[-1]) == (
        0,
        "header",
        {"record": "footer", "cases": len(run.of("case"))},
    ), run.output


@pytest.mark.parametrize("name", WHOLE)
def test_answer_says_at_most_one_reason(runs, name):
    """A cell without a result has one reason."""
    assert len(runs[name].unavailable) <= 1


def test_header(runs):
    """The header names the interpreter that ran."""
    (header,) = runs["plain"].of("header")
    assert (header["protocol"], header["python"]) == (PROTOCOL, sys.version.split()[0])


def test_controls_are_among_the_cases(runs):
    """Every cell runs the controls beside the cases that were asked for."""
    contracts = [record["contract"] for record in runs["marks"].of("case")]
    assert contracts.count("control") > 10
    assert len(contracts) > contracts.count("control")


def test_order(runs):
    """`order` numbers the cases as they stand in their files, in whatever order they finish."""
    orders = [record["order"] for record in runs["survival"].of("case")]
    assert sorted(orders) == list(range(len(orders)))


# Clients that misbehave.


@pytest.mark.parametrize(
    ("name", "status", "verdict"),
    [
        ("plain", "answered", "clean"),
        ("leaking", "answered", "held"),
        ("hanging", "timeout", None),
        ("noisy", "answered", "clean"),
        ("raising", "error", None),
    ],
)
def test_client(runs, name, status, verdict):
    """A client's misbehaviour is the answer of its case, and of nothing else."""
    run = runs[name]
    assert run.unavailable == []
    assert (run.cases["get"]["status"], run.cases["get"].get("verdict")) == (status, verdict), run.cases["get"]


def test_leak_is_explained(runs):
    """A leak has the line that made it and the global that keeps it."""
    (item,) = runs["leaking"].cases["get"]["left"]
    assert (item["kind"], item["verdict"], item["state"]) == ("socket", "held", "ESTABLISHED")
    assert ("cases/clients/leaking.py", "get") in [(frame["file"], frame["function"]) for frame in item["created"]]
    assert item["held_by"][:2] == ["module cases.clients.leaking", "POOL"]


def test_leak_at_the_peer(runs):
    """The peer has open what the client left."""
    assert [runs[name].cases["get"]["peer_open"] for name in ("plain", "leaking")] == [0, 1]


def test_hanging_client_is_located(runs):
    """A timeout has the stack at which the client hung."""
    assert "clients/hanging.py" in runs["hanging"].cases["get"]["reason"]


def test_raising_client_is_quoted(runs):
    """An error has the client's traceback."""
    assert "LookupError: the client is out of order" in runs["raising"].cases["get"]["reason"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("not importable", "No module named 'no_such_dependency'"),
        ("quits", "SystemExit: this client does not like this interpreter"),
        ("no such client", "No module named 'no_such_client'"),
    ],
)
def test_import_error(runs, name, reason):
    """A client that cannot be imported has no results and a reason."""
    ((status, words),) = runs[name].unavailable
    assert (status, reason in words, runs[name].of("case")) == ("import error", True, [])


@pytest.mark.parametrize(("name", "code"), [("vanishes", 0), ("crashes", -11)])
def test_import_that_ends_the_guest(runs, name, code):
    """Where the import ends the process there is no footer: the answer is cut short, also at exit code 0."""
    assert (runs[name].code, [record["record"] for record in runs[name].records]) == (code, ["header"])


# Cells of which nothing is believed.


def test_control_that_answers_wrongly(runs):
    """Where a control does not get its known answer nothing else is run."""
    ((status, reason),) = runs["breaks sockets"].unavailable
    assert (status, runs["breaks sockets"].cases) == ("invalid", {})
    assert re.fullmatch(r"control_\w+ answered \w+, which is known to be \w+", reason)


@pytest.mark.parametrize("name", ["broken file", "broken among others"])
def test_file_that_cannot_be_read(runs, name):
    """A file of cases with a mistake spoils the cell, by name, whatever else there is."""
    ((status, reason),) = runs[name].unavailable
    assert (status, "test_broken.py" in reason) == ("invalid", True)
    assert reason.startswith("cases cannot be collected: SyntaxError: ")  # what a table has room for


def test_file_that_skips_itself(runs):
    """A file that skips itself would lose its cases without a word: it spoils the cell."""
    ((status, reason),) = runs["skipping file"].unavailable
    assert (status, "no_such_module" in reason.partition("\n")[0]) == ("invalid", True)


def test_two_cases_of_one_name(runs):
    """Answers could not be told apart: it spoils the cell."""
    ((status, reason),) = runs["same name"].unavailable
    assert (status, reason.partition(":")[0]) == ("invalid", "more than one case is called same[x]")


def test_file_that_is_not_there(runs):
    """A path without cases is no clean cell."""
    ((status, reason),) = runs["no such file"].unavailable
    assert (status in ("invalid", "usage"), reason != "") == (True, True)


def test_no_case_matches(runs):
    """A selection of nothing says what there is."""
    assert runs["no such case"].unavailable == [("usage", "no case matches gte or p?st*; there is: get")]


def test_no_case_matches_among_many(runs):
    """The nearest come first, and not all are listed."""
    ((_, reason),) = runs["misspelt"].unavailable
    assert reason.startswith("no case matches leaves_5000_soket; there is: leaves_5000_sockets, ")
    assert (reason.count(", "), reason.endswith(" more")) == (11, True)


def test_selection(runs):
    """Only the cases that were asked for are run."""
    assert sorted(runs["selected"].cases) == ["hazard", "parameters[2]", "parameters[one]"]


def test_other_protocol(runs):
    """A job in another protocol is refused."""
    ((status, reason),) = runs["other protocol"].unavailable
    assert (status, "protocol" in reason) == ("invalid", True)


def test_no_peer(runs):
    """Without a peer there is no result: it is the harness's trouble."""
    ((status, reason),) = runs["no peer"].unavailable
    assert (status, reason.startswith("no peer: the peer at 127.0.0.1:1")) == ("invalid", True)


# What a case may say about itself.


@pytest.mark.parametrize(
    ("case", "contract", "sentence", "passed"),
    [
        ("without_a_mark", "guarantee", "The first line of the docstring.", True),
        ("guarantee", "guarantee", "A guarantee, in a sentence.", True),
        ("hazard", "hazard", "A hazard, in a sentence.", None),
        ("parameters[one]", "hazard", "Only one of them.", None),
        ("parameters[2]", "guarantee", "More than one.", True),
    ],
)
def test_contract(runs, case, contract, sentence, passed):
    """A case's mark says what it promises and what it is; only a guarantee passes."""
    record = runs["marks"].cases[case]
    assert (record["contract"], record["sentence"], record.get("passed")) == (contract, sentence, passed)


@pytest.mark.parametrize(
    ("case", "contract", "promise", "passed"),
    [
        ("guarantee", "guarantee", '"It is always clean." (promising: docs)', True),
        ("hazard", "hazard", None, None),
        ("parameters[2]", "hazard", "", None),
        ("kept", "hazard", "", None),
    ],
)
def test_each_client_promises_for_itself(runs, case, contract, promise, passed):
    """Where a client's adapter has no sentence for a case it is a hazard, whatever the mark says."""
    record = runs["promising"].cases[case]
    assert (record["contract"], record.get("promise"), record.get("passed")) == (contract, promise, passed)


@pytest.mark.parametrize(("case", "growth"), [("kept", "+1 per call"), ("kept_once", None)])
def test_growth(runs, case, growth):
    """What leaves something is repeated, if its mark does not say otherwise."""
    record = runs["marks"].cases[case]
    assert (record["verdict"], record.get("growth")) == ("held", growth)


def test_leaking_guarantee_does_not_pass(runs):
    """A guarantee that something is left of has not passed."""
    assert runs["leaking"].cases["get"]["passed"] is False


@pytest.mark.parametrize(
    ("case", "status", "reason"),
    [
        ("skips", "unsupported", "not on this interpreter"),
        ("skipped_by_mark", "unsupported", "Skipped: not by its mark"),
        ("skipped_by_fixture", "unsupported", "Skipped: not with this fixture"),
        ("feature_that_is_lacking", "unsupported", "the adapter of plain defines no open_client"),
        ("feature_that_nobody_has", "error", "adapters have no feature 'opne_client'"),
        ("of_another_client", "unsupported", "this case is about another"),
        ("of_a_client_by_name_alone", "unsupported", "this case is about pytest"),
        ("of_nobody", "error", "ValueError: not enough values to unpack"),
        ("broken_fixture", "error", "LookupError: the fixture is out of order"),
        ("not_to_be_run", "unsupported", "never to be run"),
        ("of_unittest", "error", "a case is a plain test function"),
        ("generator", "error", "the scenario has not run: it returned a async_generator"),
        ("imported_beforehand", "answered", None),
    ],
)
def test_status(runs, case, status, reason):
    """A case without a verdict says why."""
    record = runs["marks"].cases[case]
    assert record["status"] == status, record
    assert reason is None or reason in record["reason"]


# Survival.

SURVIVAL = {
    "before": "clean",
    "closes_standard_output": "clean",
    "closes_everything": "clean",
    "forks_and_waits": "clean",
    "forks_and_both_return": "held",
    "forks_and_exits": "crashed",
    "exits": "crashed",
    "exits_by_exception": "error",
    "interrupts_itself": "error",
    "segmentation_fault": "crashed",
    "killed": "crashed",
    "stalls": "timeout",
    "stalls_once": "held",
    "thread_holds_a_lock": "held",
    "thread_writes_for_ever": "held",
    "raises_in_del": "clean",
    "raises_in_del_of_a_local": "clean",
    "replaces_socket": "clean",
    "replaces_thread_start": "clean",
    "freezes": "gc" if COUNTS_REFERENCES else "error",  # PyPy has neither function
    "enables_collection": "gc" if COUNTS_REFERENCES else "error",
    "leaves_5000_sockets": "held",
    "leaves_5000_descriptors": "held",
    "uses_up_descriptors": "error",
    "recurses": "error",
    "removes_its_folder": "clean",
    "clears_the_modules": "clean",
    "raises_after_leaving_something": "error",
    "crashes_when_explained": "held",
    "after": "clean",
}


@pytest.mark.parametrize(("case", "answer"), SURVIVAL.items(), ids=SURVIVAL)
def test_survival(runs, case, answer):
    """Whatever a scenario does to its process, it gets its own answer."""
    record = runs["survival"].cases[case]
    assert record.get("verdict", record["status"]) == answer, record


def test_every_scenario_survives(runs):
    """No scenario's record is missing, and none is there twice."""
    assert sorted(SURVIVAL) == sorted(runs["survival"].cases)
    assert runs["survival"].unavailable == []


@pytest.mark.parametrize("case", ["leaves_5000_sockets", "leaves_5000_descriptors"])
def test_large_leaks_are_counted(runs, case):
    """All of a large leak is counted, and some of it is listed."""
    record = runs["survival"].cases[case]
    assert (record["rungs"]["held"], 0 < len(record["left"]) <= 100) == (5000, True)


def test_crash_of_the_explaining_run(runs):
    """Where the explaining run fails, the verdict run's answer stays."""
    (item,) = runs["survival"].cases["crashes_when_explained"]["left"]
    assert item["verdict"] == "held"
    assert "held_by" not in item
    sentences = runs["survival"].cases["crashes_when_explained"]["sensors"]
    assert any(sentence.startswith("why run: ") for sentence in sentences)


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ("exits", "ended with exit code 7 and no answer"),
        ("exits_by_exception", "SystemExit"),
        ("interrupts_itself", "KeyboardInterrupt"),
        ("segmentation_fault", "killed by signal 11"),
        ("killed", "killed by signal 9"),
        ("stalls", "longer than it should, twice"),
        ("recurses", "RecursionError"),
        ("uses_up_descriptors", "Too many open files"),
        ("raises_after_leaving_something", "LookupError: after a leak"),
    ],
)
def test_reason(runs, case, reason):
    """A scenario without a verdict says why, shortly."""
    record = runs["survival"].cases[case]
    assert reason in record["reason"]
    assert len(record["reason"]) <= MAX_TEXT + 100


@pytest.mark.parametrize("name", ["marks", "survival"])
def test_verdicts_are_those_of_the_wire(runs, name):
    """A case has a verdict if and only if it was answered."""
    for record in runs[name].of("case"):
        assert (record.get("verdict") in VERDICTS) is (record["status"] == "answered")
