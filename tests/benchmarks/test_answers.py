from pathlib import Path

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
