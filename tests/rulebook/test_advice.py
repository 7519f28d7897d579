"""Warnings: of rules that work, and do not do what was meant."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor import rulebook
from monitor.errors import Problem
from monitor.rulebook import advice

NOW = datetime(2026, 10, 20, tzinfo=UTC)
RULES = Path(__file__).parents[2] / "rules"
CANDIDATES = (
    '[[candidates]]\nid = "rivera"\nname = "Ana Rivera"\naliases = ["the councilmember"]\nhashtags = ["#TeamAna"]\n'
)
CLAIM = """\
id = "withdrawn"
claim = "Ana Rivera quit."
truth = "She runs."
about = ["rivera"]
phrasings = [
  "Rivera is out",
]
"""
VOTE = """\
id = "vote-by-text"
claim = "You can vote by text."
truth = "You cannot."
about = []
must_mention = ["text", "sms"]
phrasings = [
  "vote by text",
  "send your vote from your phone",
]
"""


def warnings(folder: Path, *claims: str) -> list[Problem]:
    (folder / "candidates.toml").write_text(CANDIDATES, encoding="utf-8")
    for number, claim in enumerate(claims):
        (folder / f"claim{number}.toml").write_text(claim, encoding="utf-8")
    return advice.advise(rulebook.read(folder), NOW)


def test_the_sample_rules_give_no_warning() -> None:
    assert advice.advise(rulebook.read(RULES), NOW) == []


def test_a_phrasing_that_names_nobody_is_told_where_it_stands(tmp_path: Path) -> None:
    [problem] = warnings(tmp_path, CLAIM.replace('out",', 'out",\n  "she quit",'))

    assert (problem.line, problem.column) == (7, 3)
    assert problem.what == "this phrasing does not name Ana Rivera: it resembles posts about anybody"


@pytest.mark.parametrize(
    "phrasing", ["ana quit", "RIVERA's out", "The Councilmember quit", "#teamana is over", "riverá se retiró"]
)
def test_any_name_of_the_candidate_will_do(tmp_path: Path, phrasing: str) -> None:
    assert warnings(tmp_path, CLAIM.replace("Rivera is out", phrasing)) == []


def test_a_phrasing_that_must_mention_would_keep_out_is_told(tmp_path: Path) -> None:
    [problem] = warnings(tmp_path, VOTE)

    assert problem.line == 8
    assert "no word of 'must_mention' is in this phrasing" in problem.what


@pytest.mark.parametrize(
    ("date", "status", "told"),
    [
        ("2026-10-19", "active", True),
        ("2026-10-19", "shadow", True),
        ("2026-10-20", "active", False),
        ("2026-10-19", "draft", False),
        ("2026-10-19", "retired", False),
    ],
)
def test_a_claim_whose_time_is_over_is_told(tmp_path: Path, date: str, status: str, told: bool) -> None:
    found = warnings(tmp_path, f'valid_until = {date}\nstatus = "{status}"\n{CLAIM}')

    assert [(problem.line, problem.column) for problem in found] == ([(1, 15)] if told else [])


def entry(post: str, expect: str) -> str:
    return f'\n[[tests]]\npost = "{post}"\nexpect = "{expect}"\n'


@pytest.mark.parametrize(
    ("tests", "line", "what"),
    [
        (entry("Ana quit!", "alert") + entry("ANA  quit!", "alert"), 14, "its post is that of test 1"),
        (entry("Ana quit!", "alert") + entry("Ana quit!", "quiet"), 14, "expects the opposite of test 1"),
        (entry("rivera is out", "alert"), 10, "one of the phrasings word for word"),
        (entry("ana rivera quit.", "alert"), 10, "one of the phrasings word for word"),
        (entry("Rivera is out", "quiet"), 10, "expects quiet for a post that is one of the phrasings"),
    ],
)
def test_a_test_that_says_nothing_is_told(tmp_path: Path, tests: str, line: int, what: str) -> None:
    [problem] = warnings(tmp_path, CLAIM + tests)

    assert problem.line == line
    assert what in problem.what


def test_a_post_may_be_a_test_of_two_claims(tmp_path: Path) -> None:
    other = CLAIM.replace('"withdrawn"', '"arrested"').replace("is out", "is in jail")

    assert warnings(tmp_path, CLAIM + entry("Ana quit", "alert"), other + entry("Ana quit", "quiet")) == []


def test_a_phrasing_that_is_there_twice_is_told(tmp_path: Path) -> None:
    found = warnings(tmp_path, CLAIM.replace('out",', 'out",\n  "RIVERA is out",\n  "Ana Rivera quit.",'))

    assert [(problem.line, problem.what) for problem in found] == [
        (7, "this is phrasing 1 once more"),
        (8, "this is the claim itself once more"),
    ]


def test_a_phrasing_of_two_claims_is_told_at_the_second(tmp_path: Path) -> None:
    [problem] = warnings(tmp_path, CLAIM, CLAIM.replace('"withdrawn"', '"arrested"'))

    assert (problem.path.name, problem.line) == ("claim1.toml", 6)
    assert problem.what == "“Rivera is out” is also a phrasing of 'withdrawn' (claim0.toml)"


@pytest.mark.parametrize(
    ("posts", "told"),
    [
        ({"en": 8, "es": 2}, True),
        ({"en": 9, "es": 1}, False),
        ({"en": 7, "es": 2}, False),
        ({"es": 10}, True),
        ({"en": 10}, False),
    ],
)
def test_a_claim_that_goes_round_in_spanish_needs_a_spanish_phrasing(
    tmp_path: Path, posts: dict[str, int], told: bool
) -> None:
    warnings(tmp_path, CLAIM)

    found = advice.in_their_language(rulebook.read(tmp_path), {"withdrawn": posts})

    assert [(problem.line, problem.column) for problem in found] == ([(5, 13)] if told else [])


def test_a_claim_with_a_spanish_phrasing_needs_no_other(tmp_path: Path) -> None:
    warnings(tmp_path, CLAIM.replace("Rivera is out", "Ana Rivera se retiró de la contienda por la alcaldía"))

    assert advice.in_their_language(rulebook.read(tmp_path), {"withdrawn": {"es": 30}}) == []
