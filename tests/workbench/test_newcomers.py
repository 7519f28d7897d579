from __future__ import annotations

from pathlib import Path

import pytest

from monitor import rulebook
from monitor.errors import EditRefused
from monitor.model import Candidate, Claim, ClaimStatus
from monitor.workbench.newcomers import (
    NO_WORDS,
    TOO_MANY,
    candidate_of,
    candidates,
    claim_of,
    mistakes,
    mistakes_in_candidate,
    write,
    write_candidate,
)


def typed(about: tuple[str, ...] = ("rivera",), must_mention: str = "", evidence: str = "") -> Claim:
    return claim_of(
        " Ana Rivera is in hospital. ",
        "She was on stage today.",
        about,
        phrasings="Rivera is ill\n\n  Rivera está enferma \nRivera is ill\n",
        must_mention=must_mention,
        evidence=evidence,
        correction="{{ truth }}",
    )


def test_a_claim_typed_into_the_form_becomes_a_draft_without_a_mistake(folder: Path) -> None:
    written = write(folder, typed())

    claim = rulebook.load(folder).claim(written.id)
    assert claim is not None
    assert claim.file == "hospital.toml"
    assert claim.status is ClaimStatus.DRAFT
    assert claim.claim == "Ana Rivera is in hospital."
    assert claim.phrasings == ("Rivera is ill", "Rivera está enferma")
    assert claim.about == ("rivera",)


def test_a_claim_about_the_vote_keeps_the_words_that_bring_a_post_in(folder: Path) -> None:
    assert mistakes(typed((), "polls\nballot")) == {}

    written = write(folder, typed((), "polls\nballot"))

    claim = rulebook.load(folder).claim(written.id)
    assert claim is not None
    assert (claim.about, claim.must_mention) == ((), ("polls", "ballot"))


def test_every_field_that_is_wrong_is_named() -> None:
    nothing = claim_of("", "", (), phrasings="\n", evidence="example.org")

    assert set(mistakes(nothing)) == {"claim", "truth", "phrasings", "must_mention", "evidence"}
    assert mistakes(typed(()))["must_mention"] == NO_WORDS
    assert mistakes(typed(must_mention="polls"))["must_mention"] == TOO_MANY
    assert mistakes(typed()) == {}


def test_nothing_is_written_while_the_rules_have_a_mistake(folder: Path) -> None:
    (folder / "arrested.toml").write_text("oops", encoding="utf-8")

    with pytest.raises(EditRefused, match="must be mended first"):
        write(folder, typed())

    assert not (folder / "hospital.toml").exists()


def test_whom_it_may_be_about_is_read_from_the_rules(folder: Path) -> None:
    assert [candidate.name for candidate in candidates(folder)] == ["Ana Rivera"]


def test_a_candidate_typed_into_the_form_can_be_chosen_at_once(folder: Path) -> None:
    park = candidate_of(
        "  Luis\nPark ",
        aliases=" Councilmember Park \n\nCouncilmember Park\n",
        ambiguous="Park",
        context="clerk\nballot",
        handles="@luispark",
        hashtags="#Park2026",
        ours=True,
    )
    assert mistakes_in_candidate(park, candidates(folder)) == {}

    write_candidate(folder, park)

    assert candidates(folder)[-1] == Candidate(
        "luis-park",
        "Luis Park",
        ("Councilmember Park",),
        ("@luispark",),
        ("#Park2026",),
        ("Park",),
        ("clerk", "ballot"),
        ours=True,
    )
    written = write(folder, claim_of("Luis Park is ill.", "He is well.", ("luis-park",), phrasings="Luis Park is ill"))
    assert rulebook.check(folder) == []
    assert written.about == ("luis-park",)
