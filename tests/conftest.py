"""What every test may ask for, and the same surroundings for each on every machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from monitor.store.db import Store

for name in list(os.environ):
    if name.startswith(("SLACK_", "MONITOR_", "GIT_")) or name.upper().endswith("_PROXY") or name == "FORCE_COLOR":
        del os.environ[name]
os.environ |= {"COLUMNS": "80", "LINES": "25"}

# A machine that stands still for a moment breaks no property.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "monitor.db")
    yield opened
    opened.close()
