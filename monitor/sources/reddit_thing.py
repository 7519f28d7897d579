"""Reddit's listings, and the posts ("t3") and comments ("t1") in them, as posts. Pure.

Read in the recorded traffic that PRAW publishes with its tests. A thing's id on Reddit is its `name`: t1_dbhn0yk.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import msgspec

from monitor.errors import PostError
from monitor.model import Media, Post
from monitor.sources.fields import Shape, read_json
from monitor.sources.reading import nameless
from monitor.sources.report import moment

SITE = "https://www.reddit.com"
GONE = ("[removed]", "[deleted]", "[ Removed by Reddit ]")
"""What Reddit shows in place of a text that its author or a moderator took away."""
_BOTH = (
    "all_awardings approved_at_utc approved_by archived associated_award author_cakeday author_flair_background_color "
    "author_flair_css_class author_flair_richtext author_flair_template_id author_flair_text author_flair_text_color "
    "author_flair_type author_fullname author_is_blocked author_patreon_flair author_premium awarders banned_at_utc "
    "banned_by can_gild can_mod_post created distinguished downs edited gilded gildings id likes locked media_metadata "
    "mod_note mod_reason_by mod_reason_title mod_reports no_follow num_reports over_18 quarantine removal_reason "
    "report_reasons saved score send_replies stickied subreddit subreddit_id subreddit_name_prefixed subreddit_type "
    "top_awarded_type total_awards_received treatment_tags ups user_reports"
)


class _Data(msgspec.Struct):
    """The fields of posts and comments that are read. With raw_json=1, no HTML stands for & and < in them."""

    name: str
    created_utc: float | None = None
    author: str | None = None


class _PostData(_Data):
    title: str = ""
    selftext: str = ""
    url: str | None = None
    permalink: str | None = None
    num_comments: int = 0

    ALWAYS: ClassVar[str] = "author created_utc title selftext url permalink num_comments"
    IGNORED: ClassVar[str] = (
        f"{_BOTH} allow_live_comments category clicked content_categories contest_mode crosspost_parent "
        "crosspost_parent_list discussion_type domain from from_id from_kind gallery_data hidden hide_score "
        "is_created_from_ads_ui is_crosspostable is_gallery is_meta is_original_content is_reddit_media_domain "
        "is_robot_indexable is_self is_video link_flair_background_color link_flair_css_class link_flair_richtext "
        "link_flair_template_id link_flair_text link_flair_text_color link_flair_type media media_embed media_only "
        "num_crossposts num_duplicates parent_whitelist_status pinned poll_data post_hint preview pwls "
        "removed_by removed_by_category secure_media secure_media_embed selftext_html spoiler "
        "subreddit_subscribers suggested_sort thumbnail thumbnail_height thumbnail_width upvote_ratio "
        "url_overridden_by_dest view_count visited whitelist_status wls"
    )


class _CommentData(_Data):
    body: str = ""
    link_id: str | None = None
    parent_id: str | None = None

    ALWAYS: ClassVar[str] = "author created_utc body link_id parent_id"
    IGNORED: ClassVar[str] = (
        f"{_BOTH} body_html collapsed collapsed_because_crowd_control collapsed_reason collapsed_reason_code "
        "comment_type controversiality depth expression_asset_data is_submitter link_author link_permalink link_title "
        "link_url num_comments permalink replies rte_mode score_hidden unrepliable_reason"
    )


class _Thing(msgspec.Struct):
    kind: str
    data: msgspec.Raw

    IGNORED: ClassVar[str] = ""


class _Children(msgspec.Struct):
    children: list[msgspec.Raw]
    after: str | None = None

    ALWAYS: ClassVar[str] = "after"
    IGNORED: ClassVar[str] = "before dist facets geo_filter modhash"


class Listing(msgspec.Struct):
    data: _Children

    IGNORED: ClassVar[str] = "kind"


class _Replies(msgspec.Struct):
    """Comments may hold those that answer them; where there are none, an empty text."""

    replies: Listing | str = ""


class _PostThing(msgspec.Struct):
    data: _PostData

    IGNORED: ClassVar[str] = "kind"


class _CommentThing(msgspec.Struct):
    data: _CommentData

    IGNORED: ClassVar[str] = "kind"


AROUND, POST_SHAPE, COMMENT_SHAPE = Shape(Listing), Shape(_PostThing), Shape(_CommentThing)


def placed(raw: msgspec.Raw) -> tuple[str, int | None]:
    """Where a post stands in a listing. Raises PostError."""
    data = read_json(_data(raw), _Data, "a post of Reddit")
    return data.name, _second(data)


def count_of(raw: msgspec.Raw) -> tuple[str, int]:
    """A post's name, and how many comments it has. Raises PostError."""
    data = read_json(_data(raw), _PostData, "a post of Reddit")
    return data.name, data.num_comments


def comments_in(children: list[msgspec.Raw]) -> Iterator[tuple[str, msgspec.Raw]]:
    """Every comment among some things, with its name, those that answer another one too.

    One that cannot be read has no name; it stays among them, so that it is counted where it is read.
    """
    for raw in children:
        try:
            thing = read_json(raw, _Thing, "a comment of Reddit")
            # "more" stands for comments that did not fit in.
            if thing.kind != "t1":
                continue
            name = read_json(thing.data, _Data, "a comment of Reddit").name
            replies = read_json(thing.data, _Replies, "a comment of Reddit").replies
        except PostError:
            yield nameless(raw), raw
            continue
        yield name, raw
        if isinstance(replies, Listing):
            yield from comments_in(replies.data.children)


def post_from(raw: msgspec.Raw) -> Post | None:
    """A post as a post, None where its text was taken away. Raises PostError."""
    data = read_json(_data(raw), _PostData, "a post of Reddit")
    if data.selftext in GONE or data.title in GONE:
        return None
    link = data.url if data.url and data.permalink and not data.url.endswith(data.permalink) else None
    return Post(
        id=data.name,
        text=f"{data.title}\n{data.selftext}".strip(),
        platform="reddit",
        author=_author(data),
        created_at=moment(_second(data)),
        url=f"{SITE}{data.permalink}" if data.permalink else None,
        media=(Media(url=link),) if link else (),
    )


def post_from_comment(raw: msgspec.Raw) -> Post | None:
    """A comment as a post, None where its text was taken away. Raises PostError."""
    data = read_json(_data(raw), _CommentData, "a comment of Reddit")
    if data.body in GONE:
        return None
    thread = (data.link_id or "").removeprefix("t3_")
    return Post(
        id=data.name,
        text=data.body,
        platform="reddit",
        author=_author(data),
        created_at=moment(_second(data)),
        url=f"{SITE}/comments/{thread}/_/{data.name.removeprefix('t1_')}/" if thread else None,
        reply_to=data.parent_id,
    )


def _data(raw: msgspec.Raw) -> msgspec.Raw:
    return read_json(raw, _Thing, "a thing of Reddit").data


def _second(data: _Data) -> int | None:
    return None if data.created_utc is None else int(data.created_utc)


def _author(data: _Data) -> str | None:
    return None if data.author in (None, "[deleted]") else data.author
