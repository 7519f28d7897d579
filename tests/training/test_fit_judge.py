from __future__ import annotations

import numpy as np
import pytest

from monitor.match.judge import FEATURES
from monitor.match.reader import SAYS
from training.breakdown import ELSEWHERE
from training.fit_judge import calibrate
from training.tree_worlds import World
from training.worlds import PostLine


def test_scores_that_are_too_sure_and_lean_to_one_class_are_calibrated() -> None:
    random = np.random.default_rng(1)
    scores = random.normal(size=(4000, len(SAYS)))
    chances = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    asserts = random.random(len(scores)) < chances[:, 0] / (chances[:, 0] + chances[:, -1])
    labels = np.where(asserts, "spread", "background").tolist()
    lines = [PostLine(str(number), "", label, claim_id="c1") for number, label in enumerate(labels)]
    world = World("w", lines, np.zeros((len(lines), len(FEATURES))), np.arange(len(lines)), ["c1"] * len(lines))
    told = 2 * scores + np.eye(len(SAYS))[0]
    calibration = calibrate([world], [told])
    found = calibration.probabilities(told)[:, [0, -1]]
    assert 0.4 < calibration.slope < 0.6
    assert abs((found[:, 0] / found.sum(axis=1)).mean() - asserts.mean()) < 0.02


def test_posts_about_something_else_make_a_score_warier() -> None:
    lines = [PostLine("own", "", "spread", claim_id="c1"), PostLine("strange", "", ELSEWHERE)]
    posts = np.repeat([0, 1], [300, 200])
    world = World("w", lines, np.zeros((500, len(FEATURES))), posts, ["c1"] * 500)
    calibration = calibrate([world], [np.zeros((500, len(SAYS)))])
    asserted, neither = calibration.probabilities(np.zeros((1, len(SAYS))))[0, [0, -1]]
    assert asserted / neither == pytest.approx(300 / 200, rel=0.05)
