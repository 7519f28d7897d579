"""One form for every character: pure functions over text. Every text from outside is hostile here.

Two forms are used everywhere. `normalise` keeps what a reader sees (case, accents, punctuation) and undoes tricks with
characters; `fold` is for comparing words and throws away case and accents too. Tricks with words: disguises.py.
"""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache

import regex
from confusable_homoglyphs import confusables

MAX_CHARACTERS = 8_000
"""A post is read so far and no further. Most platforms end long before that; posts of Reddit may be longer."""
MOST_INVISIBLE = 32_000
"""Characters in which the visible ones are looked for: what nobody sees must not push a text out of what is read."""

# Default-ignorable letters that Unicode does not class as format characters: Hangul fillers, the grapheme joiner,
# variation selectors. They are invisible, so they serve to cut a word into two. Halves of a character (Cs) are no text.
_INVISIBLE = regex.compile(r"[\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]")
_CONTROL = regex.compile(r"[^\P{Cc}\n]")
_BLANK = regex.compile(r"[^\S\n]+|\u2800+")
_LINES = regex.compile(r" ?\n[ \n]*")
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_LATIN = regex.compile(r"\p{Latin}")
_ACCENTS = regex.compile(r"[\u0300-\u036f]+")
_QUOTES = str.maketrans("‘’‚‛′`“”„‟«»", "'" * 6 + '"' * 6)
_TORN = str.maketrans("´″", "'\"")
"""Marks that NFKC takes apart: didn´t would become two words."""
_FRACTION = regex.compile(r"(?<=\d)(?=[¼-¾⅐-⅞↉])")
_RAISED = regex.compile(r"(?<=[\p{L}\p{N}])[²³¹⁰⁴-⁹™℠]+(?![\p{L}\p{N}])")
"""Footnotes, squares and trade marks: what NFKC makes of 10² is 102."""
_BOXED = regex.compile(r"[\U0001F150-\U0001F169\U0001F170-\U0001F189]{3,}")
"""White letters in black circles and boxes, which NFKC does not know; fewer are a picture, as of a car park."""


def normalise(text: str) -> str:
    """The text as a reader sees it: one form for every character (NFKC), nothing invisible, look-alike letters of other
    scripts turned into the Latin ones they imitate, runs of blanks and of line breaks squeezed to one. Keeps case."""
    text = _CONTROL.sub(" ", _INVISIBLE.sub("", text[:MOST_INVISIBLE])[:MAX_CHARACTERS].replace("\r", "\n"))
    if not text.isascii():
        text = _unmask(_composed(text))
    return _LINES.sub("\n", _BLANK.sub(" ", text)).strip()


def fold(text: str) -> str:
    """`normalise`, then case, Latin accents and the shapes of quotation marks taken away, on one line. Idempotent."""
    text = normalise(text).translate(_QUOTES)
    # Case folding can bring back a decomposed letter and stripping accents an upper-case look-alike: compose last.
    text = unicodedata.normalize("NFD", text.casefold())
    text = unicodedata.normalize("NFC", _ACCENTS.sub("", text))
    return " ".join(text.split())


def _composed(text: str) -> str:
    """NFKC, but for what it would make other words of. One character can become eighteen: no more is read of those."""
    text = _RAISED.sub("", _FRACTION.sub(" ", text.translate(_TORN)))
    text = _BOXED.sub(lambda found: "".join(map(_letter_in_box, found.group())), text)
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)[:MAX_CHARACTERS])


def _letter_in_box(character: str) -> str:
    return chr(ord("A") + (ord(character) - 0x1F150) % 0x20)


@lru_cache(maxsize=65_536)
def fold_word(word: str) -> str:
    """`fold` of one word, remembered: most words of a post have been seen before."""
    return word.lower() if word.isascii() else fold(word)


def _unmask(text: str) -> str:
    """Look-alike letters become Latin in every word that holds a Latin letter, and in words made of look-alikes only
    where the rest of the text is Latin. A word of another language keeps its letters."""
    table = _look_alikes()
    latin = len(_LATIN.findall(text))
    mostly_latin = 2 * latin > sum(character.isalpha() for character in text)

    def latin_word(word: regex.Match[str]) -> str:
        letters = word.group()
        if letters.isascii():
            return letters
        if _LATIN.search(letters) or (mostly_latin and all(ord(letter) in table for letter in letters)):
            return letters.translate(table)
        return letters

    return _WORD.sub(latin_word, text)


@cache
def _look_alikes() -> dict[int, str]:
    """Letters of any script that Unicode's confusables list (UTS 39) holds to look like one Latin letter.

    Accented Latin letters are no disguise, so only single letters outside Latin-1 count.
    """
    table: dict[int, str] = {}
    for character, twins in confusables.confusables_data.items():
        if len(character) != 1 or ord(character) < 0x100:
            continue
        latin = next((twin["c"] for twin in twins if len(twin["c"]) == 1 and twin["c"].isascii()), None)
        if latin is not None and latin.isalpha():
            table[ord(character)] = latin
    # Small capitals, which the list does not hold to be letters in disguise, and letters whose listed twin is itself a
    # special letter.
    table |= dict(zip(map(ord, "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ"), "abcdefghijklmnoprstuvwyz", strict=True))
    table |= {ord("τ"): "t", ord("ω"): "w", ord("к"): "k", ord("м"): "m", ord("н"): "h", ord("т"): "t", ord("в"): "b"}
    return table
