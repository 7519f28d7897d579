"""Which candidates a post is about, and which claims: one pass over its text for every name and word in the rules.

A third of the posts that spread a claim name nobody in full. So a post may also be held against a claim that it only
implies: it uses a bare name that could mean somebody else, or at least two of the claim's own words.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import ahocorasick_rs
import regex

from monitor.model import Candidate, Claim, Mention, Post, Rules
from monitor.text import content_words, fold, vocabulary
from monitor.text.texts import Texts

VOTE_WORDS = (  # noqa: SIM905 (words read better than fifty quoted strings)
    "vote votes voted voting voter voters ballot ballots poll polls polling election elections electoral precinct "
    "precincts absentee dropbox dropboxes registrar recount tabulator tabulators turnout early-voting mail-in "
    "re-register votar voto votos vota votan votacion votaciones votante votantes voten boleta boletas papeleta "
    "papeletas urna urnas casilla casillas eleccion elecciones electorales comicios sufragio padron"
).split()
"""What brings a post in for a claim about the vote whose rules name no `must_mention`. English and Spanish, folded."""
VOTE_PHRASES = (
    "drop box",
    "drop boxes",
    "voter id",
    "county clerk",
    "board of elections",
    "register to vote",
    "mail in",
    "por correo",
    "centro de votacion",
)
WORDS_THAT_IMPLY = 2
"""Different words of one claim that a post without a name must use. With one, nearly three times as many ordinary posts
would come in (docs/decisions/mention.md)."""

# Letters of scripts that write no space between words: there a name begins and ends anywhere.
_SPACELESS = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
_WORD_CHARACTER = regex.compile(r"[\p{L}\p{M}\p{N}_]")


@dataclass(slots=True)
class _Meaning:
    """What one pattern says where it stands in a post: candidate ids, and claim ids."""

    names: set[str] = field(default_factory=set)
    bare_names: set[str] = field(default_factory=set)
    ambiguous: set[str] = field(default_factory=set)
    context: set[str] = field(default_factory=set)
    vote_claims: set[str] = field(default_factory=set)
    claim_words: set[str] = field(default_factory=set)


class Mentions:
    """Reads posts for the names in one set of rules. Build it once for each version of the rules; `read` is pure."""

    def __init__(self, rules: Rules, texts: Texts | None = None) -> None:
        """`texts`: what others read posts with too."""
        self._texts = texts or Texts()
        meanings: defaultdict[str, _Meaning] = defaultdict(_Meaning)
        for candidate in rules.candidates:
            _add_candidate(meanings, candidate)
        names = {word for candidate in rules.candidates for word in _name_words(candidate)}
        for claim in rules.claims:
            _add_claim(meanings, claim, names)
        meanings.pop("", None)
        self._about: defaultdict[str, list[str]] = defaultdict(list)
        for claim in rules.claims:
            for candidate_id in claim.about:
                self._about[candidate_id].append(claim.id)
        self._vocabulary = vocabulary(rules)
        self._meanings = tuple(meanings.values())
        self._automaton = ahocorasick_rs.AhoCorasick(list(meanings))
        self._handles = {
            fold(handle).removeprefix("@"): candidate.id
            for candidate in rules.candidates
            for handle in candidate.handles
        }

    def read(self, post: Post) -> Mention:
        """Whom and what the post is about. A candidate's own post is about that candidate."""
        found, words = self._find(self._texts.read(post.says, self._vocabulary).searched)
        candidates = found.names | (found.ambiguous & found.context)
        author = self._handles.get(fold(post.author or "").removeprefix("@"))
        if author is not None:
            candidates.add(author)
        bare = found.bare_names | found.ambiguous
        implied = {claim_id for claim_id, count in words.items() if count >= WORDS_THAT_IMPLY}
        implied.update(*(self._about[name] for name in bare if name in self._about))
        return Mention(
            candidates=tuple(sorted(candidates)),
            vote_claims=tuple(sorted(found.vote_claims)),
            implied=tuple(sorted(implied)),
        )

    def _find(self, text: str) -> tuple[_Meaning, Counter[str]]:
        """Everything that the text's patterns mean together, and for each claim how many of its words there are."""
        matches = self._automaton.find_matches_as_indexes(text, overlapping=True)
        found = _Meaning()
        words: Counter[str] = Counter()
        for index in {index for index, start, end in matches if _stands_alone(text, start, end)}:
            meaning = self._meanings[index]
            found.names |= meaning.names
            found.bare_names |= meaning.bare_names
            found.ambiguous |= meaning.ambiguous
            found.context |= meaning.context
            found.vote_claims |= meaning.vote_claims
            words.update(meaning.claim_words)
        return found, words


def _add_candidate(meanings: defaultdict[str, _Meaning], candidate: Candidate) -> None:
    for name in (candidate.name, *candidate.aliases, *candidate.handles, *candidate.hashtags):
        meanings[fold(name)].names.add(candidate.id)
    for word in content_words(candidate.name):
        meanings[word].bare_names.add(candidate.id)
    for name in candidate.ambiguous:
        meanings[fold(name)].ambiguous.add(candidate.id)
    for word in candidate.context:
        meanings[fold(word)].context.add(candidate.id)


def _add_claim(meanings: defaultdict[str, _Meaning], claim: Claim, names: set[str]) -> None:
    if not claim.about:
        for word in claim.must_mention or (*VOTE_WORDS, *VOTE_PHRASES):
            meanings[fold(word)].vote_claims.add(claim.id)
    # must_mention is the staff's own word on what a post has to say: nothing else brings one in then.
    if not claim.must_mention:
        for word in set(content_words(" ".join((claim.claim, *claim.phrasings)))) - names:
            meanings[word].claim_words.add(claim.id)


def _name_words(candidate: Candidate) -> Iterator[str]:
    for name in (candidate.name, *candidate.aliases, *candidate.ambiguous):
        yield from content_words(name)


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether text[start:end] is not a piece of a longer word. `#` and `@` begin a word."""
    return not (_joined(text, start - 1, start) or _joined(text, end - 1, end))


def _joined(text: str, left: int, right: int) -> bool:
    if left < 0 or right >= len(text):
        return False
    return _joins(text[left]) and _joins(text[right])


@lru_cache(maxsize=4096)
def _joins(letter: str) -> bool:
    """Whether it is part of the word beside it."""
    return bool(_WORD_CHARACTER.match(letter)) and not _SPACELESS.match(letter)
