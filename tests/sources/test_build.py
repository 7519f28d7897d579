from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import get_args

import pytest

from monitor import sources
from monitor.config import (
    BlueskySource,
    FourchanSource,
    GdeltSource,
    GoogleNewsSource,
    HackerNewsSource,
    JsonlSource,
    LemmySource,
    MastodonSource,
    RssSource,
    Secret,
    SourceConfig,
    StdinSource,
    WebhookSource,
)
from monitor.errors import SourceUnavailable
from monitor.model import Page
from monitor.sources.plan import APART

CONFIGS = [
    (JsonlSource("a", Path("posts.jsonl")), "jsonl"),
    (StdinSource("a"), "stdin"),
    (RssSource("a", "https://news.example/feed"), "rss"),
    (MastodonSource("a", "social.example"), "mastodon"),
    (MastodonSource("a", "https://social.example", stream=True), "mastodon"),
    (BlueskySource("a", "wss://jetstream.example"), "bluesky"),
    (HackerNewsSource("a"), "hackernews"),
    (LemmySource("a", "https://lemmy.example"), "lemmy"),
    (FourchanSource("a", ("pol",)), "4chan"),
    (GdeltSource("a"), "gdelt"),
    (GoogleNewsSource("a"), "googlenews"),
    (WebhookSource("a", Secret("s")), "webhook"),
]


@pytest.mark.parametrize(("config", "kind"), CONFIGS)
def test_each_config_builds_its_source(config: SourceConfig, kind: str) -> None:
    source = sources.build(config)
    assert (source.name, source.kind) == ("a", kind)
    assert source.every_seconds > 0


@pytest.mark.parametrize("config", [config for config, _ in CONFIGS], ids=lambda config: type(config).__name__)
def test_a_source_that_is_made_anew_goes_on_at_the_pace_of_the_one_before(config: SourceConfig) -> None:
    pace = sources.pace_of(config)
    assert sources.build(config, pace=pace).kind
    assert (pace is not None) == (type(config) in APART)


def test_no_kind_of_config_is_without_its_source() -> None:
    assert set(sources.KINDS) == set(get_args(SourceConfig))


def test_a_source_that_is_not_used_loads_nothing() -> None:
    script = (
        "import sys; from pathlib import Path; from monitor import sources; from monitor.config import JsonlSource;"
        "sources.build(JsonlSource('a', Path('x'))); print({'httpx', 'websockets', 'feedparser'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


async def test_a_check_that_takes_too_long_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent:
        name = "silent"
        kind = "silent"
        every_seconds = 1.0

        async def pages(self, cursor: str | None) -> AsyncGenerator[Page, None]:
            yield Page((), "")

        async def check(self) -> str:
            await asyncio.Event().wait()
            return ""

    monkeypatch.setattr(sources, "CHECK_SECONDS", 0.0)
    with pytest.raises(SourceUnavailable, match="silent: no answer within 0 seconds"):
        await sources.check(Silent())


async def test_a_check_says_what_came_back() -> None:
    assert await sources.check(sources.build(StdinSource("in"))) == "standard input: read when the service runs"
