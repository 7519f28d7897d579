from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import msgspec
import numpy as np
import pytest

from monitor.errors import ModelError
from monitor.match import judge
from monitor.match.encoder import DEFAULT_MODEL, computes_in_bfloat16, load_encoder, sha256
from monitor.match.evidence import Names
from monitor.match.judge import FEATURES, Description, FittedJudge, Scaling, Trees, load_judge
from monitor.match.matcher import Matcher
from monitor.match.projection import projected
from monitor.match.reader import SAYS
from monitor.mention import Mentions
from monitor.model import Candidate, Claim, Match, Mention, Post, Rules

NOW = datetime(2026, 10, 20, tzinfo=UTC)
RULES = Rules(
    candidates=(Candidate("rivera", "Ana Rivera", ambiguous=("Rivera",), context=("race",)),),
    claims=(
        Claim(
            "withdrawn", "Ana Rivera has withdrawn from the race.", "Ana Rivera is on the ballot.", ("rivera",),
            phrasings=("Rivera dropped out of the race", "Ana Rivera se retiró de la contienda"),
        ),
        Claim("indicted", "A grand jury has indicted Ana Rivera.", "Nobody has charged her.", ("rivera",)),
    ),
    version="v1",
)  # fmt: skip


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher(RULES, projected(load_encoder(DEFAULT_MODEL), DEFAULT_MODEL), load_judge(), 0.5)


def matched(matcher: Matcher, text: str) -> Match:
    post = Post("1", text)
    (match,) = matcher.match([(post, Mentions(RULES).read(post))], NOW)
    assert match is not None
    return match


@pytest.mark.parametrize(
    ("asserting", "other"),
    [
        (
            "Ana Rivera just dropped out of the race!!",
            "Ana Rivera has NOT dropped out of the race, that letter is fake",
        ),
        ("Ana Rivera se retiró de la contienda", "Es falso que Ana Rivera se retiró de la contienda"),
        ("my cousin says Ana Rivera quit the race", "Councilmember Rivera toured the race track this morning"),
        ("Ana Rivera was indicted today", "Ana Rivera calls for an investigation of the developer"),
    ],
)
def test_a_post_that_spreads_a_claim_scores_higher_than_one_that_does_not(
    matcher: Matcher, asserting: str, other: str
) -> None:
    assert matched(matcher, asserting).score > matched(matcher, other).score + 0.2


def test_a_post_scores_the_same_alone_and_among_others(matcher: Matcher) -> None:
    longer = "It is said everywhere. She has had enough of it, and who would blame her? " * 3
    texts = [f"Ana Rivera quit the race, says {name}. {longer if name in 'bd' else ''}" for name in "abcdef"]
    posts = [Post(str(number), text) for number, text in enumerate(texts)]
    mentioned = [(post, Mentions(RULES).read(post)) for post in posts]
    together = [match.score for match in matcher.match(mentioned, NOW) if match]
    alone = [match.score for one in mentioned for match in matcher.match([one], NOW) if match]
    assert together == pytest.approx(alone, rel=0, abs=0.01 if computes_in_bfloat16() else 0), "in float32 to the bit"
    assert len(set(together)) > 1


def test_probabilities_add_up_to_one_and_no_pairs_are_no_rows(matcher: Matcher) -> None:
    post = Post("1", "Ana Rivera dropped out")
    pairs = matcher.pairs([(post, Mentions(RULES).read(post))], NOW)[0]
    judge = load_judge()
    chances = judge.judge(pairs)
    assert chances.shape == (len(pairs), 5)
    assert np.allclose(chances[:, :3].sum(axis=1), 1)
    assert (chances[:, 3:].sum(axis=1) <= chances[:, 2] + 1e-9).all()
    assert judge.judge([]).shape == (0, 5)


def test_trees_send_a_row_left_up_to_the_cut_and_right_above_it() -> None:
    trees = Trees(
        roots=np.array([0], np.int32), outputs=np.array([0], np.int32), feature=np.array([1, 0, 0], np.int32),
        cut=np.array([1.0, 0.0, 0.0]), left=np.array([1, 1, 2], np.int32), right=np.array([2, 1, 2], np.int32),
        value=np.array([0.0, -2.0, 3.0]), start=np.array([0.5, 0.0, 0.0]),
    )  # fmt: skip
    assert trees.scores(np.array([[9.0, 1.0], [9.0, 1.1]])).tolist() == [[-1.5, 0, 0], [3.5, 0, 0]]


