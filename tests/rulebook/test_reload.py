from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import rulebook
from monitor.errors import RulesError
from monitor.rulebook.load import rules_of
from monitor.rulebook.reload import Book, Disk, Reloaded, merge, open_book, read

CANDIDATES = '[[candidates]]\nid = "rivera"\nname = "Ana Rivera"\n'
BEN = '[[candidates]]\nid = "moon"\nname = "Ben Moon"\n'
FOLDER = Path("rules")
BAD = b'id = "withdrawn\n'


def claim(name: str, said: str = "She has withdrawn.", about: str = "rivera") -> bytes:
    return (
        f'id = "{name}"\nclaim = "{said}"\ntruth = "No."\nabout = ["{about}"]\nphrasings = ["out of the race"]\n'
    ).encode()


FILES = {"candidates.toml": CANDIDATES.encode(), "ill.toml": claim("ill"), "withdrawn.toml": claim("withdrawn")}
LIVE = Book(rules_of(FOLDER, FILES), FILES)
CHANGED = claim("withdrawn", "She has dropped out.")


def saved(refused: Collection[str] = (), /, **files: bytes | None) -> Reloaded:
    """What comes of saving files (None: of deleting them), by the first part of their names."""
    return saved_all({f"{name}.toml": raw for name, raw in files.items()}, refused)


def saved_all(files: Mapping[str, bytes | None], refused: Collection[str] = ()) -> Reloaded:
    found = {name: raw for name, raw in {**FILES, **files}.items() if raw is not None}
    return merge(LIVE, Disk(FOLDER, found), refused)


def claims(reloaded: Reloaded) -> dict[str, str]:
    return {claim.id: claim.claim for claim in reloaded.book.rules.claims}


def at_fault(reloaded: Reloaded) -> set[str]:
    return {problem.path.name for problem in reloaded.problems}


def test_a_folder_that_is_as_it_was_changes_nothing() -> None:
    assert saved() == Reloaded(LIVE)


def test_a_saved_file_goes_in() -> None:
    found = saved(withdrawn=CHANGED)
    assert claims(found)["withdrawn"] == "She has dropped out."
    assert (found.changed, found.gone, found.problems) == (("withdrawn.toml",), (), ())
    assert found.book.rules.version != LIVE.rules.version


def test_a_bad_file_keeps_its_claim_as_it_was_while_others_go_in() -> None:
    found = saved(withdrawn=BAD, ill=claim("ill", "She is very ill."), new=claim("new"))
    assert claims(found) == {
        "ill": "She is very ill.",
        "new": "She has withdrawn.",
        "withdrawn": "She has withdrawn.",
    }
    assert found.changed == ("ill.toml", "new.toml")
    assert at_fault(found) == {"withdrawn.toml"}
    assert found.problems[0].line == 1


def test_a_new_file_that_is_bad_is_left_out() -> None:
    found = saved(new=BAD)
    assert found.book == LIVE
    assert at_fault(found) == {"new.toml"}


def test_a_file_that_is_deleted_takes_its_claim_along() -> None:
    found = saved(ill=None)
    assert list(claims(found)) == ["withdrawn"]
    assert found.gone == ("ill.toml",)


def test_a_file_that_is_renamed_and_broken_at_once_keeps_its_claim() -> None:
    found = saved(withdrawn=None, quit=BAD)
    assert found.book == LIVE
    assert at_fault(found) == {"quit.toml"}


def test_a_file_that_is_renamed_is_the_same_claim() -> None:
    found = saved(withdrawn=None, quit=CHANGED)
    assert claims(found)["withdrawn"] == "She has dropped out."
    assert found.problems == ()


def test_bad_candidates_stay_as_they_were() -> None:
    found = saved(candidates=b"[[candidates]]\n", withdrawn=CHANGED)
    assert [candidate.name for candidate in found.book.rules.candidates] == ["Ana Rivera"]
    assert found.changed == ("withdrawn.toml",)


@pytest.mark.parametrize("candidates", [BEN.encode(), None])
def test_candidates_whom_claims_in_use_are_about_stay(candidates: bytes | None) -> None:
    found = saved(candidates=candidates, withdrawn=CHANGED)
    assert [candidate.id for candidate in found.book.rules.candidates] == ["rivera"]
    assert claims(found)["withdrawn"] == "She has dropped out."
    assert found.problems


def test_a_candidate_and_a_claim_about_that_person_go_in_together() -> None:
    found = saved(candidates=(CANDIDATES + BEN).encode(), moon=claim("moon", about="moon"))
    assert found.problems == ()
    assert set(claims(found)) == {"ill", "moon", "withdrawn"}


def test_a_copy_with_an_id_that_is_in_use_stays_out_whatever_its_name() -> None:
    for name in ("a-copy.toml", "z-copy.toml"):
        found = saved_all({name: claim("ill", "A copy.")})
        assert found.book == LIVE
        assert "already used" in found.problems[0].what


def test_a_folder_that_was_emptied_or_is_away_changes_nothing(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "away"):
        found = merge(LIVE, read(folder))
        assert found.book == LIVE
        assert len(found.problems) == 1


def test_a_folder_whose_claims_are_all_gone_changes_nothing() -> None:
    found = saved(ill=None, withdrawn=None)
    assert found.book == LIVE
    assert found.problems


def test_a_file_that_cannot_be_read_stays_as_it_was(tmp_path: Path) -> None:
    for name, raw in FILES.items():
        (tmp_path / name).write_bytes(raw)
    (tmp_path / "ill.toml").unlink()
    (tmp_path / "ill.toml").mkdir()
    found = merge(LIVE, read(tmp_path))
    assert found.book == LIVE
    assert at_fault(found) == {"ill.toml"}


def test_a_file_that_is_refused_stays_as_it_was_and_the_others_go_in() -> None:
    found = saved(
        frozenset({"withdrawn.toml", "new.toml"}), withdrawn=CHANGED, new=claim("new"), ill=claim("ill", "So ill.")
    )
    assert found.changed == ("ill.toml",)


def test_a_book_is_opened_whole_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(RulesError):
        open_book(tmp_path)
    for name, raw in FILES.items():
        (tmp_path / name).write_bytes(raw)
    assert open_book(tmp_path).rules == rulebook.load(tmp_path)
    assert open_book(tmp_path).files == FILES


PIECES = [
    BAD, b"", b"\xff", CHANGED, claim("ill"), claim("x"), claim("m", about="moon"), CANDIDATES.encode(), BEN.encode(),
    (CANDIDATES + BEN).encode(), None,
]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(["candidates", "ill", "withdrawn", "a", "z"]), st.sampled_from(PIECES)))
def test_whatever_is_saved_the_rules_in_use_are_whole(files: dict[str, bytes | None]) -> None:
    asked = {f"{name}.toml": raw for name, raw in files.items()}
    found = saved_all(asked)
    assert rules_of(FOLDER, found.book.files) == found.book.rules
    assert (found.book == LIVE) == (not found.changed)
    for name, raw in found.book.files.items():
        assert raw in (LIVE.files.get(name), asked.get(name))
    if not found.problems:
        assert {name: raw for name, raw in (FILES | asked).items() if raw is not None} == dict(found.book.files)
