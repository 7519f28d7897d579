"""Requests to Slack's Web API, and what their failures mean."""

from __future__ import annotations

import logging
from types import TracebackType
from typing import Self, TypeVar

import aiohttp
import msgspec
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from monitor.alert.slack import failures
from monitor.config import SlackConfig
from monitor.errors import DeliveryPermanent, DeliveryRetryable, DeliveryUnknown

Answer = TypeVar("Answer")

TIMEOUT = aiohttp.ClientTimeout(total=15, sock_connect=5)


class WebApi:
    """Slack's Web API. Use it as an async context: it holds one HTTP session open."""

    def __init__(self, config: SlackConfig) -> None:
        self._client = AsyncWebClient(
            token=config.token.reveal(),
            base_url=config.base_url,
            # Slack has no idempotency key, and the SDK's own retries post a message twice. The outbox retries.
            retry_handlers=[],
            # At level DEBUG the SDK logs whole messages.
            logger=_quiet_logger(),
        )
        # The SDK takes HTTP_PROXY for every host; the session below also honours NO_PROXY.
        self._client.proxy = None

    async def __aenter__(self) -> Self:
        # Given a session, the SDK ignores its own time-out: this one counts.
        self._session = aiohttp.ClientSession(timeout=TIMEOUT, trust_env=True)
        self._client.session = self._session
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._session.close()

    async def call(
        self,
        method: str,
        answer: type[Answer],
        *,
        json: dict[str, object] | None = None,
        form: dict[str, object] | None = None,
    ) -> Answer:
        """One request, its answer decoded. Reading methods get a form: Slack takes JSON for some of them only.

        Raises DeliveryError.
        """
        try:
            response = await self._client.api_call(method, json=json, data=form)
        except SlackApiError as error:
            raise failures.of_answer(method, error) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise failures.of_connection(method, error) from error
        except AttributeError as error:
            # The SDK stumbles over an answer that is neither JSON nor an error: a proxy's page, say.
            raise DeliveryUnknown(f"{method}: the answer was not Slack's: check base_url and any proxy") from error
        try:
            return msgspec.convert(response.data, answer)
        except msgspec.ValidationError as error:
            raise DeliveryUnknown(f"{method}: the answer is not as Slack documents it: {error}") from error

    async def again(
        self,
        method: str,
        answer: type[Answer],
        *,
        json: dict[str, object] | None = None,
        form: dict[str, object] | None = None,
    ) -> Answer:
        """`call` for what may be asked twice: an unknown outcome is simply tried again."""
        try:
            return await self.call(method, answer, json=json, form=form)
        except DeliveryUnknown as error:
            raise DeliveryRetryable(str(error)) from error

    async def upload(self, address: str, content: bytes) -> None:
        """Post a file's bytes to the address that Slack named for them; the token stays here. Raises DeliveryError."""
        try:
            async with self._session.post(address, data=content) as response:
                status = response.status
        except (aiohttp.ClientError, TimeoutError) as error:
            raise DeliveryRetryable(f"file upload: Slack's file server did not answer: {error!r}") from error
        except ValueError as error:
            raise DeliveryPermanent("file upload: the address that Slack named is none") from error
        if status != 200:
            raise DeliveryRetryable(f"file upload: Slack's file server answered status {status}")


def _quiet_logger() -> logging.Logger:
    logger = logging.getLogger("monitor.slack_sdk")
    logger.setLevel(logging.WARNING)
    return logger
