"""The words in which an alert is shown, whatever shows it. Pure. Text from posts leaves here inert."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import regex

from monitor.alert.deadlines import correction_due, owner_due
from monitor.config import DeskConfig
from monitor.model import (
    Alert,
    Incident,
    IncidentState,
    Match,
    Person,
    Post,
    Reason,
    RenderedCorrection,
    Severity,
    Stance,
)

ELLIPSIS = "…"
PLATFORMS = {"x": "X", "bluesky": "Bluesky", "mastodon": "Mastodon", "threads": "Threads", "reddit": "Reddit"}
_JOINERS = "\u200c\u200d"
"""Format characters that writing needs: emoji and several scripts break without them."""
_STEERING = regex.compile(r"[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]")
_DOES = {
    Stance.SUPPORT: "Asserts it",
    Stance.DENY: "Denies it",
    Stance.QUERY: "Asks about it",
    Stance.COMMENT: "Neither asserts nor denies it",
}
_WEIGHTIEST = (
    Reason.REOPENED,
    Reason.SILENCE_ENDED,
    Reason.LARGE_ACCOUNT,
    Reason.GROWING,
    Reason.REPORTED,
)
_NOT_IN_URLS = re.compile(r"""[\s<>"\\^`{|}]""")


def inert(text: str) -> str:
    """The text without what steers a screen: control characters (ANSI escapes begin with one), bidirectional overrides
    and other invisible format characters become a visible mark. Line breaks stay."""
    return _STEERING.sub(lambda found: _inert(found.group()), text.replace("\r\n", "\n").replace("\r", "\n"))


def excerpt(text: str, limit: int) -> str:
    """At most `limit` characters (code points, limit >= 1), with an ellipsis where something was cut."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + ELLIPSIS


def one_line(text: str, limit: int) -> str:
    """Inert, white space squeezed, at most `limit` characters."""
    return excerpt(" ".join(inert(text).split()), limit)


def headline(alert: Alert) -> str:
    """How bad it is, or that it is over, and the claim."""
    return f"{_standing(alert.incident.state, alert.claim.severity)}: {one_line(alert.claim.claim, 300)}"


def platform(name: str) -> str:
    """A platform as it writes itself, where we know it."""
    return PLATFORMS.get(name, one_line(name, 40) or "unknown")


def person(who: Person) -> str:
    return one_line(who.name, 80) or one_line(who.id, 80) or "somebody"


def news(alerts: Sequence[Alert]) -> str:
    """Why people are told of several posts together: the weightiest of the reasons."""
    reasons = {alert.reason for alert in alerts}
    return next((reason for reason in _WEIGHTIEST if reason in reasons), "more posts")


def quoted(post: Post) -> str:
    """What a post says, with the descriptions of its pictures, which are matched like text. Not inert, never empty."""
    if post.gone:
        return f"({post.gone})"
    alts = [f"[{media.alt}]" for media in post.media if media.alt and media.alt.strip()]
    return "\n".join(part for part in (post.text.strip(), *alts) if part) or "(no text)"


def author(post: Post) -> str:
    """Who and where: `@name on bluesky`; of a post that is gone no more than where."""
    if post.gone:
        return platform(post.platform)
    name = one_line(post.author, 80) if post.author else "unknown account"
    where = one_line(post.platform, 40)
    return f"@{name} on {where}" if post.author else f"{name} on {where}"


def followers(post: Post) -> str | None:
    return None if post.followers is None else f"{post.followers:,} followers"


def moment(time: datetime) -> str:
    """To the minute, with its zone: people in several zones read the same message."""
    return f"{time:%d %b %Y %H:%M} UTC"


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 post`, `1,200 posts`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def hour(time: datetime, now: datetime) -> str:
    """`03:12 UTC`; with its day where that is not the day of `now`."""
    return f"{time:%H:%M} UTC" if time.date() == now.date() else f"{time:%d %b %H:%M} UTC"


def span(time: timedelta) -> str:
    """To the minute: `less than a minute`, `9 min`, `2 h 5 min`, `3 days`. A negative one counts as none."""
    minutes = max(0, int(time.total_seconds())) // 60
    if minutes < 1:
        return "less than a minute"
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{hours // 24} days"


def standing(incident: Incident, now: datetime) -> str:
    """Who has it, or how it ended, in a sentence."""
    match incident.state:
        case IncidentState.FALSE_ALARM:
            return "Not this claim. Nothing is left to do."
        case IncidentState.CLOSED:
            return "Closed. Nothing is left to do."
    corrected = _corrected(incident)
    if incident.state is IncidentState.CORRECTED:
        return f"{corrected or 'Corrected'}."
    has_it = "Nobody has it yet"
    if incident.owner is not None:
        since = f" since {hour(incident.owned_at, now)}" if incident.owned_at is not None else ""
        has_it = f"{person(incident.owner)} has it{since}"
    return f"{has_it}. It goes on; {corrected[0].lower()}{corrected[1:]}." if corrected else f"{has_it}."


def to_do(incident: Incident, settings: DeskConfig, now: datetime) -> str | None:
    """What is left to do, and by when; None where nothing is."""
    if incident.state is not IncidentState.OPEN or incident.corrected_at is not None:
        return None
    owner = owner_due(incident, settings) if incident.owner is None else None
    correction = correction_due(incident, settings)
    parts = [
        f"an owner by {hour(owner, now)}" if owner is not None else None,
        f"a correction by {hour(correction, now)}" if correction is not None else None,
    ]
    left = [part for part in parts if part is not None]
    return f"To do: {', '.join(left)}" if left else None


def clock(incident: Incident, now: datetime) -> str:
    """How long everything took, from the first post's time."""
    first = incident.first_seen
    parts = [f"First post {hour(first, now)}"]
    if incident.alerted_at is not None:
        parts.append(f"alerted after {span(incident.alerted_at - first)}")
    if incident.owner is not None and incident.owned_at is not None:
        parts.append(f"{person(incident.owner)} has it since {hour(incident.owned_at, now)}")
    if incident.corrected_at is not None:
        by = f" by {person(incident.corrected_by)}" if incident.corrected_by is not None else ""
        parts.append(f"corrected after {span(incident.corrected_at - first)}{by}")
    return " · ".join(parts)


