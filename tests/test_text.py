from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text import (
    MAX_CHARACTERS,
    MAX_WINDOWS,
    anonymous,
    content_words,
    excerpt,
    fingerprint,
    fold,
    hashtags,
    normalise,
    sentences,
    split_hashtag,
    windows,
)

HOSTILE = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("aа\u0430\u200b\u200d\u202e\u2066\u00ad\ufe0f\u3164\u2800\U000e0041\u0345ßİıﬁ𝐀Ａ\n\r\t .!?#@"),
    ),
    max_size=80,
)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Аnа Rіvеrа", "Ana Rivera"),  # Cyrillic А, а, і, е
        ("Ρrice quit", "Price quit"),  # Greek capital rho
        ("dro\u200bpped o\u2060ut", "dropped out"),
        ("\u202eRivera\u202c", "Rivera"),
        ("𝐑𝐢𝐯𝐞𝐫𝐚 Ｒｉｖｅｒａ", "Rivera Rivera"),
        ("ﬁred", "fired"),
        ("Ri\u00advera", "Rivera"),
        ("a  \t b\r\n\r\n  c ", "a b\nc"),
        ("Renunció Muñoz", "Renunció Muñoz"),
        ("Привет, мир", "Привет, мир"),
        ("Привет Rivera", "Привет Rivera"),
    ],
)
def test_a_text_is_read_as_people_see_it(written: str, read: str) -> None:
    assert normalise(written) == read


@given(HOSTILE)
def test_normalising_leaves_nothing_invisible_and_settles(text: str) -> None:
    once = normalise(text)
    assert not set("\u200b\u200d\u202e\u2066\u00ad\ufe0f\u3164\r\t") & set(once)
    assert "  " not in once
    assert "\n\n" not in once
    assert normalise(once) == once


@given(HOSTILE)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_folding_drops_case_accents_and_the_shape_of_quotation_marks() -> None:
    assert fold("“Renunció” MUÑOZ’s STRASSE Straße") == '"renuncio" munoz\'s strasse strasse'


@pytest.mark.parametrize(
    "copy",
    [
        "rivera dropped out",
        "Rivera DROPPED out!!! https://example.org/1",
        "@someone Rivera dropped out…",
        "Rіvera dropped\u200b out 👀",
    ],
)
def test_copies_have_the_fingerprint_of_the_original(copy: str) -> None:
    assert fingerprint(copy) == fingerprint("Rivera dropped out.")


def test_other_words_have_another_fingerprint() -> None:
    assert fingerprint("Rivera dropped out") != fingerprint("Rivera has not dropped out")
    assert fingerprint("👀") != fingerprint("🎉")


@given(HOSTILE)
def test_every_text_has_a_fingerprint(text: str) -> None:
    assert len(fingerprint(text)) == 16


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("#RiveraDropsOut", ("Rivera", "Drops", "Out")),
        ("#Rivera2026", ("Rivera", "2026")),
        ("#NOTOnTheBallot", ("NOT", "On", "The", "Ballot")),
        ("#ana_rivera", ("ana", "rivera")),
        ("#MuñozSeRetiró", ("Muñoz", "Se", "Retiró")),
        ("#riveraout", ("riveraout",)),
        ("#", ()),
    ],
)
def test_hashtags_are_split_into_words(tag: str, words: tuple[str, ...]) -> None:
    assert split_hashtag(tag) == words


def test_hashtags_are_found_in_order() -> None:
    assert hashtags("so #Rivera2026, and #DropOut!") == ("#Rivera2026", "#DropOut")


def test_content_words_are_numbers_and_words_that_say_something() -> None:
    assert list(content_words("She WITHDREW on November 3 porque está enferma")) == [
        "withdrew", "november", "3", "enferma",
    ]  # fmt: skip


@given(HOSTILE)
def test_sentences_lose_nothing_but_white_space(text: str) -> None:
    whole = normalise(text)
    assert "".join("".join(sentences(whole)).split()) == "".join(whole.split())


def test_a_line_break_ends_a_sentence_and_an_abbreviation_does_not() -> None:
    assert sentences("Rivera quits\nDr. Moon said so. Really?") == ("Rivera quits", "Dr. Moon said so.", "Really?")


def test_a_short_text_is_read_whole() -> None:
    assert windows("Rivera quit. Nobody knows why.") == ("Rivera quit. Nobody knows why.",)


def test_a_claim_in_the_middle_has_a_window_of_its_own() -> None:
    text = "Nice market today. Rivera dropped out. The bread is great."
    assert windows(text)[0] == text
    assert "Rivera dropped out." in windows(text)


@given(st.lists(HOSTILE, max_size=60))
def test_windows_are_few_and_begin_with_the_whole(lines: list[str]) -> None:
    text = normalise("\n".join(lines))
    read = windows(text)
    assert read[0] == text
    assert len(read) <= 1 + MAX_WINDOWS
    assert len(set(read)) == len(read)


def test_every_sentence_of_a_very_long_text_is_in_a_window() -> None:
    text = "\n".join(f"Sentence number {number} is here." for number in range(100))
    read = windows(text)
    assert len(read) <= 1 + MAX_WINDOWS
    assert all(any(f"number {number} is" in window for window in read[1:]) for number in range(100))


@given(HOSTILE, st.integers(2, 40))
def test_an_excerpt_is_one_line_within_its_limit(text: str, limit: int) -> None:
    cut = excerpt(text, limit)
    assert len(cut) <= limit
    assert "\n" not in cut


def test_an_excerpt_ends_between_words() -> None:
    assert excerpt("Rivera has withdrawn from the race", 24) == "Rivera has withdrawn…"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ask @joe or @joe@mail.example.", "ask @someone or @someone."),
        ("joe.b+x@mail.example knows", "@someone knows"),
        ("(@joe) @joe/@ann @a%@b", "(@someone) @someone/@someone @someone"),
        ("see https://x.example/@joe?id=1", "see [link]"),
        ("@AnaRivera.example said so", "Ana Rivera said so"),
        ("joe.bsky.social: wait.what? 10.000.000 at 3 p.m.", "@someone: wait.what? 10.000.000 at 3 p.m."),
        ("polls close @ 8pm, 2@1", "polls close @ 8pm, @someone"),
    ],
)
def test_nobodys_account_is_told_but_a_known_one(text: str, told: str) -> None:
    assert anonymous(text, {"anarivera.example": "Ana Rivera"}) == told


def test_many_at_signs_are_read_in_no_time() -> None:
    assert anonymous("@" * MAX_CHARACTERS, {}) == "@" * MAX_CHARACTERS
    assert anonymous("a" * MAX_CHARACTERS, {}) == "a" * MAX_CHARACTERS
