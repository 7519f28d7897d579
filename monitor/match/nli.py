"""A second judge that is a natural-language-inference model on this machine: does the post entail the claim?

Any sequence classification model with the three classes of NLI will do, by its name on Hugging Face or as a folder.
Which output is which class stands in the model's config and differs between models: it is read, never assumed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from monitor.errors import ModelError
from monitor.match.decide import Chances
from monitor.match.judge import CLASSES
from monitor.match.second import Question

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

LONGEST_INPUT = 512
"""Word pieces of a post and a claim; the post is cut."""
LABELS: Mapping[str, str] = {
    "entailment": "asserts",
    "entail": "asserts",
    "entails": "asserts",
    "supports": "asserts",
    "support": "asserts",
    "asserts": "asserts",
    "contradiction": "denies",
    "contradict": "denies",
    "contradicts": "denies",
    "refutes": "denies",
    "refute": "denies",
    "denies": "denies",
    "neutral": "neither",
    "not enough info": "neither",
    "nei": "neither",
    "neither": "neither",
}
"""What models call our three classes (MNLI, FEVER, our own words), in small letters."""
PROBE = "Ana Rivera has withdrawn from the race."


class NliJudge:
    """A model with a column of its output for each of our classes. Not for use from two threads at once."""

    def __init__(
        self,
        name: str,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        columns: Sequence[int],
        timeout_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._model = model
        self._tokenizer = tokenizer
        self._columns = list(columns)
        self._timeout = timeout_seconds
        self._clock = clock

    def ask(self, questions: Sequence[Question]) -> list[Chances | None]:
        """Opinions on the first questions, as many as are read in `timeout_seconds`; None for the others."""
        deadline = self._clock() + self._timeout
        # One at a time: on a CPU that costs little, and the last one cannot overrun by more than itself.
        return [
            self._read(question.text, question.claim) if self._clock() < deadline else None for question in questions
        ]

    def check(self) -> str:
        started = self._clock()
        opinion = self._read(PROBE, PROBE)
        return (
            f"{self._name} reads a post in {self._clock() - started:.1f} s; "
            f"a sentence asserts itself with probability {opinion.asserts:.2f}"
        )

    def _read(self, post: str, claim: str) -> Chances:
        import torch  # noqa: PLC0415 (seconds: only where it is used)

        longest = min(LONGEST_INPUT, self._tokenizer.model_max_length)
        inputs = self._tokenizer(post, claim, truncation="longest_first", max_length=longest, return_tensors="pt")
        with torch.inference_mode():
            (row,) = self._model(**inputs).logits.float().softmax(dim=1)[:, self._columns].tolist()
        return Chances(*row)


def load_nli(model: str, timeout_seconds: float) -> NliJudge:
    """Load an NLI model by name or folder. Raises ModelError, saying what to do, when it cannot be one."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer  # noqa: PLC0415 (seconds, as above)
    from transformers.utils.logging import disable_progress_bar  # noqa: PLC0415

    disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        # A model's own code is never run, and nobody is asked at the keyboard whether it may be.
        loaded = AutoModelForSequenceClassification.from_pretrained(model, trust_remote_code=False)
        tokenizer = AutoTokenizer.from_pretrained(model, trust_remote_code=False)
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        offline = " (HF_HUB_OFFLINE is set, so nothing was downloaded)" if os.environ.get("HF_HUB_OFFLINE") else ""
        raise ModelError(
            f"cannot load the second judge {model!r}{offline}: {error}; check its name or folder under [judge] model, "
            "or download it once while online"
        ) from error
    columns = class_columns(model, loaded.config.id2label)
    return NliJudge(model, loaded.eval(), tokenizer, columns, timeout_seconds)


def class_columns(model: str, id2label: Mapping[int, str]) -> tuple[int, ...]:
    """Which output is which of our classes, in the order of CLASSES. Raises ModelError where that cannot be told."""
    found = {LABELS.get(_plain(label)): number for number, label in id2label.items()}
    if len(id2label) != len(CLASSES) or not all(name in found for name in CLASSES):
        outputs = ", ".join(repr(label) for label in id2label.values())
        raise ModelError(
            f"the model {model!r} under [judge] is no NLI model: it says {outputs}, and we need three labels that mean "
            "entailment, contradiction and neutral; name another model, or correct id2label in its config.json"
        )
    return tuple(found[name] for name in CLASSES)


def _plain(label: str) -> str:
    return label.lower().replace("_", " ").strip()
