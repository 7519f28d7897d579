"""The protocol that every receiver of notifications follows."""

from __future__ import annotations

from datetime import datetime
from types import TracebackType
from typing import Protocol, Self

from monitor.model import Notification, Receipt


class Notifier(Protocol):
    """Delivers notifications to people. An async context: what it holds open is closed at the end."""

    @property
    def seconds_between(self) -> float:
        """The pace that the receiver bears for new messages, and again for updates; short bursts are allowed."""
        ...

    async def deliver(self, notification: Notification, root: Receipt | None) -> Receipt:
        """Deliver once. `root` is the receipt of the incident's message: given for an UPDATE, a REPLY and a NOTICE in
        the incident's thread, else None.

        An UPDATE returns `root`, an EDIT its target. Raises DeliveryRetryable, DeliveryUnknown or DeliveryPermanent.
        """
        ...

    async def find(self, notification: Notification, root: Receipt | None, since: datetime) -> Receipt | None:
        """Look for a delivery of unknown outcome by its delivery_id among what was delivered since `since`.

        Returns None when it is certainly not there. Raises like `deliver` where that cannot be told.
        """
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...
