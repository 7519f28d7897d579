"""Uploads the pictures that notices show. A picture never costs its notice: what fails for good is left out.

Slack's way (docs.slack.dev, "Working with files"): files.getUploadURLExternal names an address, the bytes are posted
there, files.completeUploadExternal makes them a file. The file is shared nowhere until a message shows it by its id.
Slack still works on the file when it answers, so a message that comes too early is refused with invalid_blocks
(slackapi/python-slack-sdk#1521, #1658).
"""

from __future__ import annotations

import msgspec
import structlog

from monitor.alert import wording
from monitor.alert.slack.api import WebApi
from monitor.errors import DeliveryPermanent, DeliveryRetryable
from monitor.model import Picture

log = structlog.get_logger()

PATIENCE = 4
"""Failures of the file server, or to show the file, after which a notice goes out without its picture."""
ALT_LIMIT = 1000
NOT_YET = "invalid_blocks"
"""Slack's code where it cannot show the file yet; also its code for blocks that it never will."""


class _Address(msgspec.Struct):
    upload_url: str
    file_id: str


class _Completed(msgspec.Struct):
    ok: bool = True


class Pictures:
    """The pictures of the notices that are on their way. It forgets at the end of the process: a restart uploads again,
    and the file of the first upload is seen by nobody."""

    def __init__(self, api: WebApi) -> None:
        self._api = api
        self._files: dict[str, str] = {}
        self._failures: dict[str, int] = {}

    async def file_of(self, delivery_id: str, picture: Picture) -> str | None:
        """The id of a notice's picture, which is uploaded the first time. None where it was given up.

        Raises DeliveryRetryable: uploading again does no harm.
        """
        if self._failures.get(delivery_id, 0) >= PATIENCE:
            return None
        if delivery_id not in self._files:
            try:
                self._files[delivery_id] = await self._upload(delivery_id, picture)
            except DeliveryPermanent as error:
                log.warning("the picture is left out", delivery_id=delivery_id, error=str(error))
                self._failures[delivery_id] = PATIENCE
                return None
        return self._files[delivery_id]

    def later(self, delivery_id: str, error: DeliveryPermanent) -> DeliveryRetryable | None:
        """What a refusal of the message that shows the file means: try again, or None where the file has no part in
        it."""
        if delivery_id not in self._files or error.code != NOT_YET:
            return None
        self._failed(delivery_id)
        if self._failures[delivery_id] >= PATIENCE:
            del self._files[delivery_id]
        return DeliveryRetryable(f"the picture cannot be shown yet: {error}")

    def delivered(self, delivery_id: str) -> None:
        self._files.pop(delivery_id, None)
        self._failures.pop(delivery_id, None)

    async def _upload(self, delivery_id: str, picture: Picture) -> str:
        address = await self._api.again(
            "files.getUploadURLExternal",
            _Address,
            form={
                "filename": "picture.png",
                "length": len(picture.png),
                "alt_txt": wording.one_line(picture.alt, ALT_LIMIT),
            },
        )
        try:
            await self._api.upload(address.upload_url, picture.png)
        except DeliveryRetryable:
            # The file server is another host, which a firewall may keep from us for ever.
            self._failed(delivery_id)
            raise
        described = {"id": address.file_id, "title": wording.one_line(picture.title, 200), "highlight_type": "png"}
        await self._api.again(
            "files.completeUploadExternal", _Completed, form={"files": msgspec.json.encode([described]).decode()}
        )
        return address.file_id

    def _failed(self, delivery_id: str) -> None:
        self._failures[delivery_id] = self._failures.get(delivery_id, 0) + 1
