"""Reads a post and a claim together, word piece by word piece: does the post assert it, deny it, ask, joke, or neither?

One vector for a whole text cannot say who did what to whom, or whether a "not" belongs to the claim. The reader can: it
is MiniLM, trained further by training/fit_reader.py to read a post beside a claim's dossier (monitor/match/network.py).
Names are marked by role, the claim's own candidate or another one, so that it learns roles and never a name.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import regex
from numpy.typing import NDArray

from monitor.match.encoder import computes_in_bfloat16, packaged_folder
from monitor.match.evidence import Names
from monitor.model import Claim
from monitor.text import fold, hashtags, split_hashtag, without_links

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

    from monitor.match.network import Kept, Network

SAYS = ("asserts", "denies", "asks", "jokes", "neither")
"""What a post does with a claim: the reader's classes, in order."""
NOBODY, OWN, OTHER, BOTH = 0, 1, 2, 3
CLAIM, WORDING, TRUTH = 1, 2, 3
"""Parts of a dossier. What a claim is not is no part of it: a reader that sees it is warier of every post, and the
trees know how near a post is to it (docs/measurements.md)."""
PARTS = 4
ROLES = 4
POST_PIECES = 128
DOSSIER_PIECES = 112
"""Word pieces read of a post, and of a dossier."""
MOST_PHRASINGS = 5
"""The first phrasings of a claim by which posts are judged; all of them find posts. More would push the truth out
of the dossier, and the judge was trained with no more (docs/measurements.md)."""
SHORTEST_BEGINNING = 5
"""Letters of a name by which a longer word that begins with it counts as that name: riveras, RiveraDropsOut."""

BATCH = 16
"""Posts read at once: what the layers make of so many stays in the processor's cache (docs/measurements.md)."""
FEWEST = 8
"""Posts read at once at least, the last of them again and again where there are fewer: products of a few rows are
computed in another way, and an answer must not depend on what else is asked."""
STEP = 16
"""Word pieces up to a multiple of which a post is filled up, for the same reason. A dossier is always filled up."""
REMEMBERED = 256
"""Dossiers whose keys and values are kept: 1 MB each in bfloat16, 2 MB in float32."""

_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")


@dataclass(frozen=True, slots=True)
class Strip:
    """Word pieces in order, whose name each belongs to (NOBODY ...) and which part of a dossier (CLAIM ...)."""

    tokens: tuple[int, ...]
    roles: tuple[int, ...]
    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """What does this text say of this claim? `names`: whose names are whose, seen from the claim."""

    text: str
    claim: Claim
    names: Names


