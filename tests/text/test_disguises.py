from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text import Vocabulary, normalise, undisguise

KNOWN = Vocabulary(
    names=["Ana Rivera", "Dana Kimbrough", "José Muñoz"], words=["withdrawn", "dropped", "contest", "contienda"]
)
TRICKS = st.sampled_from(
    [
        "w1thdr4wn", "dr0pped", "0ut", "o u t", "w i t h d", "r.i.v.e.r.a", "#RiveraOut", "#riveradropsout", "100k",
        "with🔥drawn", "ouuut", "🔥", "U.S.", "drpoped", "sparrrow", "@someone", "http://example.org/a1", ".", "-", "'",
    ]
)  # fmt: skip
LETTERS = st.text(st.one_of(st.characters(), st.sampled_from("aeiouwithdrpnRIV0134$@!#.-_' \n🔥\u0301ß")), max_size=40)
HOSTILE = st.builds(
    lambda parts, between: between.join(parts),
    st.lists(st.one_of(TRICKS, LETTERS), max_size=12),
    st.sampled_from(["", " ", "\n", "."]),
)


def read(text: str) -> str:
    return undisguise(normalise(text), KNOWN)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("R1vera has w1thdr4wn from the r4ce", "Rivera has withdrawn from the race"),
        ("R1vera dr0pped 0ut 0f 7h3 r4c3", "Rivera dropped out of the race"),
        ("RIVERA IS N0T ON THE B@LLOT", "RIVERA IS NOT ON THE BALLOT"),
        ("bullsh!t, $tolen votes", "bullshit, stolen votes"),
        ("th3y c0unted fund5", "they counted funds"),
        ("the I5 and M3 are bl0cked, R1vera is 0ut", "the I5 and M3 are blocked, Rivera is out"),
    ],
)
def test_digits_and_signs_are_read_as_the_letters_that_they_imitate(written: str, plain: str) -> None:
    assert read(written) == plain


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("Rivera w i t h d r e w today", "Rivera withdrew today"),
        ("R i v e r a  d r o p p e d  o u t", "Rivera dropped out"),
        ("Rivera d.r.o.p.p.e.d o.u.t", "Rivera dropped out"),
        ("Rivera D.R.O.P.P.E.D out", "Rivera DROPPED out"),
        ("d-r-o-p-p-e-d, d_r_o_p_p_e_d, d*r*o*p*p*e*d", "dropped, dropped, dropped"),
        ("f i n d s p-r-o-o-f and I t.o.u.c.h.e.d it", "finds proof and I touched it"),
        ("t h e y ' v e left, k-i-m-b-r-o-u-g-h-s", "theyve left, kimbroughs"),
        ("w\ni\nt\nh\nd\nr\ne\nw", "withdrew"),
        ("w 1 t h d r 4 w n", "withdrawn"),
        ("renunció: r e n u n c i ó", "renunció: renunció"),
    ],
)
def test_letters_standing_apart_are_put_together(written: str, plain: str) -> None:
    assert read(written) == plain


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("#Rivera#Dropped#Out", "#Rivera #Dropped #Out"),
        ("#RiveraOut2026", "#Rivera Out 2026"),
        ("#riveradropsoutoftherace now", "#rivera drops out of the race now"),
        ("#kimbroughOUT #KIMBROUGHout #rIvErAoUt", "#kimbrough OUT #KIMBROUGH out #rIvErA oUt"),
        ("#GOPdebates", "#GOP debates"),
        ("#MuñozSeRetiró #muñozseretiró", "#Muñoz Se Retiró #muñoz se retiró"),
        ("#r1v3r40u7", "#rivera out"),
        ("riveradroppedout!", "rivera dropped out!"),
    ],
)
def test_words_glued_together_come_apart(written: str, plain: str) -> None:
    assert read(written) == plain


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("she is ouuuut, Riveraaaa is OUUUT, goooood", "she is out, Rivera is OUT, good"),
        ("with🔥drawn and drop🗳️ped", "withdrawn and dropped"),
        ("SHE👏DROPPED👏OUT, stolen🗳️votes", "SHE DROPPED OUT, stolen votes"),
        ("drop.ped withdr_awn", "dropped withdrawn"),
        ("r\u0337i\u0337v\u0337e\u0337r\u0337a\u0337 ʀɪᴠᴇʀᴀ", "rivera rivera"),
        ("r\u20e0i\u20e0v\u20e0e\u20e0r\u20e0a\u20e0 R\u0489ivera r\u20e3ivera", "rivera Rivera rivera"),
        ("”dropped“ „out‟ «now» it`s", '"dropped" "out" "now" it\'s'),
        ("Rivera drpoped out of the contset", "Rivera dropped out of the contest"),
        ("Riverra DRPOPED out, accroding to the govenrment", "Rivera DROPPED out, according to the government"),
    ],
)
def test_other_tricks_are_undone(written: str, plain: str) -> None:
    assert read(written) == plain


