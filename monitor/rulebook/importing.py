"""What becomes of each fact check: a draft, or why not. Pure; the matcher that knows our claims is handed in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.mention import Mentions
from monitor.model import Claim, ClaimStatus, Correction, FactCheck, Post, Rules
from monitor.rulebook.draft import mistakes
from monitor.rulebook.ratings import Ruling, ruling
from monitor.text import fold
from monitor.text.language import language

LONGEST_CLAIM = 300
"""Characters. A claim is one sentence; what is longer is an article's lead."""


class Fate(StrEnum):
    """What becomes of a fact check."""

    DRAFT = "draft"
    KNOWN = "already there"
    UNKNOWN_RATING = "rating not known"
    NOT_FALSE = "not rated false"
    SOMEBODY_ELSE = "about somebody else"
    FILTERED = "filtered out"
    UNUSABLE = "cannot be used"


@dataclass(frozen=True, slots=True)
class Filters:
    """What is wanted. `candidates`: ids, empty for all of them; `vote`: claims about the vote itself too."""

    candidates: tuple[str, ...] = ()
    vote: bool = False
    langs: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()
    since: datetime | None = None
    also_false: tuple[str, ...] = ()
    most: int = 50
    """Drafts. More than a person reads through would stay drafts."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A fact check and what becomes of it. `draft` is the claim to be written, without id and file, where it is one."""

    check: FactCheck
    fate: Fate
    why: str
    draft: Claim | None = None


@dataclass(frozen=True, slots=True)
class Same:
    """A claim that we have already, and how sure the matcher is that a sentence says the same."""

    claim_id: str
    score: float
    verbatim: bool = False


Known = Callable[[FactCheck], Same | None]
"""Which claim that we have, if any, a fact check's claim says again."""


def decide(checks: Iterable[FactCheck], rules: Rules, filters: Filters, known: Known) -> Iterator[Outcome]:
    """One outcome per fact check, in order. Whoever takes a draft lets `known` know it before asking for the next."""
    asked = _Filter(rules, filters)
    drafts = 0
    for check in checks:
        outcome = asked(check)
        if outcome.draft is not None and (same := known(check)) is not None:
            how = "in the same words" if same.verbatim else f"score {same.score:.2f}"
            outcome = Outcome(check, Fate.KNOWN, f"the claim '{same.claim_id}' says it already ({how})")
        if outcome.draft is not None:
            drafts += 1
            if drafts > filters.most:
                why = f"there are {filters.most} drafts already; import again when they are finished, or raise --most"
                outcome = Outcome(check, Fate.FILTERED, why)
        yield outcome


def unknown_ratings(outcomes: Iterable[Outcome]) -> list[tuple[str, str, int]]:
    """(site, rating, how often) of the ratings that are in no table, the most frequent first."""
    found = Counter(
        (outcome.check.site, outcome.check.rating or _number(outcome.check))
        for outcome in outcomes
        if outcome.fate is Fate.UNKNOWN_RATING
    )
    return [(site, rating, times) for (site, rating), times in found.most_common()]


class _Filter:
    """One fact check against the filters, the cheapest question first."""

    def __init__(self, rules: Rules, filters: Filters) -> None:
        self._filters = filters
        self._publishers = tuple(fold(publisher).removeprefix("www.") for publisher in filters.publishers)
        # One claim about the vote, so that its words are looked for.
        vote = Claim(id="vote", claim="", truth="")
        self._mentions = Mentions(Rules(rules.candidates, (vote,), ""))

    def __call__(self, check: FactCheck) -> Outcome:
        dropped = self._unwanted(check)
        if dropped:
            return Outcome(check, Fate.FILTERED, dropped)
        ruled = ruling(check, self._filters.also_false)
        if ruled is Ruling.NOT_FALSE:
            return Outcome(check, Fate.NOT_FALSE, "it is not rated false")
        mention = self._mentions.read(Post(id="claim", text=check.claim))
        wanted = self._filters.candidates
        about = tuple(one for one in mention.candidates if not wanted or one in wanted)
        if not about and not (self._filters.vote and mention.vote_claims and not mention.candidates):
            return Outcome(check, Fate.SOMEBODY_ELSE, "names no candidate that is asked for")
        if ruled is Ruling.UNKNOWN:
            return Outcome(check, Fate.UNKNOWN_RATING, "this rating is in no table")
        return self._drafted(check, mention.candidates if about else ())

    def _unwanted(self, check: FactCheck) -> str:
        filters = self._filters
        if self._publishers and not any(_is_by(check, publisher) for publisher in self._publishers):
            return "from another publisher"
        if filters.since is not None and (check.reviewed_at is None or check.reviewed_at < filters.since):
            return "has no date" if check.reviewed_at is None else "older than asked for"
        if filters.langs and (check.lang or language(check.claim)) not in filters.langs:
            return "in another language"
        return ""

    def _drafted(self, check: FactCheck, about: tuple[str, ...]) -> Outcome:
        if len(check.claim) > LONGEST_CLAIM:
            return Outcome(check, Fate.UNUSABLE, f"its claim is longer than {LONGEST_CLAIM} characters")
        draft = draft_of(check, about)
        wrong = mistakes(draft)
        if wrong:
            return Outcome(check, Fate.UNUSABLE, "; ".join(wrong.values()))
        return Outcome(check, Fate.DRAFT, "rated false", draft)


def draft_of(check: FactCheck, about: tuple[str, ...]) -> Claim:
    """The claim as far as a fact check says it: its truth is no more than who rated it how, until staff write it."""
    publisher = check.publisher or check.site
    rated = check.rating or _number(check)
    day = check.reviewed_at
    if (check.lang or language(check.claim)) == "es":
        when = f" el {day:%Y-%m-%d}" if day else ""
        truth, lang = f"{publisher} verificó esta afirmación{when}: {rated}", "es"
    else:
        when = f" on {day:%Y-%m-%d}" if day else ""
        truth, lang = f"{publisher} checked this claim{when} and rated it: {rated}", "en"
    return Claim(
        id="",
        claim=check.claim,
        truth=truth if truth.endswith((".", "!")) else f"{truth}.",
        about=about,
        status=ClaimStatus.DRAFT,
        evidence=(check.url,),
        phrasings=(check.claim,),
        corrections=(Correction("{{ truth }} {{ evidence }}", lang=lang),),
    )


def _number(check: FactCheck) -> str:
    return f"{check.grade.value:g} ({check.grade.worst:g} to {check.grade.best:g})" if check.grade else ""


def _is_by(check: FactCheck, publisher: str) -> bool:
    return publisher == fold(check.publisher) or check.site == publisher or check.site.endswith(f".{publisher}")
