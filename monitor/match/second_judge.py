"""Who is asked for a second opinion."""

from __future__ import annotations

from monitor.config import JudgeConfig
from monitor.match.endpoint import Endpoint
from monitor.match.nli import load_nli
from monitor.match.second import Budget, SecondJudge


def load_second_judge(settings: JudgeConfig, budget: Budget) -> SecondJudge:
    """The second judge that a config names: an endpoint, or a model on this machine. Raises ModelError."""
    if settings.endpoint is not None:
        return Endpoint(settings, budget)
    return load_nli(settings.model, settings.timeout_seconds)
