"""Which words are known, and how common they are: those of English and Spanish, and those of the rules."""

from __future__ import annotations

import math
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import product

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
PER_WORD = -0.7
"""What each word of a split costs beside its own rareness: theme is not `the me`."""
NAME_FREQUENCY = 1e-4
"""How common the rules' own words are held to be: about as common as "night"."""
SHORTEST_TYPO = 5
"""Letters from which on a word that is one slip away from another is taken for it."""
SHORTEST_WRONG_LETTER = 8
"""The same where the slip is a wrong letter: vowing is not voting, and Thanos is not thanks."""
COMMON, VERY_COMMON = 4.0, 5.0
"""How common (Zipf scale) a word must be that no rule expects, to be what a slip meant; the second for short words."""
MOST_DOUBLES = 64
"""Ways of writing a word with fewer doubled letters that are tried."""
RARE = 1e-7
"""Share of all words from which on an unusual word is a word, not a slip: of common misspellings most are rarer."""
LIKELIEST = 10.0
"""How many times commoner one word must be than the next, of those that a slip may have meant."""

_WORD = regex.compile(r"\p{L}+")
_Shapes = dict[tuple[str, str, int], list[str]]
_LETTERS = regex.compile(r"(\p{L})\1|\p{L}")
"""The letters of a word, two equal ones together."""


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
        self._expected_by_shape = _by_shape(self._expected)

    def __contains__(self, word: str) -> bool:
        return word in self._frequencies

    def zipf(self, word: str) -> float:
        """How common a word is on the Zipf scale: 3 is once per million words, 6 once per thousand; 0 is unknown."""
        frequency = self._frequencies.get(word, 0.0)
        return 9 + math.log10(frequency) if frequency else 0.0

    @staticmethod
    def is_everyday(word: str) -> bool:
        """Whether it is a word that is known whatever the rules say."""
        return word in _everyday_words()

    def is_name(self, word: str) -> bool:
        return word in self._names

    def is_expected(self, word: str) -> bool:
        """Whether it is one of the words that posts are expected to use, and no name."""
        return word in self._expected

    def split(self, letters: str, least: float = LEAST_LIKELY) -> tuple[str, ...]:
        """The likeliest words that these letters are, written without spaces: `voteblue` is vote, blue. One word where
        they are a known word; none where the likeliest have a log10 probability below `least` per letter."""
        if letters in self._frequencies:
            return (letters,)
        if not letters or len(letters) > SEGMENTED:
            return ()
        # best[end]: log10 probability of the likeliest words up to there, and where the last of them begins.
        best: list[tuple[float, int]] = [(0.0, 0)]
        for end in range(1, len(letters) + 1):
            starts = range(max(0, end - LONGEST), end)
            best.append(max((best[start][0] + self._piece(letters[start:end]), start) for start in starts))
        words: list[str] = []
        end = len(letters)
        while end:
            start = best[end][1]
            words.insert(0, letters[start:end])
            end = start
        likelihood = best[-1][0] - PER_WORD * len(words)
        # A last word of one letter is an ending: retrospective s.
        if len(words[-1]) == 1 or likelihood == -math.inf or likelihood < least * len(letters):
            return ()
        return tuple(words)

    def meant(self, word: str, *, everyday: bool) -> str | None:
        """The word that an unknown word is a slip of the pen for, None where it is none or could be several.

        Letters doubled by mistake are undone in any word. Other slips are undone towards expected words and, with
        `everyday`, towards common ones: a letter too many or too few, or two swapped; in a long expected word also a
        wrong one. Never the first or the last letter, for phoney is not phone. Nobody's name is what another name was
        meant to be.
        """
        if word in self._frequencies or len(word) < SHORTEST_TYPO or word in _rare_words():
            return None
        letters = [found.group() for found in _LETTERS.finditer(word)]
        choices = [(letter, letter[0]) if len(letter) == 2 else (letter,) for letter in letters]
        if 1 < math.prod(map(len, choices)) <= MOST_DOUBLES:
            fewer = max(map("".join, product(*choices)), key=self.zipf)
            if fewer in self._frequencies:
                return fewer
        near = _one_slip_away(word, self._expected_by_shape)
        if not near and everyday:
            common = COMMON if len(word) > SHORTEST_TYPO else VERY_COMMON
            near = [
                other
                for other in _one_slip_away(word, _everyday_by_shape())
                if len(other) != len(word) or sorted(other) == sorted(word)
                if self.zipf(other) >= common
            ]
        near.sort(key=self.zipf, reverse=True)
        if not near or (len(near) > 1 and self._frequencies[near[0]] < LIKELIEST * self._frequencies[near[1]]):
            return None
        return near[0]

    def _piece(self, word: str) -> float:
        frequency = self._frequencies.get(word, 0.0)
        if not frequency or (word not in self._names and self.zipf(word) < SHORT_WORDS.get(len(word), 0.0)):
            return -math.inf
        return math.log10(frequency) + PER_WORD


