"""The forms of a new claim and of a new candidate: what they send, and what becomes of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import quote

import msgspec
from aiohttp import web

from monitor.workbench import newcomers, pages
from monitor.workbench.answers import body, page, piece


class ClaimAsked(msgspec.Struct, frozen=True):
    """A new claim as it stands in the form: lists have an entry in each line."""

    claim: str
    truth: str
    about: tuple[str, ...] = ()
    phrasings: str = ""
    must_mention: str = ""
    evidence: str = ""
    correction: str = ""


class CandidateAsked(msgspec.Struct, frozen=True):
    """A new candidate as it stands in the form: lists have an entry in each line."""

    name: str
    id: str = ""
    aliases: str = ""
    ambiguous: str = ""
    context: str = ""
    handles: str = ""
    hashtags: str = ""
    ours: bool = False


class Forms:
    """The handlers. `folder`: of the rules."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/new", self._claim),
            web.post("/new", self._make_claim),
            web.get("/new/candidate", self._candidate),
            web.post("/new/candidate", self._make_candidate),
        ]

    async def _claim(self, request: web.Request) -> web.Response:
        candidates = await asyncio.to_thread(newcomers.candidates, self._folder)
        return page(pages.new_claim(candidates, request.query.get("about")))

    async def _make_claim(self, request: web.Request) -> web.Response:
        asked = await body(request, ClaimAsked)
        claim = newcomers.claim_of(
            asked.claim,
            asked.truth,
            asked.about,
            phrasings=asked.phrasings,
            must_mention=asked.must_mention,
            evidence=asked.evidence,
            correction=asked.correction,
        )
        if mistakes := newcomers.mistakes(claim):
            return piece(pages.refused(mistakes), ok=False)
        # To its end, even where the window is closed just now.
        written = await asyncio.shield(asyncio.to_thread(newcomers.write, self._folder, claim))
        return piece("", ok=True, opens=f"/claims/{quote(written.file)}")

    async def _candidate(self, _: web.Request) -> web.Response:
        return page(pages.new_candidate())

    async def _make_candidate(self, request: web.Request) -> web.Response:
        asked = await body(request, CandidateAsked)
        candidate = newcomers.candidate_of(
            asked.name,
            asked.id,
            aliases=asked.aliases,
            ambiguous=asked.ambiguous,
            context=asked.context,
            handles=asked.handles,
            hashtags=asked.hashtags,
            ours=asked.ours,
        )
        known = await asyncio.to_thread(newcomers.candidates, self._folder)
        if mistakes := newcomers.mistakes_in_candidate(candidate, known):
            return piece(pages.refused(mistakes), ok=False)
        # To its end, even where the window is closed just now.
        written = await asyncio.shield(asyncio.to_thread(newcomers.write_candidate, self._folder, candidate))
        return piece("", ok=True, opens=f"/new?about={quote(written.id)}")
