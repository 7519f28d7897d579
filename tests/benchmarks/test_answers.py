from pathlib import Path

import pytest

from benchmarks.parts import answers as module
from benchmarks.parts.answers import Answers


def test_what_was_answered_in_one_run_is_known_in_the_next(tmp_path: Path) -> None:
    first = Answers(tmp_path / "new")
    first.keep({b"a" * 16: b"1" * 40, b"\x00b" * 8: b"\x002" * 20})
    first.save()

    again = Answers(tmp_path / "new").recall([b"a" * 16, b"\x00b" * 8, b"c" * 16])

    assert again == {b"a" * 16: b"1" * 40, b"\x00b" * 8: b"\x002" * 20}


def test_without_a_folder_answers_last_as_long_as_the_run() -> None:
    answers = Answers(None)
    answers.keep({b"a": b"1"})
    answers.save()

    assert answers.recall([b"a"]) == {b"a": b"1"}
    assert Answers(None).recall([b"a"]) == {}


def test_a_run_that_is_stopped_loses_minutes_and_not_hours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = Answers(tmp_path)
    answers.keep({b"a": b"1"})
    assert Answers(tmp_path).recall([b"a"]) == {}

    monkeypatch.setattr(module, "SAVED_EVERY", -1.0)
    answers.keep({b"b": b"2"})

    assert Answers(tmp_path).recall([b"a", b"b"]) == {b"a": b"1", b"b": b"2"}
