"""[[sources]] of config.toml: the platforms that need an account. Their secrets are environment variables."""

from __future__ import annotations

import re
from collections.abc import Callable

from monitor.config.environment import Surroundings
from monitor.config.settings import (
    RedditSource,
    Secret,
    SourceConfig,
    TelegramSource,
    ThreadsSource,
    XSource,
    YouTubeSource,
)
from monitor.toml import Table, show

_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
_SUBREDDIT = re.compile(r"\w{2,21}", re.ASCII)
_CHANNEL = re.compile(r"[A-Za-z]\w{3,31}", re.ASCII)
_MOST_POSTS = 3_000_000
"""X sells no more in a month without a contract."""
_X_QUERY = 4096


def _x(table: Table, around: Surroundings) -> XSource:
    standard = XSource(table.optional_text("name") or "x", _secret(table, around, "token_env", "X_BEARER_TOKEN"))
    search = table.texts("search")
    for index, query in enumerate(search):
        if len(query) > _X_QUERY:
            table.problem("search", f"a search has {len(query)} characters", "split it: X takes 512", index=index)
    return XSource(
        name=standard.name,
        token=standard.token,
        search=search,
        # It costs money: somebody must have written down how much.
        posts_per_day=_posts_per_day(table),
        stream=table.flag("stream", default=False),
        server=table.address("server", standard.server).rstrip("/"),
        every_seconds=_every_seconds(table, standard.every_seconds, low=10),
    )


def _posts_per_day(table: Table) -> int:
    if "posts_per_day" not in table:
        what = "'posts_per_day' is missing: X charges for every post that is read"
        table.problem(None, what, "add a line posts_per_day = 1000, which costs up to 5 dollars a day")
    return table.whole("posts_per_day", XSource("", Secret("")).posts_per_day, low=10, high=_MOST_POSTS)


def _reddit(table: Table, around: Surroundings) -> RedditSource:
    token = _secret(table, around, "token_env", "REDDIT_SECRET")
    standard = RedditSource(table.optional_text("name") or "reddit", table.text("client_id"), token)
    return RedditSource(
        name=standard.name,
        client_id=standard.client_id,
        token=token,
        search=table.texts("search"),
        subreddits=_names(table, "subreddits", "r/", _SUBREDDIT, '"politics" of reddit.com/r/politics'),
        server=table.address("server", standard.server).rstrip("/"),
        every_seconds=_every_seconds(table, standard.every_seconds, low=30),
    )


def _youtube(table: Table, around: Surroundings) -> YouTubeSource:
    token = _secret(table, around, "token_env", "YOUTUBE_API_KEY")
    standard = YouTubeSource(table.optional_text("name") or "youtube", token)
    return YouTubeSource(
        name=standard.name,
        token=token,
        search=table.texts("search"),
        searches_per_day=table.whole("searches_per_day", standard.searches_per_day, low=1, high=1_000_000),
        units_per_day=table.whole("units_per_day", standard.units_per_day, low=100, high=100_000_000),
        server=table.address("server", standard.server).rstrip("/"),
        every_seconds=_every_seconds(table, standard.every_seconds, low=60),
    )


def _threads(table: Table, around: Surroundings) -> ThreadsSource:
    standard = ThreadsSource(
        table.optional_text("name") or "threads", _secret(table, around, "token_env", "THREADS_TOKEN")
    )
    return ThreadsSource(
        name=standard.name,
        token=standard.token,
        search=table.texts("search"),
        server=table.address("server", standard.server).rstrip("/"),
        every_seconds=_every_seconds(table, standard.every_seconds, low=60),
    )


def _telegram(table: Table, around: Surroundings) -> TelegramSource:
    if "api_id" not in table:
        table.problem(None, "'api_id' is missing", "add the number that my.telegram.org gave you: api_id = 12345")
    channels = _names(table, "channels", "t.me/", _CHANNEL, '"durov" of t.me/durov', required=True)
    if "channels" in table and table.value("channels") == []:
        table.problem("channels", "this source reads no channel", 'name at least one: channels = ["durov"]')
    standard = TelegramSource(
        name=table.optional_text("name") or "telegram",
        token=_secret(table, around, "token_env", "TELEGRAM_SESSION"),
        api_id=table.whole("api_id", 1, low=1, high=2**31 - 1),
        api_hash=_secret(table, around, "hash_env", "TELEGRAM_API_HASH"),
        channels=channels,
    )
    every_seconds = _every_seconds(table, standard.every_seconds, low=10)
    return TelegramSource(
        standard.name, standard.token, standard.api_id, standard.api_hash, standard.channels, every_seconds
    )


def _secret(table: Table, around: Surroundings, key: str, usual: str) -> Secret:
    """The secret in the environment variable that `key` names, else in the `usual` one."""
    variable = table.optional_text(key) or usual
    if not _VARIABLE.fullmatch(variable):
        # It may be the secret itself, so it is not shown.
        what = f"'{key}' must be the name of an environment variable, not the secret"
        table.problem(key, what, f'write {key} = "{usual}", and set that variable')
        return Secret("")
    place = key if key in table else None
    secret = around.needed(variable, table, place, "set it before monitor starts; docs/sources.md says to what")
    if not secret.reveal().isascii() or not secret.reveal().isprintable():
        what = f"the environment variable {variable} has characters in it that no secret has"
        table.problem(place, what, "copy it again, without quotes and line breaks")
    return secret


def _names(
    table: Table, key: str, prefix: str, pattern: re.Pattern[str], example: str, *, required: bool = False
) -> tuple[str, ...]:
    """Names as in a platform's addresses, with or without what stands before them there."""
    names = tuple(
        name.removeprefix(f"/{prefix}").removeprefix(prefix).lstrip("@") for name in table.texts(key, required=required)
    )
    for index, name in enumerate(names):
        if name and not pattern.fullmatch(name):
            table.problem(
                key, f"'{show(name)}' cannot be in '{key}'", f"write it as in its address: {example}", index=index
            )
    return names


def _every_seconds(table: Table, standard: float, *, low: float) -> float:
    """`low` keeps a round within what the platform allows."""
    return table.number("every_seconds", standard, low=low, high=86_400)


ACCOUNTS: dict[str, Callable[[Table, Surroundings], SourceConfig]] = {
    "x": _x,
    "reddit": _reddit,
    "youtube": _youtube,
    "threads": _threads,
    "telegram": _telegram,
}
