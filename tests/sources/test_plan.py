from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path

from monitor.config import (
    BlueskySource,
    FourchanSource,
    GdeltSource,
    GoogleNewsSource,
    HackerNewsSource,
    JsonlSource,
    LemmySource,
    MastodonSource,
    RedditSource,
    RssSource,
    Secret,
    WebhookSource,
    YouTubeSource,
)
from monitor.model import Candidate, Rules
from monitor.sources import KINDS, mastodon_stream
from monitor.sources.plan import APART, STREAM_POLL_SECONDS, filled, plan_of

KEY = Secret("a key")
RULES = Rules((Candidate("rivera", "Ana Rivera", hashtags=("#Rivera2026",)),), (), "v")


def test_a_source_that_names_no_search_gets_them_from_the_rules() -> None:
    assert filled(HackerNewsSource("hn"), RULES) == HackerNewsSource("hn", ('"Ana Rivera"', '"Rivera2026"'))
    assert filled(LemmySource("l", "https://l.example"), RULES).search == ("Ana Rivera", "Rivera2026")  # type: ignore[union-attr]
    assert filled(GdeltSource("g"), RULES) == GdeltSource("g", ('("Ana Rivera" OR "Rivera2026")',))
    assert filled(BlueskySource("b"), RULES) == BlueskySource("b", search=('"Ana Rivera"', "#Rivera2026"))


def test_what_the_config_names_stays() -> None:
    for named in (
        HackerNewsSource("hn", ("a",)),
        MastodonSource("m", "https://m.example", ("tag",)),
        RssSource("r", "x"),
    ):
        assert filled(named, RULES) == named


def test_mastodon_follows_hashtags_and_searches_only_with_a_token() -> None:
    without = filled(MastodonSource("m", "https://m.example"), RULES)
    assert without == MastodonSource("m", "https://m.example", ("Rivera2026", "AnaRivera"))
    token = Secret("t")
    assert filled(MastodonSource("m", "https://m.example", token=token), RULES) == MastodonSource(
        "m", "https://m.example", ("Rivera2026", "AnaRivera"), ('"Ana Rivera"',), token
    )


def test_requests_in_a_day_are_those_of_its_rounds() -> None:
    assert plan_of(RssSource("r", "https://r.example/feed")).requests_per_day == 288
    assert plan_of(HackerNewsSource("hn", ("a", "b"), every_seconds=119.2)).requests_per_day == 1440
    assert plan_of(GoogleNewsSource("n", ("a", "b"))).requests_per_day == 288
    reddit = RedditSource("r", "app", KEY, ("a", "b"), every_seconds=120)
    assert plan_of(reddit).requests_per_day == round(3 * 86_400 / (120 + 3 * 0.65)), "and one look at all threads"
    assert plan_of(YouTubeSource("y", KEY, ("a",), 100, every_seconds=300)).requests_per_day == 100 + 288


def test_mastodon_waits_a_second_between_requests_and_polls_seldom_what_is_streamed() -> None:
    polled = MastodonSource("m", "https://m.example", ("a",), ("b",), every_seconds=30)
    assert plan_of(polled).requests_per_day == 2 * 86_400 / (30 + 2)
    many = tuple(map(str, range(1000)))
    assert plan_of(replace(polled, hashtags=many)).requests_per_day <= 86_400, "300 in 5 minutes"
    assert plan_of(replace(polled, stream=True)).requests_per_day == round(2 * 86_400 / (300 + 2))


def test_4chan_asks_for_its_boards_on_a_quiet_day() -> None:
    plan = plan_of(FourchanSource("4", ("pol", "news"), every_seconds=60))
    assert plan.requests_per_day == round(2 * 86_400 / (60 + 2 * 1.1))
    assert "up to 78,545" in plan.note


def test_the_plan_counts_with_the_seconds_that_the_sources_keep() -> None:
    kept = {
        config: getattr(import_module(f"monitor.sources.{KINDS[config][0]}"), "SECONDS_BETWEEN", None)
        for config in KINDS
    }
    assert {config: seconds for config, seconds in kept.items() if seconds} == APART
    assert mastodon_stream.POLL_SECONDS == STREAM_POLL_SECONDS


def test_no_plan_has_more_requests_than_fit_between_two_waits() -> None:
    many = tuple(str(number) for number in range(1000))
    assert plan_of(LemmySource("l", "https://l.example", many)).requests_per_day <= 8640
    assert plan_of(GdeltSource("g", many)).requests_per_day <= 86_400 / 5
    assert plan_of(HackerNewsSource("h", many)).requests_per_day <= 240_000
    assert plan_of(FourchanSource("4", ("pol", "news"))).requests_per_day <= 86_400


def test_a_plan_shows_what_is_asked_and_what_bounds_it() -> None:
    streaming = plan_of(MastodonSource("m", "https://m.example", ("a",), ("b",), stream=True))
    assert streaming.asks == ("#a", "b")
    assert "streamed" in streaming.note
    assert plan_of(BlueskySource("b", search=("x",))).requests_per_day == 0
    assert plan_of(GoogleNewsSource("n", ("x",))).asks == ("x",)
    assert plan_of(JsonlSource("j", Path("x"))).kind == "jsonl"
    assert plan_of(WebhookSource("w", Secret("s"))).note == "asks nobody"
