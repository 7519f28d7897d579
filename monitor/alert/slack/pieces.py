"""Pieces that messages, notices, modals and the Home tab have in common. Pure. Texts from posts come out inert."""

from __future__ import annotations

from datetime import datetime

from monitor.alert import wording
from monitor.alert.slack import names
from monitor.alert.slack.blocks import BOLD, BUTTON_LIMIT, Line, Link, Option, PlainText, Quote, RichText, Text
from monitor.alert.slack.views import ScoredClaim
from monitor.model import IncidentState, Post, Severity

_SEVERITY = {Severity.LOW: "🔵", Severity.MEDIUM: "🟡", Severity.HIGH: "🟠", Severity.CRITICAL: "🔴"}
_OVER = {IncidentState.CORRECTED: "✅", IncidentState.CLOSED: "⚫", IncidentState.FALSE_ALARM: "⚪"}
OPTIONS_LIMIT = 100
"""Of a select."""


def mark(state: IncidentState, severity: Severity) -> str:
    """Seen before a word is read; the words beside it say the same."""
    return _OVER.get(state, _SEVERITY[severity])


def quote(post: Post, limit: int) -> Quote:
    """What a post says, where Slack reads no formatting, mention or link."""
    return Quote((Text(wording.excerpt(wording.inert(wording.quoted(post)), limit)),))


def about_post(post: Post, now: datetime | None = None) -> Line:
    """Account, platform, followers, time, and a link to it where its URL is safe. With `now` today is left out."""
    parts = [
        wording.author(post),
        wording.followers(post),
        _time(post.created_at, now) if post.created_at else None,
    ]
    about = Text(" · ".join(part for part in parts if part))
    url = wording.link(post.url)
    return Line((about,) if url is None else (about, Text(" · "), Link(url, "Open the post")))


def _time(time: datetime, now: datetime | None) -> str:
    return wording.moment(time) if now is None or time.date() != now.date() else wording.hour(time, now)


def fact(label: str, value: str) -> tuple[Text, Text]:
    """A line of its own: what it is, and what it says."""
    return Text(f"{label}: ", BOLD), Text(f"{value or 'unknown'}\n")


def about(claim: str | None, post: Post | None, limit: int) -> RichText:
    """What a form is about: the claim, and the post where it is still stored."""
    head = wording.one_line(claim, 300) if claim else "A claim that the rules no longer hold"
    line = Line((Text(head or "A claim without words", BOLD),))
    if post is None:
        return RichText((line, Line((Text("The post is no longer stored."),))))
    return RichText((line, quote(post, limit), about_post(post)))


def option(label: str, value: str) -> Option:
    """Of a select or a list of choices."""
    return Option(PlainText(wording.one_line(label, BUTTON_LIMIT) or "?"), value)


def claim_options(claims: tuple[ScoredClaim, ...]) -> tuple[Option, ...]:
    """As many claims as a select holds, in the order given."""
    fitting = [scored for scored in claims if 0 < len(scored.claim.id) <= names.OPTION_VALUE_LIMIT]
    return tuple(option(_claim_label(scored), scored.claim.id) for scored in fitting[:OPTIONS_LIMIT])


def _claim_label(scored: ScoredClaim) -> str:
    score = "" if scored.score is None else f"{scored.score:.0%}: "
    return f"{score}{scored.claim.claim}"
