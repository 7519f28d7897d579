"""The words of a text, and how much of it is said with them: for comparing texts by what they are about. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import cache

import regex
from bm25s.stopwords import STOPWORDS_EN_PLUS, STOPWORDS_SPANISH

from monitor.text.characters import fold

_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_LETTERS_OR_DIGITS = regex.compile(r"[\p{L}\p{M}]+|\p{N}+")
URL = regex.compile(r"(?:https?://|www\.)\S+|(?<![\w.-])(?:[a-z0-9-]++\.)+[a-z]{2,}(?::[0-9]+)?/\S*", regex.IGNORECASE)
"""Links, also those without their beginning. A host ends in letters: $7.25/hour and U.S/Mexico are none."""
HANDLE = regex.compile(r"@[\w.@-]+")
_ACCOUNT = regex.compile(r"(?<![\w.+%@-])(?:[\w.+%-]*@[\w.@+%-]*\w|[\w-]{2,}(?:\.[\w-]{2,})+\.\p{L}{2,}\b)")
"""An @name of any platform, an e-mail address, or a Bluesky handle without its @ (three parts: joe.bsky.social)."""
_SERVER = regex.compile(r"[.@].*")
"""What stands behind an account's own name: @joe.bsky.social, @joe@mastodon.example."""
HASHTAG = regex.compile(r"#[\w]+")
_HASHTAG_PART = regex.compile(r"\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}[\p{Ll}\p{M}]*|\p{N}+|[\p{L}\p{M}]+")


def fingerprint(text: str) -> str:
    """16 hex digits that are equal for posts with the same words: without links, @names, punctuation, case and accents.

    A post with no words at all is told from others by its raw text.
    """
    bare = HANDLE.sub(" ", URL.sub(" ", fold(text)))
    words = " ".join(_WORD.findall(bare)) or text
    return hashlib.blake2b(words.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def hashtags(text: str) -> tuple[str, ...]:
    """The hashtags of a text, with their `#`, in order."""
    return tuple(HASHTAG.findall(text))


def split_hashtag(tag: str) -> tuple[str, ...]:
    """#RiveraDropsOut -> Rivera, Drops, Out. Words are told apart by capitals, digits and underscores."""
    return tuple(_HASHTAG_PART.findall(tag))


def glued(text: str) -> str:
    """What is written as one word in a text: its hashtags as they stand, and the words of its accounts' names.
    "#OpKKK by @MichaelKors" -> "OpKKK Michael Kors"."""
    tags = (tag.removeprefix("#") for tag in hashtags(text))
    names = (word for name in HANDLE.findall(text) for word in split_hashtag(_SERVER.sub("", name[1:])))
    return " ".join((*tags, *names))


def content_words(text: str, shortest: int = 4) -> Iterator[str]:
    """The folded words of a text that say what it is about, in order: numbers, and words of so many letters or more
    that are no stop words of English or Spanish."""
    for word in _LETTERS_OR_DIGITS.findall(fold(text)):
        if word.isdigit() or (len(word) >= shortest and word not in _stop_words()):
            yield word


@cache
def _stop_words() -> frozenset[str]:
    return frozenset(fold(word) for word in (*STOPWORDS_EN_PLUS, *STOPWORDS_SPANISH))


def without_links(text: str) -> str:
    """A text without its links: their letters are no words."""
    return " ".join(URL.sub(" ", text).split()) if URL.search(text) else text


def anonymous(text: str, known: Mapping[str, str]) -> str:
    """A normalised text without links, and with every @name and e-mail address put as @someone.

    `known` are the accounts that may be told, as folded handles without their @, and what each is replaced with.
    Names written out as words stay.
    """

    def masked(account: regex.Match[str]) -> str:
        return known.get(fold(account.group()).lstrip("@"), "@someone")

    return _ACCOUNT.sub(masked, URL.sub("[link]", text))
