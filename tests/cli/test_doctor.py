from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pytest_httpserver import HTTPServer

from monitor.cli import cli, doctor
from monitor.model import Decision, Mention, Page, Post, Verdict
from monitor.store import posts
from monitor.store.db import Store

RULES = Path(__file__).parents[2] / "rules"


class QuickStages:
    """Stands in for the model, which takes seconds to load."""

    def __init__(self, *_: object) -> None:
        pass

    def classify(self, batch: Sequence[Post], now: datetime) -> list[Verdict]:
        return [Verdict(post, Mention(), Decision.ALERT, "because") for post in batch]


@pytest.fixture(autouse=True)
def quick_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "load_stages", QuickStages)
    monkeypatch.delenv("SLACK_BOT_TOKEN", raising=False)
    monkeypatch.delenv("SLACK_APP_TOKEN", raising=False)


def examine(folder: Path, config: str) -> tuple[int, dict[str, dict[str, Any]]]:
    path = folder / "config.toml"
    path.write_text(config, "utf-8")
    done = CliRunner().invoke(cli, ["doctor", "-c", str(path), "--json"])
    return done.exit_code, {finding["thing"]: finding for finding in json.loads(done.output)}


def test_everything_that_works_is_said(tmp_path: Path) -> None:
    (tmp_path / "posts.jsonl").write_text('{"id": "1", "text": "hello"}\n', "utf-8")
    code, found = examine(tmp_path, f'rules = "{RULES}"\n[[sources]]\nkind = "jsonl"\npath = "posts.jsonl"\n')
    assert code == 0
    assert found["database"]["works"] is True
    assert "10 claims and 3 candidates" in found["rules and model"]["says"]
    assert found["source posts.jsonl"]["works"] is True


def test_a_model_that_does_not_recognise_a_claims_own_sentence_does_not_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deaf(_: object, batch: Sequence[Post], now: datetime) -> list[Verdict]:
        return [Verdict(post, Mention(), Decision.QUIET, "0.01 is under the claim's 0.50") for post in batch]

    monkeypatch.setattr(QuickStages, "classify", deaf)
    code, found = examine(tmp_path, f'rules = "{RULES}"\n')
    assert (code, found["rules and model"]["works"]) == (1, False)
    assert "monitor rules test" in found["rules and model"]["says"]
    assert "0.01 is under" in found["rules and model"]["says"]


def test_drafts_alone_are_no_claims_to_try_a_model_on(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "candidates.toml").write_text('[[candidates]]\nid = "rivera"\nname = "Ana Rivera"\n', "utf-8")
    draft = 'id = "quit"\nstatus = "draft"\nclaim = "Ana Rivera quit."\ntruth = "She runs."\nabout = ["rivera"]\n'
    (rules / "quit.toml").write_text(draft + 'phrasings = ["Rivera quit"]\n', "utf-8")
    _, found = examine(tmp_path, 'rules = "rules"\n')
    assert found["rules and model"]["works"] is True
    assert "no claim is active" in found["rules and model"]["says"]


def test_what_is_not_configured_is_neither_right_nor_wrong(tmp_path: Path) -> None:
    code, found = examine(tmp_path, f'rules = "{RULES}"\n')
    assert code == 0
    assert found["Slack"]["works"] is None
    assert "docs/slack.md" in found["Slack"]["says"]
    assert found["sources"]["works"] is None
    assert found["second judge"]["works"] is None
    assert "docs/second-opinion.md" in found["second judge"]["says"]


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_second_judge_is_asked_and_the_call_is_counted(tmp_path: Path, httpserver: HTTPServer) -> None:
    answer = {"choices": [{"message": {"content": '{"asserts": 0.9, "denies": 0.05, "neither": 0.05}'}}]}
    httpserver.expect_oneshot_request("/v1/chat/completions", method="POST").respond_with_json(answer)
    table = f'[judge]\nmodel = "tiny"\nendpoint = "{httpserver.url_for("/v1")}"\ncalls_per_day = 1\n'
    code, found = examine(tmp_path, f'rules = "{RULES}"\n{table}')
    assert (code, found["second judge"]["works"]) == (0, True)
    assert "tiny at" in found["second judge"]["says"]
    code, found = examine(tmp_path, f'rules = "{RULES}"\n{table}')
    assert (code, found["second judge"]["works"]) == (1, False)
    assert "today's 1 calls are spent" in found["second judge"]["says"]


def test_a_second_judge_that_cannot_be_loaded_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    code, found = examine(tmp_path, f'rules = "{RULES}"\n[judge]\nmodel = "{tmp_path}/no-nli"\n')
    assert (code, found["second judge"]["works"]) == (1, False)
    assert "cannot load the second judge" in found["second judge"]["says"]


