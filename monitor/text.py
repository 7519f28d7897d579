"""What a post says, freed from how it is written: pure functions over text. Every text from outside is hostile here.

Two forms are used everywhere. `normalise` keeps what a reader sees (case, accents, punctuation) and undoes tricks;
`fold` is for comparing words and throws away case and accents too.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise

import regex
import sentencex
from bm25s.stopwords import STOPWORDS_EN_PLUS, STOPWORDS_SPANISH
from confusable_homoglyphs import confusables

MAX_WINDOWS = 12
"""Windows of one post beside the whole text: bounds the work that one very long post can cause."""
MAX_CHARACTERS = 8_000
"""A post is read so far and no further; the longest posts of the platforms that we read are shorter."""

# Default-ignorable letters that Unicode does not class as format characters: Hangul fillers, the grapheme joiner,
# variation selectors. They are invisible, so they serve to cut a word into two. Halves of a character (Cs) are no text.
_INVISIBLE = regex.compile(r"[\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]")
_CONTROL = regex.compile(r"[^\P{Cc}\n]")
_BLANK = regex.compile(r"[^\S\n]+|\u2800+")
_LINES = regex.compile(r" ?\n[ \n]*")
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_LETTERS_OR_DIGITS = regex.compile(r"[\p{L}\p{M}]+|\p{N}+")
_LATIN = regex.compile(r"\p{Latin}")
_ACCENTS = regex.compile(r"[\u0300-\u036f]+")
_URL = regex.compile(r"(?:https?://|www\.)\S+|\b[a-z0-9-]+(?:\.[a-z0-9-]+)+/\S*", regex.IGNORECASE)
_HANDLE = regex.compile(r"@[\w.@-]+")
_ACCOUNT = regex.compile(r"(?<![\w.+%@-])(?:[\w.+%-]*@[\w.@+%-]*\w|[\w-]{2,}(?:\.[\w-]{2,})+\.\p{L}{2,}\b)")
"""An @name of any platform, an e-mail address, or a Bluesky handle without its @ (three parts: joe.bsky.social)."""
_HASHTAG = regex.compile(r"#[\w]+")
_HASHTAG_PART = regex.compile(r"\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}[\p{Ll}\p{M}]*|\p{N}+|[\p{L}\p{M}]+")
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


def fingerprint(text: str) -> str:
    """16 hex digits that are equal for posts with the same words: without links, @names, punctuation, case and accents.

    A post with no words at all is told from others by its raw text.
    """
    bare = _HANDLE.sub(" ", _URL.sub(" ", fold(text)))
    words = " ".join(_WORD.findall(bare)) or text
    return hashlib.blake2b(words.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def hashtags(text: str) -> tuple[str, ...]:
    """The hashtags of a text, with their `#`, in order."""
    return tuple(_HASHTAG.findall(text))


def split_hashtag(tag: str) -> tuple[str, ...]:
    """#RiveraDropsOut -> Rivera, Drops, Out. Words are told apart by capitals, digits and underscores."""
    return tuple(_HASHTAG_PART.findall(tag))


def content_words(text: str) -> Iterator[str]:
    """The folded words of a text that say what it is about, in order: numbers, and words of four letters or more that
    are no stop words of English or Spanish."""
    for word in _LETTERS_OR_DIGITS.findall(fold(text)):
        if word.isdigit() or (len(word) >= 4 and word not in _stop_words()):
            yield word


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a normalised text; a line break ends one too. Nothing but white space is lost."""
    parts = (part.strip() for line in text.split("\n") for part in sentencex.segment("en", line))
    return tuple(part for part in parts if part)


def windows(text: str) -> tuple[str, ...]:
    """A normalised text as it is read: the whole of it, and, where it has three sentences or more, each stretch of one
    and of two sentences, so that a claim buried in the middle is found. At most 1 + MAX_WINDOWS; the whole comes first.

    A text with too many sentences is read in longer stretches instead.
    """
    parts = sentences(text)
    if len(parts) <= 2:
        return (text,)
    pairs = [" ".join(pair) for pair in pairwise(parts)]
    stretches = [*parts, *pairs]
    if len(stretches) > MAX_WINDOWS:
        stretches = pairs
    if len(stretches) > MAX_WINDOWS:
        length = -(-len(parts) // MAX_WINDOWS)
        stretches = [" ".join(parts[start : start + length]) for start in range(0, len(parts), length)]
    return (text, *dict.fromkeys(stretch for stretch in stretches if stretch != text))


def excerpt(text: str, limit: int) -> str:
    """The beginning of a text on one line, at most `limit` characters, cut between words where that loses little."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > limit // 2 else cut).rstrip() + "…"


def anonymous(text: str, known: Mapping[str, str]) -> str:
    """A normalised text without links, and with every @name and e-mail address put as @someone.

    `known` are the accounts that may be told, as folded handles without their @, and what each is replaced with.
    Names written out as words stay.
    """

    def masked(account: regex.Match[str]) -> str:
        return known.get(fold(account.group()).lstrip("@"), "@someone")

    return _ACCOUNT.sub(masked, _URL.sub("[link]", text))


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
def _stop_words() -> frozenset[str]:
    return frozenset(fold(word) for word in (*STOPWORDS_EN_PLUS, *STOPWORDS_SPANISH))


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
    # Small capitals and Greek letters whose listed twin is itself a Latin special letter.
    table |= {ord("τ"): "t", ord("ω"): "w", ord("к"): "k", ord("м"): "m", ord("н"): "h", ord("т"): "t", ord("в"): "b"}
    return table
