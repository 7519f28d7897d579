"""Posts in plain words, each made once: in memory for those seen last, and in a file where there is one."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import Protocol

import msgspec

from monitor.text.asking import Answer, Asked, Question, answer
from monitor.text.plain import Plain, plain
from monitor.text.vocabulary import Vocabulary

REMEMBERED = 4096
"""Posts kept in memory, about 2 KB each: one is asked about when it comes, and again when it is judged."""
_LIBRARIES = ("bm25s", "confusable-homoglyphs", "rapidfuzz", "regex", "sentencex", "wordfreq")
"""Those that the words which are made of a post depend on."""


class Memory(Protocol):
    """Values by the hash of what they were computed from."""

    def recall(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """What is known of these keys."""
        ...

    def keep(self, found: Mapping[bytes, bytes]) -> None:
        """Remember these, or not."""
        ...


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    """A post in plain words, and what was asked of the known words meanwhile."""

    words: Plain
    answers: tuple[tuple[str, str, Answer], ...]


class Texts:
    """Reads posts. For any rules, and for threads that take turns at each call."""

    def __init__(self, memory: Memory | None = None) -> None:
        self._memory = memory
        self._seen: OrderedDict[tuple[Vocabulary, tuple[str, ...]], tuple[Plain, dict[bytes, bytes]]] = OrderedDict()
        self._answers: tuple[Vocabulary, dict[Question, Answer]] | None = None
        self._ahead: dict[bytes, bytes] = {}

    def look_ahead(self, texts: Sequence[tuple[str, ...]]) -> None:
        """Look up together what is read next, post by post: a fraction of what it takes one by one."""
        if self._memory is not None:
            self._ahead = self._memory.recall([_key(parts) for parts in texts])

    def read(self, parts: tuple[str, ...], known: Vocabulary) -> Plain:
        """`parts`: a post's text, then the descriptions of its media."""
        seen = self._seen.pop((known, parts), None) or self._made(parts, known)
        self._seen[known, parts] = seen
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        words, new = seen
        if self._memory is not None and new:
            # Each time: what is read while a post comes can only be kept once it is stored.
            self._memory.keep(new)
        return words

    def _made(self, parts: tuple[str, ...], known: Vocabulary) -> tuple[Plain, dict[bytes, bytes]]:
        """A post in plain words, and what is worth keeping of that."""
        if self._memory is None:
            return plain(parts, known), {}
        key = _key(parts)
        found = self._ahead.get(key) or self._memory.recall([key]).get(key)
        if found is not None:
            kept = _DECODER.decode(found)
            if all(self._answer(known, (asked, word)) == told for asked, word, told in kept.answers):
                return kept.words, {}
        asking = Asked(known)
        words = plain(parts, asking)
        answers = tuple((*question, told) for question, told in asking.answers.items())
        return words, {key: msgspec.msgpack.encode(_Kept(words, answers))}

    def _answer(self, known: Vocabulary, question: Question) -> Answer:
        """What is asked again is remembered: many posts have a word in common that is hard to read."""
        if self._answers is None or self._answers[0] is not known:
            self._answers = (known, {})
        answers = self._answers[1]
        if question not in answers:
            answers[question] = answer(known, question)
        return answers[question]


_DECODER = msgspec.msgpack.Decoder(_Kept)


def _key(parts: tuple[str, ...]) -> bytes:
    return hashlib.blake2b(msgspec.msgpack.encode((made_by(), parts)), digest_size=16).digest()


@cache
def made_by() -> bytes:
    """A hash of all that posts are put into plain words with: this package, and the libraries that it uses."""
    found = hashlib.blake2b(digest_size=16)
    for file in sorted(files("monitor.text").iterdir(), key=lambda file: file.name):
        if file.is_file():
            found.update(file.read_bytes())
    for library in _LIBRARIES:
        found.update(version(library).encode())
    return found.digest()
