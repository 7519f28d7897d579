from __future__ import annotations

import contextlib
import re
from collections import defaultdict
from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import config
from monitor.config import (
    AlertConfig,
    BlueskySource,
    Config,
    DeskConfig,
    FourchanSource,
    GdeltSource,
    GoogleNewsSource,
    HackerNewsSource,
    JsonlSource,
    JudgeConfig,
    LemmySource,
    LogConfig,
    MastodonSource,
    MatchConfig,
    RedditSource,
    RssSource,
    SlackConfig,
    StdinSource,
    StoreConfig,
    TelegramSource,
    ThreadsSource,
    WebhookSource,
    XSource,
    YouTubeSource,
)
from monitor.errors import ConfigError

EXAMPLE = Path(__file__).parents[1] / "config.example.toml"
BAD = Path(__file__).parent / "bad_config"
"""Files with mistakes; `expected.txt` beside them has the exact messages."""
TOKENS = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "MASTODON_TOKEN": "masto-1",
    "BLUESKY_APP_PASSWORD": "abcd-1",
    "MONITOR_WEBHOOK_SECRET": "a secret of many letters",
    "X_BEARER_TOKEN": "x-1",
    "REDDIT_SECRET": "reddit-1",
    "YOUTUBE_API_KEY": "youtube-1",
    "THREADS_TOKEN": "threads-1",
    "TELEGRAM_SESSION": "session-1",
    "TELEGRAM_API_HASH": "hash-1",
}
FROM_THE_ENVIRONMENT = {"token", "app_password", "app_token", "key", "secret", "api_hash"}


def load(tmp_path: Path, text: str, **environ: str) -> Config:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return config.load(path, environ)


def problems(tmp_path: Path, text: str, **environ: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text, **environ)
    return [str(problem).removeprefix(f"{tmp_path}/config.toml:") for problem in caught.value.problems]


def switched_on(text: str) -> str:
    return re.sub(r"^#(?=\S)", "", text, flags=re.MULTILINE)


def test_an_empty_file_is_a_config(tmp_path: Path) -> None:
    found = load(tmp_path, "")

    assert (found.rules, found.store) == (tmp_path / "rules", StoreConfig(tmp_path / "monitor.db"))
    assert (found.match, found.alerts, found.log) == (
        MatchConfig(calibration=tmp_path / "calibration.json"),
        AlertConfig(),
        LogConfig(),
    )
    assert (found.judge, found.slack, found.sources) == (None, None, ())


