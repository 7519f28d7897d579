"""Where reading a TOML text stopped, and what is told about it."""

from __future__ import annotations

import re
from dataclasses import dataclass

KEY = r"[A-Za-z0-9_.-]+"
"""A key as TOML allows it without quotes."""
SETTING = re.compile(rf"\s*{KEY}\s*=")
"""The beginning of a line that sets a key."""


@dataclass(frozen=True, slots=True)
class Slip:
    """One mistake. `meant` is the whole text as it was probably meant, None where that cannot be told."""

    line: int
    column: int
    what: str
    mend: str
    meant: str | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """Where `tomllib` stopped reading, and its reason. `lines` are without their ends; line and column count from 1."""

    lines: tuple[str, ...]
    line: int
    column: int
    cause: str

    @property
    def here(self) -> str:
        """The line at which reading stopped."""
        return self.lines[self.line - 1]

    @property
    def before(self) -> str:
        """What of the line was read."""
        return self.here[: self.column - 1]

    @property
    def rest(self) -> str:
        """What of the line was not."""
        return self.here[self.column - 1 :]

    @property
    def indent(self) -> int:
        """The column at which the line's first word stands."""
        return len(self.here) - len(self.here.lstrip()) + 1

    def with_line(self, content: str, line: int | None = None) -> str:
        """The whole text with one line put differently."""
        index = (line or self.line) - 1
        return "\n".join((*self.lines[:index], content, *self.lines[index + 1 :]))

    def slip(
        self, what: str, mend: str, meant: str | None = None, *, line: int | None = None, column: int | None = None
    ) -> Slip:
        return Slip(line or self.line, column or self.column, what, mend, meant)


def show(value: object, limit: int = 60) -> str:
    """A value or a part of a file as messages show it: one short line, with nothing that a terminal would act on."""
    if isinstance(value, dict):
        text = "a table"
    elif isinstance(value, list):
        text = "a list"
    elif isinstance(value, int) and abs(value) > 10**limit:
        text = "a number that is far too large"  # str() itself refuses the largest of them
    else:
        text = str(value).lower() if isinstance(value, bool) else str(value).strip()
    text = "".join(character if character.isprintable() else "?" for character in text)
    return text if len(text) <= limit else f"{text[: limit - 3]}..."
