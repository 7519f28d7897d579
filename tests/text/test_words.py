from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text import MAX_CHARACTERS, anonymous, content_words, fingerprint, hashtags, split_hashtag, without_links
from monitor.text.words import glued

HOSTILE = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("aа\u0430\u200b\u200d\u202e\u2066\u00ad\ufe0f\u3164\u2800\U000e0041\u0345ßİıﬁ𝐀Ａ\n\r\t .!?#@"),
    ),
    max_size=80,
)


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
    assert fingerprint("gas is $3.99/gal") != fingerprint("gas is $5.99/gal")


@pytest.mark.parametrize(
    "link", ["https://t.co/x1", "www.example.org", "bit.ly/3xY", "example.com:8080/a?b", "news.example.co.uk/2026/a.b"]
)
def test_links_are_no_words_whether_they_begin_as_such_or_not(link: str) -> None:
    assert without_links(f"Rivera is out {link} they say") == "Rivera is out they say"


def test_prices_scores_and_initials_are_no_links() -> None:
    text = "$7.25/hour in the U.S/Mexico talks, 9.5/10, at 10 a.m/p.m, 1.5x/2x"
    assert without_links(text) == text


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


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("#OpKKK by @MichaelKors", "OpKKK Michael Kors"),
        ("@joeSmith.bsky.social and @ann_lee@mastodon.example", "joe Smith ann lee"),
        ("no tag, a@ sign", ""),
    ],
)
def test_what_is_written_as_one_word_is_tags_as_they_stand_and_accounts_in_words(text: str, words: str) -> None:
    assert glued(text) == words


def test_content_words_are_numbers_and_words_that_say_something() -> None:
    assert list(content_words("She WITHDREW on November 3 porque está enferma")) == [
        "withdrew", "november", "3", "enferma",
    ]  # fmt: skip
    assert list(content_words("the CIA is in on it, 3 of 4", shortest=2)) == ["cia", "3", "4"]


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
