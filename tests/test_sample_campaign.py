"""The sample campaign that ships with the product: rules that teach by example, and a stream for `monitor demo`."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from datetime import datetime, timedelta
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
RULES = ROOT / "rules"
STREAM = ROOT / "monitor" / "demo" / "stream.jsonl"
CLAIM_FILES = sorted(path for path in RULES.glob("*.toml") if path.name != "candidates.toml")

WITH_CLAIM = {"spread", "debunk", "question", "satire"}
LABELS = WITH_CLAIM | {"lookalike", "background", "offtopic"}
SOURCES = {"bluesky", "mastodon", "x", "reddit", "rss", "youtube"}
REQUIRED = {"id", "source", "author", "text", "created_at", "url", "lang", "label"}
OPTIONAL = {"repost_of", "reply_to", "media", "followers", "claim_id"}
MAX_JACCARD = 0.7
HOSTILE = {
    "hidden": "\u200b",
    "right-to-left": "\u202e",
    "terminal": "\x1b[31m",
    "slack": "<!channel>",
    "html": "<script>",
}

Toml = dict[str, Any]
Post = dict[str, Any]


def rule_file(path: Path) -> Toml:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def at(post: Post) -> datetime:
    return datetime.fromisoformat(post["created_at"])


def words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.casefold()))


def filled_in(template: str, claim: Toml, names: dict[str, str]) -> str:
    """The template with the claim's own values; the real renderer has its own tests."""
    values = {
        "candidate": names[claim["about"][0]] if claim["about"] else "",
        "claim": claim["claim"],
        "truth": claim["truth"],
        "evidence": claim["evidence"][0],
        "post_url": "https://example.org/post",
    }
    return re.sub(r"\{\{ (\w+) \}\}", lambda found: values[found[1]], template)


