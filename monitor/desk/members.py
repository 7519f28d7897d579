"""Who may act: members of the alerts' channel, and of the user groups that the config names."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
import structlog

from monitor.alert.slack.api import SlackApi
from monitor.errors import DeliveryError

log = structlog.get_logger()

FRESH = timedelta(minutes=5)
"""So long a list of members is taken as it was read."""
RECENT = timedelta(seconds=20)
"""Somebody who is not on a list older than this may have joined since: it is read again before a refusal."""
PAGE = 1000
ASK_SECONDS = 1.5
"""For one list: a window that is to open does not wait longer for it."""


class _Next(msgspec.Struct):
    next_cursor: str = ""


class _Members(msgspec.Struct):
    members: list[str] = []
    response_metadata: _Next | None = None


class _GroupUsers(msgspec.Struct):
    users: list[str] = []


class _Channel(msgspec.Struct):
    name: str = ""


class _ChannelInfo(msgspec.Struct):
    channel: _Channel


@dataclass(frozen=True, slots=True)
class Roster:
    """Who may act, as Slack said at `read_at`. Not `whole`: some of it could not be read."""

    people: frozenset[str]
    read_at: datetime
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Admitted:
    pass


@dataclass(frozen=True, slots=True)
class Refused:
    """`why` is said to the person alone."""

    why: str


def refusal(roster: Roster | None, where: str) -> str:
    """What somebody who is not on the list is told. `where` names the channel. Pure."""
    if roster is None or not roster.whole:
        return f"Slack does not say who is a member of {where}, so nothing was done. Try again in a minute."
    return f"Only members of {where} can do this. Join the channel, then press again."


def needs_reading(user: str, roster: Roster | None, now: datetime) -> bool:
    """Whether the list is to be read before it is used for somebody. Pure."""
    if roster is None or now - roster.read_at >= FRESH:
        return True
    return user not in roster.people and now - roster.read_at >= RECENT


class Members:
    """The members of one channel and of some user groups, remembered for a few minutes. Where Slack does not answer,
    what was known before counts."""

    def __init__(self, api: SlackApi, channel: str, groups: Sequence[str], now: Callable[[], datetime]) -> None:
        self._api = api
        self._channel = channel
        self._groups = groups
        self._now = now
        self._lists: dict[str, frozenset[str]] = {}
        self._roster: Roster | None = None
        self._name: str | None = None
        self._reading = asyncio.Lock()

    async def admit(self, user: str) -> Admitted | Refused:
        """Whether somebody may act. Never raises."""
        if needs_reading(user, self._roster, self._now()):
            async with self._reading:
                # Somebody else may have read it while this one waited.
                if needs_reading(user, self._roster, self._now()):
                    await self._read()
        if self._roster is not None and user in self._roster.people:
            return Admitted()
        return Refused(refusal(self._roster, await self._where()))

    async def _read(self) -> None:
        whole = True
        for name, read in ((self._channel, self._members), *((group, self._group) for group in self._groups)):
            try:
                async with asyncio.timeout(ASK_SECONDS):
                    self._lists[name] = await read(name)
            except (DeliveryError, TimeoutError) as error:
                whole = whole and name in self._lists
                log.warning("cannot see who may act: who could before still can", of=name, error=repr(error))
        self._roster = Roster(frozenset[str]().union(*self._lists.values()), self._now(), whole)

    async def _members(self, channel: str) -> frozenset[str]:
        found: set[str] = set()
        form: dict[str, object] = {"channel": channel, "limit": PAGE}
        while True:
            page = await self._api.call("conversations.members", _Members, form=form)
            found.update(page.members)
            cursor = page.response_metadata.next_cursor if page.response_metadata else ""
            if not cursor:
                return frozenset(found)
            form["cursor"] = cursor

    async def _group(self, group: str) -> frozenset[str]:
        return frozenset((await self._api.call("usergroups.users.list", _GroupUsers, form={"usergroup": group})).users)

    async def _where(self) -> str:
        if self._name is None:
            try:
                async with asyncio.timeout(ASK_SECONDS):
                    info = await self._api.call("conversations.info", _ChannelInfo, form={"channel": self._channel})
            except (DeliveryError, TimeoutError):
                return "the alerts' channel"
            self._name = f"#{info.channel.name}"
        return self._name
