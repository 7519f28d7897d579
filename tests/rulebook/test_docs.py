"""docs/rules.md teaches what the code accepts."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from monitor import rulebook
from monitor.model import Candidate, Claim
from monitor.rulebook.claims import PLATFORMS

TEXT = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")


def test_its_examples_are_rules_without_a_mistake(tmp_path: Path) -> None:
    blocks = [block for block in re.findall(r"```toml\n(.*?)```", TEXT, flags=re.DOTALL) if "id =" in block]
    for name, block in zip(["candidates", "withdrawn"], blocks, strict=True):
        (tmp_path / f"{name}.toml").write_text(block, encoding="utf-8")

    assert rulebook.check(tmp_path) == []


def test_it_explains_every_key_and_platform() -> None:
    keys = {field.name for model in (Candidate, Claim) for field in fields(model)} - {"corrections", "tests", "file"}

    assert [key for key in sorted(keys) if f"`{key}`" not in TEXT] == []
    assert [platform for platform in PLATFORMS if f'`"{platform}"`' not in TEXT] == []
