"""Corrections: choose a prewritten text, edit it, post it yourself, then say where it stands."""

from __future__ import annotations

from dataclasses import replace

from monitor.alert import correction
from monitor.alert.slack import intents, modals, names
from monitor.alert.slack.views import CorrectionsView
from monitor.desk.actions import Look, PostedCorrection
from monitor.desk.incident_flows import known
from monitor.desk.payload import Pressed, Submitted, View
from monitor.desk.wiring import Asker, Desk

GONE_FROM_RULES = "The rules no longer have this claim, so there is no text to post."
BEST = 0


async def opened(desk: Desk, asker: Asker, request: Pressed) -> None:
    found = await _answerable(desk, asker, request.value)
    if found is not None:
        await desk.voice.open_view(request.trigger, modals.corrections(found))
        await desk.do(asker, Look(request.value))


async def chosen(desk: Desk, asker: Asker, request: Pressed) -> None:
    """Another prewritten text takes the place of the one that is shown, edited or not."""
    if request.view is not None:
        place = int(request.value) if request.value.isascii() and request.value.isdigit() else BEST
        await _show_again(desk, asker, request.view, place, None)


async def links_updated(desk: Desk, asker: Asker, request: Pressed) -> None:
    """The compose links take up the text as it was edited."""
    if request.view is not None:
        await _show_again(desk, asker, request.view, _meta(request.view).chosen, request.view.get(names.TEXT))


async def _show_again(desk: Desk, asker: Asker, form: View, place: int, text: str | None) -> None:
    meta = _meta(form)
    found = await _answerable(desk, asker, meta.incident)
    if found is not None:
        place = place if place < len(found.choices) else BEST
        await desk.voice.update_view(form.id, modals.corrections(replace(found, chosen=place, text=text)), form.hash)
        await desk.do(asker, Look(meta.incident))


async def asked_for_url(desk: Desk, asker: Asker, request: Submitted) -> None:
    """The acknowledgement laid the form for the address over this one (desk/forms.py)."""
    await desk.do(asker, Look(_meta(request.view).incident))


async def posted(desk: Desk, asker: Asker, request: Submitted) -> None:
    meta, url, text = _meta(request.view), request.view.get(names.URL), request.view.get(names.TEXT)
    share = intents.share_links(url, text, desk.config.desk)
    await desk.do(asker, PostedCorrection(meta.incident, url, text, meta.platform, meta.lang, share))


async def _answerable(desk: Desk, asker: Asker, incident_id: str) -> CorrectionsView | None:
    """An incident with every text that answers it, best first, filled in for its first post."""
    found = await known(desk, asker, incident_id)
    if found is None:
        return None
    claim, post = found.claim, found.post
    if claim is None:
        await desk.tell(asker, GONE_FROM_RULES)
        return None
    candidate = desk.rules().candidate(claim.about[0]) if claim.about else None
    choices = () if post is None else correction.render_all(claim, candidate.name if candidate else "", post)
    return CorrectionsView(found.incident, claim, post, choices, desk.config.desk)


def _meta(form: View) -> names.CorrectionMeta:
    return names.unpack(form.metadata, names.CorrectionMeta)
