"""The windows that open over Slack: forms about an incident. Pure. What a form is about travels in its metadata."""

from __future__ import annotations

from monitor.alert import wording
from monitor.alert.length import length, limit
from monitor.alert.slack import intents, names, pieces
from monitor.alert.slack.blocks import (
    BOLD,
    BUTTON_LIMIT,
    INPUT_LIMIT,
    Actions,
    Block,
    Button,
    Context,
    DatePicker,
    Input,
    Line,
    Modal,
    PlainText,
    Quote,
    Radio,
    RichText,
    Section,
    Select,
    Text,
    TextInput,
    UrlInput,
)
from monitor.alert.slack.views import (
    CorrectionsView,
    NewClaimView,
    PostedView,
    ReportView,
    ScoredClaim,
    SilencePreviewView,
    SilenceView,
    WhyView,
    WrongClaimView,
)
from monitor.model import IncidentState, RenderedCorrection, Severity

QUOTE_LIMIT = 400
REASON_LIMIT = 300
SHORT_LIMIT = 300
"""Of a claim and of its truth."""
EXAMPLES_LIMIT = 5
CANCEL = PlainText("Cancel")
DURATIONS = ((names.AN_HOUR, "For an hour"), (names.TODAY, "Until the end of today"), (names.A_DATE, "Until a date"))


def corrections(view: CorrectionsView) -> Modal:
    """The prewritten text, to edit, to copy, and to open in a platform's own window. Sending says: it is posted."""
    chosen = view.choices[view.chosen] if view.chosen < len(view.choices) else None
    platform = chosen.platform if chosen is not None else view.post.platform if view.post is not None else "any"
    lang = chosen.lang if chosen is not None else "en"
    written = chosen.text if chosen is not None else ""
    text = wording.excerpt(wording.inert(written if view.text is None else view.text), INPUT_LIMIT)
    blocks: list[Block] = [pieces.about(view.claim.claim, view.post, QUOTE_LIMIT)]
    if len(view.choices) > 1:
        blocks.append(_choice(view.choices, view.chosen))
    blocks.append(
        Input(
            names.text_block(view.chosen),
            PlainText("Correction"),
            TextInput(
                names.TEXT,
                multiline=True,
                initial_value=text or None,
                placeholder=PlainText("Write it here: no text is prewritten for this claim"),
                max_length=INPUT_LIMIT,
            ),
            hint=PlainText("Edit it as you like, then press Update the links. To copy it, select it all."),
        )
    )
    if text.strip():
        blocks.append(_compose(view, platform, text))
        blocks.append(Context((PlainText(_lengths(text, platform)),)))
    if view.incident.corrected_at is not None:
        again = "A correction is posted already. Posting again tells everybody, the amplifiers too, that it changed."
        blocks.append(Context((PlainText(again),)))
    return Modal(
        names.CORRECTIONS_MODAL,
        PlainText("Corrections"),
        CANCEL,
        tuple(blocks),
        PlainText("Posted …"),
        _meta(view.incident.id, platform, lang, view.chosen),
    )


def _meta(incident_id: str, platform: str, lang: str, chosen: int = 0) -> str:
    where, language = wording.one_line(platform, 100), wording.one_line(lang, 20)
    return names.pack(names.CorrectionMeta(incident_id, where, language, chosen))


def _choice(choices: tuple[RenderedCorrection, ...], chosen: int) -> Section:
    options = tuple(
        pieces.option(f"{number + 1}: {choice.lang}, {choice.text}", str(number))
        for number, choice in enumerate(choices[: pieces.OPTIONS_LIMIT])
    )
    said = f"{len(choices)} prewritten texts, the best fit first"
    return Section(
        PlainText(said),
        Select(options, names.CHOOSE, initial_option=options[chosen] if chosen < len(options) else None),
    )


