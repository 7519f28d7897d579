from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import httpx
import pytest
import respx
from click.testing import CliRunner, Result

from monitor import pipeline, rulebook
from monitor.cli import cli
from monitor.config import MatchConfig
from monitor.errors import InputError, SourceRefused
from monitor.model import Post, Rules
from monitor.sources.factcheck import URL

CANDIDATES = '[[candidates]]\nid = "rivera"\nname = "Ana Rivera"\n\n[[candidates]]\nid = "moon"\nname = "Daniel Moon"\n'
WITHDRAWN = """\
id = "withdrawn"
claim = "Ana Rivera has quit the race."
truth = "She runs."
about = ["rivera"]
status = "retired"
phrasings = ["Rivera is out"]
"""
HEAD = "claim,rating,link,publisher,date,language\n"
YACHT = "Ana Rivera owns a yacht.,Pants on Fire,https://checks.example/1,Checks,2026-10-01,en\n"


class SameLastWord:
    """Stands in for the real stages: a post asserts every claim that has the post's last word in it."""

    def __init__(self, rules: Rules, settings: MatchConfig | None = None) -> None:
        self.rules = rules

    def with_rules(self, rules: Rules) -> SameLastWord:
        return SameLastWord(rules)

    def scores(self, batch: Sequence[Post], now: datetime) -> list[dict[str, float]]:
        return [
            {
                claim.id: 0.9 if post.text.rstrip(".").split()[-1] in claim.claim else 0.0
                for claim in self.rules.claims
                if claim.is_matched(now)
            }
            for post in batch
        ]


@pytest.fixture(autouse=True)
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pipeline, "load_stages", SameLastWord)
    monkeypatch.delenv("MONITOR_FACTCHECK_KEY", raising=False)
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "candidates.toml").write_text(CANDIDATES, "utf-8")
    (folder / "withdrawn.toml").write_text(WITHDRAWN, "utf-8")
    return folder


def run(source: str, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["claims", "import", source, *arguments], catch_exceptions=False)


def sheet(rows: str) -> str:
    Path("checks.csv").write_text(HEAD + rows, "utf-8")
    return "checks.csv"


def files() -> list[str]:
    return sorted(path.name for path in Path("rules").iterdir())


def fates(result: Result) -> list[str]:
    return [one["fate"] for one in json.loads(result.stdout)]


def test_a_claim_that_is_rated_false_becomes_a_draft_with_its_evidence(workplace: Path) -> None:
    done = run(sheet(YACHT))
    assert done.exit_code == 0
    assert "draft: owns-yacht.toml" in done.output
    written = tomllib.loads((workplace / "owns-yacht.toml").read_text("utf-8"))
    assert written["status"] == "draft"
    assert (written["claim"], written["about"]) == ("Ana Rivera owns a yacht.", ["rivera"])
    assert written["evidence"] == ["https://checks.example/1"]
    assert written["truth"] == "Checks checked this claim on 2026-10-01 and rated it: Pants on Fire."
    assert rulebook.check(workplace) == []


def test_the_same_import_again_writes_nothing() -> None:
    run(sheet(YACHT))
    before = files()
    again = run(sheet(YACHT + YACHT.upper().replace("HTTPS", "https")), "--json")
    assert [one["why"] for one in json.loads(again.stdout)] == [
        "the claim 'owns-yacht' says it already (in the same words)"
    ] * 2
    assert files() == before


def test_a_claim_in_other_words_is_recognised_by_the_matcher() -> None:
    rows = (
        "It is true: Ana Rivera abandoned the race.,False,https://checks.example/2,,,\n"
        "Daniel Moon was imprisoned.,False,https://checks.example/3,,,\n"
        "They have imprisoned Daniel Moon.,False,https://other.example/4,,,\n"
    )
    Path("rules/withdrawn.toml").write_text(WITHDRAWN.replace("has quit", "has abandoned"), "utf-8")
    done = run(sheet(rows), "--json")
    answer = json.loads(done.stdout)
    assert fates(done) == ["already there", "draft", "already there"]
    assert answer[0]["why"] == "the claim 'withdrawn' says it already (score 0.90)"
    assert answer[2]["why"] == "the claim 'imprisoned' says it already (score 0.90)"
    assert files() == ["candidates.toml", "imprisoned.toml", "withdrawn.toml"]


def test_a_dry_run_shows_the_same_and_writes_nothing() -> None:
    before = files()
    done = run(sheet(YACHT), "--dry-run")
    assert "draft: owns-yacht" in done.output
    assert "Nothing written (--dry-run)" in done.output
    assert files() == before


