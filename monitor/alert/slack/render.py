"""What a notification looks like in Slack. Pure.

The first block's id is the delivery id: like the message's metadata it is there in the channel's history, so that a
message whose delivery is in doubt can be found again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from monitor.alert import wording
from monitor.alert.slack import names, notices, pieces
from monitor.alert.slack.blocks import (
    BOLD,
    HEADER_LIMIT,
    TOTAL_LIMIT,
    Actions,
    Block,
    Button,
    Confirm,
    Context,
    Header,
    Line,
    Link,
    Message,
    Option,
    Overflow,
    Part,
    PlainText,
    Preformatted,
    RichText,
    Text,
    escaped,
    json_length,
)
from monitor.config import DeskConfig
from monitor.model import Alert, Incident, IncidentState, Notification, NotificationKind, Person, RenderedCorrection
from monitor.store import gathering

# What a message may hold of each text: the whole stays within TOTAL_LIMIT even where JSON doubles every character.
QUOTE_LIMIT = 600
CORRECTION_LIMIT = 1400
TRUTH_LIMIT = 300
REPLY_QUOTE_LIMIT = 280
REPLY_LIMIT = 600
ENTRIES_LIMIT = 20
"""Posts in a reply, incidents in a digest."""
MENU = (
    (names.SILENCE, "Silence …"),
    (names.ESCALATE, "Escalate"),
    (names.CLOSE, "Close"),
    (names.WRONG, "Wrong claim …"),
    (names.WHY, "Why it matched"),
)


def render(notification: Notification, settings: DeskConfig | None = None, picture: str | None = None) -> Message:
    """The message of a notification, within every limit of Slack's whatever its texts hold.

    `settings`: the desk's, None where it is off: then nothing can be pressed. `picture`: the id under which the
    notice's picture was uploaded to Slack; None leaves it out.
    """
    block_id = notification.delivery_id
    match notification.kind:
        case NotificationKind.MESSAGE | NotificationKind.UPDATE:
            return _message(notification.alerts[0], settings, block_id)
        case NotificationKind.DIGEST:
            return _digest(notification.alerts, block_id, on=settings is not None)
        case NotificationKind.REPLY | NotificationKind.NOTICE | NotificationKind.EDIT:
            if notification.notice is not None:
                return notices.notice(notification.notice, block_id, picture)
            if gathering.is_digest(notification):
                return _digest(notification.alerts, block_id, on=settings is not None)
            return _reply(notification, settings, block_id)


def _message(alert: Alert, settings: DeskConfig | None, block_id: str) -> Message:
    """What matters first: a phone shows the top of it."""
    incident, now = alert.incident, alert.decided_at
    is_over = incident.state in (IncidentState.CLOSED, IncidentState.FALSE_ALARM)
    header = wording.excerpt(
        f"{pieces.mark(incident.state, alert.claim.severity)} {wording.headline(alert)}", HEADER_LIMIT
    )
    blocks: list[Block] = [
        Header(PlainText(header), block_id),
        RichText((Line(_standing(incident, settings, now)),)),
        RichText((pieces.quote(alert.post, QUOTE_LIMIT), pieces.about_post(alert.post, alert.decided_at))),
    ]
    if settings is not None:
        blocks.append(_buttons(incident))
    blocks.append(RichText((Line(_facts(alert, settings)), *(() if is_over else _correction(alert.correction)))))
    told = f"{str(alert.reason).capitalize()} · {incident.id} · rules {wording.one_line(alert.rules_version, 40)}"
    blocks.append(Context((PlainText(wording.clock(incident, now)), PlainText(told))))
    return Message(_fallback(alert, settings), tuple(blocks))


def _standing(incident: Incident, settings: DeskConfig | None, now: datetime) -> tuple[Text | Link, ...]:
    parts: list[Text | Link] = [Text(wording.standing(incident, now), BOLD)]
    url = wording.link(incident.correction_url)
    if url is not None:
        parts += [Text(" "), Link(url, "Open the correction")]
    to_do = None if settings is None else wording.to_do(incident, settings, now)
    if to_do is not None:
        parts.append(Text(f" {to_do}."))
    return tuple(parts)


def _buttons(incident: Incident) -> Actions:
    """Three, and five more behind the dots."""
    has_it = incident.owner.id if incident.owner is not None else names.NOBODY
    is_over = incident.state in (IncidentState.CLOSED, IncidentState.FALSE_ALARM)
    take_on = "Take over" if incident.owner is not None else "I'm on it"
    return Actions(
        (
            Button(
                PlainText("Take it up again" if is_over else take_on),
                names.TAKE_ON,
                names.value(incident.id, has_it),
                style="primary" if incident.owner is None and incident.state is IncidentState.OPEN else None,
            ),
            Button(PlainText("Corrections"), names.CORRECTIONS, incident.id),
            Button(PlainText("Not this claim"), names.NOT_THIS, incident.id, confirm=_NOT_THIS),
            Overflow(
                tuple(Option(PlainText(label), names.value(word, incident.id)) for word, label in MENU), names.MORE
            ),
        )
    )


_NOT_THIS = Confirm(
    PlainText("Not this claim?"),
    PlainText("This marks the incident as a false alarm for everybody, and the post as one that only looks like it."),
    PlainText("Not this claim"),
    PlainText("Cancel"),
)


def _facts(alert: Alert, settings: DeskConfig | None) -> tuple[Text, ...]:
    """Without the desk there is no menu to ask why, so the message says it."""
    why = wording.stance(alert.match)
    if settings is None:
        why = f"{wording.score(alert.match.score)}; {wording.why(alert.match)}"
    note = alert.claim.known_false_alarms
    return (
        *pieces.fact("Spread", wording.spread(alert.incident)),
        *(() if alert.post.gone else pieces.fact("The post", why)),
        *pieces.fact("Truth", wording.one_line(alert.claim.truth, TRUTH_LIMIT)),
        *(pieces.fact("Known false alarms", wording.one_line(note, TRUTH_LIMIT)) if note else ()),
    )


def _correction(correction: RenderedCorrection | None) -> tuple[Line | Preformatted, ...]:
    if correction is None or not correction.text:
        return (Line((Text("Correction: ", BOLD), Text("none is written for this claim"))),)
    text = wording.excerpt(wording.inert(correction.text), CORRECTION_LIMIT)
    return Line((Text(wording.correction_title(correction), BOLD),)), Preformatted((Text(text),))


def _reply(notification: Notification, settings: DeskConfig | None, block_id: str) -> Message:
    """As many posts as there is room for, the rest as a number."""
    latest = notification.alerts[-1]
    news = f"{wording.news(notification.alerts).capitalize()}: "
    standing = wording.spread(latest.incident)
    head = RichText((Line((Text(news, BOLD), Text(standing))),), block_id)
    answered = dict(notification.answered)
    entries: list[tuple[Block, ...]] = []
    for alert in notification.alerts[:ENTRIES_LIMIT]:
        by = answered.get(alert.post.key)
        entries.append(_reply_entry(alert, None if by is None else wording.person(by), settings))
    said = escaped("\n".join((f"{news}{standing}", *(_reply_line(alert, answered) for alert in notification.alerts))))
    while True:
        rest = len(notification.alerts) - len(entries)
        more: tuple[Block, ...] = (Context((PlainText(f"and {rest} more posts"),)),) if rest else ()
        blocks = (head, *(block for entry in entries for block in entry), *more)
        if json_length(blocks) <= TOTAL_LIMIT:
            return Message(said, blocks)
        entries.pop()


def _reply_entry(alert: Alert, answered_by: str | None, settings: DeskConfig | None) -> tuple[Block, ...]:
    parts: list[Part] = [pieces.quote(alert.post, REPLY_QUOTE_LIMIT), pieces.about_post(alert.post, alert.decided_at)]
    if alert.post.gone:
        return (RichText(tuple(parts)),)
    if answered_by is not None:
        return (RichText((*parts, Line((Text(f"✓ Answered by {answered_by}", BOLD),)))),)
    if not alert.incident.is_confirmed or alert.incident.state is IncidentState.FALSE_ALARM:
        return (RichText(tuple(parts)),)
    text = wording.excerpt(wording.inert(alert.correction.text), REPLY_LIMIT) if alert.correction is not None else ""
    if text:
        parts.append(Preformatted((Text(text),)))
    shown = RichText(tuple(parts))
    tick = names.value(alert.incident.id, alert.post.key)
    if settings is None or len(tick) > names.VALUE_LIMIT:
        return (shown,)
    return shown, Actions((Button(PlainText("Mark as answered"), names.ANSWERED, tick),))


def _reply_line(alert: Alert, answered: Mapping[str, Person]) -> str:
    said = f"{wording.author(alert.post)}: {wording.one_line(wording.quoted(alert.post), 200)}"
    return f"{said} (answered)" if alert.post.key in answered else said


def _digest(alerts: tuple[Alert, ...], block_id: str, *, on: bool) -> Message:
    """As many incidents as there is room for, the rest as a number."""
    title = f"{len(alerts)} more false claims in this minute"
    lines = [f"{wording.headline(alert)} ({wording.spread(alert.incident)})" for alert in alerts]
    entries = [_digest_entry(alert) for alert in alerts[:ENTRIES_LIMIT]]
    where = "this app's Home tab" if on else "monitor status"
    while True:
        rest = len(alerts) - len(entries)
        more = f"and {rest} more: {where} lists all open incidents. " if rest else ""
        note = f"{more}Each gets a message of its own when it goes on."
        blocks: tuple[Block, ...] = (Header(PlainText(title), block_id), *entries, Context((PlainText(note),)))
        if json_length(blocks) <= TOTAL_LIMIT:
            return Message(escaped("\n".join((title, *lines))), blocks)
        entries.pop()


def _digest_entry(alert: Alert) -> RichText:
    headline = wording.excerpt(wording.headline(alert), HEADER_LIMIT)
    line = Line((Text(f"{headline}\n", BOLD), Text(wording.spread(alert.incident))))
    return RichText((line, pieces.quote(alert.post, 120), pieces.about_post(alert.post, alert.decided_at)))


def _fallback(alert: Alert, settings: DeskConfig | None) -> str:
    """Screen readers read this and nothing else, so it says all that the blocks say."""
    incident, now = alert.incident, alert.decided_at
    to_do = None if settings is None else wording.to_do(incident, settings, now)
    lines = [
        wording.headline(alert),
        wording.standing(incident, now) + (f" {to_do}." if to_do is not None else ""),
        f"{wording.author(alert.post)}: {wording.one_line(wording.quoted(alert.post), 600)}",
        f"{wording.spread(incident)}." + ("" if alert.post.gone else f" {wording.stance(alert.match)}."),
        f"Truth: {wording.one_line(alert.claim.truth, TRUTH_LIMIT)}",
        f"{wording.clock(incident, now)}. Why now: {alert.reason}.",
    ]
    if alert.correction is not None and alert.correction.text:
        lines.append(f"Correction: {wording.one_line(alert.correction.text, 600)}")
    return escaped("\n".join(lines))
