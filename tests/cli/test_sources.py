from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
from click.testing import CliRunner, Result

from monitor.cli import cli
from monitor.sources.queries import DIALECTS

RULES = Path(__file__).parents[2] / "rules"
HN = '[[sources]]\nkind = "hackernews"\n'
NEWS = '[[sources]]\nkind = "rss"\nname = "paper"\nurl = "https://paper.example/feed"\n'
FEED = b'<rss version="2.0"><channel><title>P</title><item><guid>a:1</guid><title>x</title></item></channel></rss>'


def run(folder: Path, config: str, *arguments: str) -> Result:
    path = folder / "config.toml"
    path.write_text(f'rules = "{RULES}"\n{config}', "utf-8")
    return CliRunner().invoke(cli, ["sources", *arguments, "-c", str(path)])


def plans(folder: Path, config: str, *arguments: str) -> dict[str, dict[str, Any]]:
    done = run(folder, config, "plan", "--json", *arguments)
    assert done.exit_code == 0
    return {one["source"]: one for one in json.loads(done.output)}


def test_the_plan_shows_what_the_rules_ask_for(tmp_path: Path) -> None:
    done = run(tmp_path, HN + NEWS, "plan")
    assert done.exit_code == 0
    assert '    "Ana Rivera"\n' in done.output
    assert "requests a day, free" in done.output
    found = plans(tmp_path, HN + NEWS)
    assert '"Daniel Moon"' in found["hackernews"]["asks"]
    assert found["paper"]["requests_per_day"] == 288


def test_the_plan_shows_other_platforms_when_asked(tmp_path: Path) -> None:
    found = plans(tmp_path, HN, "--all")
    assert {one["kind"] for one in found.values()} == set(DIALECTS)
    assert '"Ana Rivera" OR' in found["(x)"]["asks"][0]


def test_without_sources_the_plan_says_so(tmp_path: Path) -> None:
    assert "No sources are configured" in run(tmp_path, "", "plan").output


@respx.mock
def test_the_check_asks_every_source_with_the_rules_words(tmp_path: Path) -> None:
    respx.get("https://paper.example/feed").respond(200, content=FEED)
    asked = respx.get("https://hn.algolia.com/api/v1/search_by_date").respond(
        200, json={"hits": []}, headers={"x-ratelimit-remaining": "99", "x-ratelimit-limit": "100"}
    )
    done = run(tmp_path, HN + NEWS, "check")
    assert done.exit_code == 0
    assert 'works hackernews: no posts for "Ana Rivera"; 99 of 100 requests left' in done.output
    assert "works paper: 1 entry" in done.output
    assert asked.calls.last.request.url.params["query"] == '"Ana Rivera"'


@respx.mock
def test_one_that_fails_makes_the_exit_status_1_and_the_others_are_told(tmp_path: Path) -> None:
    respx.get("https://paper.example/feed").respond(403)
    respx.get("https://hn.algolia.com/api/v1/search_by_date").respond(200, json={"hits": []})
    done = run(tmp_path, HN + NEWS, "check", "--json")
    assert done.exit_code == 1
    works = {one["source"]: one["works"] for one in json.loads(done.output)}
    assert works == {"hackernews": True, "paper": False}


@respx.mock
def test_only_the_named_source_is_asked(tmp_path: Path) -> None:
    respx.get("https://paper.example/feed").respond(200, content=FEED)
    assert run(tmp_path, HN + NEWS, "check", "paper").exit_code == 0
    done = run(tmp_path, HN + NEWS, "check", "papper")
    assert "there is no source named papper; the config names: hackernews, paper" in str(done.exception)


@respx.mock
def test_the_check_goes_on_without_rules(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f'rules = "nowhere"\n{NEWS}', "utf-8")
    respx.get("https://paper.example/feed").respond(200, content=FEED)
    assert CliRunner().invoke(cli, ["sources", "check", "-c", str(path)]).exit_code == 0


@pytest.mark.parametrize("arguments", [("check",), ("plan",)])
def test_nothing_configured_is_said(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert "No sources are configured" in run(tmp_path, "", *arguments).output


X = '[[sources]]\nkind = "x"\nposts_per_day = 2000\nserver = "https://x.example"\n'


@respx.mock
def test_what_a_check_uses_up_counts_and_the_plan_shows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_BEARER_TOKEN", "bearer-1")
    post = {"id": "1", "text": "x", "author_id": "7", "created_at": "2026-10-01T12:00:00Z", "lang": "en"}
    answer = {"data": [post], "meta": {"result_count": 1, "newest_id": "1"}}
    respx.get("https://x.example/2/tweets/search/recent").respond(200, json=answer)
    before = run(tmp_path, X, "plan").output
    assert "used: 0 of 2,000 posts today (0.00 of 10.00 USD)" in before
    assert "paid, 0.005 USD a post; at most 2,000 posts a day (10.00 USD)" in before
    assert "1 of 2,000 posts today" in run(tmp_path, X, "check").output
    assert "used: 1 of 2,000 posts today (0.01 of 10.00 USD)" in run(tmp_path, X, "plan").output


@respx.mock
@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (httpx.ConnectError("no route"), "cannot be reached: no route; check this machine's network, and the address"),
        (httpx.ConnectError("no route"), "; try again in some minutes; a running monitor does so by itself"),
        (httpx.Response(429, headers={"retry-after": "600"}), "asks us to slow down (429); try again in 10 minutes"),
        (httpx.Response(401), "check the token or login of this source; mend that, or what is in X_BEARER_TOKEN, and"),
        (
            httpx.Response(200, json={"meta": {"result_count": 0}}),
            "; well if nobody wrote that lately: search the site",
        ),
    ],
)
def test_the_check_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: httpx.Response | httpx.ConnectError, says: str
) -> None:
    monkeypatch.setenv("X_BEARER_TOKEN", "bearer-1")
    respx.get("https://x.example/2/tweets/search/recent").mock(side_effect=[answer])
    done = run(tmp_path, X, "check")
    assert says in done.output
    assert "bearer-1" not in done.output
    assert done.exit_code == (0 if isinstance(answer, httpx.Response) and answer.status_code == 200 else 1)


@respx.mock
def test_a_source_without_a_token_is_not_told_to_mend_one(tmp_path: Path) -> None:
    respx.get("https://paper.example/feed").respond(401)
    assert "this source has no token, so open its address in a browser" in run(tmp_path, NEWS, "check").output


@respx.mock
def test_an_empty_feed_is_told_as_strange(tmp_path: Path) -> None:
    empty = b'<rss version="2.0"><channel><title>P</title></channel></rss>'
    respx.get("https://paper.example/feed").respond(200, content=empty)
    assert "no entries; a feed seldom has none" in run(tmp_path, NEWS, "check").output
