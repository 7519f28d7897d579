"""Slack's Web API with typed answers: one HTTP session, no retries of its own, failures as DeliveryError."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import TracebackType
from typing import Self, TypeVar

import aiohttp
import msgspec
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from monitor.alert.slack import failures
from monitor.config import Secret, SlackConfig
from monitor.errors import DeliveryPermanent, DeliveryRetryable, DeliveryUnknown

Answer = TypeVar("Answer")

TIMEOUT = aiohttp.ClientTimeout(total=15, sock_connect=5)
SCOPES_HEADER = "x-oauth-scopes"
"""Slack names the token's scopes in every answer (docs.slack.dev/authentication, "Inspecting scopes")."""


class SlackApi:
    """The Web API for one token. An async context: it holds one HTTP session open."""

    def __init__(self, token: Secret, base_url: str) -> None:
        self.client = AsyncWebClient(
            token=token.reveal(),
            base_url=base_url,
            # Slack has no idempotency key, and the SDK's own retries post a message twice. Who calls may retry.
            retry_handlers=[],
            # At level DEBUG the SDK logs whole messages.
            logger=quiet_logger(),
        )
        # The SDK takes HTTP_PROXY for every host; the session below also honours NO_PROXY.
        self.client.proxy = None

    async def __aenter__(self) -> Self:
        # Given a session, the SDK ignores its own time-out: this one counts.
        self.client.session = aiohttp.ClientSession(timeout=TIMEOUT, trust_env=True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.client.session is not None:
            await self.client.session.close()

    @property
    def session(self) -> aiohttp.ClientSession:
        session = self.client.session
        if session is None:
            raise RuntimeError("the Web API is used outside of its context")
        return session

    async def call(
        self,
        method: str,
        answer: type[Answer],
        *,
        json: Mapping[str, object] | None = None,
        form: Mapping[str, object] | None = None,
    ) -> Answer:
        """One request, its answer decoded. Reading methods get a form: Slack takes JSON for some of them only."""
        response = await self._request(method, json, form)
        try:
            return msgspec.convert(response.data, answer)
        except msgspec.ValidationError as error:
            raise DeliveryUnknown(f"{method}: the answer is not as Slack documents it: {error}") from error

    async def again(
        self,
        method: str,
        answer: type[Answer],
        *,
        json: Mapping[str, object] | None = None,
        form: Mapping[str, object] | None = None,
    ) -> Answer:
        """`call` for what may be asked twice: an unknown outcome is simply tried again."""
        try:
            return await self.call(method, answer, json=json, form=form)
        except DeliveryUnknown as error:
            raise DeliveryRetryable(str(error)) from error

    async def upload(self, address: str, content: bytes) -> None:
        """Post a file's bytes to the address that Slack named for them; the token stays here. Raises DeliveryError."""
        try:
            async with self.session.post(address, data=content) as response:
                status = response.status
        except aiohttp.InvalidURL as error:
            raise DeliveryPermanent("file upload: the address that Slack named is none") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise DeliveryRetryable(f"file upload: Slack's file server did not answer: {error!r}") from error
        if status != 200:
            raise DeliveryRetryable(f"file upload: Slack's file server answered status {status}")

    async def scopes(self) -> frozenset[str] | None:
        """What the token may do; None where the server does not say."""
        response = await self._request("auth.test", None, {})
        headers: Mapping[str, str] = response.headers
        named = next((headers[name] for name in headers if name.lower() == SCOPES_HEADER), None)
        return None if named is None else frozenset(scope.strip() for scope in named.split(",") if scope.strip())

    async def _request(
        self, method: str, json: Mapping[str, object] | None, form: Mapping[str, object] | None
    ) -> AsyncSlackResponse:
        try:
            return await self.client.api_call(
                method, json=None if json is None else dict(json), data=None if form is None else dict(form)
            )
        except SlackApiError as error:
            raise failures.of_answer(method, error) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise failures.of_connection(method, error) from error
        except AttributeError as error:
            # The SDK stumbles over an answer that is neither JSON nor an error: a proxy's page, say.
            raise DeliveryUnknown(f"{method}: the answer was not Slack's: check base_url and any proxy") from error


class WebApi(SlackApi):
    """The Web API as a config names it."""

    def __init__(self, config: SlackConfig) -> None:
        super().__init__(config.token, config.base_url)


def quiet_logger() -> logging.Logger:
    logger = logging.getLogger("monitor.slack_sdk")
    logger.setLevel(logging.WARNING)
    return logger
