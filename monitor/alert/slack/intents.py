"""Addresses that open a platform's window to compose or to share, with the text filled in. Pure. Nothing is posted: a
person presses send there.

Where each address is written down (all read in November 2026):

- X: docs.x.com/x-for-websites/post-button/guides/web-intent (`/intent/tweet`, `text`) and /web-intents/overview (reply,
  `/intent/retweet` with `tweet_id`). A reply's parameter works as `in_reply_to` and not as `in-reply-to`
  (vinkla/shareable-links#7).
- Bluesky: docs.bsky.app/docs/advanced-guides/intent-links.
- Threads: developers.facebook.com/documentation/threads/threads-web-intents, which names threads.com since 2026.
- Mastodon: `/share` with `text` of every server (mastodon/mastodon, app/controllers/shares_controller.rb). Those who
  share have accounts on any server: for them it is share.joinmastodon.org, which asks for theirs
  (blog.joinmastodon.org/2026/03/a-new-share-button).
- Reddit documents nothing: `/submit` takes `title` (300 characters) with `text` or `url` (reddit-archive/reddit#412),
  and since 2024 needs `type`, or takes a link for a text (Bunlong/next-share#113).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote, urlencode, urlsplit

from monitor.alert import wording
from monitor.alert.slack.blocks import URL_LIMIT
from monitor.config import DeskConfig
from monitor.model import ShareLink

PLATFORMS = ("x", "bluesky", "mastodon", "threads", "reddit")
TITLE_LIMIT = 300
_X_POST = re.compile(r"/[^/]+/status/(\d{1,19})(?:/.*)?")
_X_HOSTS = {"x.com", "www.x.com", "mobile.x.com", "twitter.com", "www.twitter.com", "mobile.twitter.com"}


def compose_url(platform: str, text: str, settings: DeskConfig, reply_to_url: str | None = None) -> str | None:
    """Where `platform` lets a person compose `text`; X also as a reply to a post of its own. None where we know of no
    such address, or where it would be too long for a button."""
    match platform:
        case "x":
            post_id = _x_post_id(reply_to_url)
            parameters = {"text": text} if post_id is None else {"text": text, "in_reply_to": post_id}
            url = _with("https://x.com/intent/tweet", parameters)
        case "bluesky":
            url = _with("https://bsky.app/intent/compose", {"text": text})
        case "mastodon":
            url = _with(f"{settings.mastodon.rstrip('/')}/share", {"text": text})
        case "threads":
            url = _with("https://www.threads.com/intent/post", {"text": text})
        case "reddit":
            title = wording.one_line(text, TITLE_LIMIT)
            url = _with("https://www.reddit.com/submit", {"type": "TEXT", "title": title, "text": text})
        case _:
            return None
    return url if len(url) <= URL_LIMIT else None


def share_links(correction_url: str, text: str, settings: DeskConfig) -> tuple[ShareLink, ...]:
    """For each platform where a person passes a posted correction on: on X as a repost of it where it stands there,
    else as a post of their own that quotes the text and links it. Those too long for a button are left out."""
    links = []
    for platform in PLATFORMS:
        url = _share_url(platform, correction_url, text, settings)
        if url is not None and len(url) <= URL_LIMIT:
            links.append(ShareLink(platform, url))
    return tuple(links)


def _share_url(platform: str, correction_url: str, text: str, settings: DeskConfig) -> str | None:
    post_id = _x_post_id(correction_url)
    if platform == "x" and post_id is not None:
        return _with("https://x.com/intent/retweet", {"tweet_id": post_id})
    if platform == "reddit":
        title = wording.one_line(text, TITLE_LIMIT)
        return _with("https://www.reddit.com/submit", {"type": "LINK", "title": title, "url": correction_url})
    said = text if correction_url in text else f"{text}\n{correction_url}"
    if platform == "mastodon":
        return f"https://share.joinmastodon.org/#{_encoded({'text': said})}"
    return compose_url(platform, said, settings)


def _with(base: str, parameters: Mapping[str, str]) -> str:
    return f"{base}?{_encoded(parameters)}"


def _encoded(parameters: Mapping[str, str]) -> str:
    # Not every app reads + as a space.
    return urlencode(parameters, quote_via=quote, safe="", errors="replace")


def _x_post_id(url: str | None) -> str | None:
    if url is None or wording.link(url) is None:
        return None
    parts = urlsplit(url)
    found = _X_POST.fullmatch(parts.path)
    return found.group(1) if found is not None and parts.hostname in _X_HOSTS else None
