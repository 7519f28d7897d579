"""The calibration file: which scale belongs to which model and judge. Written by `monitor calibrate`, read on start."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from math import isfinite
from pathlib import Path

import msgspec
import numpy as np
import structlog
from numpy.typing import NDArray

from monitor.config import MatchConfig
from monitor.errors import ModelError
from monitor.match.calibration import IDENTITY, Scale
from monitor.match.encoder import DEFAULT_MODEL, sha256
from monitor.match.judge import Judge, Pair

log = structlog.get_logger()


class Calibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file's content. `model` is the name in the config, `judge` what `judge_version` gives."""

    model: str
    judge: str
    slope: float
    shift: float
    examples: int
    rules_version: str
    made_at: str


class CalibratedJudge:
    """A judge whose scores are put right for the model that it reads with."""

    def __init__(self, judge: Judge, scale: Scale) -> None:
        self._judge = judge
        self._scale = scale

    def judge(self, pairs: Sequence[Pair]) -> NDArray[np.float64]:
        return self._scale.chances(self._judge.judge(pairs))


def calibrated(judge: Judge, settings: MatchConfig) -> Judge:
    """The judge as it is used: with the calibration that the settings name, where it was made for this model and judge.

    One that was made for others is left aside, and the log says so. Raises ModelError when the file is damaged.
    """
    if settings.calibration is None:
        return judge
    found = read(settings.calibration)
    if found is None:
        if settings.model != DEFAULT_MODEL:
            log.warning(
                "no calibration for this language model: its scores may mean something else than the threshold expects",
                model=settings.model,
                hint="run monitor calibrate",
            )
        return judge
    if (found.model, found.judge) != (settings.model, judge_version()):
        log.warning(
            "the calibration is for another language model or another version of monitor: it is not used",
            file=str(settings.calibration),
            made_for=found.model,
            model=settings.model,
            hint="run monitor calibrate again",
        )
        return judge
    scale = Scale(found.slope, found.shift)
    return judge if scale == IDENTITY else CalibratedJudge(judge, scale)


def judge_version() -> str:
    """sha256 of judge.json. It names the weights that it describes, so it changes whenever the judge does."""
    return sha256((files("monitor.match") / "judge.json").read_bytes())


def read(path: Path) -> Calibration | None:
    """None where there is no such file. Raises ModelError when it is not a calibration."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Calibration)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"cannot read the calibration {path}: {error}; {_MEND}") from error
    if not (isfinite(found.slope) and found.slope > 0 and isfinite(found.shift)):
        raise ModelError(f"the calibration {path} has a slope or shift that cannot be; {_MEND}")
    return found


def write(path: Path, calibration: Calibration) -> None:
    """All or nothing. Raises ModelError."""
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_bytes(msgspec.json.format(msgspec.json.encode(calibration)) + b"\n")
        part.replace(path)
    except OSError as error:
        raise ModelError(
            f"cannot write {path}: {error.strerror}; name a file in a folder that is writable under [match] calibration"
        ) from error


_MEND = "delete it, or make it again with monitor calibrate"