def _compose(view: CorrectionsView, platform: str, text: str) -> Actions:
    """The post's own platform first. An address is as old as the text in it: hence the last button."""
    here = tuple(name for name in intents.PLATFORMS if name == platform)
    others = tuple(name for name in intents.PLATFORMS if name != platform)
    reply_to = view.post.url if view.post is not None else None
    buttons = []
    for name in here + others:
        url = intents.compose_url(name, text, view.settings, reply_to)
        if url is not None:
            label = PlainText(f"Open {wording.platform(name)}")
            buttons.append(Button(label, names.compose(name), url=url, style="primary" if name == platform else None))
    return Actions((*buttons, Button(PlainText("Update the links"), names.UPDATE_LINKS)))


def _lengths(text: str, platform: str) -> str:
    """What is left on each platform, the post's own first."""
    order = sorted(intents.PLATFORMS, key=lambda name: name != platform)
    parts = []
    for name in order:
        most = limit(name)
        if most is None:
            continue
        left = most - length(text, name)
        where = wording.platform(name)
        parts.append(f"{where}: {left} left" if left >= 0 else f"{where}: {-left} TOO LONG")
    return " · ".join(parts)


def posted(view: PostedView) -> Modal:
    """Where the correction stands, and what it says. Sending stops the clock."""
    text = wording.excerpt(wording.inert(view.text), INPUT_LIMIT)
    said = "It stops the clock, stands on the incident's message, and goes to those who share corrections."
    if view.url is not None:
        said = "A correction was posted before: this one takes its place, and those who share are told that it changed."
    return Modal(
        names.POSTED_MODAL,
        PlainText("The posted correction"),
        CANCEL,
        (
            Input(
                names.URL,
                PlainText("Address of the posted correction"),
                UrlInput(names.URL, placeholder=PlainText("https://")),
                hint=PlainText(said),
            ),
            Input(
                names.TEXT,
                PlainText("What it says"),
                TextInput(names.TEXT, multiline=True, initial_value=text or None, max_length=INPUT_LIMIT),
            ),
        ),
        PlainText("Posted"),
        _meta(view.incident_id, view.platform, view.lang),
    )


def silence(view: SilenceView) -> Modal:
    """What to mute, for how long, and why. Sending shows what that would have muted."""
    scopes = tuple(pieces.option(wording.one_line(what, BUTTON_LIMIT), scope) for scope, what in view.offered)
    durations = tuple(pieces.option(label, word) for word, label in DURATIONS)
    return Modal(
        names.SILENCE_MODAL,
        PlainText("Silence"),
        CANCEL,
        (
            Input(names.SCOPE, PlainText("What"), Radio(scopes, names.SCOPE, scopes[0])),
            Input(names.DURATION, PlainText("How long"), Radio(durations, names.DURATION, durations[0])),
            Input(
                names.UNTIL,
                PlainText("The date"),
                DatePicker(names.UNTIL, view.tomorrow.isoformat()),
                optional=True,
                hint=PlainText("Counts with “Until a date” alone: silent until that day begins."),
            ),
            Input(names.REASON, PlainText("Why"), TextInput(names.REASON, max_length=REASON_LIMIT)),
        ),
        PlainText("Preview"),
        names.pack(names.IncidentMeta(view.incident_id)),
    )


def silence_preview(view: SilencePreviewView) -> Modal:
    """What the silence would have muted in the last day. Sending sets it."""
    facts = (
        *pieces.fact("Silence", wording.one_line(view.what, 300)),
        *pieces.fact("Until", wording.moment(view.until)),
        *pieces.fact("Why", wording.one_line(view.reason, REASON_LIMIT)),
    )
    blocks: list[Block] = [RichText((Line(facts),))]
    if view.posts is None:
        blocks.append(RichText((Line((Text("Counting what it would have muted in the last day …"),)),)))
    else:
        posts = wording.count(view.posts, "post")
        said = f"In the last day it would have muted {posts} and {wording.count(view.alerts, 'alert')}."
        blocks.append(RichText((Line((Text(said, BOLD),)),)))
    blocks += [RichText((pieces.quote(post, 200), pieces.about_post(post))) for post in view.examples[:EXAMPLES_LIMIT]]
    note = "Nothing is lost: posts are counted on, and what went on is shown when it ends. The channel is told of both."
    blocks.append(Context((PlainText(note),)))
    return Modal(
        names.SILENCE_PREVIEW_MODAL,
        PlainText("Silence: preview"),
        CANCEL,
        tuple(blocks),
        PlainText("Silence"),
        names.pack(
            names.SilenceMeta(view.incident_id, view.scope, view.until, wording.one_line(view.reason, REASON_LIMIT))
        ),
    )


