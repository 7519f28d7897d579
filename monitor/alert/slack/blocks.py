"""The part of Slack's Block Kit that we use, as types. Text elements of rich_text and plain_text are shown as they are:
Slack reads no formatting, mention or link in them, which is why texts from posts go nowhere else. There is no type for
mrkdwn here at all.

Limits: slackapi/node-slack-sdk, packages/types/src/block-kit, and docs.slack.dev/reference/block-kit.
"""

from __future__ import annotations

from typing import Literal

import msgspec

HEADER_LIMIT = 150
SECTION_LIMIT = 3000
BLOCKS_LIMIT = 50
VIEW_BLOCKS_LIMIT = 100
TOTAL_LIMIT = 12_000
"""Of a message's blocks. Undocumented: Slack answers msg_blocks_too_long near 13,200 characters of JSON
(slackapi/bolt-js#2509)."""
HOME_LIMIT = 250_000
"""Bytes of a home view as JSON."""
FALLBACK_LIMIT = 3900
"""Bytes of a message's `text` once it is escaped: chat.update takes 4,000, and answers msg_too_long beyond."""
BUTTON_LIMIT = 75
"""Of a button's and of an option's text."""
URL_LIMIT = 3000
INPUT_LIMIT = 3000
"""Of a plain_text_input's initial value and max_length."""


class PlainText(msgspec.Struct, frozen=True, tag_field="type", tag="plain_text"):
    text: str
    emoji: bool = False
    """Off: `:fire:` in a claim stays as it is."""


class Style(msgspec.Struct, frozen=True):
    bold: bool = True


BOLD = Style()


class Text(msgspec.Struct, frozen=True, tag_field="type", tag="text", omit_defaults=True):
    text: str
    style: Style | None = None


class Link(msgspec.Struct, frozen=True, tag_field="type", tag="link"):
    url: str
    text: str


class User(msgspec.Struct, frozen=True, tag_field="type", tag="user"):
    """Mentions and notifies: only for those whom a notice names to be pinged."""

    user_id: str


class UserGroup(msgspec.Struct, frozen=True, tag_field="type", tag="usergroup"):
    """Mentions and notifies every member, like `User`."""

    usergroup_id: str


Inline = Text | Link | User | UserGroup


class Line(msgspec.Struct, frozen=True, tag_field="type", tag="rich_text_section"):
    elements: tuple[Inline, ...]


class Quote(msgspec.Struct, frozen=True, tag_field="type", tag="rich_text_quote"):
    elements: tuple[Text, ...]


class Preformatted(msgspec.Struct, frozen=True, tag_field="type", tag="rich_text_preformatted"):
    elements: tuple[Text, ...]


class Bullets(msgspec.Struct, frozen=True, tag_field="type", tag="rich_text_list"):
    elements: tuple[Line, ...]
    style: Literal["bullet"] = "bullet"


Part = Line | Quote | Preformatted | Bullets


class Confirm(msgspec.Struct, frozen=True):
    """What Slack asks before it sends the click. Title 100 characters, text 300, answers 30."""

    title: PlainText
    text: PlainText
    confirm: PlainText
    deny: PlainText


class Option(msgspec.Struct, frozen=True):
    text: PlainText
    value: str


class Button(msgspec.Struct, frozen=True, tag_field="type", tag="button", omit_defaults=True):
    text: PlainText
    action_id: str
    value: str | None = None
    url: str | None = None
    style: Literal["primary", "danger"] | None = None
    confirm: Confirm | None = None
    accessibility_label: str | None = None


class Overflow(msgspec.Struct, frozen=True, tag_field="type", tag="overflow"):
    options: tuple[Option, ...]
    action_id: str


class Select(msgspec.Struct, frozen=True, tag_field="type", tag="static_select", omit_defaults=True):
    options: tuple[Option, ...]
    action_id: str
    initial_option: Option | None = None
    placeholder: PlainText | None = None


