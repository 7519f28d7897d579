"""config.toml -> one frozen Config. The only file from which settings and secrets of the environment come.

The dataclasses and their defaults are in `settings.py`; `config.example.toml` explains every key.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from monitor.config.desk import read_desk
from monitor.config.environment import Surroundings, refuse_secrets
from monitor.config.settings import (
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
    Secret,
    SlackConfig,
    SourceConfig,
    StdinSource,
    StoreConfig,
    TelegramSource,
    ThreadsSource,
    WebhookSource,
    XSource,
    YouTubeSource,
)
from monitor.config.sources import read_sources
from monitor.errors import ConfigError, Problem
from monitor.toml import Document, Table, read, show

__all__ = [
    "AlertConfig",
    "BlueskySource",
    "Config",
    "DeskConfig",
    "FourchanSource",
    "GdeltSource",
    "GoogleNewsSource",
    "HackerNewsSource",
    "JsonlSource",
    "JudgeConfig",
    "LemmySource",
    "LogConfig",
    "MastodonSource",
    "MatchConfig",
    "RedditSource",
    "RssSource",
    "Secret",
    "SlackConfig",
    "SourceConfig",
    "StdinSource",
    "StoreConfig",
    "TelegramSource",
    "ThreadsSource",
    "WebhookSource",
    "XSource",
    "YouTubeSource",
    "default",
    "load",
    "load_rules_settings",
]

_SLACK_TOKEN = "SLACK_BOT_TOKEN"  # noqa: S105 - the variable's name
_SLACK_APP_TOKEN = "SLACK_APP_TOKEN"  # noqa: S105
_SLACK_CHANNEL = "SLACK_CHANNEL"
_JUDGE_KEY = "MONITOR_JUDGE_KEY"
_LEVELS = ("debug", "info", "warning", "error")
_FORMATS = ("auto", "json", "text")
_MOST_DAYS = 3650
_MOST_HOURS = 24 * _MOST_DAYS
_MOST_FOLLOWERS = 1_000_000_000
_MOST_CALLS = 1_000_000
_WIDEST_BAND = 10
_LONGEST_OPINION = 30
"""Seconds: a stopping service waits for the batch in hand."""


def load(path: Path, environ: Mapping[str, str] = os.environ) -> Config:
    """The config of a file and the environment. Relative paths in the file start at the file's folder.

    Tokens come from `environ` only: SLACK_BOT_TOKEN, SLACK_APP_TOKEN, BLUESKY_APP_PASSWORD, MONITOR_JUDGE_KEY,
    MONITOR_WEBHOOK_SECRET, and whatever `token_env` names.
    SLACK_CHANNEL is used where the file names no channel. Raises ConfigError with every problem of the file.
    """
    return _config(_written(path), environ)


def load_asking_nobody(path: Path, environ: Mapping[str, str] = os.environ) -> Config:
    """The same for commands that fetch and send nothing, in whose shell the secrets of sources need not be set.

    Raises ConfigError with every other problem of the file.
    """
    return _config(_written(path), environ, asks_nobody=True)


def default(rules: Path, environ: Mapping[str, str] = os.environ) -> Config:
    """The config that an empty file in the working directory would give, with these rules and no sources."""
    return replace(_config(Document(Path("config.toml"), {}), environ), rules=rules)


def load_rules_settings(path: Path) -> tuple[Path, MatchConfig, StoreConfig]:
    """The rules folder, [match] and [store] of a file: what the workbench needs, on a laptop without any token.

    Raises ConfigError when there is no such file, when it cannot be read, or when these have mistakes.
    """
    document = _written(path)
    problems = list(document.problems)
    root = Table(document, problems, "the config")
    reader = _Reader(path.parent, {})
    rules, match, store = reader.path(root, "rules", "rules"), root.table("match"), root.table("store")
    settings = rules, reader.match(match), reader.store(store)
    match.done()
    store.done()
    if problems:
        raise ConfigError(problems)
    return settings


def factcheck_key(environ: Mapping[str, str] = os.environ) -> Secret | None:
    """The key for Google's Fact Check Tools API: MONITOR_FACTCHECK_KEY, None where it is not set."""
    return Surroundings(Path(), environ).secret("MONITOR_FACTCHECK_KEY")


def _written(path: Path) -> Document:
    if not path.exists():
        mend = "make one with cp config.example.toml config.toml, or name yours with -c"
        raise ConfigError([Problem(path, 1, 1, "there is no such config file", mend)])
    return read(path)


def _config(document: Document, environ: Mapping[str, str], *, asks_nobody: bool = False) -> Config:
    problems = list(document.problems)
    if not document.is_readable:
        raise ConfigError(problems)
    root = Table(document, problems, "the config")
    reader = _Reader(document.path.parent, environ, asks_nobody)
    config = Config(
        path=document.path,
        rules=reader.path(root, "rules", "rules"),
        store=reader.store(root.table("store")),
        match=reader.match(root.table("match")),
        judge=reader.judge(root.table("judge")),
        alerts=reader.alerts(root.table("alerts")),
        slack=reader.slack(slack := root.table("slack")),
        desk=read_desk(root.table("desk")),
        log=reader.log(root.table("log")),
        sources=read_sources(root, reader),
        slack_lacks=reader.slack_lacks(slack),
    )
    root.done()
    if problems:
        raise ConfigError(problems)
    return config