@lru_cache(maxsize=2)
def vocabulary(rules: Rules) -> Vocabulary:
    """The words of a rules folder: the candidates' names, and how its claims are worded."""
    names = (
        name for candidate in rules.candidates for name in (candidate.name, *candidate.aliases, *candidate.ambiguous)
    )
    wordings = (text for claim in rules.claims for text in (claim.claim, *claim.phrasings))
    return Vocabulary(names, (word for text in wordings for word in content_words(text)))


def _by_shape(words: Iterable[str]) -> _Shapes:
    """Words by first letter, last letter and length: a slip changes none of the first two, and the third by one."""
    shapes: defaultdict[tuple[str, str, int], list[str]] = defaultdict(list)
    for word in sorted(words):
        if len(word) >= SHORTEST_TYPO - 1:
            shapes[word[0], word[-1], len(word)].append(word)
    return dict(shapes)


def _one_slip_away(word: str, shapes: _Shapes) -> list[str]:
    lengths = (len(word) - 1, len(word), len(word) + 1)
    near = (other for length in lengths for other in shapes.get((word[0], word[-1], length), ()))
    return [
        other
        for other in near
        if OSA.distance(word, other, score_cutoff=1) == 1
        and (len(word) >= SHORTEST_WRONG_LETTER or Hamming.distance(word, other) != 1)
    ]


@cache
def _everyday_words() -> dict[str, float]:
    """Words of LANGUAGES that occur at least once per million words, folded, with their share of all words. They count
    without their apostrophe too: dont."""
    found: defaultdict[str, float] = defaultdict(float)
    for word, frequency in _frequencies("small"):
        letters = word.replace("'", "")
        if letters.isalpha():
            found[letters] = max(found[letters], frequency)
    return dict(found)


@cache
def _everyday_by_shape() -> _Shapes:
    return _by_shape(_everyday_words())


@cache
def _rare_words() -> frozenset[str]:
    """Words that are words, though rare: nobody misspelt them."""
    return frozenset(word for word, _ in _frequencies("large", RARE))


def _frequencies(size: str, least: float = 0.0) -> Iterator[tuple[str, float]]:
    from wordfreq import get_frequency_dict, get_frequency_list  # noqa: PLC0415 (half a second: only where posts are read)

    for language in LANGUAGES:
        for word, frequency in get_frequency_dict(language, size).items():
            if frequency >= least:
                yield _without_accents(word), frequency
    # What wordfreq keeps of its lists is as large again, and nobody asks for it any more.
    get_frequency_dict.cache_clear()
    get_frequency_list.cache_clear()


def _without_accents(word: str) -> str:
    """What fold does, to a word that is in small letters and of one form already."""
    if word.isascii():
        return word
    return "".join(letter for letter in unicodedata.normalize("NFD", word) if not unicodedata.combining(letter))
