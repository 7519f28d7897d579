from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor import rulebook
from monitor.errors import EditRefused
from monitor.model import Candidate
from monitor.rulebook import edit
from monitor.rulebook.nominate import as_toml, mistakes, write

CANDIDATES = """# Whom we watch for
[[candidates]]
id = "rivera"     # hers alone
name = "Ana Rivera"

[[candidates]]
name = "Daniel Moon"
id = "moon"
"""
CLAIM = 'id = "withdrawn"\nclaim = "Ana Rivera quit."\ntruth = "No."\nabout = ["rivera"]\nphrasings = ["Rivera quit"]\n'
PARK = Candidate(
    id="",
    name="Luis Park",
    aliases=("Councilmember Park", "Park for Clerk"),
    handles=("@luispark",),
    hashtags=("#Park2026",),
    ambiguous=("Park",),
    context=("clerk", "ballot"),
    ours=True,
)
TEXT = st.text(max_size=40) | st.sampled_from(
    ['"]\nx = 1', "\\", '"""', "@a", "#b", "# no", "\u202e", "[[candidates]]", 'a"\r\n[[candidates]]', "\0", "\u2028"]
)
LISTS = st.lists(TEXT, max_size=3).map(tuple)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "candidates.toml").write_text(CANDIDATES, encoding="utf-8")
    (rules / "withdrawn.toml").write_text(CLAIM, encoding="utf-8")
    return rules


def test_a_candidate_stands_behind_the_others_and_their_lines_stay_as_they_were(folder: Path) -> None:
    path = folder / "candidates.toml"
    before = path.read_bytes()

    written = write(folder, PARK)

    assert written == replace(PARK, id="luis-park")
    assert path.read_bytes().startswith(before + b"\n[[candidates]]\n")
    *others, last = rulebook.load(folder).candidates
    assert ([one.id for one in others], last) == (["rivera", "moon"], written)
    assert {file.name for file in folder.iterdir()} == {"candidates.toml", "withdrawn.toml"}


def test_what_was_left_empty_in_the_form_stands_not_in_the_file() -> None:
    assert as_toml(Candidate("park", "Luis Park")) == '[[candidates]]\nid = "park"\nname = "Luis Park"\nours = false\n'


@pytest.mark.parametrize(
    ("before", "end"),
    [
        (b'[[candidates]]\nid = "a"\nname = "A"', b"\n"),
        (b'\xef\xbb\xbf[[candidates]]\r\nid = "a"  # hers\r\nname = "A"\r\n', b"\r\n"),
        (b"# Nobody yet\n", b"\n"),
    ],
)
def test_the_ends_of_lines_and_a_byte_order_mark_stay(folder: Path, before: bytes, end: bytes) -> None:
    (folder / "candidates.toml").write_bytes(before)

    write(folder, PARK)

    after = (folder / "candidates.toml").read_bytes()
    assert after.startswith(before)
    assert after.removeprefix(before).strip() == as_toml(replace(PARK, id="luis-park")).strip().encode().replace(
        b"\n", end
    )


def test_a_name_or_an_id_that_is_there_is_refused_with_whose_it_is(folder: Path) -> None:
    known = rulebook.load(folder).candidates

    assert mistakes(replace(PARK, name="ana  RIVERA"), known) == {
        "name": "Ana Rivera is in candidates.toml already, with the id 'rivera'."
    }
    assert mistakes(replace(PARK, id="moon"), known) == {
        "id": "'moon' is the id of Daniel Moon: choose another, or leave it empty."
    }
    for taken in (replace(PARK, name="Ana Rivera"), replace(PARK, id="moon")):
        with pytest.raises(EditRefused, match=r"Ana Rivera is in|the id of Daniel Moon"):
            write(folder, taken)
    assert (folder / "candidates.toml").read_text("utf-8") == CANDIDATES


def test_the_id_is_made_of_the_name_and_of_no_other_candidates(folder: Path) -> None:
    assert write(folder, replace(PARK, id="luis-nunez")).id == "luis-nunez"
    assert write(folder, replace(PARK, name="Luis Núñez")).id == "luis-nunez-2"
    assert write(folder, replace(PARK, name="朴路易")).id == "candidate"
    assert write(folder, replace(PARK, name="朴安娜")).id == "candidate-2"
    assert write(folder, replace(PARK, name="x" * 80)).id == "x" * 40
    assert write(folder, replace(PARK, name="x" * 81)).id == "x" * 36 + "-2"


