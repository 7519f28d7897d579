from __future__ import annotations

import numpy as np

from monitor.match.judge import FEATURES
from monitor.match.reader import SAYS
from training.breakdown import ELSEWHERE
from training.fit_judge import calibrate
from training.tree_worlds import World
from training.worlds import PostLine


def test_posts_from_elsewhere_do_not_make_the_calibration_warier() -> None:
    random = np.random.default_rng(1)
    labels = ["spread"] * 30 + ["background"] * 30 + [ELSEWHERE] * 200
    lines = [PostLine(str(number), "", label, claim_id="c1") for number, label in enumerate(labels)]
    scores = random.normal(size=(len(lines), len(SAYS)))
    scores[:30, 0] += 1

    def world(posts: int) -> World:
        claims = ["c1"] * posts
        return World("w", lines[:posts], np.zeros((posts, len(FEATURES))), np.arange(posts), claims)

    alone = calibrate([world(60)], [scores[:60]])
    assert calibrate([world(260)], [scores]) == alone
    assert alone.probabilities(scores[:30])[:, 0].mean() > 0.5