@pytest.mark.parametrize(
    ("arguments", "drafts"),
    [
        ([], 2),
        (["--candidate", "moon"], 1),
        (["--publisher", "checks.example"], 1),
        (["--publisher", "other news"], 1),
        (["--lang", "es"], 1),
        (["--since", "2026-09-15"], 1),
        (["--since", "99999d"], 2),
        (["--since", "9999w"], 2),
        (["--vote"], 3),
        (["--also-false", "Cloudy"], 3),
        (["--most", "1"], 1),
    ],
)
def test_filters_say_what_is_wanted(arguments: list[str], drafts: int) -> None:
    rows = (
        f"{YACHT}Daniel Moon compró un castillo.,Falso,https://news.example/1,Other News,2026-09-01,es\n"
        "Ballots are shredded by the county.,False,https://news.example/2,Paper,2026-09-02,en\n"
        "Ana Rivera is a lizard.,Cloudy,https://news.example/3,Paper,2026-09-02,en\n"
        "Ana Rivera was born abroad.,Half True,https://news.example/4,Paper,2026-09-02,en\n"
    )
    assert fates(run(sheet(rows), "--json", *arguments)).count("draft") == drafts


def test_a_rating_that_is_in_no_table_is_listed_and_not_guessed() -> None:
    rows = "Ana Rivera is a lizard.,Mostly \x1b[2JCloudy,https://checks.example/3,,,\n"
    done = run(sheet(rows * 2))
    assert 'checks.example rates "Mostly [2JCloudy", 2 times, which is in no table' in done.stderr
    assert '--also-false "Mostly [2JCloudy"' in done.stderr
    assert files() == ["candidates.toml", "withdrawn.toml"]


def test_bad_rows_are_told_and_the_others_are_taken() -> None:
    done = run(sheet(f"{YACHT}Ana Rivera lies.,False,,,,\n"))
    assert done.exit_code == 1
    assert "checks.csv:3:1: this row lacks the fact check's address" in done.stderr
    assert "owns-yacht.toml" in files()


def test_hostile_words_are_nothing_but_words(workplace: Path) -> None:
    review = {
        "@type": "ClaimReview",
        "claimReviewed": 'Ana Rivera "]\nstatus = "active"\n[[tests]] {{ evidence }} ../../x \x1b]0;gone\x07 \u202e',
        "url": "https://checks.example/9",
        "author": {"name": '{{ claim }}"""'},
        "reviewRating": {"alternateName": "False"},
    }
    Path("page.html").write_text(f'<script type="application/ld+json">{json.dumps(review)}</script>', "utf-8")
    done = run("page.html")
    assert "\x1b" not in done.output
    (name,) = set(files()) - {"candidates.toml", "withdrawn.toml"}
    written = tomllib.loads((workplace / name).read_text("utf-8"))
    assert written["status"] == "draft"
    assert "tests" not in written
    assert rulebook.check(workplace) == []


def test_a_feed_that_was_cut_off_is_read_as_far_as_it_goes() -> None:
    review = json.dumps(
        {
            "@type": "ClaimReview",
            "claimReviewed": "Ana Rivera owns a yacht.",
            "url": "https://checks.example/1",
            "reviewRating": {"ratingValue": 1, "bestRating": 5},
        }
    )
    Path("data.json").write_text(f'{{"dataFeedElement": [{{"item": [{review}]}}, {{"item": [', "utf-8")
    done = run("data.json")
    assert done.exit_code == 1
    assert "data.json: this is not JSON, or it was cut off; what came before it was read" in done.stderr
    assert "owns-yacht.toml" in files()
    assert "rated it: 1 (1 to 5)." in Path("rules/owns-yacht.toml").read_text("utf-8")


@respx.mock
def test_google_is_searched_for_the_candidates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_FACTCHECK_KEY", "secret-key")
    review = {"url": "https://checks.example/1", "textualRating": "False"}
    route = respx.get(URL)
    route.side_effect = [
        httpx.Response(200, json={"claims": [{"text": "Ana Rivera owns a yacht.", "claimReview": [review]}]}),
        httpx.Response(200, json={"claims": [{"text": "x", "claimReview": [{}]}], "nextPageToken": "more"}),
        httpx.Response(429),
    ]
    done = run("google", "--since", "10d")
    assert [call.request.url.params["query"] for call in route.calls] == ["Ana Rivera", "Daniel Moon", "Daniel Moon"]
    assert route.calls[0].request.url.params["maxAgeDays"] == "11"
    assert done.exit_code == 1
    assert "not everything about 'Daniel Moon' was read: Google's limit" in done.stderr
    assert "secret-key" not in done.output


def test_a_page_without_a_review_says_so() -> None:
    Path("page.html").write_text("<html><title>Rivera</title>", "utf-8")
    done = run("page.html")
    assert "it holds no review as ClaimReview" in done.stderr
    assert "Fact checks read: 0" in done.stdout


def test_a_day_that_is_none_is_explained() -> None:
    done = run(sheet(YACHT), "--since", "soon")
    assert done.exit_code == 2
    assert "12h, 7d, 2w or 2026-11-02" in done.stderr


def test_mistakes_on_the_command_line_are_explained() -> None:
    for arguments, said in (
        (["google"], "MONITOR_FACTCHECK_KEY is not set"),
        (["no-such.json"], "cannot be read"),
        (["rules"], "cannot be read"),
        ([sheet(YACHT), "--candidate", "nobody"], "the ids there are: rivera, moon"),
    ):
        with pytest.raises(InputError, match=said):
            run(*arguments)
    with pytest.raises(SourceRefused):
        run("http://checks.example/")
