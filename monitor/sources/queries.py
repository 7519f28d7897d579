"""What to ask each platform for, written from the rules: candidates by name, handle and hashtag, claims by their words.

Only claims about the vote need words of their own: posts about another claim name a candidate, or do not count. Names
come first, so that where a platform allows few queries every candidate is still among them. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from monitor.model import Candidate, Claim, ClaimStatus, Rules
from monitor.text import content_words

MOST_WORDS = 3
"""Words of a claim that are asked for together: fewer find everything, more find nothing."""
_UNSAFE = re.compile(r"[\"“”„«»\\()|<>{}\[\]*~^\x00-\x1f\x7f]+")
"""What has a meaning of its own in some platform's queries, or ends a quotation."""
_TAG = re.compile(r"\w*[^\W\d]\w*")
_X_HANDLE = re.compile(r"\w{1,15}")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a platform is asked. Lengths are in characters, as the platform counts them or fewer."""

    longest: int
    quote: str = '"'
    """Put around every phrase, single words too: OR is a word in a name, and an operator without it."""
    either: str | None = None
    """Between alternatives in one query; None: each is a query of its own."""
    all_of: str | None = None
    """Between words that must all be there, in brackets beside alternatives; None: they are a query of their own."""
    brackets: bool = False
    """Around several alternatives."""
    tags: bool = False
    handles: bool = False
    shortest: int = 1
    """Shorter terms are refused."""
    words: int = 1000
    """In one query."""
    most: int = 1000
    """Queries; the others are left out."""
    per_claim: int = 2
    """Ways of saying a claim about the vote that are asked for."""


DIALECTS = {
    # docs.x.com: recent search takes 512 characters, a rule of the filtered stream 1,024, and there are 1,000 rules.
    "x": Dialect(512, either=" OR ", all_of=" ", tags=True, handles=True, per_claim=6),
    "x rules": Dialect(1024, either=" OR ", all_of=" ", tags=True, handles=True, most=1000, per_claim=6),
    "mastodon": Dialect(200, tags=True),
    "bluesky": Dialect(200, tags=True, handles=True),
    "reddit": Dialect(512, either=" OR ", all_of=" AND ", per_claim=6),
    # Each query is one of 100 searches a day: four of them may be made every hour.
    "youtube": Dialect(500, either="|", most=4),
    "threads": Dialect(200, quote="", most=50),
    "hackernews": Dialect(500),
    # Lemmy looks for the words in this order, quotation marks among them.
    "lemmy": Dialect(200, quote=""),
    # "Your query was too short or too long": refused from about 250 characters on.
    "gdelt": Dialect(240, either=" OR ", brackets=True, shortest=4),
    # Google leaves out what comes after the 32nd word.
    "googlenews": Dialect(1000, either=" OR ", words=32),
}


def queries(rules: Rules, platform: str) -> tuple[str, ...]:
    """What to ask a platform of DIALECTS for. The same rules give the same queries in the same order."""
    dialect = DIALECTS[platform]
    people = [*_by_turns(_names(candidate, dialect) for candidate in rules.candidates)]
    claims = [words for claim in rules.claims for words in _claim_words(claim, dialect)]
    if dialect.all_of is None:
        found = [*_joined(dict.fromkeys(people), dialect), *dict.fromkeys(claims)]
    else:
        ambiguous = [term for candidate in rules.candidates for term in _ambiguous(candidate, dialect)]
        found = [*_joined(dict.fromkeys((*people, *ambiguous, *claims)), dialect)]
    return tuple(found[: dialect.most])


def hashtags(rules: Rules) -> tuple[str, ...]:
    """The hashtags to follow, without #: the candidates' own, and their names written as one."""
    own = [[*candidate.hashtags, "".join(candidate.name.split())] for candidate in rules.candidates]
    tags = [tag.removeprefix("#") for tag in _by_turns(own)]
    return tuple({tag.casefold(): tag for tag in reversed(tags) if _is_tag(tag)}.values())[::-1]


def _is_tag(text: str) -> bool:
    """One word with a letter in it; a superscript digit is none, though it is no decimal either."""
    return _TAG.fullmatch(text) is not None and not text.isdigit()


