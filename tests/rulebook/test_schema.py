"""The schemas that editors check with: what the loader asks for, no more and no less."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from monitor.rulebook.schema import SCHEMAS

ROOT = Path(__file__).parents[2]
RULES = ROOT / "rules"
BAD = Path(__file__).parent / "bad"
SAMPLES = sorted(RULES.glob("*.toml"))


def kind_of(path: Path) -> str:
    return "candidates" if path.name.startswith("candidates") else "claim"


def refusals(path: Path) -> list[str]:
    data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    plain = json.loads(json.dumps(data, default=lambda value: value.isoformat() if isinstance(value, date) else value))
    schema = json.loads(SCHEMAS[kind_of(path)]())
    return [error.message for error in Draft202012Validator(schema).iter_errors(plain)]


@pytest.mark.parametrize("kind", SCHEMAS)
def test_it_is_a_schema(kind: str) -> None:
    Draft202012Validator.check_schema(json.loads(SCHEMAS[kind]()))


@pytest.mark.parametrize("kind", SCHEMAS)
def test_the_committed_one_is_up_to_date(kind: str) -> None:
    """If not: monitor rules schema KIND > rules/schema/KIND.json"""
    assert (RULES / "schema" / f"{kind}.json").read_bytes() == SCHEMAS[kind]()


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_each_sample_file_names_the_schema_that_it_follows(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]

    assert first == f"#:schema ./schema/{kind_of(path)}.json"
    assert refusals(path) == []


@pytest.mark.parametrize(
    "name",
    [
        "about-is-text",
        "about-missing",
        "bad-id",
        "candidates-handle-without-mark",
        "candidates-hashtag-with-space",
        "candidates-hashtag-without-mark",
        "candidates-name-missing",
        "candidates-ours-in-quotes",
        "candidates-unknown-key",
        "claim-with-candidates",
        "empty-phrasing",
        "evidence-not-an-address",
        "key-after-last-test",
        "no-phrasings",
        "number-among-phrasings",
        "single-bracket-tests",
        "test-without-expect",
        "threshold-in-quotes",
        "threshold-too-high",
        "twitter",
        "unknown-key",
        "unknown-lang",
        "unknown-platform",
        "wrong-expect",
        "wrong-severity",
        "wrong-stance",
        "wrong-status",
    ],
)
def test_an_editor_marks_these_mistakes_too(name: str) -> None:
    assert refusals(BAD / f"{name}.toml")


def test_dates_are_dates_or_moments() -> None:
    schema = json.loads(SCHEMAS["claim"]())

    assert schema["properties"]["valid_until"]["anyOf"] == [
        {"type": "string", "format": "date"},
        {"type": "string", "format": "date-time"},
    ]
