"""Every exception that this project raises on purpose.

MonitorError
├── ConfigError            config.toml cannot be used: carries every problem found
├── RulesError             rules/*.toml cannot be used: carries every problem found
├── EditRefused            a file of the rules was not changed or written: nothing is lost, and it says why
├── ModelError             the language model is missing, damaged or not what the config names
├── JudgeError             the endpoint of the second judge gave no opinion
├── StoreError             the database cannot be opened or is not ours
├── InputError             a file or standard input given on the command line cannot be read
├── PostError              one post cannot be read: counted and skipped
├── ClickError             an interaction from Slack cannot be read: logged and set aside
├── SourceError            a source did not give a page
│   ├── SourceUnavailable  it may by itself: tried again with back-off, or after `retry_after` seconds
│   └── SourceRefused      it will not until somebody acts (a token, an address): tried again rarely
└── DeliveryError          a notification was not delivered
    ├── DeliveryRetryable  certainly not delivered: tried again, after `retry_after` seconds where given
    ├── DeliveryUnknown    may have been delivered: looked for before it is tried again
    └── DeliveryPermanent  will not be delivered until somebody acts (channel, scope, token)
        └── TooLate        the click that asked for it is too old: press again

A message says what failed, where, and what the reader can do. Who catches it adds how often and when it is tried again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


class MonitorError(Exception):
    """Something that the person who runs monitor can mend. The command line prints it without a traceback."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in a file that a person wrote: where, what is wrong, how to mend it. Lines and columns start at 1."""

    path: Path
    line: int
    column: int
    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.what}; {self.mend}"


class _Problems(MonitorError):
    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class ConfigError(_Problems):
    """config.toml cannot be used."""


class RulesError(_Problems):
    """The rules cannot be used."""


class EditRefused(MonitorError):
    """A file of the rules was left as it is: the change cannot be made, or would break the rules."""


class ModelError(MonitorError):
    """The language model cannot be used."""


class JudgeError(MonitorError):
    """The second judge's endpoint gave no opinion. `wait`: the seconds after which it may, None where that is unknown;
    `again`: whether asking once more, after `wait`, is worth it at all."""

    def __init__(self, message: str, wait: float | None = None, *, again: bool = False) -> None:
        super().__init__(message)
        self.wait = wait
        self.again = again


class StoreError(MonitorError):
    """The database cannot be used."""


class InputError(MonitorError):
    """What was given on the command line cannot be read."""


class PostError(MonitorError):
    """One post cannot be read. Where many come, it is counted and skipped."""


class ClickError(MonitorError):
    """An interaction from Slack is not what Slack documents: logged and set aside."""


class SourceError(MonitorError):
    """A source gave no page."""


class SourceUnavailable(SourceError):
    """A source gave no page now. `retry_after`: the seconds that it asked us to wait, None where it did not say."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class SourceRefused(SourceError):
    """A source will give no page until somebody mends the cause: a token, a permission, an address."""


class DeliveryError(MonitorError):
    """A notification was not delivered."""


class DeliveryRetryable(DeliveryError):
    """Certainly not delivered. `retry_after`: the seconds that the receiver asked for, None if it did not say. `away`:
    nothing else would have got through either."""

    def __init__(self, message: str, retry_after: float | None = None, *, away: bool = False) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.away = away


class DeliveryUnknown(DeliveryError):
    """The connection broke, or the answer was a server error, after the request may have been acted on."""


class DeliveryPermanent(DeliveryError):
    """Will not be delivered until somebody mends the cause. `code`: the receiver's own word for it, if any."""

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code


class TooLate(DeliveryPermanent):
    """A window opens for three seconds after the click that asks for it, and they are over."""
