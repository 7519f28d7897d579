from __future__ import annotations

from pathlib import Path

import pytest

from monitor.errors import EditRefused
from monitor.workbench.draft import Conflict, Saved, checked, opened, overview, save
from tests.workbench.conftest import ARRESTED, CANDIDATES, CLAIM, NOW

MISTAKE = CLAIM.replace('["quit"]', "[“quit”]")
CHANGED = CLAIM.replace('["quit"]', '["quit", "out"]')


def test_a_mistake_is_told_as_check_tells_it_with_its_line_and_a_caret(folder: Path) -> None:
    found = checked(folder, "withdrawn.toml", MISTAKE, NOW)

    (one,) = found.mistakes
    assert not found.may_be_saved
    assert (one.problem.line, one.problem.column) == (6, 14)
    assert "curly quotes" in one.problem.what
    assert one.excerpt == ("       6 | phrasings = [“quit”]", "         |              ^")


def test_what_is_wrong_in_another_file_is_no_hindrance(folder: Path) -> None:
    (folder / "arrested.toml").write_text("oops", encoding="utf-8")

    found = checked(folder, "withdrawn.toml", CHANGED, NOW)

    assert found.may_be_saved
    assert [one.problem.path.name for one in found.elsewhere] == ["arrested.toml"]


def test_what_a_draft_breaks_in_another_file_must_be_mended(folder: Path) -> None:
    found = checked(folder, "arrested.toml", ARRESTED.replace('"arrested"', '"withdrawn"'), NOW)

    assert not found.may_be_saved
    assert "already used" in found.mistakes[0].problem.what
    assert not found.mistakes[0].here


def test_warnings_of_this_claim_come_once_no_mistake_is_left(folder: Path) -> None:
    found = checked(folder, "withdrawn.toml", CLAIM, NOW)

    assert found.may_be_saved
    assert ["does not name" in one.problem.what for one in found.warnings] == [True]


def test_saving_changes_the_file_in_that_place_alone(folder: Path) -> None:
    path = folder / "withdrawn.toml"
    path.write_bytes(CLAIM.replace("\n", "\r\n").encode())
    before = opened(folder, "withdrawn.toml")

    saved = save(folder, "withdrawn.toml", CHANGED, before.version, NOW)

    assert isinstance(saved, Saved)
    assert path.read_bytes() == CHANGED.replace("\n", "\r\n").encode()
    assert opened(folder, "withdrawn.toml").version == saved.version
    assert {file.name for file in folder.iterdir()} == {"candidates.toml", "withdrawn.toml", "arrested.toml"}


def test_a_draft_with_a_mistake_is_not_saved(folder: Path) -> None:
    before = opened(folder, "withdrawn.toml")

    with pytest.raises(EditRefused, match="curly quotes"):
        save(folder, "withdrawn.toml", MISTAKE, before.version, NOW)

    assert (folder / "withdrawn.toml").read_text("utf-8") == CLAIM


def test_a_file_that_somebody_else_changed_is_not_written_over(folder: Path) -> None:
    before = opened(folder, "withdrawn.toml")
    theirs = CLAIM.replace("She runs.", "She is on the ballot.")
    (folder / "withdrawn.toml").write_text(theirs, encoding="utf-8")

    found = save(folder, "withdrawn.toml", CHANGED, before.version, NOW)

    assert isinstance(found, Conflict)
    assert found.theirs.text == theirs
    assert (folder / "withdrawn.toml").read_text("utf-8") == theirs
    assert isinstance(save(folder, "withdrawn.toml", CHANGED, found.theirs.version, NOW), Saved)


def test_a_file_that_is_gone_is_not_made_anew(folder: Path) -> None:
    before = opened(folder, "withdrawn.toml")
    (folder / "withdrawn.toml").unlink()

    with pytest.raises(EditRefused, match="deleted or renamed"):
        save(folder, "withdrawn.toml", CHANGED, before.version, NOW)


