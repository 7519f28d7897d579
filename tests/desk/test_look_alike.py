from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor import rulebook
from monitor.desk.look_alike import LONGEST, text_of
from monitor.errors import EditRefused
from monitor.model import Candidate, Media, Post, Rules
from monitor.rulebook import edit

ROOT = Path(__file__).parents[2]
RULES = Rules((Candidate("rivera", "Ana Rivera", handles=("@anarivera.example",)),), (), "v1")


@pytest.mark.parametrize(
    ("post", "text"),
    [
        (Post("1", "Rivera  quit\n\nsmoking"), "Rivera quit smoking"),
        (Post("1", "Rivera quit https://t.co/x1?y=2 smoking"), "Rivera quit smoking"),
        (Post("1", "@joe.bsky.social told joe@mail.example"), "@someone told @someone"),
        (Post("1", "@anarivera.example quit smoking"), "@anarivera.example quit smoking"),
        (Post("1", "Look:", media=(Media(alt="Rivera quits"), Media("https://e.example"))), "Look: Rivera quits"),
        (Post("1", "https://t.co/x"), ""),
        (Post("1", "\x1b[2J\u200b"), "[2J"),
    ],
)
def test_what_is_kept_of_a_post(post: Post, text: str) -> None:
    assert text_of(post, RULES) == text


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=200) | st.text("\"'\\\n[]#=\x00\x1b\u202eab", max_size=60))
def test_it_always_fits_into_a_rules_file(tmp_path_factory: pytest.TempPathFactory, said: str) -> None:
    text = text_of(Post("1", said), RULES)
    assert len(text) <= LONGEST
    assert text == text.strip()
    if not text:
        return
    folder = tmp_path_factory.mktemp("rules")
    for name in ("candidates.toml", "withdrawn.toml"):
        shutil.copy(ROOT / "rules" / name, folder / name)
    before = (folder / "withdrawn.toml").read_bytes()
    try:
        edit.write(edit.plan(folder, "withdrawn", text))
    except EditRefused as error:
        assert "phrasings" in str(error)  # noqa: PT017 - what a wording says cannot be a look-alike
        assert (folder / "withdrawn.toml").read_bytes() == before
        return
    claim = rulebook.load(folder).claim("withdrawn")
    assert claim is not None
    assert claim.not_this[-1] == text
