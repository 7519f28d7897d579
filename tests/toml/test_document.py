from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.toml import Document, parse, read

RULES = sorted((Path(__file__).parents[2] / "rules").glob("*.toml"))
NESTED = """\
a.b = 1
"quoted key" = [ "é", [2, 3], {c = true} ]
[[tests]]
post = '''
two lines'''
[[tests]]
post = "x"
[tests.inner]
deep = 2026-11-03
[plain]
key = 0.5 # a note
"""


def document(text: str) -> Document:
    return parse(Path("x.toml"), text.encode())


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        (("a", "b"), (1, 1), (1, 7)),
        (("quoted key",), (2, 1), (2, 16)),
        (("quoted key", 0), (2, 18), (2, 18)),
        (("quoted key", 1, 1), (2, 27), (2, 27)),
        (("quoted key", 2, "c"), (2, 32), (2, 36)),
        (("tests",), (3, 1), (3, 1)),
        (("tests", 0), (3, 1), (3, 1)),
        (("tests", 0, "post"), (4, 1), (4, 8)),
        (("tests", 1), (6, 1), (6, 1)),
        (("tests", 1, "post"), (7, 1), (7, 8)),
        (("tests", 1, "inner", "deep"), (9, 1), (9, 8)),
        (("plain",), (10, 1), (10, 1)),
        (("plain", "key"), (11, 1), (11, 7)),
    ],
)
def test_every_key_and_value_has_its_place(
    path: tuple[str | int, ...], key: tuple[int, int], value: tuple[int, int]
) -> None:
    found = document(NESTED)

    assert found.problems == ()
    assert found.where_key(path) == key
    assert found.where(path) == value


def test_what_is_not_in_the_file_has_the_place_of_what_is_around_it() -> None:
    found = document(NESTED)

    assert found.where(("tests", 1, "expect")) == (6, 1)
    assert found.where(("nothing",)) == (1, 1)


def test_columns_count_characters_and_not_bytes() -> None:
    assert document('x = ["ñandú", "é", 3]').where(("x", 2)) == (1, 20)


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.name)
def test_every_text_of_the_sample_rules_begins_with_a_quote_at_its_place(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    found = read(path)

    def visit(value: object, at: tuple[str | int, ...]) -> int:
        if isinstance(value, dict):
            return sum(visit(inner, (*at, key)) for key, inner in value.items())
        if isinstance(value, list):
            return sum(visit(inner, (*at, index)) for index, inner in enumerate(value))
        if not isinstance(value, str):
            return 0
        line, column = found.where(at)
        assert lines[line - 1][column - 1 :].startswith(json.dumps(value, ensure_ascii=False))
        return 1

    assert visit(found.data, ()) > 10


def test_a_missing_file_is_a_problem_and_no_exception(tmp_path: Path) -> None:
    found = read(tmp_path / "none.toml")

    assert not found.is_readable
    assert "no such file" in found.problems[0].what


def test_a_guess_at_what_was_meant_lets_reading_go_on_but_stays_a_problem() -> None:
    found = document('a = “x”\nb: "y"\nc = [\n  "1"\n  "2",\n]\nd = "z\n')

    assert found.data == {"a": "x", "b": "y", "c": ["1", "2"], "d": "z"}
    assert [problem.line for problem in found.problems] == [1, 2, 4, 7]


def test_reading_stops_where_the_guess_did_not_help() -> None:
    found = document('a = “x” and “y”\nb = "ok"\n')

    assert not found.is_readable
    assert [problem.line for problem in found.problems] == [1]


def test_a_note_in_a_list_is_remembered_for_it_may_be_a_hashtag() -> None:
    found = document('a = [\n  #Rivera2026,\n  "x", # a note\n]\n# not here\n')

    assert [(comment.place, comment.text) for comment in found.places.list_comments] == [
        ((2, 3), "#Rivera2026,"),
        ((3, 8), "# a note"),
    ]


@given(st.binary(max_size=300))
def test_no_bytes_crash_the_reading(content: bytes) -> None:
    found = parse(Path("x.toml"), content)

    assert found.problems or found.is_readable


@given(st.text(alphabet="a=[]{}\"'#.,\n\r\t\\ “é0-:T", max_size=60))
def test_no_scribble_crashes_the_reading(content: str) -> None:
    found = document(content)

    lines = content.count("\n") + 1
    assert all(1 <= problem.line <= lines and problem.column >= 1 for problem in found.problems)
    assert found.problems or found.is_readable


@given(st.dictionaries(st.text(alphabet="abc", min_size=1, max_size=3), st.integers(0, 99), max_size=8))
def test_any_flat_file_is_read_with_the_place_of_each_key(values: dict[str, int]) -> None:
    found = document("".join(f"{key} = {value}\n" for key, value in values.items()))

    assert found.data == values
    assert [found.where((key,)) for key in values] == [(number, len(key) + 4) for number, key in enumerate(values, 1)]
