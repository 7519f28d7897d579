"""Pieces that messages, notices, modals and the Home tab have in common. Pure. Texts from posts come out inert."""

from __future__ import annotations

from monitor.alert import wording
from monitor.alert.slack.blocks import BOLD, Line, Link, Quote, Text
from monitor.model import IncidentState, Post, Severity

_SEVERITY = {Severity.LOW: "🔵", Severity.MEDIUM: "🟡", Severity.HIGH: "🟠", Severity.CRITICAL: "🔴"}
_OVER = {IncidentState.CORRECTED: "✅", IncidentState.CLOSED: "⚫", IncidentState.FALSE_ALARM: "⚪"}


def mark(state: IncidentState, severity: Severity) -> str:
    """Seen before a word is read; the words beside it say the same."""
    return _OVER.get(state, _SEVERITY[severity])


def quote(post: Post, limit: int) -> Quote:
    """What a post says, where Slack reads no formatting, mention or link."""
    return Quote((Text(wording.excerpt(wording.inert(wording.quoted(post)), limit)),))


def about_post(post: Post) -> Line:
    """Account, platform, followers, time, and a link to it where its URL is safe."""
    parts = [
        wording.author(post),
        wording.followers(post),
        wording.moment(post.created_at) if post.created_at else None,
    ]
    about = Text(" · ".join(part for part in parts if part))
    url = wording.link(post.url)
    return Line((about,) if url is None else (about, Text(" · "), Link(url, "Open the post")))


def fact(label: str, value: str) -> tuple[Text, Text]:
    """A line of its own: what it is, and what it says."""
    return Text(f"{label}: ", BOLD), Text(f"{value or 'unknown'}\n")