@pytest.fixture(scope="module")
def posts() -> list[Post]:
    return [json.loads(line) for line in STREAM.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def claims() -> dict[str, Toml]:
    return {claim["id"]: claim for claim in map(rule_file, CLAIM_FILES)}


@pytest.fixture(scope="module")
def candidates() -> list[Toml]:
    found: list[Toml] = rule_file(RULES / "candidates.toml")["candidates"]
    return found


# The rules


def test_there_are_three_candidates_and_one_of_them_is_a_rival(candidates: list[Toml]) -> None:
    assert len(candidates) == 3
    assert sum(not candidate["ours"] for candidate in candidates) == 1


def test_an_ambiguous_name_comes_with_context_words(candidates: list[Toml]) -> None:
    ambiguous = [candidate for candidate in candidates if candidate.get("ambiguous")]
    assert "moon" in {candidate["id"] for candidate in ambiguous}
    assert all(len(candidate["context"]) >= 10 for candidate in ambiguous)


def test_the_context_words_of_an_ordinary_word_leave_out_what_stands_beside_its_ordinary_meaning(
    candidates: list[Toml],
) -> None:
    moon = next(candidate for candidate in candidates if candidate["id"] == "moon")
    assert not {"race", "run", "full", "night", "city"} & set(moon["context"])


def test_there_are_ten_claims_and_one_at_most_is_in_shadow(claims: dict[str, Toml]) -> None:
    assert len(claims) == len(CLAIM_FILES) == 10
    statuses = Counter(claim["status"] for claim in claims.values())
    assert set(statuses) <= {"active", "shadow"}
    assert statuses["shadow"] <= 1


def test_two_claims_or_more_are_about_the_vote_itself_and_say_which_words_bring_a_post_in(
    claims: dict[str, Toml],
) -> None:
    about_the_vote = [claim for claim in claims.values() if not claim["about"]]
    assert len(about_the_vote) >= 2
    assert all(claim["must_mention"] for claim in about_the_vote)


@pytest.mark.parametrize("path", CLAIM_FILES, ids=lambda path: path.stem)
class TestEveryClaim:
    def test_is_called_as_its_file_is(self, path: Path) -> None:
        assert rule_file(path)["id"] == path.stem

    def test_is_about_known_candidates(self, path: Path, candidates: list[Toml]) -> None:
        assert set(rule_file(path)["about"]) <= {candidate["id"] for candidate in candidates}

    def test_has_an_owner_evidence_phrasings_and_look_alikes(self, path: Path) -> None:
        claim = rule_file(path)
        assert claim["owner"]
        assert all(url.startswith("https://example.org/") for url in claim["evidence"])
        assert claim["evidence"]
        assert 4 <= len(claim["phrasings"]) <= 7
        assert 2 <= len(claim["not_this"]) <= 5

    def test_has_six_tests_or_more_of_both_kinds(self, path: Path) -> None:
        tests = rule_file(path)["tests"]
        assert len(tests) >= 6
        assert {test["expect"] for test in tests} == {"alert", "quiet"}
        assert any(test.get("stance") == "deny" for test in tests)

    def test_has_corrections_in_both_languages_for_every_platform(self, path: Path) -> None:
        corrections = rule_file(path)["corrections"]
        have = Counter((correction["platform"], correction["lang"]) for correction in corrections)
        assert have == {(platform, lang): 1 for platform in ("any", "x", "bluesky") for lang in ("en", "es")}

    def test_has_corrections_that_fit_when_filled_in(self, path: Path, candidates: list[Toml]) -> None:
        claim = rule_file(path)
        names = {candidate["id"]: candidate["name"] for candidate in candidates}
        for correction in claim["corrections"]:
            text = filled_in(correction["text"], claim, names)
            assert "{{" not in text
            assert claim["evidence"][0] in text
            if correction["platform"] == "x":  # every link counts 23 there
                assert len(re.sub(r"https?://\S+", "x" * 23, text)) < 280
            if correction["platform"] == "bluesky":
                assert len(text) < 300

    def test_has_corrections_that_call_nobody_a_liar_and_open_with_the_truth(self, path: Path) -> None:
        claim = rule_file(path)
        for correction in claim["corrections"]:
            assert not re.search(r"\bl(iar|ie|ies|ying)\b|\bmentir|\bmiente", correction["text"], re.IGNORECASE)
            assert not correction["text"].startswith("{{ claim }}")

    def test_is_written_in_straight_quotes(self, path: Path) -> None:
        assert not re.search("[\u2018\u2019\u201c\u201d]", path.read_text(encoding="utf-8"))


# The stream


def test_every_post_has_the_fields_of_the_contract_and_no_null(posts: list[Post]) -> None:
    for post in posts:
        assert set(post) >= REQUIRED, post["id"]
        assert set(post) <= REQUIRED | OPTIONAL, post["id"]
        assert None not in post.values(), post["id"]
        assert all(set(media) == {"url", "alt"} for media in post.get("media", ()))
        assert post["text"].strip()
        assert post["source"] in SOURCES
        assert post["lang"] in {"en", "es"}


def test_there_are_enough_posts_of_every_label(posts: list[Post]) -> None:
    labels = Counter(post["label"] for post in posts)
    assert set(labels) == LABELS
    assert len(posts) >= 450
    assert labels["spread"] >= 120
    assert min(labels[label] for label in ("debunk", "lookalike", "offtopic")) >= 60
    assert labels["background"] >= 120


def test_a_post_names_a_claim_exactly_when_its_label_is_about_one(posts: list[Post], claims: dict[str, Toml]) -> None:
    for post in posts:
        assert ("claim_id" in post) == (post["label"] in WITH_CLAIM), post["id"]
        assert post.get("claim_id", "withdrawn") in claims


def test_ids_and_addresses_are_unique(posts: list[Post]) -> None:
    assert len({post["id"] for post in posts}) == len(posts)
    assert len({post["url"] for post in posts}) == len(posts)


def test_posts_are_in_order_of_time_within_one_day(posts: list[Post]) -> None:
    times = [at(post) for post in posts]
    assert times == sorted(times)
    assert all(post["created_at"].endswith("Z") for post in posts)
    assert {time.date().isoformat() for time in times} == {"2026-10-20"}


def test_a_repost_passes_on_an_earlier_post_of_its_platform_unchanged(posts: list[Post]) -> None:
    seen: dict[tuple[str, str], Post] = {}
    for post in posts:
        if "repost_of" in post:
            original = seen[post["source"], post["repost_of"]]
            assert post["text"] == original["text"]
            assert post["label"] == original["label"]
            assert post.get("media") == original.get("media")
        if "reply_to" in post:
            assert (post["source"], post["reply_to"]) in seen
        seen[post["source"], post["id"]] = post


def test_no_two_posts_are_nearly_the_same_unless_one_copies_the_other(posts: list[Post]) -> None:
    """A repost says so; a copy by hand has the same words, whatever its case, punctuation and emoji."""
    originals = [(post["id"], words(post["text"])) for post in posts if "repost_of" not in post]
    for (one, left), (other, right) in combinations(originals, 2):
        assert left == right or len(left & right) <= MAX_JACCARD * len(left | right), f"{one} and {other}"


def test_no_post_is_word_for_word_what_the_rules_hold(posts: list[Post], claims: dict[str, Toml]) -> None:
    """Otherwise the demo would show that the monitor can look up a sentence, not that it understands one."""
    known = {
        words(text)
        for claim in claims.values()
        for text in (
            *claim["phrasings"],
            *claim["not_this"],
            claim["claim"],
            *(test["post"] for test in claim["tests"]),
        )
    }
    assert [post["id"] for post in posts if words(post["text"]) in known] == []


def test_the_fake_withdrawal_starts_early_on_two_small_accounts(posts: list[Post]) -> None:
    spread = [number for number, post in enumerate(posts) if post["label"] == "spread"]
    assert spread[1] < 25
    first = [posts[number] for number in spread[:2]]
    assert {post["claim_id"] for post in first} == {"withdrawn"}
    assert len({post["author"] for post in first}) == 2
    assert all(post["followers"] < 200 for post in first)


def test_a_large_account_repeats_the_fake_withdrawal(posts: list[Post]) -> None:
    assert any(
        post["label"] == "spread" and post["claim_id"] == "withdrawn" and post.get("followers", 0) >= 50_000
        for post in posts
    )


def test_the_fake_withdrawal_comes_back_once_after_more_than_six_quiet_hours(posts: list[Post]) -> None:
    times = [at(post) for post in posts if post["label"] == "spread" and post["claim_id"] == "withdrawn"]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert sum(gap > timedelta(hours=6) for gap in gaps) == 1
    assert sum(gap > timedelta(hours=1) for gap in gaps) == 1


def test_five_other_claims_or_more_have_outbreaks_of_their_own(posts: list[Post]) -> None:
    spread = Counter(post["claim_id"] for post in posts if post["label"] == "spread")
    assert sum(2 <= count <= 10 for claim_id, count in spread.items() if claim_id != "withdrawn") >= 5


@pytest.mark.parametrize("kind", HOSTILE)
def test_the_stream_holds_texts_that_would_harm_a_careless_reader(posts: list[Post], kind: str) -> None:
    assert any(HOSTILE[kind] in post["text"] for post in posts)


def test_the_file_itself_holds_no_invisible_characters() -> None:
    """They stand there as escapes, so that an editor or a review shows them."""
    assert not re.search("[\x00-\x09\x0b-\x1f\u200b\u202a-\u202e\u2066-\u2069]", STREAM.read_text(encoding="utf-8"))