@pytest.mark.parametrize("name", ["../secret.toml", "nothing.toml", ".hidden.toml", "notes.txt"])
def test_nothing_but_rules_of_the_folder_is_opened(folder: Path, name: str) -> None:
    (folder.parent / "secret.toml").write_text("secret", encoding="utf-8")
    (folder / ".hidden.toml").write_text("secret", encoding="utf-8")
    (folder / "notes.txt").write_text("secret", encoding="utf-8")

    with pytest.raises(EditRefused, match="There is no file"):
        opened(folder, name)
    with pytest.raises(EditRefused):
        save(folder, name, CLAIM, "", NOW)


def test_the_list_names_every_claim_and_how_many_mistakes_it_has(folder: Path) -> None:
    (folder / "withdrawn.toml").write_text(MISTAKE, encoding="utf-8")
    (folder / "candidates.toml").write_text("oops", encoding="utf-8")

    found = overview(folder)

    assert [(one.name, one.claim, one.status) for one in found.claims] == [
        ("arrested.toml", "Ana Rivera was arrested.", "active"),
        ("withdrawn.toml", "Ana Rivera quit.", "active"),
    ]
    assert found.claims[1].mistakes > 0
    assert {problem.path.name for problem in found.problems} == {"candidates.toml"}


def test_the_list_names_the_candidates(folder: Path) -> None:
    assert overview(folder).candidates == ("Ana Rivera",)


def test_candidates_are_checked_and_saved_as_a_claim_is(folder: Path) -> None:
    before = opened(folder, "candidates.toml")
    bad = CANDIDATES + "handles = [“@ana”]\n"
    good = CANDIDATES + 'handles = ["@ana"]  # hers\n'

    (mistake,) = checked(folder, "candidates.toml", bad, NOW).mistakes
    assert (mistake.problem.path.name, mistake.problem.line, mistake.problem.column) == ("candidates.toml", 4, 12)
    with pytest.raises(EditRefused, match="curly quotes"):
        save(folder, "candidates.toml", bad, before.version, NOW)
    assert isinstance(save(folder, "candidates.toml", good, before.version, NOW), Saved)
    assert (folder / "candidates.toml").read_text("utf-8") == good
    assert isinstance(save(folder, "candidates.toml", bad, before.version, NOW), Conflict)


def test_a_candidate_whom_claims_are_about_is_not_lost(folder: Path) -> None:
    found = checked(folder, "candidates.toml", CANDIDATES.replace('"rivera"', '"ana"'), NOW)

    assert not found.may_be_saved
    assert {(one.problem.path.name, one.here) for one in found.mistakes} == {
        ("arrested.toml", False),
        ("withdrawn.toml", False),
    }


def test_one_more_candidate_is_no_hindrance_where_a_claim_names_somebody_unknown(folder: Path) -> None:
    """What there is to mend in it names all candidates there are, so it reads otherwise then."""
    (folder / "arrested.toml").write_text(ARRESTED.replace('["rivera"]', '["nobody"]'), encoding="utf-8")

    found = checked(folder, "candidates.toml", CANDIDATES + '[[candidates]]\nid = "moon"\nname = "Dan Moon"\n', NOW)

    assert found.may_be_saved
    assert ["the ids there are: rivera, moon" in one.problem.mend for one in found.elsewhere] == [True]


def test_a_change_that_makes_a_warning_elsewhere_tells_it(folder: Path) -> None:
    text = CANDIDATES + 'aliases = ["quit"]\n'
    (folder / "candidates.toml").write_text(text, encoding="utf-8")

    assert checked(folder, "candidates.toml", text + "# a note\n", NOW).warnings == ()
    (warning,) = checked(folder, "candidates.toml", CANDIDATES, NOW).warnings
    assert (warning.problem.path.name, warning.here) == ("withdrawn.toml", False)
    assert "does not name Ana Rivera" in warning.problem.what
