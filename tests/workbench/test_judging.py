from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from monitor import pipeline
from monitor.errors import InputError, ModelError
from monitor.model import LookAlike, Person
from monitor.store import look_alikes, posts
from monitor.store.db import Store
from monitor.workbench.judging import Draft, Judging, Place
from tests.workbench.conftest import ARRESTED, CLAIM, NOW

WIDER = Draft("withdrawn.toml", CLAIM.replace('["quit"]', '["gone"]').encode())
BAD = Draft("withdrawn.toml", b"oops")


@pytest.fixture
def judging(place: Place) -> Iterator[Judging]:
    opened = Judging(place)
    assert opened.load() == ""
    yield opened
    opened.close()


def test_every_claim_says_what_it_makes_of_a_post(judging: Judging) -> None:
    found = judging.tried("Ana Rivera quit, off to jail", None, NOW)

    assert (found.decision, found.about) == ("alert", "Ana Rivera")
    assert [claim.claim_id for claim in found.claims] == ["arrested", "withdrawn"]
    assert found.far == ()


def test_claims_that_are_not_near_are_named(judging: Judging) -> None:
    found = judging.tried("Ana Rivera quit", None, NOW)

    assert found.far == ("arrested",)
    assert judging.tried("nothing", None, NOW).about == "nobody whom we watch"


def test_a_draft_is_tried_in_place_of_its_file(judging: Judging) -> None:
    assert judging.tried("Ana Rivera is gone", WIDER, NOW).told_as == "withdrawn"
    assert judging.tried("Ana Rivera is gone", None, NOW).told_as == ""


def test_a_draft_with_a_mistake_leaves_the_last_good_version(judging: Judging) -> None:
    found = judging.tried("Ana Rivera quit", BAD, NOW)

    assert found.told_as == "withdrawn"
    assert [problem.path.name for problem in found.behind] == ["withdrawn.toml"]


def test_a_file_that_is_saved_is_used_at_once_and_a_bad_one_is_not(judging: Judging, place: Place) -> None:
    path = place.folder / "withdrawn.toml"
    path.write_bytes(WIDER.raw)
    assert judging.tried("Ana Rivera is gone", None, NOW).told_as == "withdrawn"

    path.write_bytes(BAD.raw)
    assert judging.tried("Ana Rivera is gone", None, NOW).told_as == "withdrawn"


def test_a_claim_in_shadow_says_that_nobody_is_told(judging: Judging) -> None:
    shadow = Draft("withdrawn.toml", ('status = "shadow"\n' + CLAIM).encode())

    (claim,) = judging.tried("Ana Rivera quit", shadow, NOW).claims

    assert "in shadow" in claim.note


def test_what_people_said_is_not_the_claim_counts(judging: Judging, place: Place) -> None:
    assert place.database is not None
    said = LookAlike("withdrawn", "Ana Rivera quit smoking", "file:1", Person("U1", "Jo"), NOW)
    with closing(Store(place.database)) as store, store.transaction() as db:
        look_alikes.add(db, said)

    assert judging.tried("Ana Rivera quit smoking", None, NOW).told_as == ""
    assert judging.tried("Ana Rivera quit", None, NOW).told_as == "withdrawn"


def test_a_post_is_tried_without_a_database_that_cannot_be_opened(place: Place) -> None:
    assert place.database is not None
    place.database.write_bytes(b"no database")
    judging = Judging(place)

    assert judging.load() == ""
    assert judging.tried("Ana Rivera quit", None, NOW).told_as == "withdrawn"


def test_the_tests_of_the_draft_alone_are_run(judging: Judging) -> None:
    (failed,) = judging.tested(WIDER, NOW)

    assert not failed.passed
    assert failed.own is None
    assert "expected an alert" in failed.why
    (passed,) = judging.tested(Draft("withdrawn.toml", CLAIM.encode()), NOW)
    assert passed.passed


def test_a_wording_that_means_another_claim_is_told_with_its_line(judging: Judging) -> None:
    moved = ARRESTED.replace('["jail"]', '["jail", "Ana Rivera quit"]')

    found = judging.meant(Draft("arrested.toml", moved.encode()))

    assert [(one.path.name, one.line) for one in found] == [("arrested.toml", 5)]
    assert "is nearer to 'withdrawn'" in found[0].what
    assert judging.meant(Draft("arrested.toml", ARRESTED.encode())) == []


def test_a_claim_that_overlaps_is_told_whichever_of_the_two_is_open(judging: Judging) -> None:
    same = ARRESTED.replace("Ana Rivera was arrested.", "Ana Rivera quit.").replace('["jail"]', '["quit"]')

    found = judging.meant(Draft("arrested.toml", same.encode()))

    assert [one.path.name for one in found] == ["withdrawn.toml"]
    assert "overlaps with 'arrested'" in found[0].what


def test_claims_are_not_held_against_each_other_while_one_has_a_mistake(judging: Judging) -> None:
    with pytest.raises(InputError, match="once no file has a mistake"):
        judging.meant(Draft("arrested.toml", b"oops"))


def test_a_claim_that_goes_round_in_spanish_without_a_spanish_wording_is_told(
    judging: Judging, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posts, "languages", lambda _: {"withdrawn": {"es": 6, "en": 6}, "arrested": {"es": 12}})

    (found,) = judging.meant(Draft("withdrawn.toml", CLAIM.encode()))

    assert found.path.name == "withdrawn.toml"
    assert "are in Spanish" in found.what


def test_a_draft_with_a_mistake_is_not_tested(judging: Judging) -> None:
    with pytest.raises(InputError, match="mend the mistakes"):
        judging.tested(BAD, NOW)


def test_a_folder_with_a_mistake_is_opened_all_the_same(place: Place) -> None:
    (place.folder / "withdrawn.toml").write_bytes(BAD.raw)
    judging = Judging(replace(place, database=None))
    judging.load()

    assert judging.tried("Ana Rivera, jail", None, NOW).told_as == "arrested"


def test_without_a_model_it_says_why(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ModelError("the model is damaged")

    monkeypatch.setattr(pipeline, "load_stages", fails)
    judging = Judging(replace(place, database=None))

    assert judging.load() == "the model is damaged"
    with pytest.raises(ModelError, match="damaged"):
        judging.tried("Ana Rivera quit", None, NOW)


def test_few_drafts_stay_indexed(judging: Judging) -> None:
    for number in range(10):
        judging.tried("Ana Rivera quit", Draft("withdrawn.toml", f"# {number}\n{CLAIM}".encode()), NOW)

    assert len(judging._indexed) == 4


def test_a_memory_that_cannot_be_used_spares_nothing_and_hinders_nothing(place: Place) -> None:
    (place.folder.parent / "monitor.db.vectors").mkdir()
    judging = Judging(place)

    assert judging.load() == ""
    assert list(judging.replayed(WIDER, [], [])) == []


def test_a_name_is_only_a_name(judging: Judging, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        judging.tested(Draft("../elsewhere.toml", b"oops"), NOW)
    assert not (tmp_path / "elsewhere.toml").exists()
