"""The mistakes that files in tests/rulebook/bad and tests/bad_config do not already show."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.toml import parse


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ('a = "x" # it’s right\nb = “x”', (2, 5), "curly quotes"),
        ('a = "she said “no” twice"\nb = yes', (2, 5), "yes is not understood"),
        ('a = [\n  "x", # first\n  "y" # second\n  "z",\n]', (3, 6), "a comma is missing"),
        ('a = ["x"\n\n# a note\n[[b]]\nc = 1', (1, 9), "the list 'a' that begins in line 1 has no end"),
        ("a = [", (1, 6), "the list 'a' that begins in line 1 has no end"),
        ('a = ["#x", #y]\nb = 1', (1, 12), "#y and what follows counts for nothing here, because # begins a note"),
        ('a = ["#x", "#y" # a note]\nb = 1', (1, 16), "the list 'a' that begins in line 1 has no end"),
        ("a = [1, 2\nb = 3", (1, 10), "the list 'a' that begins in line 1 has no end"),
        ("a = 1\nb = 2\na = [\n  1,\n]", (3, 1), "'a' is written twice, the first time in line 1"),
        ("[a]\nb = 1\n[a]", (3, 1), "[a] stands here a second time"),
        ("a = 1\n[a]\nb = 2", (2, 1), "[a] stands here a second time"),
        ("a = {x = 1, x = 2}", (1, 13), "'x' is written twice"),
        ("a = 'it\nb = 1", (1, 5), "the text that begins with ' has no end"),
        ("a = 'it\nb = 'x'", (1, 5), "the text that begins with ' has no end"),
        ('a = """it\nb = 1', (1, 5), 'the text that begins with """ has no end'),
        ('a = "\\u12"', (1, 6), "a backslash has a meaning of its own"),
        ("a = 1]", (1, 6), "this ] is one too many"),
        ("a = 3 days", (1, 7), "this is left over after the value: days"),
        ("a = -.5", (1, 5), "-.5 has no digit before its point"),
        ("a == 1", (1, 4), "there is one = too many"),
        ("[a\nb = 1", (1, 1), "the brackets around a are not complete"),
        ("= 1", (1, 1), "this line does not say which key it sets: = 1"),
        ("* one", (1, 1), "a line cannot begin with a dash or a star"),
        ("a = 1\nb = " + "9" * 5000 + "\nc = 1", (2, 1), "this number is far too long"),
        ("a\u00a0=\u00a01", (1, 2), "an invisible character stands here (no-break space)"),
    ],
)
def test_a_mistake_is_told_where_it_stands(text: str, place: tuple[int, int], words: str) -> None:
    problem = parse(Path("x.toml"), text.encode()).problems[0]

    assert (problem.line, problem.column) == place
    assert words in problem.what


def test_what_a_message_repeats_cannot_act_on_a_terminal() -> None:
    [problem] = parse(Path("x.toml"), b"a = \x1b[31mred\x1b[0m " + b"x" * 500).problems

    assert "\x1b" not in str(problem)
    assert len(str(problem)) < 300