def test_there_is_a_config_without_a_file() -> None:
    found = config.default(Path("elsewhere/rules"), {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_CHANNEL": "C1"})

    assert found.rules == Path("elsewhere/rules")
    assert found.slack is not None
    assert (found.slack.channel, found.slack.token.reveal()) == ("C1", "xoxb-1")


def test_every_key_arrives(tmp_path: Path) -> None:
    text = """
    rules = "our-rules"
    [store]
    path = "/var/lib/monitor/posts.db"
    keep_days = 7
    [match]
    model = "another/model"
    threshold = 0.8
    calibration = "ours.json"
    [judge]
    model = "small-one"
    endpoint = "https://models.example/v1/"
    band = [0, 2.5]
    calls_per_day = 50
    timeout_seconds = 2
    [alerts]
    window_hours = 12
    quiet_hours = 2.5
    growth = [5, 50]
    large_account = 1000
    max_new_per_minute = 2
    max_age_hours = 24
    [slack]
    channel = "C1"
    base_url = "http://127.0.0.1:3000/api"
    [log]
    level = "debug"
    format = "json"
    """
    found = load(tmp_path, text, SLACK_BOT_TOKEN=" xoxb-1\n", SLACK_CHANNEL="C2", MONITOR_JUDGE_KEY="sk-1\n")

    assert found.rules == tmp_path / "our-rules"
    assert found.store == StoreConfig(Path("/var/lib/monitor/posts.db"), 7)
    assert found.match == MatchConfig("another/model", 0.8, tmp_path / "ours.json")
    assert found.judge is not None
    assert found.judge.key is not None
    assert found.judge.key.reveal() == "sk-1"
    assert replace(found.judge, key=None) == JudgeConfig(
        "small-one", "https://models.example/v1", None, (0, 2.5), 50, 2
    )
    assert found.alerts == AlertConfig(12, 2.5, (5, 50), 1000, 2, 24)
    assert found.slack is not None
    assert (found.slack.channel, found.slack.token.reveal()) == ("C1", "xoxb-1")
    assert found.slack.base_url == "http://127.0.0.1:3000/api/"
    assert found.log == LogConfig("debug", "json")


def test_every_source_arrives(tmp_path: Path) -> None:
    text = """
    [[sources]]
    kind = "jsonl"
    path = "in/posts.jsonl"
    [[sources]]
    kind = "stdin"
    [[sources]]
    kind = "rss"
    url = "https://example.org/feed.xml"
    every_seconds = 60
    [[sources]]
    kind = "mastodon"
    name = "masto"
    server = "https://mastodon.example/"
    hashtags = ["#Rivera2026", "AnaForMayor"]
    search = ["Ana Rivera"]
    token_env = "OUR_TOKEN"
    [[sources]]
    kind = "bluesky"
    wire = 2
    search = ["Ana Rivera"]
    identifier = "campaign.bsky.social"
    """
    found = load(tmp_path, text, OUR_TOKEN="masto-1", BLUESKY_APP_PASSWORD="abcd-1")

    jsonl, stdin, rss, mastodon, bluesky = found.sources
    assert jsonl == JsonlSource("posts.jsonl", tmp_path / "in/posts.jsonl")
    assert stdin == StdinSource("stdin")
    assert rss == RssSource("example.org/feed.xml", "https://example.org/feed.xml", 60)
    assert isinstance(mastodon, MastodonSource)
    assert (mastodon.name, mastodon.server) == ("masto", "https://mastodon.example")
    assert (mastodon.hashtags, mastodon.search) == (("Rivera2026", "AnaForMayor"), ("Ana Rivera",))
    assert mastodon.token is not None
    assert mastodon.token.reveal() == "masto-1"
    assert isinstance(bluesky, BlueskySource)
    assert (bluesky.name, bluesky.wire, bluesky.identifier) == ("bluesky", 2, "campaign.bsky.social")
    assert bluesky.app_password is not None
    assert bluesky.app_password.reveal() == "abcd-1"


def test_every_place_without_an_account_arrives(tmp_path: Path) -> None:
    text = """
    [[sources]]
    kind = "hackernews"
    search = ['"Ana Rivera"']
    [[sources]]
    kind = "lemmy"
    server = "https://lemmy.example/"
    [[sources]]
    kind = "fourchan"
    boards = ["/pol/", "news"]
    [[sources]]
    kind = "gdelt"
    every_seconds = 600
    [[sources]]
    kind = "googlenews"
    lang = "es"
    country = "MX"
    [[sources]]
    kind = "webhook"
    port = 9000
    [[sources]]
    kind = "mastodon"
    server = "https://mastodon.example"
    stream = true
    token_env = "OUR_TOKEN"
    """
    found = load(tmp_path, text, OUR_TOKEN="masto-1", MONITOR_WEBHOOK_SECRET="a secret of many letters").sources

    assert found[:5] == (
        HackerNewsSource("hackernews", ('"Ana Rivera"',)),
        LemmySource("lemmy.example", "https://lemmy.example"),
        FourchanSource("4chan", ("pol", "news")),
        GdeltSource("gdelt", every_seconds=600),
        GoogleNewsSource("googlenews", lang="es", country="MX"),
    )
    webhook, mastodon = found[5:]
    assert isinstance(webhook, WebhookSource)
    assert (webhook.host, webhook.port, webhook.secret.reveal()) == ("127.0.0.1", 9000, "a secret of many letters")
    assert isinstance(mastodon, MastodonSource)
    assert mastodon.stream


def test_every_place_with_an_account_arrives(tmp_path: Path) -> None:
    text = """
    [[sources]]
    kind = "x"
    posts_per_day = 500
    stream = true
    token_env = "OUR_X"
    [[sources]]
    kind = "reddit"
    client_id = "app"
    subreddits = ["r/politics", "news"]
    [[sources]]
    kind = "youtube"
    searches_per_day = 50
    [[sources]]
    kind = "threads"
    search = ["Ana Rivera"]
    [[sources]]
    kind = "telegram"
    channels = ["@durov", "t.me/news_x"]
    api_id = 12345
    """
    found = load(tmp_path, text, OUR_X="ours", **TOKENS).sources

    x, reddit, youtube, threads, telegram = found
    assert isinstance(x, XSource)
    assert (x.name, x.token.reveal(), x.posts_per_day, x.stream) == ("x", "ours", 500, True)
    assert isinstance(reddit, RedditSource)
    assert (reddit.client_id, reddit.token.reveal(), reddit.subreddits) == ("app", "reddit-1", ("politics", "news"))
    assert isinstance(youtube, YouTubeSource)
    assert (youtube.token.reveal(), youtube.searches_per_day, youtube.units_per_day) == ("youtube-1", 50, 10_000)
    assert isinstance(threads, ThreadsSource)
    assert (threads.token.reveal(), threads.search) == ("threads-1", ("Ana Rivera",))
    assert isinstance(telegram, TelegramSource)
    assert (telegram.token.reveal(), telegram.api_hash.reveal()) == ("session-1", "hash-1")
    assert (telegram.channels, telegram.api_id) == (("durov", "news_x"), 12345)


def test_a_secret_of_a_platform_that_can_be_none_is_refused_and_not_repeated(tmp_path: Path) -> None:
    text = '[[sources]]\nkind = "threads"\n'

    [problem] = problems(tmp_path, text, THREADS_TOKEN="SEKRET\u2028x")

    assert "characters in it that no secret has" in problem
    assert "SEKRET" not in problem


def test_a_short_secret_is_refused_and_not_repeated(tmp_path: Path) -> None:
    [problem] = problems(tmp_path, '[[sources]]\nkind = "webhook"\n', MONITOR_WEBHOOK_SECRET="hunter2")

    assert "too short" in problem
    assert "hunter2" not in problem


def test_a_model_beside_the_config_is_a_path(tmp_path: Path) -> None:
    (tmp_path / "models" / "mini").mkdir(parents=True)

    assert load(tmp_path, '[match]\nmodel = "models/mini"\n').match.model == str(tmp_path / "models/mini")


def test_a_second_judge_beside_the_config_is_a_path_and_needs_no_key(tmp_path: Path) -> None:
    (tmp_path / "nli").mkdir()

    found = load(tmp_path, '[judge]\nmodel = "nli"\n', MONITOR_JUDGE_KEY="sk-1")

    assert found.judge == JudgeConfig(str(tmp_path / "nli"))


def test_at_an_endpoint_a_model_is_a_name_whatever_folders_there_are(tmp_path: Path) -> None:
    (tmp_path / "nli").mkdir()

    found = load(tmp_path, '[judge]\nmodel = "nli"\nendpoint = "http://127.0.0.1:8080/v1"\n')

    assert found.judge == JudgeConfig("nli", "http://127.0.0.1:8080/v1")


def test_a_second_judge_is_off_while_none_is_named(tmp_path: Path) -> None:
    assert load(tmp_path, "[judge]\ncalls_per_day = 5\n", MONITOR_JUDGE_KEY="sk-1").judge is None


def test_a_key_that_can_be_none_is_refused_and_not_repeated(tmp_path: Path) -> None:
    text = '[judge]\nmodel = "m"\nendpoint = "https://models.example/v1"\n'

    [problem] = problems(tmp_path, text, MONITOR_JUDGE_KEY="SEKRET\u2028x")

    assert problem.startswith("3:12: the environment variable MONITOR_JUDGE_KEY has characters in it")
    assert "SEKRET" not in problem


def test_a_secret_never_shows(tmp_path: Path) -> None:
    found = load(tmp_path, '[slack]\nchannel = "C1"\n', SLACK_BOT_TOKEN="xoxb-very-secret")

    assert "very-secret" not in repr(found)


@pytest.mark.parametrize("environ", [{}, {"SLACK_BOT_TOKEN": " "}])
def test_without_a_token_alerts_go_to_the_terminal(tmp_path: Path, environ: dict[str, str]) -> None:
    found = load(tmp_path, '[slack]\nchannel = "C1"\n', **environ)

    assert found.slack is None
    assert found.slack_lacks == "a channel is set, and the environment variable SLACK_BOT_TOKEN is not"


def test_a_token_without_a_channel_is_said_to_lack_one(tmp_path: Path) -> None:
    found = load(tmp_path, "", SLACK_BOT_TOKEN="xoxb-1")

    assert (found.slack, found.slack_lacks) == (None, "SLACK_BOT_TOKEN is set, and no channel: set [slack] channel")
    assert load(tmp_path, "").slack_lacks == ""


def expected() -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for line in (BAD / "expected.txt").read_text(encoding="utf-8").splitlines():
        found[line.partition(":")[0]].append(line)
    return found


EXPECTED = expected()


def test_every_bad_file_has_its_message() -> None:
    assert sorted(path.name for path in BAD.glob("*.toml")) == sorted(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_mistake_is_found_where_it_stands(name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config.load(BAD / name, {})

    assert [str(problem).removeprefix(f"{BAD}/") for problem in caught.value.problems] == EXPECTED[name]


SECRETS = [
    "[slack]\ntoken = 'SEKRET'",
    "[slack]\nbot_token = 'SEKRET'",
    "[judge]\napi_key = 'SEKRET'",
    "[judge]\nmodel = 'm'\nendpoint = 'https://me:SEKRET@models.example/v1'",
    "[[sources]]\nkind = 'bluesky'\napp_password = 'SEKRET'",
    "[[sources]]\nkind = 'mastodon'\nserver = 'https://a.example'\nhashtags = ['x']\naccess_token = 'SEKRET'",
    "[[sources]]\nkind = 'mastodon'\nserver = 'https://a.example'\nhashtags = ['x']\ntoken_env = 'SEKRET-token'",
    "[[sources]]\nkind = 'youtube'\ntoken_env = 'SEKRET-key'",
    "[[sources]]\nkind = 'rss'\nurl = 'https://user:SEKRET@example.org/feed'",
    "[[sources]]\nkind = 'rss'\nurl = 'user:SEKRET@example.org/feed'",
]


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    [problem] = problems(tmp_path, text)

    assert problem.startswith(f"{len(text.splitlines())}:")
    assert "SEKRET" not in problem


def test_the_home_folder_of_nobody_is_explained(tmp_path: Path) -> None:
    assert problems(tmp_path, 'rules = "~nobody-of-that-name/rules"') == [
        "1:9: there is no home folder for ~nobody-of-that-name/rules; write the whole path, without ~"
    ]


def test_a_model_whose_name_is_too_long_for_a_path_is_left_to_the_encoder(tmp_path: Path) -> None:
    assert load(tmp_path, f'[match]\nmodel = "{"x" * 300}"').match.model == "x" * 300


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9999), st.sampled_from('"[]{}=#,\n\r\\~“9-.\x00'), st.integers(0, 9)), max_size=5)
)
def test_no_damage_crashes_the_reading(
    tmp_path_factory: pytest.TempPathFactory, scraps: list[tuple[int, str, int]]
) -> None:
    text = switched_on(EXAMPLE.read_text(encoding="utf-8"))
    for place, scrap, length in scraps:
        at = place % len(text)
        text = text[:at] + scrap + text[at + length :]
    with contextlib.suppress(ConfigError):
        load(tmp_path_factory.mktemp("config"), text, **TOKENS)