def _by_turns(lists: Iterable[Sequence[str]]) -> Iterator[str]:
    """The first of each list, then the second of each."""
    rows = [list(row) for row in lists]
    for turn in range(max(map(len, rows), default=0)):
        yield from (row[turn] for row in rows if turn < len(row))


def _names(candidate: Candidate, dialect: Dialect) -> list[str]:
    """The ways to name a candidate that can mean nobody else, the name first."""
    terms = [_phrase(candidate.name, dialect)]
    tags = [tag.removeprefix("#") for tag in candidate.hashtags if _is_tag(tag.removeprefix("#"))]
    terms += [f"#{tag}" if dialect.tags else _phrase(tag, dialect) for tag in tags]
    aliases = [_phrase(alias, dialect) for alias in candidate.aliases]
    terms += [
        alias for alias in aliases if not any(_is_within(other, alias, dialect) for other in (terms[0], *aliases))
    ]
    if dialect.handles:
        handles = [handle.removeprefix("@") for handle in candidate.handles]
        terms += [f"@{handle}" for handle in handles if _X_HANDLE.fullmatch(handle)]
    return [
        term for place, term in enumerate(terms)
        if term.strip(dialect.quote) and (place == 0 or dialect.shortest <= len(term) <= dialect.longest)
    ]  # fmt: skip


def _is_within(shorter: str, longer: str, dialect: Dialect) -> bool:
    """Whether every post with the longer phrase has the shorter one too, which finds it already."""
    inner, outer = (f" {phrase.strip(dialect.quote).casefold()} " for phrase in (shorter, longer))
    return inner != outer and bool(inner.strip()) and inner in outer


def _ambiguous(candidate: Candidate, dialect: Dialect) -> Iterator[str]:
    """Names that count only beside a word of the context: (Rivera (council OR mayor)), in as many parts as it takes."""
    room = replace(dialect, either=" OR ")
    for name in filter(lambda name: _phrase(name, dialect), candidate.ambiguous):
        head = f"({_phrase(name, dialect)}{dialect.all_of}("
        context = [phrase for word in candidate.context if (phrase := _phrase(word, dialect))]
        for part in _joined(context, replace(room, longest=dialect.longest - len(head) - 2)):
            yield f"{head}{part}))"


def _claim_words(claim: Claim, dialect: Dialect) -> Iterator[str]:
    """The words that carry a claim about the vote, for each way in which it is said."""
    if claim.about or claim.status not in (ClaimStatus.ACTIVE, ClaimStatus.SHADOW):
        return
    for said in (claim.claim, *claim.phrasings)[: dialect.per_claim]:
        words = list(dict.fromkeys(word for word in content_words(said) if len(word) < 40))
        # Long words are rare words, more often than not.
        carrying = sorted(sorted(words, key=len, reverse=True)[:MOST_WORDS], key=words.index)
        if len(carrying) >= 2:
            joined = (dialect.all_of or " ").join(carrying)
            yield f"({joined})" if dialect.all_of is not None else joined


def _phrase(text: str, dialect: Dialect) -> str:
    """A text as a phrase, cut to the whole words that fit."""
    words = _UNSAFE.sub(" ", text).split()[: dialect.words]
    room = dialect.longest - 2 * len(dialect.quote)
    while len(words) > 1 and len(" ".join(words)) > room:
        words.pop()
    return f"{dialect.quote}{' '.join(words)[:room]}{dialect.quote}" if words else ""


def _joined(terms: Iterable[str], dialect: Dialect) -> Iterator[str]:
    """Terms as queries, as many in one as fit. No term is cut."""
    room = dialect.longest - (2 if dialect.brackets else 0)
    together: list[str] = []
    for term in terms:
        fits = dialect.either is not None and _fits([*together, term], dialect, room)
        if together and not fits:
            yield _query(together, dialect)
            together = []
        together.append(term)
    if together:
        yield _query(together, dialect)


def _fits(terms: Sequence[str], dialect: Dialect, room: int) -> bool:
    query = (dialect.either or "").join(terms)
    return len(query) <= room and len(query.split()) <= dialect.words


def _query(terms: Sequence[str], dialect: Dialect) -> str:
    query = (dialect.either or "").join(terms)
    return f"({query})" if dialect.brackets and len(terms) > 1 else query
