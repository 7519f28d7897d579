from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.text import Vocabulary
from monitor.text.asking import Words
from monitor.text.plain import Plain, plain
from monitor.text.texts import Texts

RIVERA = Vocabulary(["Ana Rivera"], ["dropped", "race"])
POSTS = (
    ("Ana Rivera w1thdr3w fr0m the race!",),
    ("Rivera d r o p p e d out, #RiveraDropsOut #riveradropsoutoftherace",),
    ("La candidata Rivera se retiró de la contienda, según me dijo mi prima",),
    ("ouuuut of the raec. She is gone. Nothing is left of it", "a flyer: Rivera drpoped out"),
    ("zorblax withdrawnn from the zorblaxian councill",),
    ("👀",),
)
OTHER_WORDS = (
    Vocabulary(["Ana Rivera"], ["dropped", "race", "councils"]),
    Vocabulary(["Ana Rivera", "Zorblax"], ["dropped", "race"]),
    Vocabulary(["Daniel Moon"], ["withdrawn", "zorblaxian"]),
    Vocabulary(["Ana Rivera", "Prima"], ["riveradropsout"]),
    Vocabulary(),
)


class Notebook:
    def __init__(self) -> None:
        self.known: dict[bytes, bytes] = {}

    def recall(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        return {key: self.known[key] for key in keys if key in self.known}

    def keep(self, found: Mapping[bytes, bytes]) -> None:
        self.known.update(found)


@pytest.mark.parametrize("parts", POSTS)
@pytest.mark.parametrize("other", OTHER_WORDS)
def test_what_was_kept_under_other_rules_is_what_would_be_read_anew(parts: tuple[str, ...], other: Vocabulary) -> None:
    memory = Notebook()
    assert Texts(memory).read(parts, RIVERA) == plain(parts, RIVERA)
    assert Texts(memory).read(parts, other) == plain(parts, other)


@given(st.text(alphabet="abdeoprtvwinRA 013@#.ñ", max_size=60))
@settings(deadline=None, max_examples=60)
def test_any_text_is_the_same_from_memory(text: str) -> None:
    memory = Notebook()
    for known in (RIVERA, *OTHER_WORDS, RIVERA):
        assert Texts(memory).read((text,), known) == plain((text,), known)


def test_a_post_is_read_once_while_nothing_that_it_asks_about_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Notebook()
    read: list[tuple[str, ...]] = []

    def reads(parts: tuple[str, ...], known: Words) -> Plain:
        read.append(parts)
        return plain(parts, known)

    monkeypatch.setattr("monitor.text.texts.plain", reads)
    (ordinary,) = (parts for parts in POSTS if "councill" in parts[0])
    for known in (RIVERA, RIVERA, Vocabulary(["Ana Rivera"], ["dropped", "race", "indicted"])):
        Texts(memory).read(ordinary, known)
    assert read == [ordinary], "a word that has nothing to do with the post changes nothing"

    Texts(memory).read(ordinary, Vocabulary(["Ana Rivera"], ["dropped", "race", "zorblaxan"]))
    assert len(read) == 2, "the misspelt word may now be meant to be the new one"


def test_what_was_read_before_there_was_a_page_is_kept_with_the_next() -> None:
    memory = Notebook()
    texts = Texts(memory)
    texts.read(POSTS[0], RIVERA)
    first = dict(memory.known)
    memory.known.clear()
    texts.read(POSTS[0], RIVERA)
    assert memory.known == first
