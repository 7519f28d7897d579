"""A campaign for the benchmark: as many claims as incidents are wanted, and a judge that reads a claim's number."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from monitor.match.matcher import Matcher
from monitor.model import Candidate, Claim, Decision, Match, Mention, Post, Rules, Severity, Stance

CHANNEL = "C01RAPID"
BOT_TOKEN, APP_TOKEN = "xoxb-test-token", "xapp-test-token"
PEOPLE = tuple(f"U{number:02}DESK" for number in range(20))
_NUMBER = re.compile(r"claim (\d+)")


def campaign(claims: int, seed: int) -> Rules:
    """Severities in equal shares, in an order that says nothing."""
    severities = [list(Severity)[number % len(Severity)] for number in range(claims)]
    random.Random(seed).shuffle(severities)
    return Rules(
        (Candidate("rivera", "Ana Rivera"),),
        tuple(
            Claim(claim_id(number), f"False claim {number}.", "It is not so.", ("rivera",), severity=severity)
            for number, severity in enumerate(severities)
        ),
        "benchmark",
    )


def write(rules: Rules, folder: Path) -> None:
    """The rules as files: the service reads them again as they are saved."""
    folder.mkdir()
    for candidate in rules.candidates:
        said = f'[[candidates]]\nid = "{candidate.id}"\nname = "{candidate.name}"\n'
        (folder / "candidates.toml").write_text(said, "utf-8")
    for claim in rules.claims:
        said = f'id = "{claim.id}"\nclaim = "{claim.claim}"\ntruth = "{claim.truth}"\nabout = ["rivera"]\n'
        said += f'severity = "{claim.severity}"\nphrasings = ["{claim.claim}"]\n'
        (folder / f"{claim.id}.toml").write_text(said, "utf-8")


def claim_id(number: int) -> str:
    return f"claim-{number:03}"


def text_of(claim: int, copy: int = 0) -> str:
    return f"Ana Rivera, claim {claim}, as told by witness {copy}."


class StubMatcher(Matcher):
    """Every post asserts the claim whose number it names: how well the model reads is not what is measured here."""

    def __init__(self) -> None:
        pass

    def reindexed(self, rules: Rules) -> StubMatcher:  # noqa: ARG002
        return self

    def match(self, posts: Sequence[tuple[Post, Mention]], now: datetime) -> list[Match | None]:  # noqa: ARG002
        return [_match(post) for post, _ in posts]


def _match(post: Post) -> Match | None:
    found = _NUMBER.search(post.text)
    if found is None:
        return None
    claim = claim_id(int(found[1]))
    return Match(post.key, claim, "wording", 0.9, Stance.SUPPORT, Decision.ALERT, post.text, "a stub judge")
