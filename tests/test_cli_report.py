"""What is made of a report that is there: `render` and `show`, as real processes."""

import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from matrix import report
from matrix.render import RENDERERS
from tests.command import HERE, Command, Done


@pytest.mark.parametrize("form", [form for form in RENDERERS if form != "terminal"])
def test_render(finished: tuple[Path, Done], run_leakmatrix: Command, form: str) -> None:
    """A form is printed as it was written."""
    folder, _ = finished
    done = run_leakmatrix(folder, "render", form)
    assert done.returncode == 0
    assert done.stdout == (folder / "leakmatrix-report" / RENDERERS[form][0]).read_text()


def test_render_for_the_terminal(finished: tuple[Path, Done], run_leakmatrix: Command) -> None:
    """The table is printed plainly where there is no terminal."""
    done = run_leakmatrix(finished[0], "render", "terminal")
    assert "one_shot[dropped]" in done.stdout
    assert "\x1b" not in done.stdout


def test_render_of_nothing(leakmatrix: Command) -> None:
    """Where there is no report it says how one is made."""
    done = leakmatrix("render", "markdown")
    assert done.returncode == 2
    assert "error: no report at" in done.stderr


def test_render_of_a_cut_report(leakmatrix: Command, finished: tuple[Path, Done], tmp_path: Path) -> None:
    """A report that was cut short is refused."""
    text = (finished[0] / "leakmatrix-report" / "report.jsonl").read_text()
    (tmp_path / "cut.jsonl").write_text(text[: text.rstrip().rindex("\n") + 1])
    done = leakmatrix("render", "markdown", "--report", "cut.jsonl")
    assert done.returncode == 2
    assert "has no footer: it was cut short" in done.stderr


@pytest.mark.parametrize(
    ("form", "content", "said"),
    [
        ("markdown", b"", "table of compatibility, not of markdown\nhint: leakmatrix render compatibility --into"),
        ("compatibility", b"x", "no place for the table\nhint: put the lines <!-- table --> and <!-- /table -->"),
        ("compatibility", b"\xff", "is no text in UTF-8\nhint: --into takes a file such as README.md\n"),
        ("compatibility", None, "does not exist.\n"),
    ],
    ids=["another form", "no marks", "no text", "no file"],
)
def test_render_into_what_has_no_table(
    finished: tuple[Path, Done], run_leakmatrix: Command, tmp_path: Path, form: str, content: bytes | None, said: str
) -> None:
    """It says what to do instead, prints no table, and leaves the file as it was."""
    file = tmp_path / "README.md"
    if content is not None:
        file.write_bytes(content)
    done = run_leakmatrix(finished[0], "render", form, "--into", str(file))
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert [path.read_bytes() for path in tmp_path.iterdir()] == ([] if content is None else [content])


def test_render_into_a_linked_file(finished: tuple[Path, Done], run_leakmatrix: Command, tmp_path: Path) -> None:
    """The table is renewed in the file that a link names, with the ends of lines that the file has."""
    file, link = tmp_path / "real.md", tmp_path / "README.md"
    file.write_bytes(b"before\r\n<!-- table -->\r\nold\r\n<!-- /table -->\r\nafter\r\n")
    link.symlink_to(file.name)
    done = run_leakmatrix(finished[0], "render", "compatibility", "--into", str(link))
    lines = file.read_bytes().split(b"\r\n")
    assert (done.returncode, link.is_symlink(), lines[:2], lines[-3:]) == (
        0,
        True,
        [b"before", b"<!-- table -->"],
        [b"<!-- /table -->", b"after", b""],
    )
    assert b"old" not in lines
    assert not any(b"\n" in line for line in lines)


@pytest.mark.parametrize(
    ("arguments", "reader", "code"),
    [
        ("render html", "head -c 1", "0"),
        ("render terminal", "true", "0"),
        ("diff leakmatrix-report leakmatrix-report", "true", "0"),
        ("run --out again", "true", "1"),
        ("check", "true", "4"),
    ],
)
def test_read_by_nobody(
    finished: tuple[Path, Done], offline_variables: dict[str, str], arguments: str, reader: str, code: str
) -> None:
    """A reader that goes away is no error: the command ends as it would have."""
    command = f"{sys.executable} -m matrix {arguments} 2>/dev/null | {reader}; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ("bash", "-c", command),
        cwd=finished[0],
        env=offline_variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert (done.stdout.splitlines()[-1].lstrip("<"), done.stderr) == (code, "")


def test_show(finished: tuple[Path, Done], run_leakmatrix: Command) -> None:
    """The evidence names what was left and who holds it."""
    done = run_leakmatrix(finished[0], "show", f"{HERE}-requests-2.0", "one_shot[dropped]")
    assert done.returncode == 0
    assert "ESTABLISHED" in done.stdout
    assert "KEPT" in done.stdout
    assert done.stdout.splitlines()[-1].endswith("this command again, with --report reproduced")


def test_reproduce(
    finished: tuple[Path, Done], run_leakmatrix: Command, answers: Callable[[report.Report], list[tuple[object, ...]]]
) -> None:
    """The command below the evidence measures it again, with the same answer, and leaves the report alone."""
    folder, _ = finished
    wanted = f"{HERE}-requests-2.0", "one_shot[dropped]"
    shown = run_leakmatrix(folder, "show", *wanted).stdout
    for _ in range(2):
        run_leakmatrix(folder, *shlex.split(shown.partition("to reproduce: leakmatrix ")[2].partition("\n")[0]))
    both = [report.read(folder / name) for name in ("leakmatrix-report", "reproduced")]
    before, after = ([answer for answer in answers(each) if answer[:2] == wanted] for each in both)
    assert (after, len(before), [cell.reused for cell in both[1].cells]) == (before, 1, [False])


@pytest.mark.parametrize(
    ("cell", "case", "there"),
    [
        ("py9", "one_shot[dropped]", f"{HERE}-requests-1.0, {HERE}-requests-2.0"),
        (f"{HERE}-requests-1.0", "nothing", "one_shot[kept]"),
    ],
    ids=["cell", "case"],
)
def test_show_of_nothing(
    finished: tuple[Path, Done], run_leakmatrix: Command, cell: str, case: str, there: str
) -> None:
    """A wrong name is wrong usage, and says what there is."""
    done = run_leakmatrix(finished[0], "show", cell, case)
    assert done.returncode == 2
    assert there in done.stderr
