from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from monitor.cli import cli


@pytest.fixture(scope="module")
def demo() -> Result:
    """The demo as a user runs it, with the shipped model: half a minute, so once for all tests."""
    return CliRunner().invoke(cli, ["demo"], env={"HF_HUB_OFFLINE": "1"})


def test_the_demo_runs_to_its_end(demo: Result) -> None:
    assert demo.exit_code == 0, demo.output
    assert "538 │ posts seen" in demo.output


@pytest.mark.parametrize(
    "part",
    [
        "CRITICAL: Ana Rivera has withdrawn from the race for mayor of Bellwater.",
        "first sighting",
        "growing",
        "re-opened after quiet",
        "Why it matched",
        "Correction (en",
        "Correction (es",
        "denials kept quiet",
        "alerts right",
        "alerts wrong",
    ],
)
def test_the_demo_shows_what_responders_would_see(demo: Result, part: str) -> None:
    assert part in demo.output


def test_hostile_posts_are_harmless_in_the_terminal(demo: Result) -> None:
    assert "\x1b[31m" not in demo.output
    assert "\u202e" not in demo.output


def test_slack_without_a_token_is_refused_with_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLACK_BOT_TOKEN", raising=False)
    done = CliRunner().invoke(cli, ["demo", "--slack"])
    assert done.exit_code == 1
    assert "SLACK_BOT_TOKEN and SLACK_CHANNEL" in str(done.exception)
