"""[[sources]] of config.toml: one function for each kind, here, in `places.py` and in `accounts.py`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

from monitor.config.accounts import ACCOUNTS
from monitor.config.environment import Surroundings, refuse_secrets
from monitor.config.places import PLACES
from monitor.config.settings import (
    BlueskySource,
    JsonlSource,
    MastodonSource,
    RssSource,
    Secret,
    SourceConfig,
    StdinSource,
)
from monitor.toml import Table, show

_BLUESKY_PASSWORD = "BLUESKY_APP_PASSWORD"  # noqa: S105 - the variable's name
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
_OR_DELETE = "set it before monitor starts, or delete this line"


def read_sources(root: Table, around: Surroundings) -> tuple[SourceConfig, ...]:
    """Every source of a file. Mistakes go to the tables' problems."""
    sources: list[SourceConfig] = []
    for table in root.tables("sources", "source"):
        kind = table.choice("kind", tuple(_KINDS), None)
        if table.value("kind") != kind:
            table.give_up()
            continue
        refuse_secrets(table, "set it as an environment variable; config.example.toml shows which")
        sources.append(_KINDS[kind](table, around))
        names = Counter(source.name for source in sources)
        if names[sources[-1].name] > 1:
            key = "name" if "name" in table else None
            what = f"there are two sources named '{show(sources[-1].name)}'"
            table.problem(key, what, 'give each a name of its own: name = "..."')
    return tuple(sources)


def _jsonl(table: Table, around: Surroundings) -> JsonlSource:
    path = around.path(table, "path")
    name = table.optional_text("name") or path.name
    return JsonlSource(name, path, _every_seconds(table, JsonlSource(name, path).every_seconds))


def _stdin(table: Table, _: Surroundings) -> StdinSource:
    return StdinSource(table.optional_text("name") or "stdin")


def _rss(table: Table, _: Surroundings) -> RssSource:
    url = table.address("url")
    name = table.optional_text("name") or url.partition("://")[2]
    return RssSource(name, url, _every_seconds(table, RssSource(name, url).every_seconds))


def _mastodon(table: Table, around: Surroundings) -> MastodonSource:
    server = table.address("server").rstrip("/")
    name = table.optional_text("name") or server.partition("://")[2]
    source = MastodonSource(
        name=name,
        server=server,
        hashtags=tuple(tag.removeprefix("#") for tag in table.texts("hashtags")),
        search=table.texts("search"),
        token=_mastodon_token(table, around),
        every_seconds=_every_seconds(table, MastodonSource(name, server).every_seconds),
        stream=table.flag("stream", default=False),
    )
    if source.stream and "token_env" not in table:
        what = "Mastodon servers stream only to a user's token"
        table.problem("stream", what, 'add token_env = "MASTODON_TOKEN", and set that environment variable')
    if source.search and "token_env" not in table:
        what = "Mastodon servers answer a search only with a token"
        table.problem("search", what, 'add token_env = "MASTODON_TOKEN", and set that environment variable')
    return source


def _mastodon_token(table: Table, around: Surroundings) -> Secret | None:
    variable = table.optional_text("token_env")
    if variable is None:
        return None
    if not _VARIABLE.fullmatch(variable):
        # It may be the token itself, so it is not shown.
        what = "'token_env' must be the name of an environment variable, not the token"
        table.problem("token_env", what, 'write token_env = "MASTODON_TOKEN", and set that variable')
        return None
    return around.needed(variable, table, "token_env", _OR_DELETE)


def _bluesky(table: Table, around: Surroundings) -> BlueskySource:
    name = table.optional_text("name") or "bluesky"
    standard = BlueskySource(name)
    identifier, search = table.optional_text("identifier"), table.texts("search")
    if search and identifier is None:
        what = "Bluesky answers a search only to an account"
        table.problem("search", what, f'add identifier = "...", and set {_BLUESKY_PASSWORD}; or delete this line')
    password = around.needed(_BLUESKY_PASSWORD, table, "identifier", _OR_DELETE) if identifier is not None else None
    return BlueskySource(
        name=name,
        jetstream=table.address("jetstream", standard.jetstream, ("wss", "ws")).rstrip("/"),
        wire=table.whole("wire", standard.wire, low=1, high=2),
        search=search,
        pds=table.address("pds", standard.pds).rstrip("/"),
        identifier=identifier,
        app_password=password,
    )


def _every_seconds(table: Table, standard: float) -> float:
    return table.number("every_seconds", standard, low=0.1, high=86_400)


_KINDS: dict[str, Callable[[Table, Surroundings], SourceConfig]] = {
    "jsonl": _jsonl,
    "stdin": _stdin,
    "rss": _rss,
    "mastodon": _mastodon,
    "bluesky": _bluesky,
    **PLACES,
    **ACCOUNTS,
}