def test_what_fails_is_said_with_what_to_do_and_the_rest_goes_on(tmp_path: Path) -> None:
    code, found = examine(tmp_path, 'rules = "nowhere"\n[[sources]]\nkind = "jsonl"\npath = "missing.jsonl"\n')
    assert code == 1
    assert found["rules and model"]["works"] is False
    assert "nowhere" in found["rules and model"]["says"]
    assert found["source missing.jsonl"]["works"] is False
    assert "create it" in found["source missing.jsonl"]["says"]
    assert found["database"]["works"] is True


def test_a_field_that_a_source_lost_is_named(tmp_path: Path) -> None:
    with closing(Store(tmp_path / "monitor.db")) as store:
        lost = Page(
            tuple(Post(str(n), "hello") for n in range(3)), "c", drift=(("missing: author.handle", 3),), raw=b"{}"
        )
        posts.save_page(store, "sky", "bluesky", lost, [], datetime.now(UTC))
    code, found = examine(tmp_path, f'rules = "{RULES}"\n')
    assert code == 1
    assert found["fields of sky"]["works"] is False
    assert "missing: author.handle since" in found["fields of sky"]["says"]
    assert "other:0" in found["fields of sky"]["says"]
    assert f"kept in {tmp_path}/monitor.db.pages/sky-missing-author-handle-" in found["fields of sky"]["says"]


def test_a_config_that_cannot_be_read_is_the_one_finding(tmp_path: Path) -> None:
    code, found = examine(tmp_path, "rulez = 1\n")
    assert code == 1
    assert list(found) == ["config"]
    assert "rulez" in found["config"]["says"]


def test_the_same_is_shown_to_people(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('rules = "nowhere"\n', "utf-8")
    done = CliRunner().invoke(cli, ["doctor", "-c", str(tmp_path / "config.toml")])
    assert done.exit_code == 1
    assert "FAILS rules and model" in done.output
    assert "works database" in done.output


SCOPES = "chat:write,commands,files:write,users:read,channels:read,channels:history"


def slack(httpserver: HTTPServer, scopes: str | None = SCOPES, opens: dict[str, object] | None = None) -> str:
    """A Slack whose bot token has these scopes, and a config that names it."""
    answers: dict[str, dict[str, object]] = {
        "auth.test": {"ok": True, "team": "HQ", "user": "monitor"},
        "conversations.info": {"ok": True, "channel": {"name": "rapid"}},
        "conversations.history": {"ok": True, "messages": []},
        "apps.connections.open": opens or {"ok": True, "url": "wss://example.org/link/?ticket=1"},
    }
    headers = {} if scopes is None else {"X-OAuth-Scopes": scopes}
    for method, answer in answers.items():
        httpserver.expect_request(f"/api/{method}").respond_with_json(answer, headers=headers)
    return f'rules = "{RULES}"\n[slack]\nchannel = "C01"\nbase_url = "{httpserver.url_for("/api/")}"\n'


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_the_app_token_and_every_scope_are_tried(
    tmp_path: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1")
    code, found = examine(tmp_path, slack(httpserver))
    assert code == 0, found
    assert found["Slack scopes"]["works"] is True
    assert "opens a socket" in found["Slack clicks"]["says"]
    assert "ticket" not in json.dumps(found)


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_missing_scopes_and_a_wrong_app_token_are_said_with_what_to_do(
    tmp_path: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xoxb-1")
    refusal: dict[str, object] = {"ok": False, "error": "not_allowed_token_type"}
    config = slack(httpserver, "chat:write,groups:read,groups:history,users:read", refusal)
    code, found = examine(tmp_path, config + '[desk]\ngroups = ["S012"]\n')
    assert code == 1
    for scope in ("commands", "files:write", "usergroups:read"):
        assert scope in found["Slack scopes"]["says"]
    assert "channels:read" not in found["Slack scopes"]["says"]
    assert "xapp-" in found["Slack clicks"]["says"]


def test_slack_with_a_channel_and_no_token_fails_and_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SLACK_BOT_TOKEN", raising=False)
    code, found = examine(tmp_path, '[slack]\nchannel = "C0123456789"\n')
    assert code == 1
    assert found["Slack"]["works"] is False
    assert "SLACK_BOT_TOKEN is not" in found["Slack"]["says"]


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_without_an_app_token_alerts_work_and_buttons_do_not(
    tmp_path: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    code, found = examine(tmp_path, slack(httpserver, scopes=None))
    assert code == 0, found
    assert found["Slack clicks"]["works"] is None
    assert "SLACK_APP_TOKEN" in found["Slack clicks"]["says"]