def stance_of(match: Match) -> str:
    return _DOES[match.stance]


def stance(match: Match) -> str:
    """What the post does with the claim, how sure that is, and the wording that it is nearest to."""
    nearest = one_line(match.phrasing, 200)
    said = f"{stance_of(match)}, {_sure(match.score)} ({match.score:.0%})"
    return f"{said}; nearest wording: {nearest}" if nearest else said


def spread(incident: Incident) -> str:
    """How far it got: posts, accounts, platforms, growth."""
    posts = count(incident.posts, "post")
    if incident.duplicates:
        posts += f" ({count(incident.duplicates, 'repost or copy', 'reposts or copies')})"
    platforms = one_line(", ".join(incident.platforms), 120) or "an unknown platform"
    return (
        f"{posts} by {count(incident.accounts, 'account')} on {platforms}, {incident.growth_per_hour} in the last hour"
    )


def score(value: float) -> str:
    """The probability that the post asserts the claim, in words and as a number."""
    return f"{_sure(value)} asserts the claim ({value:.0%})"


def why(match: Match) -> str:
    """Why a post matched, with the wording that it is nearest to, in one line."""
    reason, wording = one_line(match.why, 500), one_line(match.phrasing, 200)
    return reason if "nearest wording" in reason else f"{reason}; nearest wording: {wording}"


def correction_title(correction: RenderedCorrection) -> str:
    """What a correction is for, and whether it fits there."""
    where, lang = one_line(correction.platform, 40), one_line(correction.lang, 20)
    if correction.limit is None:
        return f"Correction ({lang}, {correction.length} characters)"
    room = f"{correction.length} of {correction.limit} characters on {where}"
    if correction.length > correction.limit:
        return f"Correction ({lang}): TOO LONG for {where}, {room}"
    return f"Correction ({lang}, {room})"


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


def _standing(state: IncidentState, severity: Severity) -> str:
    return severity.upper() if state is IncidentState.OPEN else state.upper()


def _corrected(incident: Incident) -> str:
    if incident.corrected_at is None:
        return ""
    by = f" by {person(incident.corrected_by)}" if incident.corrected_by is not None else ""
    return f"Corrected after {span(incident.corrected_at - incident.first_seen)}{by}"


def _sure(score: float) -> str:
    if score >= 0.95:
        return "almost certainly"
    if score >= 0.8:
        return "very likely"
    return "likely" if score >= 0.6 else "possibly"


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
