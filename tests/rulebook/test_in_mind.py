from __future__ import annotations

from collections.abc import Mapping, Sequence

from monitor.rulebook.in_mind import InMind


class Behind:
    """A memory that keeps nothing, and knows one thing."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []

    def recall(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        self.asked += keys
        return {key: b"known" for key in keys if key == b"old"}

    def keep(self, found: Mapping[bytes, bytes]) -> None:
        self.asked += [b"kept", *found]


def test_what_was_computed_or_found_once_is_not_asked_for_again() -> None:
    behind = Behind()
    memory = InMind(behind)

    memory.keep({b"new": b"value"})

    assert memory.recall([b"new", b"old", b"never"]) == {b"new": b"value", b"old": b"known"}
    assert memory.recall([b"old"]) == {b"old": b"known"}
    assert behind.asked == [b"kept", b"new", b"old", b"never"]
