"""What is computed while a command runs is computed once, also where no file keeps it: the words of rules and tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from monitor.text.texts import Memory


class InMind:
    """A memory before another one. It grows with what is asked: for a command, not for a service."""

    def __init__(self, behind: Memory) -> None:
        self._behind = behind
        self._known: dict[bytes, bytes] = {}

    def recall(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """What is known of these keys."""
        new = [key for key in keys if key not in self._known]
        if new:
            self._known |= self._behind.recall(new)
        return {key: self._known[key] for key in keys if key in self._known}

    def keep(self, found: Mapping[bytes, bytes]) -> None:
        """Remember these."""
        self._known |= found
        self._behind.keep(found)