@dataclass(frozen=True, slots=True)
class _Reader(Surroundings):
    """Turns tables into the dataclasses of `settings.py`. Mistakes go to the tables' problems."""

    def store(self, table: Table) -> StoreConfig:
        return StoreConfig(
            path=self.path(table, "path", "monitor.db"),
            keep_days=table.whole("keep_days", StoreConfig(Path()).keep_days, low=1, high=_MOST_DAYS),
        )

    def match(self, table: Table) -> MatchConfig:
        standard = MatchConfig()
        return MatchConfig(
            model=self.local_model(table.optional_text("model") or standard.model),
            threshold=table.number("threshold", standard.threshold, low=0, high=1),
            calibration=self.path(table, "calibration", "calibration.json"),
        )

    def local_model(self, model: str) -> str:
        """The name of a model may look like a path; it is one when a folder is there."""
        beside_config = self.folder / model
        return str(beside_config) if _is_folder(beside_config) else model

    def judge(self, table: Table) -> JudgeConfig | None:
        refuse_secrets(table, f"set the environment variable {_JUDGE_KEY}")
        standard = JudgeConfig("")
        model = table.optional_text("model")
        endpoint = table.address("endpoint", "").rstrip("/") or None
        judge = JudgeConfig(
            model=model or "",
            endpoint=endpoint,
            key=self.secret(_JUDGE_KEY) if endpoint else None,
            band=table.interval("band", standard.band, low=0, high=_WIDEST_BAND),
            calls_per_day=table.whole("calls_per_day", standard.calls_per_day, low=1, high=_MOST_CALLS),
            timeout_seconds=table.number("timeout_seconds", standard.timeout_seconds, low=0.1, high=_LONGEST_OPINION),
        )
        if judge.key is not None and not (judge.key.reveal().isascii() and judge.key.reveal().isprintable()):
            what = f"the environment variable {_JUDGE_KEY} has characters in it that no key has"
            table.problem("endpoint", what, "copy the key again, without anything around it")
        if model is not None:
            return judge if endpoint else replace(judge, model=self.local_model(model))
        if endpoint:
            table.problem("endpoint", "'endpoint' stands without a model", 'add model = "...", by its name there')
        return None

    def alerts(self, table: Table) -> AlertConfig:
        standard = AlertConfig()
        alerts = AlertConfig(
            window_hours=table.number("window_hours", standard.window_hours, low=0.1, high=_MOST_HOURS),
            quiet_hours=table.number("quiet_hours", standard.quiet_hours, low=0.1, high=_MOST_HOURS),
            growth=table.wholes("growth", standard.growth, low=2),
            large_account=table.whole("large_account", standard.large_account, low=1, high=_MOST_FOLLOWERS),
            max_new_per_minute=table.whole("max_new_per_minute", standard.max_new_per_minute, low=1, high=60),
            max_age_hours=table.number("max_age_hours", standard.max_age_hours, low=0.1, high=_MOST_HOURS),
            reopened_in_channel=table.flag("reopened_in_channel", default=standard.reopened_in_channel),
        )
        if any(later <= earlier for earlier, later in zip(alerts.growth, alerts.growth[1:], strict=False)):
            table.problem("growth", "the steps of 'growth' do not rise", "write each one larger than the one before it")
        if alerts.quiet_hours >= alerts.window_hours:
            key = "quiet_hours" if "quiet_hours" in table else "window_hours"
            what = f"'quiet_hours' ({alerts.quiet_hours:g}) is not below 'window_hours' ({alerts.window_hours:g})"
            table.problem(key, what, "an incident ends after window_hours, so it can only be told again before")
        return alerts

    def slack(self, table: Table) -> SlackConfig | None:
        refuse_secrets(table, f"set the environment variable {_SLACK_TOKEN}")
        channel, token = self._channel(table), self.secret(_SLACK_TOKEN)
        if channel.startswith("#"):
            mend = "write its id: C... (in Slack: the channel's name, About, at the bottom)"
            table.problem(
                "channel" if "channel" in table else None, f"'{show(channel)}' is the name of a channel", mend
            )
        standard = SlackConfig("", Secret(""))
        base_url = table.address("base_url", standard.base_url)
        if not channel or token is None:
            return None
        address = base_url if base_url.endswith("/") else f"{base_url}/"
        return SlackConfig(channel, token, address, self.secret(_SLACK_APP_TOKEN))

    def slack_lacks(self, table: Table) -> str:
        """What is missing where Slack is half configured."""
        channel, token = self._channel(table), self.secret(_SLACK_TOKEN)
        if channel and token is None:
            return f"a channel is set, and the environment variable {_SLACK_TOKEN} is not"
        return f"{_SLACK_TOKEN} is set, and no channel: set [slack] channel" if token and not channel else ""

    def _channel(self, table: Table) -> str:
        return table.optional_text("channel") or self.environ.get(_SLACK_CHANNEL, "").strip()

    def log(self, table: Table) -> LogConfig:
        standard = LogConfig()
        return LogConfig(
            level=table.choice("level", _LEVELS, standard.level),
            format=table.choice("format", _FORMATS, standard.format),
        )


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False  # a name too long to be a path, say