def test_calibration_keeps_the_order_within_a_class_and_shifts_between_classes() -> None:
    rows = np.array([[2.0, 0.0, 0.0], [3.0, 0.0, 0.0]])
    plain = Scaling(1.0, (0.0, 0.0, 0.0)).probabilities(rows)[:, 0]
    softer = Scaling(0.5, (0.0, 0.0, 1.0)).probabilities(rows)[:, 0]
    assert plain[0] < plain[1]
    assert softer[0] < softer[1]
    assert (softer < plain).all()


def test_a_post_that_names_somebody_unknown_instead_needs_to_be_surer(matcher: Matcher) -> None:
    stranger = matcher.pairs([(Post("1", "wow, Okafor quit the race"), Mention())], NOW)[0][0]
    nobody = matcher.pairs([(Post("1", "she quit the race"), Mention())], NOW)[0][0]
    said = [(stranger, 1.0, 0.0), (stranger, 0.0, 1.0), (nobody, 0.0, 0.0), (stranger, 0.0, 0.0)]
    pairs = [replace(pair, evidence=pair.evidence._replace(concerned=c, bare_name=b)) for pair, c, b in said]
    chances = np.tile([0.6, 0.2, 0.1, 0.0, 0.1], (4, 1))

    *others, unnamed = judge.wary(chances, pairs)

    assert others == [pytest.approx(chances[0])] * 3
    assert unnamed == pytest.approx([0.3112, 0.3444, 0.1722, 0.0, 0.1722], abs=1e-4)
    assert np.log(unnamed[0] / unnamed[1:].sum()) == pytest.approx(np.log(0.6 / 0.4) - judge.UNNAMED)


def test_in_a_plain_list_nothing_is_asserted_that_is_not_sure(matcher: Matcher) -> None:
    pair = matcher.pairs([(Post("1", "she quit the race"), Mention())], NOW)[0][0]
    nobody = Names(frozenset(), frozenset())
    listed = replace(pair, names=nobody, evidence=pair.evidence._replace(concerned=0.0, bare_name=0.0))
    about_the_vote = replace(pair, names=nobody, evidence=pair.evidence._replace(concerned=1.0))

    unsure, sure = judge.wary(np.tile([0.6, 0.2, 0.1, 0.0, 0.1], (2, 1)), [listed, about_the_vote])

    assert np.log(unsure[0] / unsure[1:].sum()) == pytest.approx(np.log(0.6 / 0.4) - judge.LISTED)
    assert sure[0] == pytest.approx(0.6)


def test_no_pairs_have_no_probabilities() -> None:
    assert judge.wary(np.empty((0, 5)), []).shape == (0, 5)


def test_the_shipped_files_belong_together_and_say_how_good_they_are() -> None:
    folder = Path(str(files("monitor.match")))
    description = msgspec.json.decode((folder / "judge.json").read_bytes(), type=Description)
    assert description.trees_sha256 == sha256((folder / "judge.npz").read_bytes())
    assert description.reader_sha256 == sha256((folder / "reader.safetensors").read_bytes())
    assert description.projection_sha256 == sha256((folder / "projection.npy").read_bytes())
    assert (description.features, description.classes) == (FEATURES, SAYS)
    assert (folder / "reader.safetensors").stat().st_size < 25_000_000
    assert isinstance(load_judge(), FittedJudge)


def test_answers_are_not_taken_from_before_the_reader_s_code_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = judge.reads_as(judge.described())
    for name in ("reader.py", "network.py"):
        (tmp_path / name).write_bytes((judge.PACKAGE / name).read_bytes())
    description = judge.described()
    monkeypatch.setattr(judge, "PACKAGE", tmp_path)
    assert judge.reads_as(description) == now
    (tmp_path / "reader.py").write_text("POST_PIECES = 64\n")
    assert judge.reads_as(description) != now


@pytest.mark.parametrize("damaged", ["judge.npz", "reader.safetensors"])
def test_damaged_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damaged: str) -> None:
    folder = Path(str(files("monitor.match")))
    for name in ("judge.json", "judge.npz", "reader.safetensors"):
        content = (folder / name).read_bytes()
        (tmp_path / name).write_bytes(content[:-1] if name == damaged else content)
    monkeypatch.setattr(judge, "PACKAGE", tmp_path)
    with pytest.raises(ModelError, match=f"{damaged} is damaged"):
        load_judge()
