"""Slack's interaction payloads -> what a person asked for. Pure.

The shapes are those of docs.slack.dev/reference/interaction-payloads (block_actions, view_submission, shortcuts),
/interactivity/implementing-slash-commands and /reference/events/app_home_opened. Only what we use is read; whatever
else Slack sends or will send is passed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from monitor.errors import ClickError
from monitor.model import Click, ClickKind


@dataclass(frozen=True, slots=True)
class View:
    """A modal as it was when something was pressed or sent in it. `fields`: what its fields hold, by action id; one
    that is empty is left out."""

    id: str
    form: str
    """Its callback id."""
    metadata: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    hash: str | None = None
    """Changes with everything that is shown in it: an update that names it comes too late rather than undo another."""

    def get(self, name: str) -> str:
        """What a field holds, without white space around it; empty where there is none."""
        return self.fields.get(name, "").strip()


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button, or an entry of a menu. `value` is the button's, or that of the entry.

    `channel` and `message` (its ts) say where, `thread` what the message is a reply to; all None in a modal or in the
    App Home. `trigger` opens a modal, for 3 seconds; `response_url` takes private answers, for 30 minutes.
    """

    user: str
    action: str
    value: str
    trigger: str
    channel: str | None = None
    message: str | None = None
    thread: str | None = None
    view: View | None = None
    response_url: str | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """A modal that was sent."""

    user: str
    view: View
    trigger: str = ""


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A shortcut in the menu of somebody's message, which says `text`."""

    user: str
    shortcut: str
    """Its callback id."""
    trigger: str
    channel: str
    message: str
    text: str
    response_url: str | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command: `/monitor check she is out` has the text `check she is out`."""

    user: str
    text: str
    trigger: str
    channel: str
    response_url: str | None = None


@dataclass(frozen=True, slots=True)
class HomeOpened:
    """The App Home was opened, at its first tab."""

    user: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """Something that Slack tells us of and that asks for nothing."""

    user: str


Request = Pressed | Submitted | Shortcut | Command | HomeOpened | Ignored


def read(click: Click) -> Request:
    """What was asked for, and by whom (`user`: a Slack id). Raises ClickError for what is no such payload."""
    try:
        match click.kind:
            case ClickKind.ACTION:
                return _pressed(_decode(click.body, _Actions))
            case ClickKind.SUBMISSION:
                return _submitted(_decode(click.body, _Submission))
            case ClickKind.SHORTCUT:
                return _shortcut(_decode(click.body, _MessageAction))
            case ClickKind.COMMAND:
                sent = _decode(click.body, _Command)
                return Command(sent.user_id, sent.text.strip(), sent.trigger_id, sent.channel_id, sent.response_url)
            case ClickKind.HOME:
                event = _decode(click.body, _HomeOpened).event
                return HomeOpened(event.user) if event.tab in ("home", "") else Ignored(event.user)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ClickError(f"{click.kind} from Slack cannot be read: {error}; it is kept in the table clicks") from error


class _User(msgspec.Struct):
    id: str


class _Id(msgspec.Struct):
    id: str = ""


class _Option(msgspec.Struct):
    value: str = ""


class _Element(msgspec.Struct):
    """An action, or a field's state: which of these is set depends on the kind of element."""

    action_id: str = ""
    value: str | None = None
    selected_option: _Option | None = None
    selected_date: str | None = None

    def says(self) -> str:
        if self.selected_option is not None:
            return self.selected_option.value
        return self.value or self.selected_date or ""


class _State(msgspec.Struct):
    values: dict[str, dict[str, _Element]] = {}


class _View(msgspec.Struct):
    id: str = ""
    callback_id: str = ""
    private_metadata: str = ""
    hash: str | None = None
    state: _State | None = None


class _Container(msgspec.Struct):
    channel_id: str | None = None
    message_ts: str | None = None
    thread_ts: str | None = None


class _Message(msgspec.Struct):
    ts: str = ""
    text: str | None = None


class _Actions(msgspec.Struct):
    user: _User
    actions: list[_Element]
    trigger_id: str = ""
    container: _Container | None = None
    view: _View | None = None
    response_url: str | None = None


class _Submission(msgspec.Struct):
    user: _User
    view: _View
    trigger_id: str = ""


class _MessageAction(msgspec.Struct):
    user: _User
    callback_id: str
    trigger_id: str = ""
    channel: _Id = msgspec.field(default_factory=_Id)
    message: _Message = msgspec.field(default_factory=_Message)
    response_url: str | None = None


class _Command(msgspec.Struct):
    user_id: str
    text: str = ""
    trigger_id: str = ""
    channel_id: str = ""
    response_url: str | None = None


class _HomeEvent(msgspec.Struct):
    user: str
    tab: str = ""


class _HomeOpened(msgspec.Struct):
    event: _HomeEvent


Sent = TypeVar("Sent", bound=msgspec.Struct)


def _decode(body: bytes, kind: type[Sent]) -> Sent:
    return msgspec.json.decode(body, type=kind)


def _pressed(sent: _Actions) -> Request:
    if not sent.actions:
        return Ignored(sent.user.id)
    action, where = sent.actions[0], sent.container or _Container()
    return Pressed(
        user=sent.user.id,
        action=action.action_id,
        value=action.says(),
        trigger=sent.trigger_id,
        channel=where.channel_id,
        message=where.message_ts,
        thread=where.thread_ts,
        view=None if sent.view is None else _view(sent.view),
        response_url=sent.response_url or None,
    )


def _submitted(sent: _Submission) -> Submitted:
    return Submitted(sent.user.id, _view(sent.view), sent.trigger_id)


def _shortcut(sent: _MessageAction) -> Shortcut:
    return Shortcut(
        user=sent.user.id,
        shortcut=sent.callback_id,
        trigger=sent.trigger_id,
        channel=sent.channel.id,
        message=sent.message.ts,
        text=(sent.message.text or "").strip(),
        response_url=sent.response_url or None,
    )


def _view(sent: _View) -> View:
    values = sent.state.values if sent.state is not None else {}
    fields = {
        name: said for block in values.values() for name, element in block.items() if (said := element.says()).strip()
    }
    return View(sent.id, sent.callback_id, sent.private_metadata, fields, sent.hash)
