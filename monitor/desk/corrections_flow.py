"""Corrections: choose a prewritten text, edit it, post it yourself, then say where it stands."""

from __future__ import annotations

from monitor.alert import correction
from monitor.alert.slack import intents, modals, names
from monitor.desk.actions import Look, PostedCorrection
from monitor.desk.incident_flows import Known, known
from monitor.desk.payload import Pressed, Submitted, View
from monitor.desk.wiring import Asker, Desk
from monitor.model import RenderedCorrection

NOTHING_TO_ANSWER = "The post was deleted, or the rules no longer have its claim: there is no text to fill in."


async def opened(desk: Desk, asker: Asker, request: Pressed) -> None:
    found = await known(desk, asker, request.value)
    if found is None:
        return
    await desk.voice.open_view(request.trigger, _modal(desk, found))
    await desk.do(asker, Look(request.value))


async def chosen(desk: Desk, asker: Asker, request: Pressed) -> None:
    """Another prewritten text is shown in place of the present one, edited or not."""
    await _again(desk, asker, request, _place(request.value), None)


async def links_updated(desk: Desk, asker: Asker, request: Pressed) -> None:
    """The compose links carry the text as it was edited."""
    if request.view is not None:
        await _again(desk, asker, request, _meta(request.view).chosen, request.view.get(names.TEXT))


async def asked_for_url(desk: Desk, asker: Asker, request: Submitted) -> None:
    """The acknowledgement laid the form for the address over this one."""
    await desk.do(asker, Look(_meta(request.view).incident))


async def posted(desk: Desk, asker: Asker, request: Submitted) -> None:
    meta, url, text = _meta(request.view), request.view.get(names.URL), request.view.get(names.TEXT)
    share = intents.share(text, url, desk.config.desk.mastodon)
    await desk.do(asker, PostedCorrection(meta.incident, url, text, meta.platform, meta.lang, share))
