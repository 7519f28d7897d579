"""What monitor answers to one person alone: to a check, to /monitor status, to /monitor claims. Pure."""

from __future__ import annotations

from monitor.alert import wording
from monitor.alert.slack import names
from monitor.alert.slack.blocks import (
    BOLD,
    TOTAL_LIMIT,
    Actions,
    Block,
    Bullets,
    Button,
    Context,
    Line,
    Message,
    PlainText,
    Quote,
    RichText,
    Text,
    escaped,
    json_length,
)
from monitor.alert.slack.views import CheckView, ClaimLine, ClaimsView, StatusView
from monitor.model import Claim, Decision, Match

MATCHES_LIMIT = 5
CLAIMS_LIMIT = 50
LINES_LIMIT = 30
_VERDICTS = {
    Decision.ALERT: "Would alert",
    Decision.WATCH: "Would be counted, without an alert",
    Decision.QUIET: "Stays quiet",
}


def check_answer(view: CheckView) -> Message:
    """Each near claim's verdict in words, and a button to report the text as a sighting."""
    said = Quote((Text(wording.excerpt(wording.inert(view.text.strip()), 400) or "(no text)"),))
    lines = [_verdict(claim, match) for claim, match in view.matches[:MATCHES_LIMIT]]
    if not lines:
        lines = [("Stays quiet", wording.one_line(view.why, 600))]
    verdicts = tuple(Line((Text(f"{verdict}: ", BOLD), Text(why or "no reason was given"))) for verdict, why in lines)
    blocks: list[Block] = [RichText((said, Bullets(verdicts)))]
    if view.token is not None:
        button = Button(PlainText("Report as sighting"), names.REPORT_SIGHTING, view.token, style="primary")
        blocks += [Actions((button,)), Context((PlainText("Only you see this. A report goes to the whole channel."),))]
    else:
        blocks.append(Context((PlainText("Only you see this."),)))
    return Message(escaped("\n".join(f"{verdict}: {why}" for verdict, why in lines)), tuple(blocks))


def _verdict(claim: Claim, match: Match) -> tuple[str, str]:
    about = wording.one_line(claim.claim, 200)
    return _VERDICTS[match.decision], f"{about} {wording.stance(match)}. {wording.one_line(match.why, 300)}"


def status_answer(view: StatusView) -> Message:
    """What needs somebody first."""
    title = "Everything is well" if not view.troubles else f"{wording.count(len(view.troubles), 'trouble')}"
    return _listed(title, (*(f"⚠️ {line}" for line in view.troubles), *view.lines), LINES_LIMIT)


def claims_answer(view: ClaimsView) -> Message:
    title = f"{wording.count(len(view.claims), 'claim')} (rules {wording.one_line(view.rules_version, 40)})"
    lines = tuple(_claim_line(line) for line in view.claims)
    return _listed(title, lines or ("The rules hold no claim. /monitor new drafts one.",), CLAIMS_LIMIT)


def _claim_line(line: ClaimLine) -> str:
    claim = line.claim
    parts = [f"{claim.id} ({claim.status}, {claim.severity}): {claim.claim}"]
    if line.open_incident is not None:
        parts.append(f"open: {line.open_incident}")
    if line.alerts:
        week = f"7 days: {wording.count(line.alerts, 'alert')}"
        parts.append(f"{week}, {wording.count(line.false_alarms, 'false alarm')}" if line.false_alarms else week)
    return " · ".join(parts)


def _listed(title: str, lines: tuple[str, ...], most: int) -> Message:
    """As many lines as there is room for, the rest as a number."""
    shown = [wording.one_line(line, 300) or "…" for line in lines[:most]]
    fallback = escaped("\n".join((title, *shown)))
    while True:
        rest = len(lines) - len(shown)
        listed = [*shown, *([f"and {rest} more"] if rest else [])]
        parts: list[Line | Bullets] = [Line((Text(title, BOLD),))]
        if listed:
            parts.append(Bullets(tuple(Line((Text(line),)) for line in listed)))
        blocks = (RichText(tuple(parts)), Context((PlainText("Only you see this."),)))
        if json_length(blocks) <= TOTAL_LIMIT:
            return Message(fallback, blocks)
        shown.pop()
