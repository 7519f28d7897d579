"""[desk] of config.toml."""

from __future__ import annotations

import re
from datetime import time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from monitor.config.settings import DeskConfig
from monitor.toml import Table, show

_LONGEST_MINUTES = 24 * 60
_OFF = "off"
_CHANNEL, _GROUP = re.compile(r"[CG][A-Z0-9]{2,}"), re.compile(r"S[A-Z0-9]{2,}")
_WHERE_CHANNEL = "in Slack: the channel's name, About, at the bottom"
_WHERE_GROUP = "in Slack: People, User groups, the group, the three dots, Copy group ID"


def read_desk(table: Table) -> DeskConfig:
    """How responders work. Mistakes go to the table's problems."""
    standard = DeskConfig()
    for index, group in enumerate(table.texts("groups")):
        if group and not _GROUP.fullmatch(group):
            what = f"'{show(group)}' is not the id of a user group"
            table.problem("groups", what, f"write an id that begins with S ({_WHERE_GROUP})", index=index)
    return DeskConfig(
        groups=table.texts("groups"),
        escalate_to=_id(table, "escalate_to", (_GROUP, _CHANNEL), f"S... for a user group or C... ({_WHERE_CHANNEL})"),
        amplifiers=_id(table, "amplifiers", (_CHANNEL,), f"C... ({_WHERE_CHANNEL})"),
        own_minutes=table.number("own_minutes", standard.own_minutes, low=0.1, high=_LONGEST_MINUTES),
        correct_minutes=table.number("correct_minutes", standard.correct_minutes, low=0.1, high=_LONGEST_MINUTES),
        owner_quiet_minutes=table.number(
            "owner_quiet_minutes", standard.owner_quiet_minutes, low=0.1, high=_LONGEST_MINUTES
        ),
        digest_at=_time(table, "digest_at", standard.digest_at),
        timezone=_zone(table, "timezone", standard.timezone),
        mastodon=table.address("mastodon", standard.mastodon).rstrip("/"),
    )


def _id(table: Table, key: str, patterns: tuple[re.Pattern[str], ...], how: str) -> str | None:
    value = table.optional_text(key)
    if value is not None and not any(pattern.fullmatch(value) for pattern in patterns):
        table.problem(key, f"'{key}' cannot be {show(value)}", f"write an id: {how}")
        return None
    return value


def _time(table: Table, key: str, standard: time | None) -> time | None:
    value = table.optional_text(key)
    if value is None or value == _OFF:
        return standard if value is None else None
    try:
        return time.fromisoformat(value)
    except ValueError:
        table.problem(key, f"'{key}' cannot be \"{show(value)}\"", f'write {key} = "08:00", or "{_OFF}"')
        return standard


def _zone(table: Table, key: str, standard: ZoneInfo) -> ZoneInfo:
    value = table.optional_text(key)
    if value is None:
        return standard
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        table.problem(key, f"there is no time zone {show(value)}", f'write one like {key} = "America/New_York"')
        return standard