def wrong_claim(view: WrongClaimView) -> Modal:
    """Which claim it is instead."""
    blocks: list[Block] = [pieces.about(view.claim.claim if view.claim is not None else None, view.post, QUOTE_LIMIT)]
    options = pieces.claim_options(view.options)
    if not options:
        blocks.append(RichText((Line((Text("The rules hold no other claim. /monitor new drafts one."),)),)))
        return Modal(names.WRONG_CLAIM_MODAL, PlainText("Wrong claim"), CANCEL, tuple(blocks))
    blocks.append(
        Input(
            names.CLAIM,
            PlainText("It is about this claim"),
            Select(options, names.CLAIM, options[0], PlainText("Choose a claim")),
            hint=PlainText(
                "The incident moves there, and the post is kept as one that only looks like the first claim."
            ),
        )
    )
    return Modal(
        names.WRONG_CLAIM_MODAL,
        PlainText("Wrong claim"),
        CANCEL,
        tuple(blocks),
        PlainText("Move it"),
        names.pack(names.IncidentMeta(view.incident.id)),
    )


def why(view: WhyView) -> Modal:
    """What the decision came from, in words."""
    blocks: list[Block] = [pieces.about(view.claim.claim if view.claim is not None else None, view.post, QUOTE_LIMIT)]
    match = view.match
    if match is None:
        blocks.append(RichText((Line((Text("The post and what was found of it are no longer stored."),)),)))
    else:
        facts = (
            *pieces.fact("Score", f"{wording.score(match.score)}; it alerts from {view.threshold:.0%}"),
            *pieces.fact("What it does", wording.stance_of(match)),
            *pieces.fact("Nearest wording", wording.one_line(match.phrasing, 300)),
            *pieces.fact("Decision", wording.one_line(match.why, 600)),
        )
        decided = Quote((Text(wording.excerpt(wording.inert(match.sentence), QUOTE_LIMIT) or "(no text)"),))
        blocks.append(RichText((Line(facts), Line((Text("The words that decided:", BOLD),)), decided)))
    if view.claim is not None and view.claim.known_false_alarms:
        known = pieces.fact("Known false alarms", wording.one_line(view.claim.known_false_alarms, 600))
        blocks.append(RichText((Line(known),)))
    if view.others:
        near = "\n".join(_near(scored) for scored in view.others[:EXAMPLES_LIMIT])
        blocks.append(RichText((Line((Text("Next likeliest claims:\n", BOLD), Text(near))),)))
    blocks += _is_it(view)
    where = f" · {wording.one_line(view.claim.file, 100)}" if view.claim is not None and view.claim.file else ""
    rules = f"rules {wording.one_line(view.rules_version, 40)}{where} · {view.incident.id}"
    blocks.append(Context((PlainText(rules),)))
    return Modal(names.WHY_MODAL, PlainText("Why it matched"), PlainText("Close"), tuple(blocks))


def _is_it(view: WhyView) -> tuple[Block, ...]:
    """What people said of it; a button where nobody has yet."""
    if view.confirmed is not None:
        return (RichText((Line((Text(f"✓ {wording.person(view.confirmed)}: it is this claim", BOLD),)),)),)
    if view.post is None or view.claim is None or view.incident.state is IncidentState.FALSE_ALARM:
        return ()
    asked = Section(PlainText("Does the post make this claim? monitor learns from a yes as from a no."))
    return asked, Actions((Button(PlainText("Yes, this claim"), names.CONFIRM, view.incident.id),))