class Reader:
    """The trained network with its tokenizer. Blocking, and not for two threads at once."""

    def __init__(self, network: Network, tokenizer: Tokenizer) -> None:
        self._network = network.eval()
        self._tokenizer = tokenizer
        self._kept: OrderedDict[tuple[Claim, Names], Kept] = OrderedDict()

    def read(self, questions: Sequence[Question]) -> NDArray[np.float64]:
        """float64[n, len(SAYS)]: the logarithms of the network's probabilities, of each question the same whatever else
        is asked: bit by bit in float32, to 0.04 in bfloat16 (docs/measurements.md). Texts of a length go together."""
        # A post is asked about several claims; those about one candidate see the same names in it.
        cut = {key: post_strip(self._tokenizer, *key) for key in dict.fromkeys(map(_key, questions))}
        strips = [cut[_key(question)] for question in questions]
        groups: defaultdict[int, list[int]] = defaultdict(list)
        for number, strip in enumerate(strips):
            groups[-(-len(strip.tokens) // STEP) * STEP].append(number)
        said = np.empty((len(questions), len(SAYS)))
        for length, numbers in groups.items():
            for start in range(0, len(numbers), BATCH):
                batch = numbers[start : start + BATCH]
                filled = batch + [batch[-1]] * (FEWEST - len(batch))
                rows = self._read([strips[one] for one in filled], [questions[one] for one in filled], length)
                said[batch] = rows[: len(batch)]
        return said

    def _read(self, strips: Sequence[Strip], questions: Sequence[Question], length: int) -> NDArray[np.float64]:
        import torch  # noqa: PLC0415 (seconds: only where something is read)

        from monitor.match.network import stack  # noqa: PLC0415

        tokens, roles, _ = (torch.from_numpy(column) for column in padded(strips, length))
        with torch.inference_mode():
            # One for each post at once: a table of all dossiers to pick from would be one copy more.
            kept = stack(self._keep([(question.claim, question.names) for question in questions]))
            scores = self._network(tokens, roles, kept)
            return np.asarray(scores.float().log_softmax(dim=-1).numpy(), dtype=np.float64)

    def _keep(self, asked: Sequence[tuple[Claim, Names]]) -> list[Kept]:
        """What the layers make of each dossier, filled up; asked again, it is remembered."""
        import torch  # noqa: PLC0415

        from monitor.match.network import stack  # noqa: PLC0415

        for key in asked:
            if key in self._kept:
                self._kept.move_to_end(key)
                continue
            claim, names = key
            columns = padded([dossier_strip(self._tokenizer, sentences_of(claim), names)])
            kept = self._network.keep(*(torch.from_numpy(column) for column in columns))
            self._kept[key] = stack([kept], DOSSIER_PIECES)
        found = [self._kept[key] for key in asked]
        while len(self._kept) > REMEMBERED:
            self._kept.popitem(last=False)
        return found


def load_reader(path: Path) -> Reader:
    """The reader with the weights in a file. Seconds. Raises ModelError when the packaged language model is missing."""
    import torch  # noqa: PLC0415 (seconds: only where something is read)
    from safetensors.numpy import load  # noqa: PLC0415
    from tokenizers import Tokenizer  # noqa: PLC0415

    from monitor.match.network import Network, unpacked  # noqa: PLC0415

    network = Network(ROLES, PARTS, len(SAYS))
    network.load_state_dict(unpacked(load(path.read_bytes())))
    tokenizer = Tokenizer.from_file(str(packaged_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    # Where the processor computes in bfloat16, reading takes a third of the time; the answers differ by a hundredth.
    return Reader(network.to(torch.bfloat16 if computes_in_bfloat16() else torch.float32), tokenizer)


def plain(text: str) -> str:
    """A text as it is read: without links, hashtags as the words that they are made of."""
    text = without_links(text)
    for tag in sorted(set(hashtags(text)), key=len, reverse=True):
        text = text.replace(tag, "# " + " ".join(split_hashtag(tag)))
    return text


def post_strip(tokenizer: Tokenizer, text: str, names: Names) -> Strip:
    """A post as the network reads it."""
    encoding = tokenizer.encode(text)
    return _cut(encoding.ids, roles_of(text, encoding, names), [0] * len(encoding.ids), POST_PIECES)


def dossier_strip(tokenizer: Tokenizer, sentences: Sequence[tuple[int, str]], names: Names) -> Strip:
    """What is known of a claim, one (part, sentence) after the other, as the network reads it."""
    tokens, roles, parts = [], [], []
    for number, (part, text) in enumerate(sentences):
        encoding = tokenizer.encode(text)
        start = 0 if number == 0 else 1
        tokens += encoding.ids[start:]
        roles += roles_of(text, encoding, names)[start:]
        parts += [part] * len(encoding.ids[start:])
    return _cut(tokens, roles, parts, DOSSIER_PIECES)


def sentences_of(claim: Claim) -> list[tuple[int, str]]:
    """A claim's dossier: its sentence, first wordings and truth."""
    wordings = [(WORDING, wording) for wording in claim.phrasings[:MOST_PHRASINGS]]
    truth = [(TRUTH, claim.truth)] if claim.truth else []
    return [(CLAIM, claim.claim), *wordings, *truth]


def padded(
    strips: Sequence[Strip], length: int | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Tokens, roles and parts of strips as int64[n, length], filled up with 0; with no length, the longest strip's."""
    longest = length or max(len(strip.tokens) for strip in strips)
    columns = np.zeros((3, len(strips), longest), dtype=np.int64)
    for number, strip in enumerate(strips):
        columns[:, number, : len(strip.tokens)] = (strip.tokens, strip.roles, strip.parts)
    return columns[0], columns[1], columns[2]


def roles_of(text: str, encoding: Encoding, names: Names) -> list[int]:
    """Whose name each word piece of a text belongs to."""
    if not names.own and not names.others:
        return [NOBODY] * len(encoding.ids)
    marks = [NOBODY] * len(text)
    for word in _WORD.finditer(text):
        role = _role(word.group(), names)
        if role:
            marks[word.start() : word.end()] = [role] * (word.end() - word.start())
    return [marks[start] if end > start else NOBODY for start, end in encoding.offsets]


def _key(question: Question) -> tuple[str, Names]:
    return plain(question.text), question.names


def _cut(tokens: Sequence[int], roles: Sequence[int], parts: Sequence[int], longest: int) -> Strip:
    """At most `longest` pieces; the last one stays, since it ends the text."""
    if len(tokens) <= longest:
        return Strip(tuple(tokens), tuple(roles), tuple(parts))
    kept = [*range(longest - 1), len(tokens) - 1]
    return Strip(
        tuple(tokens[one] for one in kept), tuple(roles[one] for one in kept), tuple(parts[one] for one in kept)
    )


@lru_cache(maxsize=100_000)
def _role(word: str, names: Names) -> int:
    folded = fold(word)
    return OWN * _is_name(folded, names.own) | OTHER * _is_name(folded, names.others)


def _is_name(word: str, names: frozenset[str]) -> bool:
    return word in names or any(len(name) >= SHORTEST_BEGINNING and word.startswith(name) for name in names)
