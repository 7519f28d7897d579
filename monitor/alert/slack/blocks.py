"""The part of Slack's Block Kit that we use, as types. Text elements of rich_text and plain_text are shown as they are:
Slack reads no formatting, mention or link in them, which is why quoted posts go nowhere else.

Limits: slackapi/node-slack-sdk, packages/types/src/block-kit, and docs.slack.dev/reference/block-kit.
"""

from __future__ import annotations

import msgspec

HEADER_LIMIT = 150
SECTION_LIMIT = 3000
BLOCKS_LIMIT = 50
TOTAL_LIMIT = 12_000
"""Undocumented: Slack answers msg_blocks_too_long near 13,200 characters of JSON (slackapi/bolt-js#2509)."""


class PlainText(msgspec.Struct, frozen=True, tag_field="type", tag="plain_text"):
    text: str
    emoji: bool = False
    """Off: `:fire:` in a claim stays as it is."""


class Style(msgspec.Struct, frozen=True):
    bold: bool = True


class Text(msgspec.Struct, frozen=True, tag_field="type", tag="text", omit_defaults=True):
    text: str
    style: Style | None = None


class Link(msgspec.Struct, frozen=True, tag_field="type", tag="link"):
    url: str
    text: str


class Line(msgspec.Struct, frozen=True, tag_field="type", tag="rich_text_section"):
    elements: tuple[Text | Link, ...]


class Quote(msgspec.Struct, frozen=True, tag_field="type", tag="rich_text_quote"):
    elements: tuple[Text, ...]


class Preformatted(msgspec.Struct, frozen=True, tag_field="type", tag="rich_text_preformatted"):
    elements: tuple[Text, ...]


class Header(msgspec.Struct, frozen=True, tag_field="type", tag="header", omit_defaults=True):
    text: PlainText
    block_id: str | None = None


class RichText(msgspec.Struct, frozen=True, tag_field="type", tag="rich_text", omit_defaults=True):
    elements: tuple[Line | Quote | Preformatted, ...]
    block_id: str | None = None


class Context(msgspec.Struct, frozen=True, tag_field="type", tag="context"):
    elements: tuple[PlainText, ...]


Block = Header | RichText | Context


class Message(msgspec.Struct, frozen=True):
    """What chat.postMessage and chat.update are given. `text` is what screen readers and push notifications read."""

    text: str
    blocks: tuple[Block, ...]
