"""A second opinion on posts of which the embedded judge is not sure, from a stronger judge that the user has.

Who is asked (nli.py, endpoint.py) is behind one protocol. What is asked, about which posts, and what the answer changes
is decided here, in pure functions. Where no answer comes in time, the embedded judge's decision stands.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Protocol

import structlog

from monitor.match.decide import NO_HINTS, Chances, Hints, decide
from monitor.match.evidence import LookAlike
from monitor.match.judge import Pair
from monitor.model import Candidate, Claim, Decision, Match, Post, Rules
from monitor.text import anonymous, excerpt, fold

log = structlog.get_logger()

LONGEST_TEXT = 2000
"""Characters. Of a longer post the sentences that come nearest to the claim are asked about."""
SURE = 0.98
"""The largest probability that is believed; 1 - SURE is the smallest."""
REMEMBERED = 5000
"""Opinions kept for questions that come again: a copied text is asked about once."""
WORDS = ("asserts it", "denies it", "neither asserts nor denies it")
"""What a reason says, in the order of `Chances`."""


@dataclass(frozen=True, slots=True)
class Question:
    """All that a second judge is told. Nothing in it says who wrote the post, when, or where."""

    text: str
    """The post as a reader sees it, without links, @names and e-mail addresses. Its words are a stranger's."""
    claim: str
    truth: str
    about: tuple[str, ...]
    """Names of the candidates whom the claim is about."""
    others: tuple[str, ...]
    """Names of all other candidates."""


@dataclass(frozen=True, slots=True)
class Case:
    """A post with its likeliest claim, and what the embedded judge says of the two."""

    post: Post
    pair: Pair
    chances: Chances
    look_alike: LookAlike | None
    threshold: float
    hints: Hints = NO_HINTS

    @property
    def claim(self) -> Claim:
        return self.pair.near.claim

    @property
    def bar(self) -> float:
        """The score from which this claim alerts."""
        return self.claim.bar(self.threshold)

    def match(self) -> Match:
        """What the embedded judge alone decides."""
        return self.ruled(self.chances)

    def ruled(self, chances: Chances) -> Match:
        """What is decided with these probabilities."""
        near = replace(self.pair.near, window=self.pair.reading.as_written(self.pair.near.window))
        return decide(self.post, near, chances, self.look_alike, self.threshold, self.hints)


class SecondJudge(Protocol):
    """A judge that may be slow, may cost something, and may not answer."""

    def ask(self, questions: Sequence[Question]) -> list[Chances | None]:
        """One opinion for each question, in order; None where there is none in the time that it may take."""
        ...

    def check(self) -> str:
        """Ask a question to which the answer is known, and say in words what came. Raises ModelError or JudgeError."""
        ...


class Budget(Protocol):
    """Counts what may be spent in a day, across restarts."""

    def take(self) -> bool:
        """Take one from today's budget. False where nothing is left."""
        ...


def pooled(first: Chances, second: Chances) -> Chances:
    """Two judges' probabilities as one: the logarithmic opinion pool (Genest and Zidek 1986, "Combining Probability
    Distributions"), in which the second judge counts twice.

    Where the two agree on a probability, that probability comes out, so a score goes on meaning the same. What a second
    judge calls 0.99 is not calibrated, so neither is believed to be surer than `SURE`.
    """
    scores = [
        math.log(_bounded(one)) / 3 + math.log(_bounded(other)) * 2 / 3
        for one, other in zip(astuple(first), astuple(second), strict=True)
    ]
    powers = [math.exp(score - max(scores)) for score in scores]
    return Chances(*(power / sum(powers) for power in powers))


class SecondOpinion:
    """Reviews cases in the band: asks, remembers, pools. Blocking, for as long as its judge may take."""

    def __init__(self, judge: SecondJudge, band: tuple[float, float]) -> None:
        self._judge = judge
        self._band = band
        self._remembered: OrderedDict[Question, Chances] = OrderedDict()

    def review(self, cases: Sequence[Case | None], rules: Rules) -> list[Match | None]:
        """What is decided on each case. Never raises because of what the second judge does."""
        questions = {
            number: question(case, rules)
            for number, case in enumerate(cases)
            if case is not None and is_uncertain(case, self._band)
        }
        opinions = self._opinions(list(questions.values())) if questions else {}
        matches: list[Match | None] = []
        for number, case in enumerate(cases):
            opinion = opinions.get(questions[number]) if number in questions else None
            matches.append(None if case is None else reviewed(case, opinion))
        return matches

    def _opinions(self, questions: Sequence[Question]) -> dict[Question, Chances]:
        known = {asked: self._remembered[asked] for asked in questions if asked in self._remembered}
        new = [asked for asked in dict.fromkeys(questions) if asked not in known]
        try:
            answers = self._judge.ask(new) if new else []
        except Exception as error:
            # An alert must not be lost because something that is asked beside the judge fails in a new way.
            log.exception("no second opinion: the embedded judge decides alone", error=repr(error))
            answers = [None] * len(new)
        given = {asked: answer for asked, answer in zip(new, answers, strict=True) if answer is not None}
        for asked, answer in {**known, **given}.items():
            self._remembered[asked] = answer
            self._remembered.move_to_end(asked)
        while len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)
        return {**known, **given}


def is_uncertain(case: Case, band: tuple[float, float]) -> bool:
    """Whether a second opinion is worth asking: the score is within the band, which is given in times the claim's
    threshold, and certainty would make the post alert. A post that no opinion can make alert is sent nowhere."""
    low, high = band
    if not low * case.bar <= case.chances.asserts <= high * case.bar:
        return False
    return case.ruled(Chances(1.0, 0.0, 0.0)).decision is Decision.ALERT


def question(case: Case, rules: Rules) -> Question:
    """What a second judge is asked about a case. The post is told as it was written: once disguises are undone, an
    account could look like any word."""
    reading = case.pair.reading
    text = reading.written[0]
    if len(text) > LONGEST_TEXT:
        text = reading.as_written(case.pair.near.window)
    candidates = [candidate for candidate in rules.candidates if candidate.id in case.claim.about]
    others = [candidate for candidate in rules.candidates if candidate.id not in case.claim.about]
    return Question(
        text=excerpt(anonymous(text, _handles(rules.candidates)), LONGEST_TEXT),
        claim=case.claim.claim,
        truth=case.claim.truth,
        about=tuple(candidate.name for candidate in candidates),
        others=tuple(candidate.name for candidate in others),
    )


def reviewed(case: Case, opinion: Chances | None) -> Match:
    """The decision on a case, with a second opinion where there is one; the reason says which.

    What would have alerted is at least watched: a post's own words may talk a second judge into anything, and nothing
    that a stranger writes may make an alert vanish.
    """
    alone = case.match()
    if opinion is None:
        return alone
    together = case.ruled(pooled(case.chances, opinion))
    if alone.decision is Decision.ALERT and together.decision is Decision.QUIET:
        together = replace(together, decision=Decision.WATCH)
    return replace(together, why=f"{together.why}; second opinion: {_in_words(opinion)}")


def _in_words(opinion: Chances) -> str:
    _, words = max(zip(astuple(opinion), WORDS, strict=True))
    return words


def _bounded(probability: float) -> float:
    return min(max(probability, 1 - SURE), SURE)


def _handles(candidates: Sequence[Candidate]) -> Mapping[str, str]:
    return {
        fold(handle).lstrip("@"): candidate.name for candidate in candidates for handle in candidate.handles if handle
    }
