"""The words in which an alert is shown, whatever shows it. Pure. Text from posts leaves here inert."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from urllib.parse import urlsplit

from monitor.model import Alert, Incident, Match, Post, RenderedCorrection

ELLIPSIS = "…"
_JOINERS = "\u200c\u200d"
"""Format characters that writing needs: emoji and several scripts break without them."""
_NOT_IN_URLS = re.compile(r"""[\s<>"\\^`{|}]""")


def inert(text: str) -> str:
    """The text without what steers a screen: control characters (ANSI escapes begin with one), bidirectional overrides
    and other invisible format characters become a visible mark. Line breaks stay."""
    return "".join(_inert(character) for character in text.replace("\r\n", "\n").replace("\r", "\n"))


def excerpt(text: str, limit: int) -> str:
    """At most `limit` characters (code points, limit >= 1), with an ellipsis where something was cut."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + ELLIPSIS


def one_line(text: str, limit: int) -> str:
    """Inert, white space squeezed, at most `limit` characters."""
    return excerpt(" ".join(inert(text).split()), limit)


def headline(alert: Alert) -> str:
    return f"{alert.claim.severity.upper()}: {one_line(alert.claim.claim, 300)}"


def quoted(post: Post) -> str:
    """What a post says, with the descriptions of its pictures, which are matched like text. Not inert, never empty."""
    alts = [f"[{media.alt}]" for media in post.media if media.alt and media.alt.strip()]
    return "\n".join(part for part in (post.text.strip(), *alts) if part) or "(no text)"


def author(post: Post) -> str:
    """Who and where: `@name on bluesky`."""
    name = one_line(post.author, 80) if post.author else "unknown account"
    where = one_line(post.platform, 40)
    return f"@{name} on {where}" if post.author else f"{name} on {where}"


def followers(post: Post) -> str | None:
    return None if post.followers is None else f"{post.followers:,} followers"


def moment(time: datetime) -> str:
    """To the minute, with its zone: people in several zones read the same message."""
    return f"{time:%d %b %Y %H:%M} UTC"


def spread(incident: Incident) -> str:
    """How far it got: posts, accounts, platforms, growth."""
    posts = _count(incident.posts, "post")
    if incident.duplicates:
        posts += f" ({_count(incident.duplicates, 'repost or copy', 'reposts or copies')})"
    platforms = one_line(", ".join(incident.platforms), 120) or "an unknown platform"
    return (
        f"{posts} by {_count(incident.accounts, 'account')} on {platforms}, {incident.growth_per_hour} in the last hour"
    )


def score(value: float) -> str:
    """The probability that the post asserts the claim, in words and as a number."""
    if value >= 0.95:
        words = "almost certainly"
    elif value >= 0.8:
        words = "very likely"
    elif value >= 0.6:
        words = "likely"
    else:
        words = "possibly"
    return f"{words} asserts the claim ({value:.0%})"


def why(match: Match) -> str:
    """Why a post matched, with the wording that it is nearest to, in one line."""
    reason, wording = one_line(match.why, 500), one_line(match.phrasing, 200)
    return reason if "nearest wording" in reason else f"{reason}; nearest wording: {wording}"


def correction_title(correction: RenderedCorrection) -> str:
    """What a correction is for, and whether it fits there."""
    where = one_line(correction.platform, 40)
    if correction.limit is None:
        return f"Correction ({correction.lang}, {correction.length} characters)"
    room = f"{correction.length} of {correction.limit} characters on {where}"
    if correction.length > correction.limit:
        return f"Correction ({correction.lang}): TOO LONG for {where}, {room}"
    return f"Correction ({correction.lang}, {room})"


def link(url: str | None) -> str | None:
    """A URL that is safe to offer as a link: http or https, nothing in it that a URL must escape, at most 1,000
    characters. Else None."""
    if url is None or len(url) > 1000 or inert(url) != url or _NOT_IN_URLS.search(url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname else None


def _inert(character: str) -> str:
    if character == "\n" or character in _JOINERS:
        return character
    if character == "\t":
        return " "
    category = unicodedata.category(character)
    if category in {"Zl", "Zp"}:
        return "\n"
    if category in {"Cf", "Cc"}:
        return f"⟨{ord(character):04X}⟩"
    return "\ufffd" if category == "Cs" else character


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
