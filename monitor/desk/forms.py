"""What Slack is told with the acknowledgement of a form: what is wrong with it, or which window comes next. Pure.

It is decided from the payload alone, within the three seconds; whatever needs the store comes after (desk/flows.py).
"""

from __future__ import annotations

import msgspec

from monitor.alert import wording
from monitor.alert.slack import modals, names
from monitor.alert.slack.blocks import Modal
from monitor.alert.slack.views import PostedView, SilencePreviewView
from monitor.config import DeskConfig
from monitor.desk import drafts, intake, payload, silence_flow
from monitor.desk.payload import Submitted, View
from monitor.errors import ClickError
from monitor.model import Click, ClickKind, SilenceScope

Answer = dict[str, object]

CLOSE_ALL: Answer = {"response_action": "clear"}
_WHAT = {
    SilenceScope.CLAIM: "the claim",
    SilenceScope.ACCOUNT: "the account",
    SilenceScope.LINK: "the link",
    SilenceScope.THREAD: "the thread",
}


def acknowledgement(click: Click, settings: DeskConfig) -> Answer | None:
    """The answer to a form; None for all else, and for a form that simply closes."""
    if click.kind is not ClickKind.SUBMISSION:
        return None
    try:
        request = payload.read(click)
        return _answer(request, click, settings) if isinstance(request, Submitted) else None
    except (ClickError, msgspec.DecodeError):
        # Not a form of ours as it is now: it is stored, and told apart where it is handled.
        return None


def _answer(request: Submitted, click: Click, settings: DeskConfig) -> Answer | None:
    form = request.view
    match form.form:
        case names.CORRECTIONS_MODAL:
            return _correction(form)
        case names.POSTED_MODAL:
            return _posted(form)
        case names.SILENCE_MODAL:
            return _silence(form, click, settings)
        case names.NEW_CLAIM_MODAL:
            return _errors(problems) if (problems := drafts.mistakes(form)) else None
        case names.REPORT_MODAL:
            return _errors(problems) if (problems := intake.mistakes(form)) else None
        case _:
            return None


def _correction(form: View) -> Answer:
    meta = names.unpack(form.metadata, names.CorrectionMeta)
    text = form.get(names.TEXT)
    if not text:
        return _errors({names.text_block(meta.chosen): "Write what you posted."})
    return _show("push", modals.posted(PostedView(meta.incident, meta.platform, meta.lang, text)))


def _posted(form: View) -> Answer:
    problems = {}
    if wording.link(form.get(names.URL)) is None:
        problems[names.URL] = "That is no address of a post: paste the whole of it, https:// and all."
    if not form.get(names.TEXT):
        problems[names.TEXT] = "Write what you posted."
    return _errors(problems) if problems else CLOSE_ALL


def _silence(form: View, click: Click, settings: DeskConfig) -> Answer:
    asked = silence_flow.wish(form, settings.timezone, click.received_at)
    if asked.problems:
        return _errors(dict(asked.problems))
    incident_id = names.unpack(form.metadata, names.IncidentMeta).incident
    counting = SilencePreviewView(incident_id, asked.scope, _WHAT[asked.scope], asked.until, asked.reason)
    return _show("update", modals.silence_preview(counting))


def _errors(problems: dict[str, str]) -> Answer:
    """By block id. The form stays open, and shows them."""
    return {"response_action": "errors", "errors": problems}


def _show(how: str, modal: Modal) -> Answer:
    return {"response_action": how, "view": msgspec.to_builtins(modal)}