def test_every_field_that_is_wrong_is_named_as_check_would_name_it() -> None:
    wrong = Candidate(
        "Luis Park!", "\u200b ", ambiguous=("Park",), handles=("luispark",), hashtags=("#Luis Park", "#ok")
    )

    found = mistakes(wrong, ())

    assert found["name"] == "Write the name as it stands on the ballot."
    assert 'write id = "luis-park"' in found["id"]
    assert "no context to tell it by" in found["ambiguous"]
    assert 'write "@luispark"' in found["handles"]
    assert "has a space in it" in found["hashtags"]
    assert mistakes(PARK, ()) == {}


def test_a_name_that_counts_always_and_beside_others_is_refused() -> None:
    assert "keep it in one of the two" in mistakes(replace(PARK, ambiguous=("luis park",)), ())["ambiguous"]


def test_what_is_wrong_in_another_file_does_not_stand_in_the_way(folder: Path) -> None:
    (folder / "withdrawn.toml").write_text("oops", encoding="utf-8")
    assert write(folder, PARK).id == "luis-park"


@pytest.mark.parametrize("before", ["oops", 'candidates = [{ id = "a", name = "A" }]\n', '[[candidates]]\nid = "a"\n'])
def test_a_file_with_a_mistake_or_that_cannot_be_added_to_stays_as_it_is(folder: Path, before: str) -> None:
    (folder / "candidates.toml").write_text(before, encoding="utf-8")

    with pytest.raises(EditRefused, match=r"candidates.toml must be mended first: .*candidates.toml:\d"):
        write(folder, PARK)

    assert (folder / "candidates.toml").read_text("utf-8") == before


def test_in_a_folder_without_the_file_the_first_candidate_begins_it(folder: Path) -> None:
    (folder / "candidates.toml").unlink()

    write(folder, PARK)

    assert [one["name"] for one in tomllib.loads((folder / "candidates.toml").read_text("utf-8"))["candidates"]] == [
        PARK.name
    ]


def test_a_folder_that_is_not_there_says_so(folder: Path) -> None:
    with pytest.raises(EditRefused, match=r"candidates.toml cannot be opened"):
        write(folder / "nowhere", PARK)


def test_what_somebody_saves_meanwhile_is_not_written_over(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "candidates.toml"
    theirs = path.read_bytes() + b"# theirs\n"
    real = edit.with_block

    def meanwhile(raw: bytes, block: str) -> bytes:
        path.write_bytes(theirs)
        return real(raw, block)

    monkeypatch.setattr("monitor.rulebook.nominate.with_block", meanwhile)
    with pytest.raises(EditRefused, match="changed just now: try again"):
        write(folder, PARK)

    assert path.read_bytes() == theirs


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(identity=TEXT, name=TEXT, aliases=LISTS, handles=LISTS, hashtags=LISTS, ambiguous=LISTS, context=LISTS)
def test_what_the_form_lets_through_is_written_as_it_was_typed_and_nothing_else(
    folder: Path,
    identity: str,
    name: str,
    aliases: tuple[str, ...],
    handles: tuple[str, ...],
    hashtags: tuple[str, ...],
    ambiguous: tuple[str, ...],
    context: tuple[str, ...],
) -> None:
    (folder / "candidates.toml").write_text(CANDIDATES, encoding="utf-8")
    known = rulebook.load(folder).candidates
    typed = Candidate(identity, name, aliases, handles, hashtags, ambiguous, context)
    if mistakes(typed, known):
        with pytest.raises(EditRefused):
            write(folder, typed)
        return
    written = write(folder, typed)
    assert rulebook.load(folder).candidates == (*known, written)
    assert written == replace(typed, id=identity or written.id)


@settings(max_examples=60, deadline=None)
@given(identity=TEXT, name=TEXT, aliases=LISTS)
def test_whatever_a_candidate_is_called_is_a_text_on_one_line(
    identity: str, name: str, aliases: tuple[str, ...]
) -> None:
    lines = as_toml(Candidate(identity, name, aliases)).split("\n")

    (found,) = tomllib.loads("\n".join(lines))["candidates"]
    assert (found["id"], found["name"], tuple(found.get("aliases", ()))) == (identity, name, aliases)
    assert all("\u202e" not in line for line in lines)
