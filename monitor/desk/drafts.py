"""`/monitor new`: a form that becomes a draft among the rules files, for staff to finish."""

from __future__ import annotations

import asyncio

from monitor.alert.slack import modals, names
from monitor.alert.slack.views import NewClaimView
from monitor.desk.payload import Command, Submitted, View
from monitor.desk.wiring import Asker, Desk
from monitor.errors import EditRefused
from monitor.model import Claim, Correction, Did, Event, Severity
from monitor.rulebook import draft
from monitor.store import clicks, events
from monitor.text.language import language

_FIELDS = {
    "claim": names.CLAIM,
    "truth": names.TRUTH,
    "phrasings": names.PHRASINGS,
    "evidence": names.EVIDENCE,
    "corrections": names.CORRECTION,
}
_QUOTES = "\"'“”„‘’«»"


async def command(desk: Desk, asker: Asker, request: Command) -> None:  # noqa: ARG001 - a flow's signature
    text = request.text.strip().strip(_QUOTES).strip()
    await desk.voice.open_view(request.trigger, modals.new_claim(NewClaimView(text, desk.rules().candidates)))


async def submitted(desk: Desk, asker: Asker, request: Submitted) -> None:
    said = await asyncio.to_thread(_draft, desk, asker, claim_of(request.view))
    if said is not None:
        await desk.tell(asker, said)


def mistakes(form: View) -> dict[str, str]:
    """What is wrong with the form, by block id. Pure."""
    return {_FIELDS[key]: said for key, said in draft.mistakes(claim_of(form)).items()}


def claim_of(form: View) -> Claim:
    """The claim that the form describes; it has neither id nor file yet. Pure."""
    candidate, evidence, text = form.get(names.CANDIDATE), form.get(names.EVIDENCE), form.get(names.CORRECTION)
    severity = form.get(names.SEVERITY)
    wordings = (" ".join(line.split()) for line in form.get(names.PHRASINGS).splitlines())
    return Claim(
        id="",
        claim=form.get(names.CLAIM),
        truth=form.get(names.TRUTH),
        about=() if candidate in ("", names.NOBODY) else (candidate,),
        severity=Severity(severity) if severity in [*Severity] else Severity.MEDIUM,
        evidence=(evidence,) if evidence else (),
        phrasings=tuple(dict.fromkeys(wording for wording in wordings if wording)),
        corrections=(Correction(text, lang=language(text) or "en"),) if text else (),
    )


def _draft(desk: Desk, asker: Asker, claim: Claim) -> str | None:
    """Write it, and write down who did. Returns what its author is told; None where the click was handled before.

    Killed between the two, the same draft is found in its place when the click is handled again.
    """
    now = desk.now()
    with desk.store.transaction() as db:
        if not clicks.handled(db, asker.key, now):
            return None
        try:
            drafted = draft.write(desk.config.rules, claim)
        except EditRefused as error:
            return f"It is not drafted: {error}."
        events.add(db, Event(now, asker.person, Did.DRAFTED, after=drafted.file, note=drafted.claim))
    return (
        f"Drafted as {drafted.id}, in {desk.config.rules / drafted.file}. Nothing is matched with it yet: add wordings "
        'and tests there and try them (monitor rules try "...", monitor rules test). To be told of it, write '
        'status = "active" in the file.'
    )
