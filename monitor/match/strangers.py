"""Whether a post names somebody or something that neither the rules nor a claim know. Pure.

A post that names nobody may well go on about whom everybody talks of; one that names "#Okafor" or "old Mr Tarrant" is
most likely about these, however much its words are those of a claim.
"""

from __future__ import annotations

from functools import lru_cache

import regex

from monitor.match.evidence import Names
from monitor.match.reader import SHORTEST_BEGINNING
from monitor.model import Claim
from monitor.text import content_words, fold, hashtags, split_hashtag, without_links

SHORTEST = 3
"""Letters of a word that may be a name, or that a claim speaks of."""
MOST_IN_TAG = 2
"""Words of a hashtag that may be a name: longer ones are slogans."""
SHOUTED = 0.4
"""Share of capitals among the letters of a text from which a word's capital says nothing."""
_CAPITALISED = regex.compile(r"(?<![@#\p{L}\p{N}_.])\p{Lu}[\p{Ll}\p{M}]{2,}(?![\p{L}\p{N}_])")
_BEGINS = regex.compile(r"(?:^|[^\p{L}\p{N}\s,&]\s*|\n\s*)$")
"""What stands before the first word of a sentence, a quotation, an item or a line, in the characters before it."""
_BEFORE = 6


def names_a_stranger(text: str, names: Names, *claims: Claim) -> bool:
    """Whether a post's text, as it was written, names anything but the candidates and what the wordings of a claim (in
    each language that it is given in) speak of: a word with a capital inside a sentence, or a short hashtag."""
    known = frozenset().union(*map(_words, claims))
    return any(not _is_known(words, names.own | names.others, known) for words in _named(text))


@lru_cache(maxsize=4096)
def _named(text: str) -> tuple[tuple[str, ...], ...]:
    """The words of each name in a text, folded."""
    text = without_links(text)
    tags = (tuple(map(fold, split_hashtag(tag))) for tag in hashtags(text))
    short = tuple(words for words in tags if 0 < len(words) <= MOST_IN_TAG)
    letters = sum(map(str.isalpha, text))
    if sum(map(str.isupper, text)) > SHOUTED * letters:
        return short
    inside = (
        (fold(word.group()),)
        for word in _CAPITALISED.finditer(text)
        if not _BEGINS.search(text[max(0, word.start() - _BEFORE) : word.start()])
    )
    return (*inside, *short)


def _is_known(words: tuple[str, ...], names: frozenset[str], said: frozenset[str]) -> bool:
    return any(
        word in said or word in names or any(len(name) >= SHORTEST_BEGINNING and name in word for name in names)
        for word in words
    )


@lru_cache(maxsize=1024)
def _words(claim: Claim) -> frozenset[str]:
    sentences = (claim.claim, *claim.phrasings, claim.truth)
    return frozenset(word for sentence in sentences for word in content_words(sentence, SHORTEST))
