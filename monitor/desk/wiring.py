"""What every flow at the desk needs, wired together once by the service, and what all flows do in the same way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from monitor.alert.slack.blocks import Message
from monitor.config import Config, DeskConfig
from monitor.desk.actions import Action
from monitor.desk.members import Members
from monitor.desk.outcome import Outcome
from monitor.desk.perform import Context, perform
from monitor.desk.voice import Voice
from monitor.errors import DeliveryError
from monitor.model import Person, Proposal, Rules
from monitor.pipeline import Pipeline
from monitor.store.db import Store

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Asker:
    """Who presses, by which click (`key`), and where a private answer reaches that person."""

    person: Person
    key: str
    channel: str | None = None
    thread: str | None = None
    response_url: str | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """Wiring. `rules()`: as they are now; `context()`: what performing an action needs of the rest, with these rules.
    `woken()`: something was enqueued, or is due at another time than before."""

    store: Store
    pipeline: Pipeline
    voice: Voice
    members: Members
    config: Config
    rules: Callable[[], Rules]
    context: Callable[[], Context]
    now: Callable[[], datetime]
    woken: Callable[[], None]

    async def do(self, asker: Asker, action: Action) -> Outcome | None:
        """Perform an action, mark its click handled, and tell its presser what only that person is told.

        None, and nothing done, where the click was handled before.
        """
        outcome = await asyncio.to_thread(self._perform, asker, action)
        if outcome is None:
            return None
        self.woken()
        if outcome.look_alike is not None or outcome.taken_back:
            # Before the answer: who is told that it is open again may rely on the next post's alert.
            await asyncio.to_thread(self.pipeline.learn)
        said = outcome.refusal or outcome.answer
        if said is not None:
            await self.tell(asker, said)
        return outcome

    def _perform(self, asker: Asker, action: Action) -> Outcome | None:
        with self.store.transaction() as db:
            return perform(db, asker.key, action, asker.person, self.now(), self.context())

    async def show(self, asker: Asker, message: Message) -> None:
        """Show something to the presser alone. Raises DeliveryError: it is all that was asked for."""
        await self.voice.whisper(
            asker.person.id,
            message.text,
            blocks=list(message.blocks),
            response_url=asker.response_url,
            channel=asker.channel,
            thread=asker.thread,
        )

    async def tell(self, asker: Asker, text: str) -> None:
        """Say something to the presser alone. What was done stays done where Slack does not take it."""
        try:
            await self.voice.whisper(
                asker.person.id,
                text,
                response_url=asker.response_url,
                channel=asker.channel,
                thread=asker.thread,
            )
        except DeliveryError as error:
            log.warning("a private answer was not delivered", click=asker.key, error=str(error))


def context(pipeline: Pipeline, settings: DeskConfig) -> Context:
    """What performing needs of the pipeline, with the rules that it goes by now."""
    return Context(
        settings=settings,
        rules=pipeline.stages.rules,
        enqueue_update=pipeline.enqueue_update,
        enqueue_answered=pipeline.enqueue_answered,
        is_silenced=pipeline.is_silenced,
        accept=_accept,
    )


def _accept(proposal: Proposal) -> str | None:
    """A change of a file takes a while to prepare: the flow that accepts one puts its own in this place."""
    return f"{proposal.file} was not prepared: press again."
