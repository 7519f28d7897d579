"""One rules/NAME.toml -> one claim."""

from __future__ import annotations

import re

from monitor.errors import Problem
from monitor.model import Claim, ClaimStatus, Correction, Decision, RuleTest, Severity, Stance
from monitor.rulebook.candidates import read_id
from monitor.rulebook.corrections import mistake_in
from monitor.toml import Document, Table, is_address, show

PLATFORMS = (
    "any", "x", "bluesky", "mastodon", "threads", "reddit", "facebook", "instagram", "tiktok", "youtube", "telegram",
    "lemmy", "hackernews", "rss", "other",
)  # fmt: skip
"""What a correction can be for; all but "any" are the `platform` of posts."""

_OTHER_NAMES = {"twitter": "x", "x.com": "x", "bsky": "bluesky", "all": "any", "*": "any", "everywhere": "any"}
_LANG = re.compile(r"[a-z]{2,3}")
_LANGUAGE_NAMES = {
    "english": "en",
    "spanish": "es",
    "español": "es",
    "espanol": "es",
    "french": "fr",
    "portuguese": "pt",
}
_EXPECT = (Decision.ALERT.value, Decision.QUIET.value)


def read_claim(document: Document, problems: list[Problem]) -> Claim:
    """The claim of a document. What is wrong is added to `problems`, and the claim must then not be used."""
    return take_claim(Table(document, problems, "a claim"))


def take_claim(table: Table) -> Claim:
    """`read_claim` of a table that nothing was asked of yet."""
    if "candidates" in table:
        table.refuse("candidates", "candidates do not belong in a claim's file", "move them to candidates.toml")
    claim = Claim(
        id=read_id(table),
        claim=table.text("claim"),
        truth=table.text("truth"),
        about=table.texts("about", required=True),
        status=ClaimStatus(table.choice("status", [*ClaimStatus], ClaimStatus.ACTIVE)),
        severity=Severity(table.choice("severity", [*Severity], Severity.MEDIUM)),
        owner=table.optional_text("owner"),
        evidence=table.texts("evidence"),
        phrasings=table.texts("phrasings", required=True),
        not_this=table.texts("not_this"),
        threshold=table.optional_number("threshold", low=0, high=1),
        must_mention=table.texts("must_mention"),
        valid_from=table.moment("valid_from"),
        valid_until=table.moment("valid_until", ends_day=True),
        known_false_alarms=table.optional_text("known_false_alarms"),
        corrections=_corrections(table),
        tests=_tests(table),
        file=table.document.path.name,
    )
    _check_whole(table, claim)
    table.done()
    return claim


def _corrections(claim: Table) -> tuple[Correction, ...]:
    corrections = []
    first: dict[tuple[str, str], int] = {}
    for number, table in enumerate(claim.tables("corrections", "correction"), 1):
        correction = Correction(
            text=table.text("text"), platform=_platform(table), lang=_lang(table), line=table.place.line
        )
        mistake = mistake_in(correction.text, has_evidence="evidence" in claim)
        if mistake is not None:
            table.problem("text", *mistake)
        pair = (correction.platform, correction.lang)
        if first.setdefault(pair, number) != number:
            what = f"correction {first[pair]} is also for {correction.platform} in {correction.lang}"
            table.problem(None, what, "keep one of the two, or change platform or lang")
        corrections.append(correction)
    return tuple(corrections)


def _platform(table: Table) -> str:
    value = table.optional_text("platform")
    table.also("platform", enum=[*PLATFORMS], default="any")
    if value is None or value in PLATFORMS:
        return value or "any"
    ours = _OTHER_NAMES.get(value.lower(), value.lower())
    if ours in PLATFORMS:
        table.problem("platform", f"'platform' cannot be \"{show(value)}\"", f'write platform = "{ours}"')
        return ours
    return table.choice("platform", PLATFORMS, "any")


def _lang(table: Table) -> str:
    value = table.optional_text("lang")
    table.also("lang", pattern=f"^{_LANG.pattern}$", default="en")
    if value is None or _LANG.fullmatch(value):
        return value or "en"
    begins_with_code = re.match(r"([a-z]{2,3})[-_]", value.lower())
    code = begins_with_code[1] if begins_with_code else _LANGUAGE_NAMES.get(value.lower(), "en")
    table.problem(
        "lang", f"'lang' cannot be \"{show(value)}\"", f'write the short code of the language: lang = "{code}"'
    )
    return value


def _tests(claim: Table) -> tuple[RuleTest, ...]:
    tests = []
    for table in claim.tables("tests", "test"):
        stance = table.choice("stance", [*Stance], "") or None
        test = RuleTest(
            post=table.text("post"),
            expect=Decision(table.choice("expect", _EXPECT, None)),
            stance=None if stance is None else Stance(stance),
            line=table.place.line,
        )
        if table.value("expect") == Decision.ALERT and test.stance not in (None, Stance.SUPPORT):
            what = f'a post with stance "{test.stance}" never alerts'
            table.problem("stance", what, 'write expect = "quiet", or delete the stance')
        tests.append(test)
    return tuple(tests)


def _check_whole(table: Table, claim: Claim) -> None:
    """What no single key can tell."""
    table.also("phrasings", minItems=1)
    table.also("evidence", items={"type": "string", "pattern": "^https?://"})
    if table.value("phrasings") == []:
        table.problem(
            "phrasings", "'phrasings' is empty", 'write at least one wording: phrasings = ["Rivera dropped out"]'
        )
    for index, phrasing in enumerate(claim.phrasings):
        if phrasing and phrasing.casefold() in {text.casefold() for text in claim.not_this}:
            what = f"{show(phrasing)} stands in 'phrasings' and in 'not_this'"
            table.problem("phrasings", what, "keep it in one of the two", index=index)
    if claim.about and claim.must_mention:
        what = "'must_mention' is only for claims about the vote itself, and this one is about candidates"
        table.problem("must_mention", what, "delete this line, or write about = []", on_key=True)
    if claim.valid_from is not None and claim.valid_until is not None and claim.valid_until <= claim.valid_from:
        what = "'valid_until' is not after 'valid_from', so nobody would ever watch for this claim"
        table.problem("valid_until", what, "write a later date")
    for index, address in enumerate(claim.evidence):
        if address and not is_address(address):
            what = f"{show(address)} is not a web address"
            table.problem("evidence", what, "write the whole address, beginning with https://", index=index)
