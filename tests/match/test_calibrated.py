from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray
from structlog.testing import capture_logs

from monitor.config import MatchConfig
from monitor.errors import ModelError
from monitor.match.calibrated import Calibration, calibrated, judge_version, read, write
from monitor.match.judge import Judge, Pair

MODEL = "some/multilingual-model"
OWN = [0.5, 0.125, 0.375]


class OneAnswer:
    def judge(self, pairs: Sequence[Pair]) -> NDArray[np.float64]:
        return np.array([OWN])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "calibration.json"


def made(model: str = MODEL, judge: str | None = None, slope: float = 2.0, shift: float = -1.0) -> Calibration:
    return Calibration(model, judge or judge_version(), slope, shift, 60, "v1", "2026-11-22T00:00:00+00:00")


def told(path: Path, model: str = MODEL) -> tuple[list[float], list[str]]:
    """What the judge says with these settings, and what the log says."""
    with capture_logs() as logs:
        judge: Judge = calibrated(OneAnswer(), MatchConfig(model, 0.5, path))
    return judge.judge([])[0].tolist(), [entry["event"] for entry in logs]


def test_a_calibration_for_this_model_and_judge_is_used(path: Path) -> None:
    write(path, made())

    chances, logs = told(path)

    assert chances == pytest.approx([1 / (1 + np.e), 0.25 * np.e / (1 + np.e), 0.75 * np.e / (1 + np.e)])
    assert logs == []


@pytest.mark.parametrize("other", [made(model="another/model"), made(judge="0" * 64)])
def test_one_for_another_model_or_judge_is_left_aside_and_told(path: Path, other: Calibration) -> None:
    write(path, other)

    chances, logs = told(path)

    assert chances == OWN
    assert len(logs) == 1
    assert "is not used" in logs[0]


def test_another_model_without_a_calibration_is_told(path: Path) -> None:
    chances, logs = told(path)

    assert chances == OWN
    assert len(logs) == 1
    assert "no calibration" in logs[0]


def test_the_packaged_model_needs_none(path: Path) -> None:
    assert told(path, MatchConfig().model) == (OWN, [])


def test_the_identity_changes_nothing_at_all(path: Path) -> None:
    write(path, made(slope=1.0, shift=0.0))

    assert told(path) == (OWN, [])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[]",
        b'{"slope": 1}',
        msgspec.json.encode({**msgspec.to_builtins(made()), "slope": 0}),
        msgspec.json.encode({**msgspec.to_builtins(made()), "slope": -1.0}),
        msgspec.json.encode(made()).replace(b"2.0", b"1e999"),
        msgspec.json.encode({**msgspec.to_builtins(made()), "more": 1}),
    ],
)
def test_a_damaged_file_is_loud(path: Path, content: bytes) -> None:
    path.write_bytes(content)

    with pytest.raises(ModelError, match=r"calibration\.json.*; delete it, or make it again with monitor calibrate"):
        told(path)


def test_what_was_written_is_read(path: Path) -> None:
    write(path, made(slope=3.0))
    write(path, made())

    assert read(path) == made()
    assert [file.name for file in path.parent.iterdir()] == ["calibration.json"]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"cannot write .*under \[match\] calibration"):
        write(tmp_path / "nowhere" / "calibration.json", made())
