"""A proposed change of a rules file is accepted or discarded.

The file is read, changed and tried before the transaction, because the claim's tests take seconds; inside it the file
is only put in its place.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from monitor.desk.actions import AcceptProposal, DiscardProposal
from monitor.desk.payload import Pressed
from monitor.desk.perform import Context
from monitor.desk.wiring import Asker, Desk
from monitor.errors import EditRefused
from monitor.model import Proposal, ProposalState
from monitor.rulebook import edit, testing
from monitor.store import proposals
from monitor.toml import show


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file that is ready to be written, or why it is not changed; neither where the proposal is settled already."""

    change: edit.Edit | None = None
    refusal: str | None = None

    def write(self, proposal: Proposal) -> str | None:
        """Put it in its place. Returns why it could not be."""
        if self.change is None:
            return self.refusal or f"{proposal.file} was not looked at: press again."
        try:
            edit.write(self.change)
        except EditRefused as error:
            return f"{proposal.file} stays as it is: {error}."
        return None


async def accepted(desk: Desk, asker: Asker, request: Pressed) -> None:
    prepared = await asyncio.to_thread(_prepare, desk, request.value)

    def context() -> Context:
        return replace(desk.context(), accept=prepared.write)

    diff = () if prepared.change is None else prepared.change.diff
    await replace(desk, context=context).do(asker, AcceptProposal(request.value, diff))


async def discarded(desk: Desk, asker: Asker, request: Pressed) -> None:
    await desk.do(asker, DiscardProposal(request.value))


def _prepare(desk: Desk, proposal_id: str) -> Prepared:
    with desk.store.reading() as db:
        proposal = proposals.get(db, proposal_id)
    if proposal is None or proposal.state is not ProposalState.OPEN:
        return Prepared()
    try:
        change = edit.plan(desk.config.rules, proposal.claim_id, proposal.text)
    except EditRefused as error:
        return Prepared(refusal=f"{proposal.file} stays as it is: {error}.")
    failing = _failing(desk, change)
    if failing is not None:
        return Prepared(refusal=f"{proposal.file} stays as it is: a test of this claim would fail. {failing}")
    return Prepared(change)


def _failing(desk: Desk, change: edit.Edit) -> str | None:
    """The first of the claim's own tests that would fail with the change, in words."""
    tried = testing.as_if_active(change.rules)
    claim = tried.claim(change.claim.id)
    if change.after == change.before or claim is None or not claim.tests:
        return None
    # Beside all other claims, as it will be; only its own tests are asked.
    others = tuple(replace(other, tests=()) if other.id != claim.id else other for other in tried.claims)
    stages = desk.pipeline.stages.with_rules(replace(tried, claims=others))
    for result in testing.run_tests(stages.rules, stages.classify, desk.now()):
        if not result.passed:
            return f'"{show(result.test.post, 200)}": {result.why}'
    return None
