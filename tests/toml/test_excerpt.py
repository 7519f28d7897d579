from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import Problem
from monitor.toml.excerpt import WIDEST, excerpt, with_excerpts


def problem(line: int, column: int, path: Path = Path("withdrawn.toml")) -> Problem:
    return Problem(path, line, column, "wrong", "mend it")


def test_the_line_is_shown_with_a_caret_under_the_place() -> None:
    assert excerpt(problem(2, 5), ["first", "abcdef"]) == ("       2 | abcdef", "         |     ^")


@pytest.mark.parametrize(
    ("line", "column", "caret"),
    [("aéb", 3, "  ^"), ("ae\u0301b", 4, "  ^"), ("日本b", 3, "    ^"), ("\tb", 2, " ^"), ("ab", 9, "  ^")],
)
def test_the_caret_stands_under_the_letter_however_wide_those_before_it_are(line: str, column: int, caret: str) -> None:
    assert excerpt(problem(1, column), [line])[1] == f"         | {caret}"


def test_a_long_line_is_cut_around_the_place() -> None:
    shown, caret = excerpt(problem(1, 301), ["a" * 300 + "X" + "b" * 300])

    assert shown.startswith("       1 | ...aaa")
    assert shown.endswith("bbb...")
    assert len(shown) < WIDEST + 20
    assert shown[caret.index("^")] == "X"


def test_nothing_is_shown_that_a_terminal_would_act_on() -> None:
    assert excerpt(problem(1, 1), ["a\x1b[31m\u202eb"])[0] == "       1 | a?[31m?b"


@pytest.mark.parametrize(("line", "lines"), [(3, ["one", "two"]), (1, ["   "]), (1, [])])
def test_where_nothing_stands_nothing_is_shown(line: int, lines: list[str]) -> None:
    assert excerpt(problem(line, 1), lines) == ()


def test_a_file_that_cannot_be_shown_has_no_excerpt(tmp_path: Path) -> None:
    (tmp_path / "utf16.toml").write_bytes("id = 1".encode("utf-16"))

    problems = [problem(1, 1, tmp_path / name) for name in ("missing.toml", "utf16.toml")]

    assert [lines for _, lines in with_excerpts(problems)] == [(), ()]


def test_files_are_read_as_the_check_reads_them(tmp_path: Path) -> None:
    path = tmp_path / "windows.toml"
    path.write_bytes("\ufeffid = “a”\r\nclaim = “b”\r\n".encode())

    [(_, first), (_, second)] = with_excerpts([problem(1, 6, path), problem(2, 9, path)])

    assert first == ("       1 | id = “a”", "         |      ^")
    assert second == ("       2 | claim = “b”", "         |         ^")


@given(st.text(), st.integers(1, 400))
def test_whatever_stands_in_a_line_its_excerpt_is_two_printable_lines(line: str, column: int) -> None:
    lines = excerpt(problem(1, column), [line])

    assert len(lines) in (0, 2)
    assert all(shown.isprintable() for shown in lines)
