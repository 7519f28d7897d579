from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from monitor import pipeline, rulebook
from monitor.cli import COMMANDS, cli
from monitor.cli.match import match
from monitor.match import encoder, judge, projection
from monitor.model import Decision, Match, Mention, Post, Rules, Stance, Verdict

QUIT = b'{"id": "1", "text": "Rivera quit"}\n'


class QuitMeansAlert:
    def __init__(self, *_: object) -> None: ...

    def classify(self, posts: list[Post], now: object) -> list[Verdict]:
        return [self._verdict(post) for post in posts]

    def _verdict(self, post: Post) -> Verdict:
        if "quit" not in post.text:
            return Verdict(post, Mention(), Decision.QUIET, "names no candidate")
        found = Match(post.key, "withdrawn", "Rivera is out", 0.91234, Stance.SUPPORT, Decision.ALERT, post.text, "so")
        return Verdict(post, Mention(("rivera",)), Decision.ALERT, "asserts it", found)


class LengthEncoder:
    """Texts are alike as far as they are equally long."""

    def encode(self, texts: list[str]) -> np.ndarray:
        angles = np.array([len(text) / 100 for text in texts])
        return np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)


class NeverJudge:
    def judge(self, pairs: list[object]) -> np.ndarray:
        return np.tile([0.1, 0.1, 0.8], (len(pairs), 1))


@pytest.fixture(autouse=True)
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pipeline, "load_stages", QuitMeansAlert)
    monkeypatch.setattr(rulebook, "load", lambda folder: Rules((), (), ""))
    monkeypatch.setattr(encoder, "load_encoder", lambda model: LengthEncoder())
    monkeypatch.setattr(projection, "projected", lambda encoder, model: encoder)
    monkeypatch.setattr(judge, "load_judge", NeverJudge)
    return tmp_path


def run(*arguments: str, posts: bytes = QUIT) -> Result:
    return CliRunner().invoke(cli, ["match", *arguments], input=posts)


def answers(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_one_decision_per_post_in_order() -> None:
    result = run("--rules", "rules", posts=QUIT + b'{"post_id": 2, "text": "weather"}\n')
    assert result.exit_code == 0, result.stderr
    assert answers(result) == [
        {
            "id": "1", "decision": "alert", "claim": "withdrawn", "score": 0.9123, "stance": "support",
            "reason": "asserts it", "phrasing": "Rivera is out", "candidates": ["rivera"], "lang": None,
        },
        {
            "id": "2", "decision": "quiet", "claim": None, "score": None, "stance": None,
            "reason": "names no candidate", "phrasing": None, "candidates": [], "lang": None,
        },
    ]  # fmt: skip


def test_a_bad_line_is_told_and_keeps_the_lines_in_step() -> None:
    result = run(posts=QUIT + b"nonsense\n\n" + QUIT)
    assert result.exit_code == 1
    assert [answer["id"] for answer in answers(result)] == ["1", None, "1"]
    assert answers(result)[1]["decision"] == "quiet"
    assert answers(result)[1]["reason"].startswith("line 2 is not a post")
    assert result.stderr.startswith("line 2 is not a post")


def test_more_posts_than_a_batch_come_out_in_order() -> None:
    posts = b"".join(b'{"id": "%d", "text": "x"}\n' % number for number in range(600))
    assert [answer["id"] for answer in answers(run(posts=posts))] == [str(number) for number in range(600)]


def test_no_posts_are_no_decisions() -> None:
    result = run(posts=b"")
    assert (result.exit_code, result.stdout) == (0, "")


def test_a_list_of_claims_is_ranked(workplace: Path) -> None:
    claims = [{"claim_id": str(length), "claim": "x" * length, "url": "u"} for length in (5, 20, 40)]
    (workplace / "claims.jsonl").write_text("\n".join(json.dumps(claim) for claim in claims))
    result = run("--claims", "claims.jsonl", "--top", "2", posts=b'{"id": "1", "text": "%s"}\n' % (b"y" * 21))
    (answer,) = answers(result)
    assert [claim_id for claim_id, _ in answer["ranking"]] == ["20", "5"]
    assert answer["claim"] in {"20", "5"}
    assert answer["decision"] == "quiet"


def test_a_bad_line_has_an_empty_ranking(workplace: Path) -> None:
    (workplace / "claims.jsonl").write_text('{"claim_id": "1", "claim": "x"}')
    assert answers(run("--claims", "claims.jsonl", posts=b"nonsense\n"))[0]["ranking"] == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"claim_id": "1"}', "claims.jsonl:1:1: this is no claim: .*`claim`.*; write one JSON object per line"),
        (
            '{"claim_id": "1", "claim": "x"}\n{"claim_id": "1", "claim": "y"}',
            "claims.jsonl:2:1: claim_id '1' came before",
        ),
        ("\n", "claims.jsonl holds no claims"),
    ],
)
def test_a_list_of_claims_with_a_mistake_says_where(workplace: Path, text: str, message: str) -> None:
    (workplace / "claims.jsonl").write_text(text)
    with pytest.raises(Exception, match=message):
        CliRunner().invoke(cli, ["match", "--claims", "claims.jsonl"], input=QUIT, catch_exceptions=False)


def test_a_list_of_claims_that_is_not_there_says_so() -> None:
    result = run("--claims", "gone.jsonl")
    assert "cannot read gone.jsonl: No such file" in str(result.exception)


def test_rules_and_claims_together_are_refused() -> None:
    result = run("--rules", "rules", "--claims", "claims.jsonl")
    assert result.exit_code == 2
    assert "not both" in result.stderr


def test_the_short_help_is_the_one_in_the_list() -> None:
    assert match.get_short_help_str(100) == COMMANDS["match"][1]
