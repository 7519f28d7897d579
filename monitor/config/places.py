"""[[sources]] of config.toml: the places that need no account, and the door for what others send."""

from __future__ import annotations

import re
from collections.abc import Callable

from monitor.config.environment import Surroundings
from monitor.config.settings import (
    FourchanSource,
    GdeltSource,
    GoogleNewsSource,
    HackerNewsSource,
    LemmySource,
    SourceConfig,
    WebhookSource,
)
from monitor.toml import Table, show

_WEBHOOK_SECRET = "MONITOR_WEBHOOK_SECRET"  # noqa: S105 - the variable's name
_SHORTEST_SECRET = 16
_BOARD = re.compile(r"[a-z0-9]{1,10}")
_LANG, _COUNTRY = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)?"), re.compile(r"[A-Z]{2}")


def _hackernews(table: Table, _: Surroundings) -> HackerNewsSource:
    standard = HackerNewsSource(table.optional_text("name") or "hackernews")
    return HackerNewsSource(
        name=standard.name,
        search=table.texts("search"),
        server=table.address("server", standard.server).rstrip("/"),
        every_seconds=_every_seconds(table, standard.every_seconds, low=10),
    )


def _lemmy(table: Table, _: Surroundings) -> LemmySource:
    server = table.address("server").rstrip("/")
    standard = LemmySource(table.optional_text("name") or server.partition("://")[2], server)
    return LemmySource(
        name=standard.name,
        server=server,
        search=table.texts("search"),
        every_seconds=_every_seconds(table, standard.every_seconds, low=60),
    )


def _fourchan(table: Table, _: Surroundings) -> FourchanSource:
    standard = FourchanSource(table.optional_text("name") or "4chan")
    boards = tuple(board.strip("/") for board in table.texts("boards", required=True))
    for index, board in enumerate(boards):
        if board and not _BOARD.fullmatch(board):
            what = f"'{show(board)}' is not the name of a board"
            table.problem("boards", what, 'write it as in its address: "pol" of boards.4chan.org/pol/', index=index)
    if "boards" in table and table.value("boards") == []:
        table.problem("boards", "this source reads no board", 'name at least one: boards = ["pol"]')
    return FourchanSource(
        name=standard.name,
        boards=boards,
        server=table.address("server", standard.server).rstrip("/"),
        every_seconds=_every_seconds(table, standard.every_seconds, low=10),
    )


def _gdelt(table: Table, _: Surroundings) -> GdeltSource:
    standard = GdeltSource(table.optional_text("name") or "gdelt")
    return GdeltSource(
        name=standard.name,
        search=table.texts("search"),
        server=table.address("server", standard.server).rstrip("/"),
        every_seconds=_every_seconds(table, standard.every_seconds, low=60),
    )


def _googlenews(table: Table, _: Surroundings) -> GoogleNewsSource:
    standard = GoogleNewsSource(table.optional_text("name") or "googlenews")
    return GoogleNewsSource(
        name=standard.name,
        search=table.texts("search"),
        lang=_code(table, "lang", _LANG, standard.lang),
        country=_code(table, "country", _COUNTRY, standard.country),
        server=table.address("server", standard.server).rstrip("/"),
        every_seconds=_every_seconds(table, standard.every_seconds, low=60),
    )


def _webhook(table: Table, around: Surroundings) -> WebhookSource:
    mend = "set it to a long random text, the same one with which senders sign"
    secret = around.needed(_WEBHOOK_SECRET, table, None, mend)
    if 0 < len(secret.reveal()) < _SHORTEST_SECRET:
        what = f"the environment variable {_WEBHOOK_SECRET} is too short to be a secret"
        table.problem(None, what, f"set it to {_SHORTEST_SECRET} random characters or more")
    standard = WebhookSource(table.optional_text("name") or "webhook", secret)
    return WebhookSource(
        name=standard.name,
        secret=standard.secret,
        host=table.optional_text("host") or standard.host,
        port=table.whole("port", standard.port, low=1, high=65_535),
    )


def _code(table: Table, key: str, pattern: re.Pattern[str], standard: str) -> str:
    value = table.optional_text(key)
    if value is None or pattern.fullmatch(value):
        return value or standard
    table.problem(key, f"'{key}' cannot be \"{show(value)}\"", f'write a code like {key} = "{standard}"')
    return standard


def _every_seconds(table: Table, standard: float, *, low: float) -> float:
    """`low` keeps a round within what the platform allows."""
    return table.number("every_seconds", standard, low=low, high=86_400)


PLACES: dict[str, Callable[[Table, Surroundings], SourceConfig]] = {
    "hackernews": _hackernews,
    "lemmy": _lemmy,
    "fourchan": _fourchan,
    "gdelt": _gdelt,
    "googlenews": _googlenews,
    "webhook": _webhook,
}
