"""Spanish put into English word by word, so that a language model that knows English gets the gist. Pure.

"El candidato tiró la toalla" becomes "the candidate dropped out": by a glossary of 2,400 words in all their forms, and
of phrases that mean something else than their words (spanish.tsv, made by training/spanish/build.py). Names, English
words and words that it does not know stay as they are, so mixed posts are read too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise

import regex

FEWEST, SHARE = 2, 0.3
"""A text is glossed where at least so many of its words, and so large a share of those whose language shows, are
Spanish."""
SHOWS = 0.5
"""A word shows its language where it is so much commoner in one of the two (Zipf scale: powers of ten)."""
LONGEST_PHRASE = 6
ALL_CAPS = 0.6
"""Share of words with a capital from which capitals mean nothing."""
_WORD = regex.compile(r"[\p{L}\p{M}]+")
_NEW_SENTENCE = regex.compile(r"[.!?¡¿:\n\"“«]")


@dataclass(frozen=True, slots=True)
class Glossary:
    """`forms`: a form's base form and its English. `phrases`: a phrase in base forms, and its English."""

    forms: dict[str, tuple[str, str]]
    phrases: dict[tuple[str, ...], str]


@cache
def glossary() -> Glossary:
    lines = resources.files("monitor.text").joinpath("spanish.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines]
    return Glossary(
        {form: (base, english) for form, base, english in rows if base},
        {tuple(form.split()): english for form, base, english in rows if not base},
    )


def gloss(text: str, is_name: Callable[[str], bool]) -> str:
    """A text with its Spanish words in English; unchanged where it is not in Spanish. `is_name` says of a word in small
    letters whether it is a candidate's name, which stays."""
    found = list(_WORD.finditer(text))
    words = [match.group().casefold() for match in found]
    if not _is_spanish(words):
        return text
    shouted = sum(match.group()[0].isupper() for match in found) > ALL_CAPS * len(found)
    between = ["", *(text[one.end() : other.start()] for one, other in pairwise(found))]
    known = glossary()
    is_glossed = [
        word in known.forms
        and _leaning(word) > -SHOWS
        and not is_name(word)
        and (shouted or match.group()[0].islower() or number == 0 or bool(_NEW_SENTENCE.search(between[number])))
        for number, (word, match) in enumerate(zip(words, found, strict=True))
    ]
    bases = [known.forms[word][0] if glossed else word for word, glossed in zip(words, is_glossed, strict=True)]
    parts, end, number = [], 0, 0
    while number < len(found):
        length = _phrase_length(known, bases, between, number)
        first, last = found[number], found[number + length - 1]
        if length > 1:
            english = known.phrases[tuple(bases[number : number + length])]
        else:
            english = known.forms[words[number]][1] if is_glossed[number] else first.group()
        parts += [text[end : first.start()], english]
        end = last.end()
        number += length
    return "".join((*parts, text[end:]))


def _phrase_length(known: Glossary, bases: Sequence[str], between: Sequence[str], number: int) -> int:
    """How many words from here on, with nothing but blanks between them, are a phrase; 1 where they are none."""
    longest = 1
    while longest < min(LONGEST_PHRASE, len(bases) - number) and between[number + longest].isspace():
        longest += 1
    return next((size for size in range(longest, 1, -1) if tuple(bases[number : number + size]) in known.phrases), 1)


def _is_spanish(words: Sequence[str]) -> bool:
    leanings = [_leaning(word) for word in words]
    spanish = sum(leaning >= SHOWS for leaning in leanings)
    english = sum(leaning <= -SHOWS for leaning in leanings)
    return spanish >= FEWEST and spanish >= SHARE * (spanish + english)


def _leaning(word: str) -> float:
    """How much commoner a word is in Spanish than in English, on the Zipf scale; 0 for a word of neither."""
    spanish, english = (_everyday(language).get(word, 0.0) for language in ("es", "en"))
    rarest = 1e-8
    return math.log10(max(spanish, rarest) / max(english, rarest))


@cache
def _everyday(language: str) -> dict[str, float]:
    from wordfreq import get_frequency_dict, get_frequency_list  # noqa: PLC0415 (half a second: only where posts are read)

    found = dict(get_frequency_dict(language))
    get_frequency_dict.cache_clear()
    get_frequency_list.cache_clear()
    return found