class Radio(msgspec.Struct, frozen=True, tag_field="type", tag="radio_buttons", omit_defaults=True):
    options: tuple[Option, ...]
    action_id: str
    initial_option: Option | None = None


class DatePicker(msgspec.Struct, frozen=True, tag_field="type", tag="datepicker", omit_defaults=True):
    action_id: str
    initial_date: str | None = None
    """YYYY-MM-DD."""


class TextInput(msgspec.Struct, frozen=True, tag_field="type", tag="plain_text_input", omit_defaults=True):
    action_id: str
    multiline: bool = False
    initial_value: str | None = None
    placeholder: PlainText | None = None
    max_length: int | None = None


class UrlInput(msgspec.Struct, frozen=True, tag_field="type", tag="url_text_input", omit_defaults=True):
    action_id: str
    initial_value: str | None = None
    placeholder: PlainText | None = None


class Header(msgspec.Struct, frozen=True, tag_field="type", tag="header", omit_defaults=True):
    text: PlainText
    block_id: str | None = None


class RichText(msgspec.Struct, frozen=True, tag_field="type", tag="rich_text", omit_defaults=True):
    elements: tuple[Part, ...]
    block_id: str | None = None


class Context(msgspec.Struct, frozen=True, tag_field="type", tag="context"):
    elements: tuple[PlainText, ...]


class Section(msgspec.Struct, frozen=True, tag_field="type", tag="section", omit_defaults=True):
    text: PlainText
    accessory: Button | Select | None = None
    block_id: str | None = None


class Divider(msgspec.Struct, frozen=True, tag_field="type", tag="divider"):
    pass


class Actions(msgspec.Struct, frozen=True, tag_field="type", tag="actions"):
    elements: tuple[Button | Overflow, ...]


class SlackFile(msgspec.Struct, frozen=True):
    """A file that was uploaded to Slack before."""

    id: str


class Image(msgspec.Struct, frozen=True, tag_field="type", tag="image"):
    slack_file: SlackFile
    alt_text: str
    title: PlainText


class Input(msgspec.Struct, frozen=True, tag_field="type", tag="input", omit_defaults=True):
    """A field of a form. `block_id` is where an error about it is shown."""

    block_id: str
    label: PlainText
    element: TextInput | UrlInput | Select | Radio | DatePicker
    optional: bool = False
    hint: PlainText | None = None


Block = Header | RichText | Context | Section | Divider | Actions | Image | Input


class Message(msgspec.Struct, frozen=True):
    """What chat.postMessage and chat.update are given. `text` is what screen readers and push notifications read."""

    text: str
    blocks: tuple[Block, ...]


class Modal(msgspec.Struct, frozen=True, tag_field="type", tag="modal", omit_defaults=True):
    """A form. Title, submit and close: 24 characters."""

    callback_id: str
    title: PlainText
    close: PlainText
    blocks: tuple[Block, ...]
    submit: PlainText | None = None
    private_metadata: str = ""


class Home(msgspec.Struct, frozen=True, tag_field="type", tag="home"):
    blocks: tuple[Block, ...]


View = Modal | Home
"""What views.open, views.update, views.push and views.publish are given."""


def json_length(blocks: tuple[Block, ...]) -> int:
    """Characters of the blocks as they are sent."""
    return len(msgspec.json.encode(blocks).decode())


def escape(text: str) -> str:
    """For a message's `text`: Slack's three control characters, ampersand first (docs.slack.dev, "Escaping text")."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escaped(text: str, limit: int = FALLBACK_LIMIT) -> str:
    """At most `limit` bytes of a text once it is escaped, with an ellipsis where something was cut."""
    whole = escape(text)
    if len(whole.encode()) <= limit:
        return whole
    kept, room = [], limit - len("…".encode())
    for character in text:
        kept.append(escape(character))
        room -= len(kept[-1].encode())
        if room < 0:
            break
    return "".join(kept[:-1]).rstrip() + "…"
