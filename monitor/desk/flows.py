"""What a click asks for, and who does it: one table for every button, menu entry, form, shortcut and command.

A flow that changes something performs an `Action` (desk/perform.py) in one transaction, which also marks the click as
handled. A flow that opens a window does that first, because its trigger lives for three seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from monitor.alert.slack import names
from monitor.desk import (
    commands,
    corrections_flow,
    drafts,
    home_flow,
    incident_flows,
    intake,
    not_this,
    payload,
    proposals,
    silence_flow,
)
from monitor.desk.members import Refused
from monitor.desk.payload import Command, HomeOpened, Ignored, Pressed, Request, Shortcut, Submitted
from monitor.desk.perform import refuse
from monitor.desk.wiring import Asker, Desk
from monitor.errors import ClickError
from monitor.model import Click, Person

PressFlow = Callable[[Desk, Asker, Pressed], Awaitable[None]]
FormFlow = Callable[[Desk, Asker, Submitted], Awaitable[None]]
ShortcutFlow = Callable[[Desk, Asker, Shortcut], Awaitable[None]]
CommandFlow = Callable[[Desk, Asker, Command], Awaitable[None]]
Bound = Callable[[Desk, Asker], Awaitable[None]]
"""A flow with what it was asked."""
Asked = TypeVar("Asked")

PRESSED: Mapping[str, PressFlow] = {
    names.TAKE_ON: incident_flows.take_on,
    names.ANSWERED: incident_flows.answered,
    names.CONFIRM: incident_flows.confirm,
    names.NOT_THIS: not_this.pressed,
    names.PROPOSAL_ACCEPT: proposals.accepted,
    names.PROPOSAL_DISCARD: proposals.discarded,
    names.CORRECTIONS: corrections_flow.opened,
    names.CHOOSE: corrections_flow.chosen,
    names.UPDATE_LINKS: corrections_flow.links_updated,
    names.SILENCE_END: silence_flow.ended,
    names.HOME_REFRESH: home_flow.refreshed,
    names.REPORT_SIGHTING: intake.report_pressed,
}
"""By action id."""
MENU: Mapping[str, PressFlow] = {
    names.SILENCE: silence_flow.opened,
    names.ESCALATE: incident_flows.escalate,
    names.CLOSE: incident_flows.close,
    names.WRONG: incident_flows.wrong_claim,
    names.WHY: incident_flows.why,
}
"""The entries of the overflow menu, by the word before the `|`; the flow gets what is behind it as the value."""
FORMS: Mapping[str, FormFlow] = {
    names.CORRECTIONS_MODAL: corrections_flow.asked_for_url,
    names.POSTED_MODAL: corrections_flow.posted,
    names.SILENCE_MODAL: silence_flow.previewed,
    names.SILENCE_PREVIEW_MODAL: silence_flow.confirmed,
    names.WRONG_CLAIM_MODAL: incident_flows.right_claim,
    names.NEW_CLAIM_MODAL: drafts.submitted,
    names.REPORT_MODAL: intake.reported,
}
"""By callback id."""
SHORTCUTS: Mapping[str, ShortcutFlow] = {names.CHECK_SHORTCUT: intake.shortcut}
"""By callback id."""
COMMANDS: Mapping[str, CommandFlow] = {
    "check": intake.command,
    "status": commands.status,
    "claims": commands.claims,
    "new": drafts.command,
    "": commands.help_,
}
"""By the first word behind /monitor; the flow gets the rest as `text`. The empty one answers what nothing else does."""


async def handle(click: Click, desk: Desk) -> None:
    """Do what a click asks for, if its presser may. Raises ClickError for what cannot be read or is in no table,
    DeliveryError (TooLate) where a window does not open."""
    request = payload.read(click)
    if isinstance(request, Ignored) or (isinstance(request, Pressed) and names.opens_a_window(request.action)):
        return
    asked, flow = _find(request)
    name, admission = await asyncio.gather(desk.voice.user_name(request.user), desk.members.admit(request.user))
    asker = _asker(request, Person(request.user, name), click.key, desk)
    if not isinstance(admission, Refused):
        await flow(desk, asker)
    elif isinstance(request, HomeOpened):
        await home_flow.refused(desk, asker, admission.why)
    else:
        await asyncio.to_thread(_record, desk, asker, asked, _about(request), admission.why)
        await desk.tell(asker, admission.why)


def _find(request: Request) -> tuple[str, Bound]:
    """What is asked for in a word, and what does it."""
    match request:
        case Pressed(action=names.MORE):
            asked, value = names.parts(request.value)
            flow = _bound(MENU, asked, replace(request, value=value))
        case Pressed(action=asked):
            flow = _bound(PRESSED, asked, request)
        case Submitted():
            asked = request.view.form
            flow = _bound(FORMS, asked, request)
        case Shortcut(shortcut=asked):
            flow = _bound(SHORTCUTS, asked, request)
        case Command():
            asked, rest = (*request.text.split(None, 1), "", "")[:2]
            is_known = asked.lower() in COMMANDS
            flow = _bound(
                COMMANDS,
                asked.lower() if is_known else "",
                replace(request, text=rest.strip() if is_known else request.text),
            )
        case _:
            asked, flow = "home", home_flow.opened
    return asked, flow


def _bound(table: Mapping[str, Callable[[Desk, Asker, Asked], Awaitable[None]]], name: str, request: Asked) -> Bound:
    flow = table.get(name)
    if flow is None:
        raise ClickError(f"nothing is known to do for {name!r}: was it shown by another version of monitor?")
    return lambda desk, asker: flow(desk, asker, request)


def _asker(request: Request, person: Person, key: str, desk: Desk) -> Asker:
    """What comes from a modal or from Home is answered in the alerts' channel."""
    channel = None if desk.config.slack is None else desk.config.slack.channel
    match request:
        case Pressed():
            return Asker(person, key, request.channel or channel, request.thread, request.response_url)
        case Shortcut() | Command():
            return Asker(person, key, request.channel or channel, response_url=request.response_url)
        case _:
            return Asker(person, key, channel)


def _about(request: Request) -> str:
    """What a press on a message names: on an incident's, the incident."""
    match request:
        case Pressed(action=names.MORE):
            return names.parts(request.value)[1]
        case Pressed():
            return names.parts(request.value)[0]
        case _:
            return ""


def _record(desk: Desk, asker: Asker, asked: str, about: str, why: str) -> None:
    with desk.store.transaction() as db:
        refuse(db, asker.key, asker.person, asked, about, why, desk.now())
