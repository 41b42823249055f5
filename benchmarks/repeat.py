"""The whole control set, many times over: which answer flickers, and how often.

python benchmarks/repeat.py NUMBER [INTERPRETER ...]     such as 500 3.8 3.13

Each round is a guest of its own, as in a cell, against a tiny peer; the guest itself compares each control with its
known answer, and says so where one is wrong. Ends with 1 if a control answered differently, wrongly, or not at all
in any round.
"""

import json
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from matrix.guest.wire import PROTOCOL
from matrix.provision import environment, interpreters
from matrix.provision.interpreters import Interpreter
from matrix.sandbox import variables

ROOT = Path(__file__).parents[1]
TINY_PEER = ROOT / "tests" / "guest" / "tiny_peer.py"
AT_A_TIME = 3  # they mostly wait
GUEST = "the guest"  # among the answers: what it says of all its controls
FEWEST = 10
CASES = "def test_nothing():\n    pass\n"


def main(rounds: int, names: list[str]) -> int:
    installed = interpreters.on_host()
    chosen = names or sorted(set(installed) & {"3.8", "3.13"})
    return max(repeat(rounds, installed[name]) for name in chosen)


def repeat(rounds: int, interpreter: Interpreter) -> int:
    """Run the controls on one interpreter; print what each answered."""
    libraries = environment.provide(("pytest>=8.3",), python=interpreter.name).folder.path
    answers: dict[str, Counter[str]] = {}
    with tempfile.TemporaryDirectory() as scratch, tiny_peer() as port:
        cases = Path(scratch) / "cases"
        cases.mkdir()
        (cases / "test_nothing.py").write_text(CASES)
        one = partial(one_round, interpreter, libraries, Path(scratch), port)
        with ThreadPoolExecutor(AT_A_TIME) as executor:
            for answered in executor.map(one, range(rounds)):
                for case, answer in answered.items():
                    answers.setdefault(case, Counter())[answer] += 1
    steady = {case for case, counted in answers.items() if list(counted.values()) == [rounds]}
    right = answers.get(GUEST, {}).get("every control right", 0)
    print(f"{interpreter.name}: {rounds} rounds of {len(answers) - 1} controls: every control right in {right}")
    for case in sorted(set(answers) - steady):
        print(f"  {case}: {dict(answers[case])}")
    return int(right != rounds or len(steady) != len(answers) or len(answers) < FEWEST)


def one_round(interpreter: Interpreter, libraries: Path, scratch: Path, port: int, number: int) -> dict[str, str]:
    """Case -> verdict and its kinds, of one guest."""
    folder = scratch / str(number)
    folder.mkdir()
    job = {
        "protocol": PROTOCOL,
        "cell": "repeated",
        "client": "json",
        "peer": {"host": "127.0.0.1", "port": port, "tls_port": port},
        "cases": {"paths": [str(scratch / "cases")], "select": ["*"]},
        "limits": {"case_seconds": 60.0, "late_seconds": 1.4, "jobs": 16, "peer_seconds": 10.0},
        "answer": str(folder / "answer.jsonl"),
        "scratch": str(folder),
    }
    (folder / "job.json").write_text(json.dumps(job))
    subprocess.run(
        (str(interpreter.executable), "-m", "matrix.guest", str(folder / "job.json")),
        cwd=folder,
        env=variables.of((libraries, ROOT)),
        check=True,
    )
    records = [json.loads(line) for line in (folder / "answer.jsonl").read_text().splitlines()]
    cases = [record for record in records if record["record"] == "case"]
    answered = {case["case"]: f"{case.get('verdict')} {case.get('kinds')}" for case in cases}
    wrong = [record["reason"] for record in records if record["record"] == "unavailable"]
    whole = records[-1]["record"] == "footer"
    return {**answered, GUEST: wrong[0] if wrong else "every control right" if whole else "cut short"}


@contextmanager
def tiny_peer():
    """A tiny peer in a process of its own: its port."""
    command = (sys.executable, "-I", str(TINY_PEER))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as peer:
        yield int(peer.stdout.readline())
        peer.stdin.close()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
