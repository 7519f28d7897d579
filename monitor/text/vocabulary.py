"""Which words are known, and how common they are: those of English and Spanish, and those of the rules."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache

import regex
from rapidfuzz.distance import OSA, Hamming

from monitor.model import Rules
from monitor.text.characters import fold
from monitor.text.words import content_words

LANGUAGES = ("en", "es")
"""Languages whose everyday words are known, as wordfreq names them."""
LONGEST = 24
"""Letters of the longest word that is looked for inside letters without spaces."""
SEGMENTED = 300
"""Letters that are split into words at most, about a long post on most platforms: the time grows with them."""
SHORT_WORDS = {1: 6.9, 2: 5.6, 3: 4.0}
"""How common (Zipf scale: log10 of occurrences per thousand million words) a word of so few letters must be to count as
a piece of letters without spaces. Any three letters are a rare word of something."""
LEAST_LIKELY = -1.15
"""log10 probability per letter below which a split is no reading but an accident: of 1,400 lower-case hashtags of real
posts, those above read well and most of those below do not."""
NAME_FREQUENCY = 1e-4
"""How common the rules' own words are held to be: about as common as "night"."""
SHORTEST_TYPO = 5
"""Letters from which on a word that is one slip away from another is taken for it."""
SHORTEST_WRONG_LETTER = 8
"""The same where the slip is a wrong letter: vowing is not voting, and Thanos is not thanks."""

_WORD = regex.compile(r"\p{L}+")


class Vocabulary:
    """The everyday words of LANGUAGES, the words of names, and other words that posts are expected to use.

    Every question takes folded letters (monitor.text.fold). Build it once for each version of the rules.
    """

    def __init__(self, names: Iterable[str] = (), words: Iterable[str] = ()) -> None:
        self._names = frozenset(word for name in names for word in _WORD.findall(fold(name)) if len(word) > 1)
        self._expected = frozenset(word for word in words if word.isalpha()) - self._names
        self._frequencies = dict(_everyday_words())
        for word in self._names | self._expected:
            self._frequencies[word] = max(NAME_FREQUENCY, self._frequencies.get(word, 0.0))
        # Nobody's name is a slip of the pen: only the claims' own words are what a misspelt word can have meant.
        self._by_shape: defaultdict[tuple[str, str, int], list[str]] = defaultdict(list)
        for word in sorted(self._expected):
            if len(word) >= SHORTEST_TYPO:
                self._by_shape[word[0], word[-1], len(word)].append(word)

    def zipf(self, word: str) -> float:
        """How common a word is on the Zipf scale: 3 is once per million words, 6 once per thousand; 0 is unknown."""
        frequency = self._frequencies.get(word, 0.0)
        return 9 + math.log10(frequency) if frequency else 0.0

    def is_name(self, word: str) -> bool:
        return word in self._names

    def is_expected(self, word: str) -> bool:
        """Whether it is one of the words that posts are expected to use, and no name."""
        return word in self._expected

    def __contains__(self, word: str) -> bool:
        return word in self._frequencies

    def split(self, letters: str) -> tuple[str, ...]:
        """The likeliest words that these letters are, written without spaces: `voteblue` is vote, blue. One word where
        they are a known word; none where they read like nothing."""
        if letters in self._frequencies:
            return (letters,)
        if not letters or len(letters) > SEGMENTED:
            return ()
        # best[end]: log10 probability of the likeliest words up to there, and where the last of them begins.
        best: list[tuple[float, int]] = [(0.0, 0)]
        for end in range(1, len(letters) + 1):
            starts = range(max(0, end - LONGEST), end)
            best.append(max((best[start][0] + self._piece(letters[start:end]), start) for start in starts))
        # A last word of one letter is an ending: retrospective s.
        if best[-1][1] == len(letters) - 1 or best[-1][0] < LEAST_LIKELY * len(letters):
            return ()
        words = []
        end = len(letters)
        while end:
            start = best[end][1]
            words.append(letters[start:end])
            end = start
        return tuple(reversed(words))

    def meant(self, word: str) -> str | None:
        """The expected word that an unknown word is one slip away from: a letter too many or too few, two swapped, or,
        in a long word, a wrong one. Never the first or the last letter: phoney is not phone. None where there is no
        such word, or more than one."""
        if word in self._frequencies or len(word) < SHORTEST_TYPO:
            return None
        near = [
            expected
            for length in range(len(word) - 1, len(word) + 2)
            for expected in self._by_shape.get((word[0], word[-1], length), ())
            if OSA.distance(word, expected, score_cutoff=1) == 1
        ]
        if len(near) != 1 or (len(word) < SHORTEST_WRONG_LETTER and Hamming.distance(word, near[0]) == 1):
            return None
        return near[0]

    def _piece(self, word: str) -> float:
        frequency = self._frequencies.get(word, 0.0)
        if not frequency or (word not in self._names and self.zipf(word) < SHORT_WORDS.get(len(word), 0.0)):
            return -math.inf
        return math.log10(frequency)


@lru_cache(maxsize=2)
def vocabulary(rules: Rules) -> Vocabulary:
    """The words of a rules folder: the candidates' names, and how its claims are worded."""
    names = (
        name for candidate in rules.candidates for name in (candidate.name, *candidate.aliases, *candidate.ambiguous)
    )
    wordings = (text for claim in rules.claims for text in (claim.claim, *claim.phrasings))
    return Vocabulary(names, (word for text in wordings for word in content_words(text)))


@cache
def _everyday_words() -> dict[str, float]:
    """Words of LANGUAGES that occur at least once per million words, folded, with their share of all words."""
    from wordfreq import get_frequency_dict  # noqa: PLC0415 (a fifth of a second: only where posts are read)

    return dict(_most_frequent(get_frequency_dict(language, "small") for language in LANGUAGES))


def _most_frequent(lists: Iterable[dict[str, float]]) -> Iterator[tuple[str, float]]:
    found: defaultdict[str, float] = defaultdict(float)
    for words in lists:
        for word, frequency in words.items():
            letters = fold(word) if not word.isascii() else word
            found[letters] = max(found[letters], frequency)
    return ((word, frequency) for word, frequency in found.items() if word.isalpha())
