"""With a tiny random BERT on disk: nothing is downloaded, and its answers mean nothing but are real ones."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

from monitor.errors import ModelError
from monitor.match.nli import class_columns, load_nli
from monitor.match.second import Question

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "ana", "rivera", "quit", "has", "withdrawn", "not", "the", ".")
MNLI = {0: "CONTRADICTION", 1: "ENTAILMENT", 2: "NEUTRAL"}
QUESTION = Question("Rivera quit", "Ana Rivera has withdrawn.", "She runs.", ("Ana Rivera",), ())


def save(folder: Path, labels: dict[int, str]) -> str:
    (folder / "vocab.txt").write_text("\n".join(WORDS), "utf-8")
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8,
        max_position_embeddings=64, initializer_range=0.8, id2label=labels,
        label2id={name: number for number, name in labels.items()},
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    BertTokenizer(vocab_file=str(folder / "vocab.txt"), model_max_length=64).save_pretrained(folder)
    return str(folder)


@pytest.fixture
def model(tmp_path: Path) -> str:
    return save(tmp_path, MNLI)


def expected(model: str, post: str, claim: str) -> list[float]:
    loaded = BertForSequenceClassification.from_pretrained(model)
    inputs = BertTokenizer.from_pretrained(model)(post, claim, return_tensors="pt")
    with torch.inference_mode():
        contradiction, entailment, neutral = loaded(**inputs).logits.softmax(dim=1)[0].tolist()
    return [entailment, contradiction, neutral]


def test_entailment_is_asserting_whichever_output_it_is(model: str) -> None:
    (opinion,) = load_nli(model, 60).ask([QUESTION])
    assert opinion is not None
    assert [opinion.asserts, opinion.denies, opinion.neither] == pytest.approx(
        expected(model, "Rivera quit", "Ana Rivera has withdrawn."), abs=1e-6
    )
    assert len({round(number, 2) for number in (opinion.asserts, opinion.denies, opinion.neither)}) == 3


def test_a_post_that_is_too_long_is_cut_and_the_claim_is_read_to_its_end(model: str) -> None:
    judge = load_nli(model, 60)
    long, other = Question("quit " * 500, QUESTION.claim, "", (), ()), Question("quit " * 500, "ana quit", "", (), ())
    first, second = judge.ask([long, other])
    assert first is not None
    assert first != second
    assert first.asserts + first.denies + first.neither == pytest.approx(1)


def test_when_the_time_is_up_the_others_get_no_opinion(model: str) -> None:
    judge = load_nli(model, 2.5)
    ticks = iter(range(100))
    judge._clock = lambda: float(next(ticks))
    first, second, third, fourth = judge.ask([QUESTION] * 4)
    assert first is not None
    assert first == second
    assert (third, fourth) == (None, None)


def test_the_check_says_how_long_it_takes(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    judge = load_nli(model, 60)
    monkeypatch.setattr(judge, "_clock", iter((1.0, 1.25)).__next__)
    assert judge.check().startswith(f"{model} reads a post in 0.2 s; ")


@pytest.mark.parametrize(
    ("labels", "columns"),
    [
        ({0: "contradiction", 1: "entailment", 2: "neutral"}, (1, 0, 2)),
        ({0: "ENTAILMENT", 1: "NEUTRAL", 2: "CONTRADICTION"}, (0, 2, 1)),
        ({0: "SUPPORTS", 1: "REFUTES", 2: "NOT_ENOUGH_INFO"}, (0, 1, 2)),
        ({0: "neither", 1: "denies", 2: "asserts"}, (2, 1, 0)),
    ],
)
def test_which_output_is_which_comes_from_the_models_labels(labels: dict[int, str], columns: tuple[int, ...]) -> None:
    assert class_columns("m", labels) == columns


@pytest.mark.parametrize(
    "labels",
    [
        {0: "LABEL_0"},
        {0: "entailment", 1: "not_entailment"},
        {0: "LABEL_0", 1: "LABEL_1", 2: "LABEL_2"},
        {0: "entailment", 1: "entails", 2: "neutral"},
        {0: "entailment", 1: "neutral", 2: "contradiction", 3: "other"},
        {},
    ],
)
def test_a_model_whose_outputs_do_not_say_what_they_are_is_refused(labels: dict[int, str]) -> None:
    with pytest.raises(ModelError, match=r"'m' under \[judge\] is no NLI model.*correct id2label in its config.json"):
        class_columns("m", labels)


def test_a_model_with_one_output_is_refused_when_it_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"is no NLI model: it says 'LABEL_0'"):
        load_nli(save(tmp_path, {0: "LABEL_0"}), 60)


def test_a_model_that_is_not_there_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelError, match=r"(?s)cannot load the second judge .*nowhere.*\[judge\] model"):
        load_nli(str(tmp_path / "nowhere"), 60)
