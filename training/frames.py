"""Who says it, and where it was seen: words around a short post that change nothing of what it says."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec
import numpy as np

FRAMES = Path(__file__).parent / "frames.json"
MOST_WORDS = 25
"""Words of a post that people pass on in one breath."""
SMALL_INSIDE = {
    "a", "according", "all", "an", "and", "at", "but", "every", "everyone", "he", "her", "his", "if", "in", "it",
    "just", "looks", "my", "no", "not", "now", "on", "one", "our", "people", "she", "so", "some", "that", "the",
    "their", "there", "these", "they", "this", "those", "today", "turns", "two", "we", "what", "who", "word", "you",
    "your",
}  # fmt: skip
"""Words that lose their capital where they no longer begin a text; others may be names."""


def can_be_framed(text: str) -> bool:
    """Whether somebody could pass a post on in one sentence: short, no question, no reply."""
    return 0 < len(text.split()) <= MOST_WORDS and "?" not in text and not text.startswith(("@", "RT "))


def framed(text: str, random: np.random.Generator) -> str:
    """A post as somebody passes it on: "my neighbor says ..."; "... It was posted in our group"."""
    before, after = _frames()
    if random.random() < len(before) / (len(before) + len(after)):
        return str(random.choice(before)).replace("{x}", _inside(text))
    return str(random.choice(after)).replace("{x}", text.rstrip(" .!"))


def _inside(text: str) -> str:
    return text[0].lower() + text[1:] if text.split(maxsplit=1)[0].lower() in SMALL_INSIDE else text


@cache
def _frames() -> tuple[list[str], list[str]]:
    frames = msgspec.json.decode(FRAMES.read_bytes(), type=dict[str, list[str]])
    return frames["before"], frames["after"]