def test_a_missing_file_is_explained(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no such config file; make one with cp config\.example\.toml"):
        config.load(tmp_path / "config.toml", {})


def test_the_workbench_needs_no_token(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        'rules = "r"\n[match]\nthreshold = 0.7\n[[sources]]\nkind = "bluesky"\nidentifier = "x"\n', encoding="utf-8"
    )

    assert config.load_rules_settings(path) == (
        tmp_path / "r",
        MatchConfig(threshold=0.7, calibration=tmp_path / "calibration.json"),
        StoreConfig(tmp_path / "monitor.db"),
    )


def test_what_asks_nobody_needs_no_token(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(switched_on(EXAMPLE.read_text(encoding="utf-8")), encoding="utf-8")

    found = config.load_asking_nobody(path, {})

    everything = config.load(path, TOKENS)
    assert [source.name for source in found.sources] == [source.name for source in everything.sources]
    assert found.store == everything.store


def test_what_asks_nobody_still_tells_every_other_mistake(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[[sources]]\nkind = "x"\ntoken_env = "abc-123"\n', encoding="utf-8")

    with pytest.raises(ConfigError, match="must be the name of an environment variable"):
        config.load_asking_nobody(path, {})


def test_the_example_runs_as_it_stands() -> None:
    found = config.load(EXAMPLE, {})

    assert found.rules == EXAMPLE.parent / "rules"
    assert (found.slack, found.sources) == (None, ())


def test_the_example_shows_the_defaults(tmp_path: Path) -> None:
    found = load(tmp_path, EXAMPLE.read_text(encoding="utf-8"))

    assert found == load(tmp_path, "")


def test_whatever_the_example_shows_can_be_switched_on(tmp_path: Path) -> None:
    found = load(tmp_path, switched_on(EXAMPLE.read_text(encoding="utf-8")), **TOKENS)

    assert found.slack is not None
    assert found.judge is not None
    assert [type(source) for source in found.sources] == [
        JsonlSource,
        StdinSource,
        RssSource,
        MastodonSource,
        BlueskySource,
        HackerNewsSource,
        LemmySource,
        FourchanSource,
        GdeltSource,
        GoogleNewsSource,
        WebhookSource,
        XSource,
        RedditSource,
        YouTubeSource,
        ThreadsSource,
        TelegramSource,
    ]


def test_the_example_explains_every_key() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    shown = {match[1] for line in lines if (match := re.match(r"#?(\w+) =", line))}
    tables = (
        StoreConfig,
        MatchConfig,
        JudgeConfig,
        AlertConfig,
        SlackConfig,
        DeskConfig,
        LogConfig,
        JsonlSource,
        RssSource,
        MastodonSource,
        BlueskySource,
        HackerNewsSource,
        LemmySource,
        FourchanSource,
        GdeltSource,
        GoogleNewsSource,
        WebhookSource,
        XSource,
        RedditSource,
        YouTubeSource,
        ThreadsSource,
        TelegramSource,
    )

    keys = {field.name for table in tables for field in fields(table)} - FROM_THE_ENVIRONMENT

    assert shown == keys | {"rules", "kind", "token_env", "hash_env"}
    explained = {
        match[1] for before, line in pairwise(lines)
        if (match := re.match(r"#?(\w+) =", line)) and before.startswith("# ")
    }  # fmt: skip
    assert explained == shown - {"name"}
    assert any(line.startswith("# Every source may have a name") for line in lines)
