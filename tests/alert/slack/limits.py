"""Every limit of Slack's that we know of, held against what is really sent: JSON of a message or of a view.

Sources: docs.slack.dev/reference/block-kit and slackapi/node-slack-sdk, packages/types/src/block-kit; the total of a
message's blocks slackapi/bolt-js#2509; the bytes of a text docs.slack.dev/reference/methods/chat.update.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

Json = dict[str, Any]

MESSAGE_BLOCKS = 50
MESSAGE_TOTAL = 12_000
MESSAGE_TEXT_BYTES = 4_000
VIEW_BLOCKS = 100
VIEW_BYTES = 250_000
URL = re.compile(r"https?://[^\s<>\"|]+")
OURS = re.compile(r"<@[UW][A-Z0-9]+>|<!subteam\^S[A-Z0-9]+>")


def message_problems(message: object, *, pings: int = 0) -> list[str]:
    """What Slack would not take of a message (`text` and `blocks`), and what in it could be pressed into pinging,
    linking or formatting. `pings`: how many mentions of our own it may hold."""
    sent = _json(message)
    text = sent["text"]
    problems = list(_blocks(sent["blocks"], MESSAGE_BLOCKS, surface="message"))
    if not text.strip():
        problems.append("text is empty: a screen reader has nothing to read")
    if len(text.encode()) > MESSAGE_TEXT_BYTES:
        problems.append(f"text has {len(text.encode())} bytes")
    if len(msgspec.json.encode(sent["blocks"]).decode()) > MESSAGE_TOTAL:
        problems.append(f"blocks have {len(msgspec.json.encode(sent['blocks']).decode())} characters")
    own = OURS.findall(text)
    if set("<>") & set(OURS.sub("", text)) or len(own) > pings:
        problems.append("text holds a live mention or link")
    return problems + list(_live(sent["blocks"], pings))


def view_problems(view: object) -> list[str]:
    """What Slack would not take of a modal or a Home tab."""
    sent = _json(view)
    problems = list(_blocks(sent["blocks"], VIEW_BLOCKS, surface=sent["type"]))
    if len(json.dumps(sent).encode()) > VIEW_BYTES:
        problems.append("view has more than 250 kB")
    problems += [
        f"{part}: {problem}"
        for part in ("title", "submit", "close")
        if part in sent
        for problem in _text(sent[part], 24)
    ]
    if len(sent.get("private_metadata", "")) > 3000:
        problems.append("private_metadata is too long")
    if len(sent.get("callback_id", "")) > 255:
        problems.append("callback_id is too long")
    if sent["type"] == "modal" and "submit" not in sent and any(block["type"] == "input" for block in sent["blocks"]):
        problems.append("a modal with inputs has nothing to send them with")
    return problems + list(_live(sent["blocks"], 0))


def texts(sent: msgspec.Struct) -> Iterator[str]:
    """Every text that a person sees, in order."""
    for part in _walk(_json(sent)):
        if part.get("type") in {"plain_text", "text", "link"}:
            yield part["text"]
        if "initial_value" in part:
            yield part["initial_value"]


def elements(sent: msgspec.Struct, *kinds: str) -> Iterator[Json]:
    """Every part of these types, wherever it stands."""
    yield from (part for part in _walk(_json(sent)) if part.get("type") in kinds)


def _json(sent: object) -> Json:
    decoded: Json = json.loads(msgspec.json.encode(sent))
    return decoded


def _live(blocks: list[Json], pings: int) -> Iterator[str]:
    """Text elements are inert in rich_text and plain_text alone, and only links and mentions of our own are live."""
    mentions = 0
    for part in _walk(blocks):
        kind = part.get("type")
        if kind in {"mrkdwn", "markdown", "emoji", "broadcast", "channel", "date"}:
            yield f"{kind}: something in it is read as formatting"
        elif kind in {"user", "usergroup"}:
            mentions += 1
        elif kind == "link" and (not URL.fullmatch(part["url"]) or URL.search(part.get("text", ""))):
            yield f"a link that is not ours: {part}"
        elif kind == "plain_text" and part.get("emoji") is not False:
            yield "a plain text in which :emoji: is read"
        elif kind == "text" and not part["text"]:
            yield "a text is empty"
    if mentions > pings:
        yield "mentions somebody who is not to be pinged"


def _walk(sent: object) -> Iterator[Json]:
    if isinstance(sent, dict):
        yield sent
        for part in sent.values():
            if isinstance(part, dict | list):
                yield from _walk(part)
    elif isinstance(sent, list):
        for part in sent:
            yield from _walk(part)


def _blocks(blocks: list[Json], most: int, surface: str) -> Iterator[str]:
    if not 1 <= len(blocks) <= most:
        yield f"{len(blocks)} blocks"
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(ids) != len(set(ids)):
        yield "two blocks have one block_id"
    for number, block in enumerate(blocks):
        check = _BLOCKS.get(block["type"])
        if check is None:
            yield f"block {number}: no such type {block['type']}"
            continue
        if len(block.get("block_id", "-")) not in range(1, 256):
            yield f"block {number}: block_id"
        if surface == "message" and block["type"] == "input":
            yield f"block {number}: an input outside of a form"
        actions = [part["action_id"] for part in _with_action(block)]
        if len(actions) != len(set(actions)):
            yield f"block {number}: two elements have one action_id"
        yield from (f"block {number} ({block['type']}): {problem}" for problem in check(block))


def _with_action(block: Json) -> Iterator[Json]:
    for key in ("elements", "element", "accessory"):
        parts = block.get(key) or ()
        for part in [parts] if isinstance(parts, dict) else parts:
            if "action_id" in part:
                yield part


def _text(text: Json, most: int, least: int = 1) -> Iterator[str]:
    if text["type"] != "plain_text":
        yield f"text of type {text['type']}"
    if not least <= len(text["text"]) <= most or (least and not text["text"].strip()):
        yield f"text of {len(text['text'])} characters: {text['text'][:40]!r}"


def _header(block: Json) -> Iterator[str]:
    yield from _text(block["text"], 150)


def _section(block: Json) -> Iterator[str]:
    yield from _text(block["text"], 3000)
    if "accessory" in block:
        yield from _element(block["accessory"])


def _context(block: Json) -> Iterator[str]:
    if not 1 <= len(block["elements"]) <= 10:
        yield f"{len(block['elements'])} elements"
    for element in block["elements"]:
        yield from _text(element, 2000)


def _actions(block: Json) -> Iterator[str]:
    if not 1 <= len(block["elements"]) <= 25:
        yield f"{len(block['elements'])} elements"
    for element in block["elements"]:
        yield from _element(element)


def _image(block: Json) -> Iterator[str]:
    if not 1 <= len(block["alt_text"]) <= 2000:
        yield "alt_text"
    if "title" in block:
        yield from _text(block["title"], 2000)


def _input(block: Json) -> Iterator[str]:
    yield from _text(block["label"], 2000)
    if "hint" in block:
        yield from _text(block["hint"], 2000)
    yield from _element(block["element"])


def _rich_text(block: Json) -> Iterator[str]:
    if not block["elements"]:
        yield "empty"
    for part in block["elements"]:
        if part["type"] not in {
            "rich_text_section", "rich_text_quote", "rich_text_preformatted", "rich_text_list",
        }:  # fmt: skip
            yield f"no such part {part['type']}"
        if not part["elements"]:
            yield f"{part['type']} is empty"


def _element(element: Json) -> Iterator[str]:
    """One thing to press or to fill in."""
    if not 1 <= len(element["action_id"]) <= 255:
        yield "action_id"
    if "placeholder" in element:
        yield from _text(element["placeholder"], 150)
    check = _ELEMENTS.get(element["type"])
    if check is None:
        yield f"no such element {element['type']}"
    else:
        yield from check(element)


def _button(element: Json) -> Iterator[str]:
    yield from _text(element["text"], 75)
    if len(element.get("value", "")) > 2000 or len(element.get("url", "")) > 3000:
        yield "value or url is too long"
    if "confirm" in element:
        confirm = element["confirm"]
        yield from _text(confirm["title"], 100)
        yield from _text(confirm["text"], 300)
        yield from _text(confirm["confirm"], 30)
        yield from _text(confirm["deny"], 30)


def _overflow(element: Json) -> Iterator[str]:
    yield from _options(element["options"], 5)


def _select(element: Json) -> Iterator[str]:
    yield from _options(element["options"], 100)
    yield from _initial(element)


def _radio(element: Json) -> Iterator[str]:
    yield from _options(element["options"], 10)
    yield from _initial(element)


def _text_input(element: Json) -> Iterator[str]:
    most = element.get("max_length", 3000)
    if not 1 <= most <= 3000 or len(element.get("initial_value", "")) > most:
        yield "initial_value or max_length"


def _date(element: Json) -> Iterator[str]:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", element.get("initial_date", "2026-01-01")):
        yield "initial_date"


def _options(options: list[Json], most: int) -> Iterator[str]:
    if not 1 <= len(options) <= most:
        yield f"{len(options)} options"
    values = [option["value"] for option in options]
    if len(values) != len(set(values)):
        yield "two options have one value"
    for option in options:
        yield from _text(option["text"], 75)
        if not 1 <= len(option["value"]) <= 150:
            yield f"an option's value has {len(option['value'])} characters"


def _initial(element: Json) -> Iterator[str]:
    if "initial_option" in element and element["initial_option"] not in element["options"]:
        yield "initial_option is none of the options"


_BLOCKS: dict[str, Callable[[Json], Iterator[str]]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "image": _image,
    "input": _input,
    "rich_text": _rich_text,
    "divider": lambda _block: iter(()),
}
_ELEMENTS: dict[str, Callable[[Json], Iterator[str]]] = {
    "button": _button,
    "overflow": _overflow,
    "static_select": _select,
    "radio_buttons": _radio,
    "plain_text_input": _text_input,
    "url_text_input": lambda _element: iter(()),
    "datepicker": _date,
}
