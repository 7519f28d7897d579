"""A post in the forms in which it is searched and read: all that is made of its words before a model sees it. Pure."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence

import msgspec
import regex

from monitor.text.asking import Words
from monitor.text.characters import fold, normalise
from monitor.text.disguises import undisguise
from monitor.text.passages import windows
from monitor.text.spanish import gloss
from monitor.text.words import content_words, hashtags, split_hashtag, without_links

_ESCAPED = regex.compile(r"&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z][a-z\d]{1,30});", regex.IGNORECASE)
"""A character as HTML writes it: files of posts hold what a platform's API sent, in which `&amp;` stands for &."""


class Plain(msgspec.Struct, frozen=True, array_like=True):
    """A post's text and the descriptions of its media. `searched`: all of it folded, as written and in plain words, for
    finding names. `written`: its windows as it has them, the whole first; `windows`: the same in plain English words.
    `folded`: the first of these, folded. `words`: the words that say what it is about, in order."""

    searched: str
    written: tuple[str, ...]
    windows: tuple[str, ...]
    folded: str
    words: tuple[str, ...]


def plain(parts: tuple[str, ...], known: Words) -> Plain:
    """`parts`: a post's text, then the descriptions of its media."""
    parts = tuple(_ESCAPED.sub(lambda found: html.unescape(found.group()), part) for part in parts)
    done: dict[str, str] = {}

    def uncovered(text: str) -> str:
        if text not in done:
            done[text] = undisguise(text, known)
        return done[text]

    written = windows(normalise("\n".join(parts)))
    cut = tuple(in_english(without_links(uncovered(window)), known) for window in written)
    return Plain(
        _searched([normalise(part) for part in parts], uncovered), written, cut, fold(cut[0]), words_of(cut[0])
    )


def in_english(text: str, known: Words) -> str:
    """A text with its Spanish words in English, names left alone."""
    return gloss(text, lambda word: known.is_name(fold(word)))


def words_of(text: str, shortest: int = 4) -> tuple[str, ...]:
    """The words that say what a text is about, in order: those of so many letters or more, and numbers. The words of
    its hashtags count."""
    tags = " ".join(word for tag in hashtags(text) for word in split_hashtag(tag))
    return tuple(content_words(f"{text} {tags}", shortest))


def _searched(parts: Sequence[str], uncovered: Callable[[str], str]) -> str:
    tags = [" ".join(split_hashtag(tag)) for part in parts for tag in hashtags(part)]
    # A line of its own for each, so that no name is found across two of them.
    return "\n".join(fold(part) for part in dict.fromkeys((*parts, *tags, *map(uncovered, parts))))
