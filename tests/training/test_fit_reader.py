from __future__ import annotations

import torch

from training.fit_reader import mean_of


def test_the_mean_of_two_readers_lies_between_them() -> None:
    one, other = ({"inner.bias": torch.tensor([value, 4.0], dtype=torch.float16)} for value in (1.0, 2.0))
    mean = mean_of([one, other])
    assert mean["inner.bias"].tolist() == [1.5, 4.0]
    assert mean["inner.bias"].dtype == torch.float32
