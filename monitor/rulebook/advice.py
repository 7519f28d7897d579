"""What is no mistake in the rules and yet hardly meant: told as warnings. The rules work as they stand.

`advise` needs nothing but the files; `in_their_language` the posts that are stored. What only the language model can
tell stands in meaning.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from monitor.errors import Problem
from monitor.mention import Mentions
from monitor.model import Candidate, Claim, ClaimStatus, Decision, Post, Rules, RuleTest
from monitor.rulebook.load import Folder
from monitor.text import fold
from monitor.text.language import language
from monitor.toml import Document, show

_WORD = re.compile(r"\w+")
SPANISH = "es"
SHARE = 0.2
"""Share of a claim's posts in Spanish from which it should have a Spanish phrasing."""
FEWEST_POSTS = 10
"""Posts below which such a share says nothing."""
Languages = Mapping[str, Mapping[str, int]]
"""Claim id -> language ("en", "es") -> how many stored posts spread the claim in it."""


def advise(folder: Folder, now: datetime) -> list[Problem]:
    """Every warning that the files alone give, in the order of files and lines."""
    rules = folder.rules()
    found: list[Problem] = []
    for document, claim in folder.claims:
        if claim.status is not ClaimStatus.RETIRED:
            found += _over(document, claim, now)
            found += _nobody(document, claim, rules)
            found += _said_again(document, claim)
            found += _tests_that_say_nothing(document, claim)
    found += _same_phrasing(folder)
    return sorted(found)


def in_their_language(folder: Folder, languages: Languages) -> list[Problem]:
    """A warning for each claim that goes round in Spanish and has no Spanish phrasing."""
    found = []
    for document, claim in folder.claims:
        posts = languages.get(claim.id, {})
        total, spanish = sum(posts.values()), posts.get(SPANISH, 0)
        if claim.status is ClaimStatus.RETIRED or total < FEWEST_POSTS or spanish < SHARE * total:
            continue
        if not any(language(phrasing) == SPANISH for phrasing in claim.phrasings):
            what = f"{spanish} of the {total} stored posts that spread this claim are in Spanish, and no phrasing is"
            mend = "add one as people write it, such as “Rivera se retiró de la contienda”"
            found.append(at(document, what, mend, "phrasings"))
    return found


def at(document: Document, what: str, mend: str, *path: str | int) -> Problem:
    """A warning at the value of a key."""
    return Problem(document.path, *document.where(path), what, mend)


def _over(document: Document, claim: Claim, now: datetime) -> Iterator[Problem]:
    is_on = claim.status in (ClaimStatus.ACTIVE, ClaimStatus.SHADOW)
    if is_on and claim.valid_until is not None and claim.valid_until <= now:
        what = f"'valid_until' is over, so nobody watches for this claim although its status is {claim.status.value}"
        yield at(document, what, 'write a later date, or status = "retired"', "valid_until")


def _nobody(document: Document, claim: Claim, rules: Rules) -> Iterator[Problem]:
    """Phrasings that name nobody, or that no post with the same words would be held against."""
    mentions = Mentions(Rules(rules.candidates, (claim,), rules.version))
    people = [candidate for candidate in rules.candidates if candidate.id in claim.about]
    for index, phrasing in enumerate(claim.phrasings):
        if claim.must_mention and not mentions.read(Post("", phrasing)).names(claim):
            what = "no word of 'must_mention' is in this phrasing, so a post in these very words is not looked at"
            yield at(document, what, "add one of its words to 'must_mention'", "phrasings", index)
        elif people and not any(_names(candidate, phrasing) for candidate in people):
            names = " or ".join(candidate.name for candidate in people)
            what = f"this phrasing does not name {names}: it resembles posts about anybody"
            yield at(document, what, "write the name where people would say it", "phrasings", index)


def _names(candidate: Candidate, text: str) -> bool:
    words = set(_WORD.findall(fold(text)))
    known = (*candidate.aliases, *candidate.handles, *candidate.hashtags, *candidate.ambiguous)
    # An initial names nobody.
    by_name = any(len(word) > 1 and word in words for word in _WORD.findall(fold(candidate.name)))
    return by_name or any(fold(name) in fold(text) for name in known)


def _said_again(document: Document, claim: Claim) -> Iterator[Problem]:
    first = {fold(claim.claim): "the claim itself"}
    for index, phrasing in enumerate(claim.phrasings):
        said = first.setdefault(fold(phrasing), f"phrasing {index + 1}")
        if said != f"phrasing {index + 1}":
            yield at(document, f"this is {said} once more", "delete it: it helps no further", "phrasings", index)


def _tests_that_say_nothing(document: Document, claim: Claim) -> Iterator[Problem]:
    wordings = {fold(text) for text in (claim.claim, *claim.phrasings)}
    first: dict[str, int] = {}
    for index, test in enumerate(claim.tests):
        number = first.setdefault(fold(test.post), index)
        if number != index:
            what = f"this test says nothing new: its post is that of test {number + 1}"
            if claim.tests[number].expect is not test.expect:
                what = f"this test expects the opposite of test {number + 1}, whose post is the same"
            yield at(document, what, "delete one of the two", "tests", index, "post")
        elif fold(test.post) in wordings:
            yield at(document, *_equal_to_a_wording(test), "tests", index, "post")


def _equal_to_a_wording(test: RuleTest) -> tuple[str, str]:
    if test.expect is Decision.ALERT:
        return (
            "this test says nothing: its post is one of the phrasings word for word",
            "write a post in other words, which the monitor has to recognise",
        )
    return (
        "this test expects quiet for a post that is one of the phrasings word for word",
        "take the sentence out of 'phrasings', or expect an alert",
    )


def _same_phrasing(folder: Folder) -> Iterator[Problem]:
    first: dict[str, Claim] = {}
    for document, claim in folder.claims:
        for index, phrasing in enumerate(claim.phrasings):
            other = first.setdefault(fold(phrasing), claim)
            if other is not claim:
                what = f"“{show(phrasing)}” is also a phrasing of '{other.id}' ({other.file})"
                yield at(document, what, "keep it with the claim that it says", "phrasings", index)
