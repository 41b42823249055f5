"""Foreign text made safe to show."""

import pytest

from matrix.render.plain import counted, in_short, in_words, many_lines, one_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("  a \n\t b\r\n", "a b"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x00\x07\x85", "\\x00\\x07\\x85"),
        ("\u202eevil\u2028", "\\u202eevil\\u2028"),
        ("\ud800\ufffe", "\\ud800\\ufffe"),
        ("café ✓ 日本", "café ✓ 日本"),
    ],
)
def test_one_line_shows_what_cannot_be_seen(text: str, shown: str) -> None:
    """Control characters, overrides and surrogates are written out; letters stay."""
    assert one_line(text) == shown


def test_one_line_is_cut_at_its_limit() -> None:
    """A long reason ends with an ellipsis inside the limit."""
    assert one_line("abc defgh", limit=5) == "abc…"


@pytest.mark.parametrize(
    ("reason", "short"),
    [
        ("No module named 'cgi'\nTraceback (most recent call last):", "No module named 'cgi'"),
        ("error: No solution found\n  cause: Because x has no wheels.\n\nhint: Wheels", "Because x has no wheels."),
        ("  × No solution found:\n  ╰─▶ Because x\n      has no wheels.\n\n      hint: W", "Because x has no wheels."),  # noqa: RUF001  # uv's sign
        ("No solution found", "No solution found"),
        ("one two three four five six", "one two three four five…"),
        ("one two three four fives six", "one two three four fives…"),
        ("a" * 30, "a" * 24 + "…"),
        (" \n", ""),
    ],
)
def test_a_reason_in_short_is_whole_words(reason: str, short: str) -> None:
    """The first line that says something, at most so long."""
    assert in_short(reason, 25) == short


def test_many_lines_keeps_line_breaks_only() -> None:
    """Line breaks stay, tabs become blanks, escapes are written out."""
    assert many_lines("a\r\n\tb \x1b\n\n") == "a\n    b \\x1b"


@pytest.mark.parametrize(
    ("items", "words"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (list("abc"), "a, b and c")],
)
def test_in_words_joins_as_one_would_say_it(items: list[str], words: str) -> None:
    """A list reads like a part of a sentence."""
    assert in_words(items) == words


@pytest.mark.parametrize(("number", "words"), [(0, "0 cells"), (1, "1 cell"), (2, "2 cells")])
def test_counted_uses_the_plural(number: int, words: str) -> None:
    """Only one is singular."""
    assert counted(number, "cell") == words
