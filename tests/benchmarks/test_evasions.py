from __future__ import annotations

from collections.abc import Sequence

import pytest

from benchmarks import evasions, languages
from benchmarks.evasions import EVASIONS, Kept
from monitor.text import Vocabulary, fold, normalise, undisguise

TEXT = 'My cousin says Rivera has "dropped out" of the race. Renunció! https://example.org/a @someone #RiveraOut'
HARMLESS = ("homoglyphs", "zero-width", "caps", "line breaks", "accents stripped", "emoji inside words")


@pytest.mark.parametrize("name", EVASIONS)
def test_an_evasion_changes_a_text_in_the_same_way_each_time(name: str) -> None:
    (once,) = evasions.evade(name, [TEXT])
    assert once != TEXT
    assert evasions.evade(name, ["another text", TEXT])[1] == once


@pytest.mark.parametrize("name", sorted(set(EVASIONS) - {"padding", "caps"}))
def test_links_and_account_names_stay_usable(name: str) -> None:
    (evaded,) = evasions.evade(name, [TEXT])
    assert "https://example.org/a" in evaded
    assert "@someone" in evaded


@pytest.mark.parametrize("name", HARMLESS)
def test_what_loses_nothing_is_undone_to_the_letter(name: str) -> None:
    known = Vocabulary(["Ana Rivera"], ["dropped", "race"])
    words = fold(undisguise(normalise(TEXT), known))
    assert fold(undisguise(normalise(evasions.evade(name, [TEXT])[0]), known)) == words


def test_an_alert_is_kept_where_the_same_claim_alerts() -> None:
    def alerting(texts: Sequence[str]) -> list[str | None]:
        return ["withdrawn" if "dropped" in text.lower() else None for text in texts]

    found = evasions.kept(alerting, ["Rivera dropped out", "Nice weather"])
    assert found["caps"] == Kept(alerted=1, kept=1)
    assert found["l33t"].alerted == 1
    assert found["caps"].share == 1.0


def test_recall_of_one_language_is_told_in_terms_of_the_other() -> None:
    assert languages.relative_recall([("en", True), ("en", True), ("es", True), ("es", False)]) == 0.5
    assert languages.relative_recall([("en", True)]) == 0.0