@pytest.mark.parametrize(
    "ordinary",
    [
        "$4.1 billion, 50/50, 3pm, 11am, 100k, 401k, 80s, 1st 2nd 3rd 4th 150th",
        "C4 Q3 G20 H1N1 COVID19 MP3 F-150 B-52 A380 b2b 5G 4K 7-Eleven",
        "U.S. U.S.A. N.A.T.O. F.B.I. J.R.R. Tolkien, Ph.D., e.g. this",
        "plan a b c d e f and 1 2 3 4 5",
        "Options A, B, C, D, E, precincts A/B/C/D/E, vitamins A, C, D, E, K",
        "Channel5 District5 Ward5 Prop5 Top5 5miles 4way 4more years",
        "$7.25/hour in the U.S/Mexico, 9.5/10 and $3.99/gal",
        "T-shirt A/C w/o co-op re-elect his/her mid-term and/or x-ray",
        "XVIII Louis XVIII www WWII hmm I'm aaa",
        "see example.com/a0ut1 or www.example.org @r1vera a.b@example.org",
        "Diana Riviera and Dane Kimbro, Thanos, phoney, blocklist",
        "love❤you 🇺🇸USA 2 be or not 2 be, gr8, l8r, 4ever",
        "¡Con Rivera! ¿Dónde se vota? Sí, aún no",
        "Привет, мир 我觉得王明退选了 مرحبا",
        "Wait!she said no!!! Yes?No. Ok...so",
        "Bundestagswahlergebnisse incomprehensibilities",
    ],
)
def test_ordinary_writing_stays_as_it_is(ordinary: str) -> None:
    assert read(ordinary) == normalise(ordinary)


@given(HOSTILE)
def test_plain_words_stay_plain(text: str) -> None:
    once = read(text)
    assert undisguise(once, KNOWN) == once


@given(HOSTILE)
def test_links_and_account_names_are_left_alone(text: str) -> None:
    assert read(f"https://example.org/0ut/w1thdr4wn {text}").startswith("https://example.org/0ut/w1thdr4wn")
    assert read(f"@w1thdr4wn\n{text}").startswith("@w1thdr4wn")


def test_a_hostile_length_of_letters_is_read_in_no_time() -> None:
    assert read("a " * 4_000)
    assert read("a." * 4_000)
    assert read("#" + "ab" * 4_000)
    assert read("1l" * 4_000)
    assert read("aa" * 4_000)
    assert read(" ".join(["#" + "a1b1c1d1e1f1" + "ab" * 140] * 26))
    assert read("㏂" * 8_000)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("“Rivera dropped out”", "Rivera dropped out"),
        ("”Rivera dropped out“", "Rivera dropped out"),
        ('"Rivera" dropped "out"', '"Rivera" dropped "out"'),
        ('"', '"'),
        ('""', '""'),
    ],
)
def test_quotation_marks_around_a_whole_text_go_and_others_stay(text: str, plain: str) -> None:
    assert undisguise(normalise(text), Vocabulary(["Ana Rivera"], ["dropped"])) == plain
