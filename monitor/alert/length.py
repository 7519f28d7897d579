"""How long a text is in each platform's own counting, and how long it may be. Pure."""

from __future__ import annotations

import unicodedata
from functools import cache

import regex
from linkify_it import LinkifyIt  # type: ignore[import-untyped]
from linkify_it.tlds import TLDS  # type: ignore[import-untyped]

LIMITS = {"x": 280, "bluesky": 300, "mastodon": 500, "threads": 500}
"""What an ordinary account may post; some Mastodon servers and paid X accounts allow more."""

SHORT_URL = 23
"""X and Mastodon count every link so, however long it is (twitter-text v3 `transformedURLLength`; Mastodon's
StatusLengthValidator, whose URL_PLACEHOLDER_CHARS is the same)."""
_X_SINGLE_WEIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
"""Code points that count one; all others count two (twitter-text `config/v3.json`)."""
_GRAPHEME = regex.compile(r"\X")
_EMOJI_SEQUENCE = regex.compile(r"\p{RI}{2}|[0-9#*]\ufe0f?\u20e3|\p{Extended_Pictographic}.+", regex.DOTALL)
_EMOJI = regex.compile(r"\p{RI}{2}|[0-9#*]\ufe0f?\u20e3|\p{Extended_Pictographic}.*", regex.DOTALL)
_REMOTE_MENTION = regex.compile(r"(?<![\w/])(@\w+)@[\w.-]+\w")


def length(text: str, platform: str) -> int:
    """The length of a text as `platform` counts it; elsewhere, grapheme clusters: what people call characters."""
    match platform:
        case "x":
            return _x(text)
        case "mastodon":
            return _mastodon(text)
        case "threads":
            return _threads(text)
        case _:
            return _graphemes(text)


def limit(platform: str) -> int | None:
    """The longest post on a platform, in its own counting; None where we know of none."""
    return LIMITS.get(platform)


def _x(text: str) -> int:
    """twitter-text v3: NFC, code points weighted, a link 23, an emoji sequence 2."""
    text, links = _without_links(unicodedata.normalize("NFC", text), schemeless=True)
    return links * SHORT_URL + sum(_x_weight(grapheme) for grapheme in _GRAPHEME.findall(text))


def _x_weight(grapheme: str) -> int:
    if _EMOJI_SEQUENCE.fullmatch(grapheme):
        return 2
    return sum(1 if any(low <= ord(point) <= high for low, high in _X_SINGLE_WEIGHT) else 2 for point in grapheme)


def _mastodon(text: str) -> int:
    """Grapheme clusters; a link with its scheme 23; of @name@server only @name."""
    text, links = _without_links(text, schemeless=False)
    return links * SHORT_URL + _graphemes(_REMOTE_MENTION.sub(r"\1", text))


def _threads(text: str) -> int:
    """Characters, an emoji as many as it has bytes in UTF-8 (Threads API, "Threads Posts", Limitations)."""
    return sum(
        len(grapheme.encode("utf-8", "replace")) if _EMOJI.fullmatch(grapheme) else len(grapheme)
        for grapheme in _GRAPHEME.findall(text)
    )


def _graphemes(text: str) -> int:
    return len(_GRAPHEME.findall(text))


def _without_links(text: str, *, schemeless: bool) -> tuple[str, int]:
    """The text with its links cut out, and how many there were."""
    schemas = ("http:", "https:", "") if schemeless else ("http:", "https:")
    links = [link for link in _links().match(text) or [] if link.schema in schemas]
    for link in reversed(links):
        text = text[: link.index] + text[link.last_index :]
    return text, len(links)


@cache
def _links() -> LinkifyIt:
    return LinkifyIt(options={"fuzzy_email": False}).tlds(TLDS)
