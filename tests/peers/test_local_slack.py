"""Against local-slack, which drops metadata from the history: what is in doubt is found by its block id."""

from __future__ import annotations

import os
import socket
from urllib.parse import urlsplit

import pytest

from tests.peers.slack_path import Server, SlackPath

pytestmark = pytest.mark.peer


@pytest.fixture
def server() -> Server:
    url = os.environ.get("LOCAL_SLACK_URL", "http://127.0.0.1:3000")
    try:
        socket.create_connection((urlsplit(url).hostname, urlsplit(url).port), timeout=2).close()
    except OSError:
        pytest.skip(f"no local-slack at {url}: run this through make test-peers")
    return Server(f"{url}/api/", "xoxb-test-token", "C01RAPID")


class TestLocalSlack(SlackPath):
    """Everything that holds for every server."""
