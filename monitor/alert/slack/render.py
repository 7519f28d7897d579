"""What a notification looks like in Slack. Pure.

The first block's id is the delivery id: like the message's metadata it is there in the channel's history, so that a
message whose delivery is in doubt can be found again.
"""

from __future__ import annotations

import msgspec

from monitor.alert import wording
from monitor.alert.slack.blocks import (
    HEADER_LIMIT,
    TOTAL_LIMIT,
    Block,
    Context,
    Header,
    Line,
    Link,
    Message,
    PlainText,
    Preformatted,
    Quote,
    RichText,
    Style,
    Text,
)
from monitor.config import DeskConfig
from monitor.model import Alert, Notification, NotificationKind, RenderedCorrection

# What a message may hold of each text: the whole stays within TOTAL_LIMIT even where JSON doubles every character.
QUOTE_LIMIT = 900
CORRECTION_LIMIT = 2000
TRUTH_LIMIT = 400
FALLBACK_LIMIT = 3000
BOLD = Style()


def render(notification: Notification, settings: DeskConfig | None = None, picture: str | None = None) -> Message:  # noqa: ARG001
    """The message of a notification, within every limit of Slack's whatever its texts hold."""
    block_id = notification.delivery_id
    match notification.kind:
        case NotificationKind.MESSAGE | NotificationKind.UPDATE:
            alert = notification.alerts[0]
            return Message(_fallback(alert), _message(alert, block_id))
        case NotificationKind.REPLY:
            alert = notification.alerts[0]
            return Message(_fallback(alert), _reply(alert, block_id))
        case NotificationKind.DIGEST:
            return _digest(notification.alerts, block_id)
        case NotificationKind.NOTICE | NotificationKind.EDIT:
            return _notice(notification, block_id)


def escape(text: str) -> str:
    """For a message's `text`: Slack's three control characters, ampersand first (docs.slack.dev, "Escaping text")."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _message(alert: Alert, block_id: str) -> tuple[Block, ...]:
    incident = alert.incident
    return (
        Header(PlainText(wording.excerpt(wording.headline(alert), HEADER_LIMIT)), block_id),
        RichText((_quote(alert), _about_post(alert))),
        RichText(
            (
                Line(
                    (
                        *_fact("Spread", f"{wording.spread(incident)}, since {wording.moment(incident.first_seen)}"),
                        *_fact("Score", wording.score(alert.match.score)),
                        *_fact("Why it matched", wording.why(alert.match)),
                        *_fact("Truth", wording.one_line(alert.claim.truth, TRUTH_LIMIT)),
                        *_known_false_alarms(alert),
                    )
                ),
            )
        ),
        RichText(_correction(alert.correction)),
        Context((PlainText(f"Why now: {alert.reason} · {incident.id} · rules {alert.rules_version}"),)),
    )


def _reply(alert: Alert, block_id: str) -> tuple[Block, ...]:
    news = f"{str(alert.reason).capitalize()}: "
    headline = wording.excerpt(wording.headline(alert), HEADER_LIMIT)
    return (
        RichText((Line((Text(news, BOLD), Text(f"{wording.spread(alert.incident)}\n{headline}"))),), block_id),
        RichText((_quote(alert), _about_post(alert), *_correction(alert.correction))),
    )


def _digest(alerts: tuple[Alert, ...], block_id: str) -> Message:
    """As many incidents as there is room for, the rest as a number."""
    title = f"{len(alerts)} more false claims in this minute"
    lines = [f"{wording.headline(alert)} ({wording.spread(alert.incident)})" for alert in alerts]
    entries = [_digest_entry(alert) for alert in alerts]
    while True:
        rest = len(alerts) - len(entries)
        more = f"and {rest} more: `monitor status` lists all open incidents. " if rest else ""
        note = f"{more}Each gets a message of its own when it goes on."
        blocks: tuple[Block, ...] = (Header(PlainText(title), block_id), *entries, Context((PlainText(note),)))
        if json_length(blocks) <= TOTAL_LIMIT and len(entries) <= 20:
            return Message(escape(wording.excerpt("\n".join((title, *lines)), FALLBACK_LIMIT)), blocks)
        entries.pop()


def json_length(blocks: tuple[Block, ...]) -> int:
    """Characters of the blocks as they are sent."""
    return len(msgspec.json.encode(blocks).decode())


def _digest_entry(alert: Alert) -> RichText:
    headline = wording.excerpt(wording.headline(alert), HEADER_LIMIT)
    quote = Quote((Text(wording.one_line(wording.quoted(alert.post), 120)),))
    line = Line((Text(f"{headline}\n", BOLD), Text(wording.spread(alert.incident))))
    return RichText((line, quote, _about_post(alert)))


def _notice(notification: Notification, block_id: str) -> Message:
    notice = notification.notice
    said = "" if notice is None else wording.excerpt("\n".join((notice.title, *notice.lines)), FALLBACK_LIMIT)
    return Message(escape(said), (RichText((Line((Text(wording.inert(said) or "…"),)),), block_id),))


def _quote(alert: Alert) -> Quote:
    return Quote((Text(wording.excerpt(wording.inert(wording.quoted(alert.post)), QUOTE_LIMIT)),))


def _about_post(alert: Alert) -> Line:
    post = alert.post
    parts = [
        wording.author(post),
        wording.followers(post),
        wording.moment(post.created_at) if post.created_at else None,
    ]
    about = Text(" · ".join(part for part in parts if part))
    url = wording.link(post.url)
    return Line((about,) if url is None else (about, Text(" · "), Link(url, "open the post")))


def _known_false_alarms(alert: Alert) -> tuple[Text, ...]:
    note = alert.claim.known_false_alarms
    return _fact("Known false alarms", wording.one_line(note, TRUTH_LIMIT)) if note else ()


def _fact(label: str, value: str) -> tuple[Text, Text]:
    return Text(f"{label}: ", BOLD), Text(f"{value or 'unknown'}\n")


def _correction(correction: RenderedCorrection | None) -> tuple[Line | Preformatted, ...]:
    if correction is None or not correction.text:
        return (Line((Text("Correction: ", BOLD), Text("none is written for this claim"))),)
    text = wording.excerpt(wording.inert(correction.text), CORRECTION_LIMIT)
    return Line((Text(wording.correction_title(correction), BOLD),)), Preformatted((Text(text),))


def _fallback(alert: Alert) -> str:
    correction = "" if alert.correction is None else f"\nCorrection: {wording.one_line(alert.correction.text, 600)}"
    said = wording.one_line(wording.quoted(alert.post), 600)
    text = (
        f"{wording.headline(alert)}\n{wording.author(alert.post)}: {said}\n{wording.spread(alert.incident)}. "
        f"It {wording.score(alert.match.score)}. Why now: {alert.reason}.{correction}"
    )
    return escape(wording.excerpt(text, FALLBACK_LIMIT))
