"""What a notice looks like in Slack: something said in words, sometimes with something to press. Pure."""

from __future__ import annotations

import re

from monitor.alert import wording
from monitor.alert.slack import names
from monitor.alert.slack.blocks import (
    BOLD,
    HEADER_LIMIT,
    TOTAL_LIMIT,
    URL_LIMIT,
    Actions,
    Block,
    Button,
    Context,
    Header,
    Image,
    Inline,
    Line,
    Link,
    Message,
    Part,
    PlainText,
    Quote,
    RichText,
    SlackFile,
    Text,
    User,
    UserGroup,
    escaped,
    json_length,
)
from monitor.model import Notice, NoticeKind, ShareLink

LINE_LIMIT = 600
LINES_LIMIT = 40
QUOTE_LIMIT = 1200
PINGS_LIMIT = 10
ALT_LIMIT = 2000
_MARKS = {
    NoticeKind.DONE: "",
    NoticeKind.REMINDER: "⏰ ",
    NoticeKind.ESCALATION: "🚨 ",
    NoticeKind.SILENCE: "🔕 ",
    NoticeKind.SHARE: "📣 ",
    NoticeKind.PROPOSAL: "✏️ ",
    NoticeKind.SERVICE: "⚙️ ",
    NoticeKind.REPORT: "",
}
_USER = re.compile(r"[UW][A-Z0-9]{2,20}")
_GROUP = re.compile(r"S[A-Z0-9]{2,20}")


def notice(said: Notice, block_id: str, picture: str | None = None) -> Message:
    """The message of a notice. `picture`: the id under which its picture was uploaded; None leaves the picture out."""
    keep = LINES_LIMIT
    while True:
        blocks = _blocks(said, block_id, picture, keep)
        if json_length(blocks) <= TOTAL_LIMIT:
            return Message(_fallback(said), blocks)
        keep -= 1


def _blocks(said: Notice, block_id: str, picture: str | None, keep: int) -> tuple[Block, ...]:
    title = f"{_MARKS[said.kind]}{wording.one_line(said.title, 300)}" or "…"
    lines = [wording.one_line(line, LINE_LIMIT) for line in said.lines[:keep]]
    if len(said.lines) > keep:
        lines.append(f"and {len(said.lines) - keep} more")
    blocks: list[Block] = []
    body: list[Part] = []
    if said.kind is NoticeKind.REPORT:
        blocks.append(Header(PlainText(wording.excerpt(title, HEADER_LIMIT)), block_id))
    else:
        body.append(Line((*_pings(said), Text(title, BOLD))))
    text = "\n".join(line for line in lines if line)
    if text:
        body.append(Line((Text(text),)))
    if said.quote is not None and said.quote.strip():
        body.append(Quote((Text(wording.excerpt(wording.inert(said.quote), QUOTE_LIMIT)),)))
    url = wording.link(said.link)
    if url is not None:
        body.append(Line((Link(url, _open(said.kind)),)))
    if body:
        blocks.append(RichText(tuple(body), None if blocks else block_id))
    if said.picture is not None and picture is not None:
        alt = wording.one_line(said.picture.alt, ALT_LIMIT) or "A picture"
        blocks.append(Image(SlackFile(picture), alt, PlainText(wording.one_line(said.picture.title, 200) or "Picture")))
    buttons = _buttons(said)
    if buttons:
        blocks.append(Actions(buttons))
    if said.kind is NoticeKind.SHARE and buttons:
        blocks.append(Context((PlainText("Each button opens that platform with the text filled in; you press send."),)))
    return tuple(blocks)


def _pings(said: Notice) -> tuple[Inline, ...]:
    """Ids that are none of Slack's are left out: an id from a config that went wrong must not break a message."""
    parts: list[Inline] = []
    for who in said.ping[:PINGS_LIMIT]:
        if _GROUP.fullmatch(who):
            parts += [UserGroup(who), Text(" ")]
        elif _USER.fullmatch(who):
            parts += [User(who), Text(" ")]
    return tuple(parts)


def _buttons(said: Notice) -> tuple[Button, ...]:
    if said.kind is NoticeKind.SHARE:
        return tuple(button for link in said.share[:8] if (button := _share(link)) is not None)
    if said.subject is None or len(said.subject) > names.VALUE_LIMIT:
        return ()
    match said.kind:
        case NoticeKind.SILENCE:
            return (Button(PlainText("End the silence"), names.SILENCE_END, said.subject),)
        case NoticeKind.PROPOSAL:
            return (
                Button(PlainText("Add it to the rules"), names.PROPOSAL_ACCEPT, said.subject, style="primary"),
                Button(PlainText("Discard"), names.PROPOSAL_DISCARD, said.subject),
            )
        case _:
            return ()


def _share(link: ShareLink) -> Button | None:
    if len(link.url) > URL_LIMIT:
        return None
    label = f"Share on {wording.platform(link.platform)}"
    return Button(PlainText(wording.one_line(label, 75)), names.share(link.platform), url=link.url)


def _open(kind: NoticeKind) -> str:
    return "Open the correction" if kind is NoticeKind.SHARE else "Open"


def _fallback(said: Notice) -> str:
    """Mentions stand in the text too: an escaped text mentions nobody, so ours go before it."""
    pings = [f"<!subteam^{who}>" for who in said.ping[:PINGS_LIMIT] if _GROUP.fullmatch(who)]
    pings += [f"<@{who}>" for who in said.ping[:PINGS_LIMIT] if _USER.fullmatch(who)]
    lines = [said.title, *said.lines]
    if said.quote is not None and said.quote.strip():
        lines.append(wording.one_line(said.quote, QUOTE_LIMIT))
    if wording.link(said.link) is not None:
        lines.append(f"{_open(said.kind)}: {said.link}")
    if said.picture is not None:
        lines.append(f"Picture: {said.picture.alt}")
    text = escaped("\n".join(wording.one_line(line, LINE_LIMIT) for line in lines) or "…", 3500)
    return " ".join((*pings, text))
