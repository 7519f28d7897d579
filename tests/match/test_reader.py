from __future__ import annotations

import numpy as np
import pytest
from tokenizers import Tokenizer

from monitor.match.encoder import packaged_folder
from monitor.match.evidence import Names
from monitor.match.network import Network
from monitor.match.reader import (
    BOTH,
    CLAIM,
    DOSSIER_PIECES,
    MOST_PHRASINGS,
    NOBODY,
    OTHER,
    OWN,
    PARTS,
    POST_PIECES,
    REMEMBERED,
    ROLES,
    SAYS,
    TRUTH,
    WORDING,
    Question,
    Reader,
    dossier_strip,
    padded,
    plain,
    post_strip,
    roles_of,
    sentences_of,
)
from monitor.model import Claim

NAMES = Names(own=frozenset({"rivera"}), others=frozenset({"moon"}))
CLAIM_OF_RIVERA = Claim("withdrawn", "Ana Rivera has withdrawn.", "She runs.", ("rivera",), phrasings=("Rivera quit",))


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    loaded = Tokenizer.from_file(str(packaged_folder() / "tokenizer.json"))
    loaded.no_padding()
    loaded.no_truncation()
    return loaded


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Rivera quit https://example.org/a?b=1", "Rivera quit"),
        ("#RiveraDropsOut #Rivera2026 now", "# Rivera Drops Out # Rivera 2026 now"),
        ("#A #AB", "# A # AB"),
        ("C# is a language", "C# is a language"),
    ],
)
def test_links_go_and_hashtags_become_words(text: str, read: str) -> None:
    assert plain(text) == read


def test_names_are_marked_by_whose_they_are(tokenizer: Tokenizer) -> None:
    text = "Riveras friend Moon quit"
    roles = roles_of(text, tokenizer.encode(text), NAMES)
    marked = [role for role in roles if role != NOBODY]
    assert set(marked) == {OWN, OTHER}
    assert roles[0] == roles[-1] == NOBODY
    both = Names(own=frozenset({"moon"}), others=frozenset({"moon"}))
    assert BOTH in roles_of(text, tokenizer.encode(text), both)


def test_a_dossier_says_which_part_each_piece_is_of(tokenizer: Tokenizer) -> None:
    claim = Claim("x", "It rains.", "It is dry.", phrasings=("rain",), not_this=("snow",))
    sentences = sentences_of(claim)
    assert [part for part, _ in sentences] == [CLAIM, WORDING, TRUTH], "what it is not makes a reader wary"
    strip = dossier_strip(tokenizer, sentences, NAMES)
    assert list(dict.fromkeys(strip.parts)) == [CLAIM, WORDING, TRUTH]
    assert strip.tokens.count(tokenizer.token_to_id("[CLS]")) == 1
    assert strip.tokens.count(tokenizer.token_to_id("[SEP]")) == 3


def test_many_phrasings_do_not_push_the_truth_out_of_a_dossier() -> None:
    many = tuple(f"it rains on day {number}" for number in range(30))
    parts = [part for part, _ in sentences_of(Claim("x", "It rains.", "It is dry.", phrasings=many))]
    assert parts == [CLAIM, *[WORDING] * MOST_PHRASINGS, TRUTH]


def test_long_texts_are_cut_and_still_end(tokenizer: Tokenizer) -> None:
    end = tokenizer.token_to_id("[SEP]")
    post = post_strip(tokenizer, "word " * 1000, NAMES)
    assert (len(post.tokens), len(post.roles), post.tokens[-1]) == (POST_PIECES, POST_PIECES, end)
    dossier = dossier_strip(tokenizer, [(CLAIM, "word " * 1000)], NAMES)
    assert (len(dossier.tokens), dossier.tokens[-1]) == (DOSSIER_PIECES, end)


def test_strips_are_filled_up_with_nothing(tokenizer: Tokenizer) -> None:
    strips = [post_strip(tokenizer, text, NAMES) for text in ("Moon", "Rivera and Moon")]
    tokens, roles, parts = padded(strips)
    assert tokens.shape == roles.shape == parts.shape == (2, len(strips[1].tokens))
    assert tokens[0, len(strips[0].tokens) :].tolist() == [0] * (tokens.shape[1] - len(strips[0].tokens))


@pytest.fixture(scope="module")
def reader(tokenizer: Tokenizer) -> Reader:
    return Reader(Network(ROLES, PARTS, len(SAYS)), tokenizer)


def test_what_is_said_are_probabilities_in_the_order_of_the_questions(reader: Reader) -> None:
    texts = ("Rivera quit", "a much longer text about Daniel Moon and the weather", "👀", "")
    questions = [Question(text, CLAIM_OF_RIVERA, NAMES) for text in texts]
    said = reader.read(questions)
    assert said.shape == (4, len(SAYS))
    assert np.allclose(np.exp(said).sum(axis=1), 1, atol=1e-4)
    alone = np.concatenate([reader.read([question]) for question in questions])
    assert np.allclose(said, alone, atol=1e-4)


def test_nothing_asked_is_nothing_said(reader: Reader) -> None:
    assert reader.read([]).shape == (0, len(SAYS))


def test_more_claims_than_are_remembered_are_read_all_the_same(reader: Reader) -> None:
    claims = [Claim(str(number), f"claim {number}", "") for number in range(REMEMBERED + 2)]
    said = reader.read([Question("Rivera quit", claim, NAMES) for claim in claims])
    assert np.isfinite(said).all()
