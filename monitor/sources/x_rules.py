"""X API v2: the rules of the filtered stream, which are our searches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import httpx
import msgspec

from monitor.errors import SourceRefused
from monitor.sources.http import Answer, decode, expect_success, request

TAG = "monitor"
"""On the rules that are ours: others of the same account are left alone."""


class _Rule(msgspec.Struct):
    id: str
    value: str
    tag: str | None = None


class _Rules(msgspec.Struct):
    data: list[_Rule] = []


class _Trouble(msgspec.Struct):
    title: str = ""
    detail: str = ""


class Troubles(msgspec.Struct):
    errors: list[_Trouble] = []


class StreamRules:
    """The rules of one account. Raises SourceUnavailable or SourceRefused."""

    def __init__(self, address: str, headers: Mapping[str, str]) -> None:
        self._address = address
        self._headers = headers

    async def agree(self, http: httpx.AsyncClient, wanted: Sequence[str]) -> None:
        """What is missing of what is wanted is added, what is no longer wanted deleted."""
        set_already = await self.ours(http)
        unwanted = [rule.id for rule in set_already if rule.value not in wanted]
        missing = [rule for rule in wanted if rule not in {known.value for known in set_already}]
        if unwanted:
            expect_success(await self._change(http, {"delete": {"ids": unwanted}}))
        if missing:
            answer = await self._change(http, {"add": [{"value": rule, "tag": TAG} for rule in missing]})
            for trouble in decode(expect_success(answer), Troubles).errors:
                if trouble.title != "DuplicateRule":
                    raise SourceRefused(f"X does not take a search as a rule ({trouble.title} {trouble.detail})"[:300])

    async def ours(self, http: httpx.AsyncClient) -> list[_Rule]:
        answer = await request(http, "GET", self._address, headers=self._headers)
        return [rule for rule in decode(expect_success(answer), _Rules).data if rule.tag == TAG]

    async def _change(self, http: httpx.AsyncClient, change: Mapping[str, object]) -> Answer:
        return await request(http, "POST", self._address, headers=self._headers, json=change)
