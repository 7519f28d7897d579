"""JSON Schemas of the rules files, for editors that complete and check while people type.

What they hold is what the loader asks for: it reads an empty file, and the tables remember every question. Only the
words that an editor shows beside a key stand here. What no schema can tell (a text between curly quotes, a correction
that is too long, an id that nobody has) only `monitor rules check` tells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from monitor.rulebook.candidates import take_candidates
from monitor.rulebook.claims import take_claim
from monitor.toml import Document, Table

DRAFT = "https://json-schema.org/draft/2020-12/schema"
"""Taplo, which checks in VS Code, knows older drafts: no keyword is used whose meaning they do not share."""

_CLAIM = {
    "id": "A short name; leave it alone once it is in use. No two claims share one.",
    "claim": "The false claim in one plain sentence, with the person's full name.",
    "truth": "What is so, without the false words.",
    "about": "Ids from candidates.toml. []: it is about the vote itself.",
    "status": "draft: not used; shadow: matched and logged, nobody is told; active; retired: kept for the record.",
    "severity": "What would it cost if this ran for an hour unanswered?",
    "owner": "Who answers.",
    "evidence": "Web addresses that prove the truth, the best one first.",
    "phrasings": "Ways in which people really say it. Four to seven that differ from each other.",
    "not_this": "Sentences that look alike and are something else.",
    "threshold": "0 to 1. Higher: fewer wrong alerts for this claim, more misses.",
    "must_mention": "Only with about = []: a post must have one of these words.",
    "valid_from": "The first day, in UTC, or a moment with its zone. Without quotes.",
    "valid_until": "The last day, in UTC, or a moment with its zone. Without quotes.",
    "known_false_alarms": "A note to whoever sees the alert.",
    "corrections": "Answers, written before they are needed: one for each platform and language.",
    "corrections.text": "What is sent. Filled in: {{ candidate }} {{ claim }} {{ truth }} {{ evidence }} {{post_url}}",
    "corrections.platform": "any: wherever there is no closer one.",
    "corrections.lang": "The short code of the language: en, es.",
    "tests": "Posts, and the answer you expect. `monitor rules test` runs them.",
    "tests.post": "The post as somebody would write it.",
    "tests.expect": "alert: people must be told about this claim; quiet: they must not.",
    "tests.stance": "What the post does with the claim. query: it really asks.",
}
_CANDIDATES = {
    "candidates": "The people on the ballot, one entry each.",
    "candidates.id": "A short name for the other files.",
    "candidates.name": "As it stands on the ballot; corrections show it.",
    "candidates.aliases": "Whole names that can mean nobody else. Capitals and accents do not matter.",
    "candidates.handles": "Accounts, with the @.",
    "candidates.hashtags": "Hashtags, with the #, in quotes.",
    "candidates.ambiguous": "Names that can mean somebody else: they count only beside a word from context.",
    "candidates.context": "Words beside which the ambiguous names count.",
    "candidates.ours": "true: our own candidate; false: somebody we watch only.",
}


def claim_schema() -> bytes:
    """The schema of a claim's file."""
    return _schema("A claim", take_claim, {"corrections": [{}], "tests": [{}]}, _CLAIM)


def candidates_schema() -> bytes:
    """The schema of candidates.toml."""
    return _schema("candidates.toml", take_candidates, {"candidates": [{}]}, _CANDIDATES)


SCHEMAS: Mapping[str, Callable[[], bytes]] = {"claim": claim_schema, "candidates": candidates_schema}


def _schema(
    title: str, take: Callable[[Table], object], empty: Mapping[str, object], words: Mapping[str, str]
) -> bytes:
    table = Table(Document(Path("empty.toml"), empty), [], title)
    take(table)
    schema = table.schema()
    _describe(schema, words, "")
    return msgspec.json.format(msgspec.json.encode({"$schema": DRAFT, "title": title} | schema), indent=2) + b"\n"


def _describe(schema: object, words: Mapping[str, str], at: str) -> None:
    """Write each key's words beside it, in place. `at` is the way to a table inside: "tests."."""
    if not isinstance(schema, dict):
        return
    for key, shape in schema.get("properties", {}).items():
        shape["description"] = words[f"{at}{key}"]
        _describe(shape.get("items"), words, f"{at}{key}.")