def new_claim(view: NewClaimView) -> Modal:
    """A draft of a rules file. It is not matched before staff make it active."""
    candidates = tuple(
        pieces.option(candidate.name, candidate.id)
        for candidate in view.candidates[: pieces.OPTIONS_LIMIT - 1]
        if 0 < len(candidate.id) <= names.OPTION_VALUE_LIMIT
    )
    about = (*candidates, pieces.option("Nobody: it is about the vote itself", names.NOBODY))
    severities = tuple(pieces.option(severity.capitalize(), severity) for severity in Severity)
    text = wording.one_line(view.text, SHORT_LIMIT)
    return Modal(
        names.NEW_CLAIM_MODAL,
        PlainText("New claim"),
        CANCEL,
        (
            _line(names.CLAIM, "The false claim, in one sentence", text, "Ana Rivera has withdrawn from the race."),
            _line(names.TRUTH, "The truth, in one sentence", "", "Ana Rivera is on the November 3 ballot."),
            Input(
                names.EVIDENCE,
                PlainText("Evidence"),
                UrlInput(names.EVIDENCE, placeholder=PlainText("https://")),
                hint=PlainText("A page that anybody can check. Corrections link it."),
            ),
            Input(names.CANDIDATE, PlainText("Whom it is about"), Select(about, names.CANDIDATE, about[0])),
            Input(names.SEVERITY, PlainText("Severity"), Select(severities, names.SEVERITY, severities[1])),
            Input(
                names.PHRASINGS,
                PlainText("How people put it"),
                TextInput(names.PHRASINGS, multiline=True, initial_value=text or None, max_length=INPUT_LIMIT),
                hint=PlainText("One wording a line, as posts really say it."),
            ),
            Input(
                names.CORRECTION,
                PlainText("First correction"),
                TextInput(names.CORRECTION, multiline=True, max_length=INPUT_LIMIT),
                optional=True,
                hint=PlainText("{{ evidence }} becomes the link, {{ candidate }} the name."),
            ),
        ),
        PlainText("Draft it"),
    )


def report(view: ReportView) -> Modal:
    """A sighting that a person reports: which claim, and where it stands."""
    options = pieces.claim_options(view.claims)
    said = Quote((Text(wording.excerpt(wording.inert(view.text.strip()), QUOTE_LIMIT) or "(no text)"),))
    blocks: list[Block] = [RichText((said,))]
    if not options:
        blocks.append(RichText((Line((Text("The rules hold no claim. /monitor new drafts one."),)),)))
        return Modal(names.REPORT_MODAL, PlainText("Report a sighting"), CANCEL, tuple(blocks))
    url = wording.link(view.url)
    blocks += [
        Input(names.CLAIM, PlainText("It asserts this claim"), Select(options, names.CLAIM, options[0])),
        Input(
            names.URL,
            PlainText("Address of the post"),
            UrlInput(names.URL, initial_value=url, placeholder=PlainText("https://")),
            optional=True,
        ),
    ]
    return Modal(
        names.REPORT_MODAL,
        PlainText("Report a sighting"),
        CANCEL,
        tuple(blocks),
        PlainText("Report"),
        names.pack(names.ReportMeta(view.check)),
    )


def _line(name: str, label: str, text: str, example: str) -> Input:
    element = TextInput(name, initial_value=text or None, placeholder=PlainText(example), max_length=SHORT_LIMIT)
    return Input(name, PlainText(label), element)


def _near(scored: ScoredClaim) -> str:
    score = "" if scored.score is None else f" ({scored.score:.0%})"
    return f"{wording.one_line(scored.claim.claim, 200)}{score}"
