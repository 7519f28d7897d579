"""docs/rules.md teaches what the code accepts."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest
import tomlkit

from monitor import rulebook
from monitor.model import Candidate, Claim
from monitor.rulebook import advice
from monitor.rulebook.claims import PLATFORMS

TEXT = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")


def fenced(text: str) -> list[str]:
    return re.findall(r"```toml\n(.*?)```", text, flags=re.DOTALL)


BLOCKS = fenced(TEXT)
IS_WHOLE = re.compile("^id =", flags=re.MULTILINE)
EXAMPLES = TEXT.partition("## Ten examples")[2]
NOW = datetime(2026, 10, 1, tzinfo=UTC)


def test_its_examples_are_rules_without_a_mistake(tmp_path: Path) -> None:
    blocks = [block for block in BLOCKS if IS_WHOLE.search(block)]
    for name, block in zip(["candidates", "withdrawn"], blocks, strict=True):
        (tmp_path / f"{name}.toml").write_text(block, encoding="utf-8")

    assert rulebook.check(tmp_path) == []


@pytest.mark.parametrize("number", range(10))
def test_each_worked_example_fits_into_the_claim_that_the_page_shows(number: int, tmp_path: Path) -> None:
    candidates, claim = (block for block in BLOCKS if IS_WHOLE.search(block))
    (tmp_path / "candidates.toml").write_text(candidates, encoding="utf-8")
    merged = tomllib.loads(claim) | tomllib.loads(fenced(EXAMPLES)[number])
    (tmp_path / "withdrawn.toml").write_text(tomlkit.dumps(merged), encoding="utf-8")

    assert rulebook.check(tmp_path) == []
    assert advice.advise(rulebook.read(tmp_path), NOW) == []


def test_there_are_ten_worked_examples() -> None:
    assert re.findall(r"^\*\*(\d+)\. ", EXAMPLES, flags=re.MULTILINE) == [str(number) for number in range(1, 11)]
    assert len(fenced(EXAMPLES)) == 10


def test_it_explains_every_key_and_platform() -> None:
    keys = {field.name for model in (Candidate, Claim) for field in fields(model)} - {"corrections", "tests", "file"}

    assert [key for key in sorted(keys) if f"`{key}`" not in TEXT] == []
    assert [platform for platform in PLATFORMS if f'`"{platform}"`' not in TEXT] == []
