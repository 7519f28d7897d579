"""What is asked of the known words while a post is read, written down.

Rules change the known words. A post need not be read again where all that was asked of them would be answered the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from typing import Protocol

from monitor.text.vocabulary import LEAST_LIKELY, Vocabulary

Answer = bool | float | str | tuple[str, ...] | None
Question = tuple[str, str]
"""What is asked, a key of _QUESTIONS, and about which letters."""


class Words(Protocol):
    """What of `Vocabulary` is asked."""

    def __contains__(self, word: str) -> bool: ...

    def zipf(self, word: str) -> float: ...

    def is_name(self, word: str) -> bool: ...

    def is_expected(self, word: str) -> bool: ...

    def split(self, letters: str, least: float = LEAST_LIKELY) -> tuple[str, ...]: ...

    def meant(self, word: str, *, everyday: bool) -> str | None: ...


_QUESTIONS: Mapping[str, Callable[[Vocabulary, str], Answer]] = {
    "in": lambda known, word: word in known,
    "zipf": Vocabulary.zipf,
    "name": Vocabulary.is_name,
    "expected": Vocabulary.is_expected,
    "split": Vocabulary.split,
    "split at all": lambda known, letters: known.split(letters, least=-inf),
    "meant": lambda known, word: known.meant(word, everyday=False),
    "meant everyday": lambda known, word: known.meant(word, everyday=True),
}


def answer(known: Vocabulary, question: Question) -> Answer:
    """What these words answer."""
    asked, letters = question
    return _QUESTIONS[asked](known, letters)


class Asked:
    """Known words that write down what they are asked. `answers`: all that rules could change."""

    def __init__(self, known: Vocabulary) -> None:
        self._known = known
        self.answers: dict[Question, Answer] = {}

    def __contains__(self, word: str) -> bool:
        # An everyday word is known whatever the rules say.
        return Vocabulary.is_everyday(word) or bool(self._ask("in", word))

    def zipf(self, word: str) -> float:
        return self._ask("zipf", word)  # type: ignore[return-value]

    def is_name(self, word: str) -> bool:
        return bool(self._ask("name", word))

    def is_expected(self, word: str) -> bool:
        return bool(self._ask("expected", word))

    def split(self, letters: str, least: float = LEAST_LIKELY) -> tuple[str, ...]:
        if least not in (LEAST_LIKELY, -inf):
            raise ValueError("only these two are written down")
        return self._ask("split" if least == LEAST_LIKELY else "split at all", letters)  # type: ignore[return-value]

    def meant(self, word: str, *, everyday: bool) -> str | None:
        return self._ask("meant everyday" if everyday else "meant", word)  # type: ignore[return-value]

    def _ask(self, asked: str, letters: str) -> Answer:
        question = (asked, letters)
        if question not in self.answers:
            self.answers[question] = answer(self._known, question)
        return self.answers[question]
