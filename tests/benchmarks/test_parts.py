from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from benchmarks.parts import cost, retrieval, stance, stream, worlds
from benchmarks.parts.counting import Guess
from benchmarks.parts.posts import Labelled
from benchmarks.parts.workplace import Answer


@pytest.mark.parametrize(
    ("decision", "score", "counts"), [("alert", 0.7, 0.7), ("watch", 0.3, 0.3), ("quiet", 0.7, 0.0), ("quiet", None, 0)]
)
def test_a_post_held_back_in_spite_of_its_score_alerts_at_no_cut_off(
    decision: str, score: float | None, counts: float
) -> None:
    guess = Answer("1", decision, "c01", score).guess
    assert guess == Guess("c01", counts, alerts=decision == "alert")


@pytest.mark.parametrize(
    ("label", "hard", "tier"),
    [
        ("spread", None, "near"),
        ("spread", "paraphrase: few shared words", "paraphrase"),
        ("spread", "typos, slang", "hard"),
        ("debunk", None, None),
    ],
)
def test_only_spreading_posts_have_a_tier(label: str, hard: str | None, tier: str | None) -> None:
    assert Labelled("p1", "text", "en", "x", label, "c01", hard).tier == tier


def test_no_label_reaches_the_monitor() -> None:
    sent = msgspec.to_builtins(Labelled("p1", "text", "en", "x", "spread", "c01", "typos").unlabelled)
    assert sent == {"id": "p1", "text": "text", "source": "x", "lang": "en"}


def test_a_ranking_is_judged_by_its_relevant_claims() -> None:
    first = retrieval.judged(["a", "b", "c"], {"a"})
    third = retrieval.judged(["b", "c", "a"], {"a"})
    assert retrieval.values([first, third]) == {"MAP@5": (1 + 1 / 3) / 2, "P@1": 0.5, "hit@20": 1.0}


def test_qrels_say_which_claims_a_post_is_about(tmp_path: Path) -> None:
    (tmp_path / "qrels.tsv").write_text("p1\t0\tc1\t1\np1\t0\tc2\t1\np2\t0\tc1\t1\n")
    assert retrieval.read_qrels(tmp_path / "qrels.tsv") == {"p1": {"c1", "c2"}, "p2": {"c1"}}


def test_of_a_thousand_background_posts_one_may_alert() -> None:
    posts = [stream.Streamed(str(number), "", "background", []) for number in range(1000)]
    guesses = [Guess("c9", number / 1000, alerts=False) for number in range(1000)]
    posts += [stream.Streamed(name, "", "spread", ["c1"]) for name in ("above", "below", "other claim")]
    guesses += [Guess("c1", 0.9985, True), Guess("c1", 0.9975, True), Guess("c2", 1.0, True)]
    assert stream.at_false_alarms(posts, guesses, ("spread",)) == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("decision", "stance_said", "label"),
    [
        ("alert", "support", "spread"),
        ("quiet", "deny", "debunk"),
        ("watch", "query", "question"),
        ("watch", "comment", "neutral"),
        ("quiet", None, "neutral"),
    ],
)
def test_what_the_monitor_says_in_the_words_of_the_stance_sets(
    decision: str, stance_said: str | None, label: str
) -> None:
    assert stance.said(Answer("1", decision, "own", 0.5, stance_said)) == label


def test_several_campaigns_become_one_rules_folder(tmp_path: Path) -> None:
    for world in cost.WORLDS:
        folder = tmp_path / "data" / world
        folder.mkdir(parents=True)
        (folder / "candidates.json").write_bytes(msgspec.json.encode([{"id": "price"}]))
        claims = [
            {"id": "c01", "about": "price", "claim": "Quit", "phrasings": ["Is out"]},
            {"id": "c02", "about": None, "claim": "Vote by text", "phrasings": []},
        ]
        (folder / "claims.json").write_bytes(msgspec.json.encode(claims))
    (tmp_path / "data" / "make_rules.py").write_text("")
    wordings = cost.write_rules(tmp_path / "data", tmp_path)
    written = msgspec.json.decode((tmp_path / "claims.json").read_bytes())
    assert wordings == ["Quit", "Is out", "Vote by text"] * len(cost.WORLDS)
    assert [claim["id"] for claim in written][:3] == ["w0-c01", "w0-c02", "w1-c01"]
    assert [claim["about"] for claim in written][:2] == [["w0-price"], []]


def test_what_counts_as_a_world_left_out_is_a_world() -> None:
    report = msgspec.json.decode(worlds.REPORT.read_bytes(), type=worlds.Report)
    ours = worlds.REPORT.parent / "worlds"
    assert report.worlds
    assert [name for name in report.worlds if not (ours / name / "posts.jsonl").exists()] == []
