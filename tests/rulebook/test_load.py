from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor import rulebook
from monitor.model import ClaimStatus, Correction, Decision, RuleTest, Severity, Stance

ROOT = Path(__file__).parents[2]
CAMPAIGN = ROOT / os.environ.get("SHARED", "../shared") / "data" / "campaign" / "rules"

CANDIDATES = """\
[[candidates]]
id = "rivera"
name = "Ana Rivera"
aliases = ["Ana R."]
handles = ["@anarivera.example"]
hashtags = ["#Rivera2026"]
ambiguous = ["Rivera"]
context = ["mayor"]
ours = true
"""
CLAIM = """\
id = "withdrawn"
claim = "Ana Rivera has withdrawn."
truth = "Ana Rivera is on the ballot."
about = ["rivera"]
status = "shadow"
severity = "critical"
owner = "rapid response"
evidence = ["https://example.org/ballot"]
phrasings = ["Rivera dropped out"]
not_this = ["Rivera withdrew her bill"]
threshold = 0.7
valid_from = 2026-10-01
valid_until = 2026-11-03
known_false_alarms = "The striker retires too."

[[corrections]]
platform = "x"
lang = "es"
text = "{{ truth }} {% if post_url %}{{ post_url }}{% endif %}"

[[tests]]
post = "No, she has NOT"
expect = "quiet"
stance = "deny"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "candidates.toml").write_text(CANDIDATES, encoding="utf-8")
    (tmp_path / "withdrawn.toml").write_text(CLAIM, encoding="utf-8")
    return tmp_path


def test_every_key_arrives(folder: Path) -> None:
    rules = rulebook.load(folder)

    [candidate], [claim] = rules.candidates, rules.claims
    assert (candidate.name, candidate.aliases, candidate.handles) == (
        "Ana Rivera",
        ("Ana R.",),
        ("@anarivera.example",),
    )
    assert (candidate.hashtags, candidate.ambiguous, candidate.context) == (("#Rivera2026",), ("Rivera",), ("mayor",))
    assert candidate.ours
    assert (claim.status, claim.severity, claim.owner) == (ClaimStatus.SHADOW, Severity.CRITICAL, "rapid response")
    assert (claim.about, claim.phrasings, claim.not_this) == (
        ("rivera",),
        ("Rivera dropped out",),
        ("Rivera withdrew her bill",),
    )
    assert (claim.threshold, claim.known_false_alarms) == (0.7, "The striker retires too.")
    assert claim.evidence == ("https://example.org/ballot",)
    [correction] = claim.corrections
    assert (correction.platform, correction.lang, correction.line) == ("x", "es", 16)
    assert claim.tests == (RuleTest("No, she has NOT", Decision.QUIET, Stance.DENY, line=21),)
    assert claim.file == "withdrawn.toml"


def test_dates_are_whole_days_in_utc(folder: Path) -> None:
    [claim] = rulebook.load(folder).claims

    assert claim.valid_from == datetime(2026, 10, 1, tzinfo=UTC)
    assert claim.is_matched(datetime(2026, 11, 3, 23, 59, tzinfo=UTC))
    assert not claim.is_matched(datetime(2026, 11, 4, tzinfo=UTC))


def test_a_time_with_a_zone_is_that_moment(folder: Path) -> None:
    text = CLAIM.replace("valid_until = 2026-11-03", "valid_until = 2026-11-03T20:00:00-05:00")
    (folder / "withdrawn.toml").write_text(text, encoding="utf-8")

    [claim] = rulebook.load(folder).claims

    assert claim.valid_until == datetime(2026, 11, 4, 1, tzinfo=UTC)


def test_what_is_left_out_has_a_default(folder: Path) -> None:
    text = 'id = "text-votes"\nclaim = "c"\ntruth = "t"\nabout = []\nphrasings = ["p"]\n[[corrections]]\ntext = "t"\n'
    (folder / "withdrawn.toml").write_text(text, encoding="utf-8")

    [claim] = rulebook.load(folder).claims

    assert (claim.status, claim.severity, claim.threshold) == (ClaimStatus.ACTIVE, Severity.MEDIUM, None)
    assert claim.corrections == (Correction("t", "any", "en", line=6),)


def test_other_files_are_not_read(folder: Path) -> None:
    (folder / "candidates.json").write_text("{", encoding="utf-8")
    (folder / ".#withdrawn.toml").write_text("an editor's lock", encoding="utf-8")
    (folder / "old").mkdir()

    assert len(rulebook.load(folder).claims) == 1


def test_windows_line_ends_and_byte_order_mark_are_welcome(folder: Path) -> None:
    (folder / "withdrawn.toml").write_bytes(b"\xef\xbb\xbf" + CLAIM.replace("\n", "\r\n").encode())

    [claim] = rulebook.load(folder).claims

    assert claim.tests[0].line == 21


def test_the_version_follows_every_byte_and_every_name(folder: Path) -> None:
    first = rulebook.load(folder).version
    assert first == rulebook.load(folder).version

    (folder / "withdrawn.toml").write_text(CLAIM + "# a note\n", encoding="utf-8")
    second = rulebook.load(folder).version
    (folder / "withdrawn.toml").rename(folder / "quit.toml")

    assert len({first, second, rulebook.load(folder).version}) == 3


def test_the_sample_campaign_loads() -> None:
    rules = rulebook.load(ROOT / "rules")

    assert len(rules.candidates) == 3
    assert len(rules.claims) == 10


@pytest.mark.skipif(not CAMPAIGN.is_dir(), reason="the shared campaign data is not on this machine")
def test_the_shared_campaign_loads() -> None:
    rules = rulebook.load(CAMPAIGN)

    assert len(rules.claims) == 12
    assert any(not claim.about and not claim.must_mention for claim in rules.claims)
