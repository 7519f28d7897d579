"""Which silence mutes a post? Pure: silences, a post, what it answers, and `now`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import datetime
from urllib.parse import parse_qsl, urlencode, urlsplit

from monitor.model import Post, Silence, SilenceScope

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_BARE_LINK = re.compile(r"[\w-]+(\.[\w-]+)+/\S+|www\.\S+", re.IGNORECASE)
_PUNCTUATION = "()[]{}<>\"'“”‘’«».,;:!?…"
_PREFIXES = ("www.", "m.", "mobile.", "amp.")
_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|dclid|msclkid|igsh|igshid|mc_[ce]id|ref_src|ref_url", re.IGNORECASE)
"""Parameters that say who shared a link, and change nothing of what it shows."""


def silenced_by(
    silences: Iterable[Silence], claim_id: str, post: Post, answers: Collection[str], now: datetime
) -> Silence | None:
    """The first silence active at `now` that covers a match of a post with a claim."""
    return next(
        (silence for silence in silences if silence.is_active(now) and covers(silence, claim_id, post, answers)), None
    )


def covers(silence: Silence, claim_id: str, post: Post, answers: Collection[str]) -> bool:
    """Whether a silence is about this, at whatever time. `answers`: keys of the posts above this one in its thread."""
    match silence.scope:
        case SilenceScope.CLAIM:
            return silence.value == claim_id
        case SilenceScope.ACCOUNT:
            return post.author is not None and _account(silence.value) == _account(f"{post.platform}:{post.author}")
        case SilenceScope.LINK:
            link = normal_link(silence.value)
            return link is not None and link in links(post)
        case SilenceScope.THREAD:
            return silence.value in post.names or silence.value in answers


def links(post: Post) -> set[str]:
    """The links that a post carries in its text, as its own address or as media, each as `normal_link` writes it."""
    words = (word.strip(_PUNCTUATION) for word in post.text.split())
    written = [word for word in words if _SCHEME.match(word) or _BARE_LINK.fullmatch(word)]
    carried = [post.url, *(media.url for media in post.media)]
    return {link for url in (*written, *carried) if url and (link := normal_link(url))}


def normal_link(url: str) -> str | None:
    """A link without what may differ between two people who share it: scheme, case of the host, `www.`, fragment,
    tracking parameters, a last slash. None for what is no link to a web page."""
    try:
        parts = urlsplit(url.strip() if _SCHEME.match(url.strip()) else f"https://{url.strip()}")
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or "." not in host:
        return None
    for prefix in _PREFIXES:
        if host.startswith(prefix) and host.count(".") > 1:
            host = host.removeprefix(prefix)
            break
    place = host if port in (None, 80, 443) else f"{host}:{port}"
    kept = [(name, value) for name, value in parse_qsl(parts.query, True) if not _TRACKING.fullmatch(name)]
    query = f"?{urlencode(kept)}" if kept else ""
    return f"{place}{parts.path.rstrip('/')}{query}"


def _account(value: str) -> str:
    platform, _, author = value.partition(":")
    return f"{platform}:{author.lstrip('@')}".casefold()
