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
"""A post is read so far and no further; the longest posts of the platforms that we read are shorter."""

# Default-ignorable letters that Unicode does not class as format characters: Hangul fillers, the grapheme joiner,
# variation selectors. They are invisible, so they serve to cut a word into two. Halves of a character (Cs) are no text.
_INVISIBLE = regex.compile(r"[\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]")
_CONTROL = regex.compile(r"[^\P{Cc}\n]")
_BLANK = regex.compile(r"[^\S\n]+|\u2800+")
_LINES = regex.compile(r" ?\n[ \n]*")
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_LATIN = regex.compile(r"\p{Latin}")
_ACCENTS = regex.compile(r"[\u0300-\u036f]+")
_QUOTES = str.maketrans("‘’‚‛′´`“”„‟″«»", "''" + "'" * 5 + '"' * 7)


def normalise(text: str) -> str:
    """The text as a reader sees it: one form for every character (NFKC), nothing invisible, look-alike letters of other
    scripts turned into the Latin ones they imitate, runs of blanks and of line breaks squeezed to one. Keeps case."""
    text = unicodedata.normalize("NFKC", text[:MAX_CHARACTERS].replace("\r", "\n"))
    text = _CONTROL.sub(" ", _INVISIBLE.sub("", text))
    if not text.isascii():
        text = _unmask(text)
    return _LINES.sub("\n", _BLANK.sub(" ", text)).strip()


def fold(text: str) -> str:
    """`normalise`, then case, Latin accents and the shapes of quotation marks taken away, on one line. Idempotent."""
    text = normalise(text).translate(_QUOTES)
    # Case folding can bring back a decomposed letter and stripping accents an upper-case look-alike: compose last.
    text = unicodedata.normalize("NFD", text.casefold())
    text = unicodedata.normalize("NFC", _ACCENTS.sub("", text))
    return " ".join(text.split())


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
