"""Posts ("t3") and comments ("t1") of Reddit as posts. Pure.

Read in the recorded traffic that PRAW publishes with its tests. A thing's id on Reddit is its `name`: t1_dbhn0yk.
"""

from __future__ import annotations

from contextlib import suppress
from typing import ClassVar

import msgspec

from monitor.errors import PostError
from monitor.model import Media, Post
from monitor.sources.fields import Shape, read_json
from monitor.sources.reading import Within
from monitor.sources.reddit_listing import Data, Thing, data_of, second_of
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


class _PostData(Data):
    title: str = ""
    selftext: str = ""
    url: str | None = None
    permalink: str | None = None
    num_comments: int = 0
    crosspost_parent: str | None = None
    crosspost_parent_list: list[msgspec.Raw] = msgspec.field(default_factory=list)

    ALWAYS: ClassVar[str] = "author created_utc title selftext url permalink num_comments"
    IGNORED: ClassVar[str] = (
        f"{_BOTH} allow_live_comments category clicked content_categories contest_mode "
        "discussion_type domain from from_id from_kind gallery_data hidden hide_score "
        "is_created_from_ads_ui is_crosspostable is_gallery is_meta is_original_content is_reddit_media_domain "
        "is_robot_indexable is_self is_video link_flair_background_color link_flair_css_class link_flair_richtext "
        "link_flair_template_id link_flair_text link_flair_text_color link_flair_type media media_embed media_only "
        "num_crossposts num_duplicates parent_whitelist_status pinned poll_data post_hint preview pwls "
        "removed_by removed_by_category secure_media secure_media_embed selftext_html spoiler "
        "subreddit_subscribers suggested_sort thumbnail thumbnail_height thumbnail_width upvote_ratio "
        "url_overridden_by_dest view_count visited whitelist_status wls"
    )


class _CommentData(Data):
    body: str = ""
    link_id: str | None = None
    parent_id: str | None = None

    ALWAYS: ClassVar[str] = "author created_utc body link_id parent_id"
    IGNORED: ClassVar[str] = (
        f"{_BOTH} body_html collapsed collapsed_because_crowd_control collapsed_reason collapsed_reason_code "
        "comment_type controversiality depth expression_asset_data is_submitter link_author link_permalink link_title "
        "link_url num_comments permalink replies rte_mode score_hidden unrepliable_reason"
    )


class _PostThing(msgspec.Struct):
    data: _PostData

    IGNORED: ClassVar[str] = "kind"


class _CommentThing(msgspec.Struct):
    data: _CommentData

    IGNORED: ClassVar[str] = "kind"


POST_SHAPE, COMMENT_SHAPE = Shape(_PostThing), Shape(_CommentThing)


def count_of(raw: msgspec.Raw) -> tuple[str, int]:
    """A post's name, and how many comments it has. Raises PostError."""
    data = read_json(data_of(raw), _PostData, "a post of Reddit")
    return data.name, data.num_comments


def post_from(raw: msgspec.Raw) -> Post | None:
    """A post as a post, None where its text was taken away. Raises PostError."""
    data = read_json(data_of(raw), _PostData, "a post of Reddit")
    if data.selftext in GONE or data.title in GONE:
        return None
    link = data.url if data.url and data.permalink and not data.url.endswith(data.permalink) else None
    return Post(
        id=data.name,
        text=f"{data.title}\n{data.selftext}".strip(),
        platform="reddit",
        author=_author(data),
        created_at=moment(second_of(data)),
        url=f"{SITE}{data.permalink}" if data.permalink else None,
        media=(Media(url=link),) if link else (),
        quote_of=data.crosspost_parent,
    )


def post_within(raw: msgspec.Raw) -> Post | Within | None:
    """A post with the one that it brings from elsewhere on Reddit, which comes inside it. Raises PostError."""
    post = post_from(raw)
    if post is None or post.quote_of is None:
        return post
    parents = []
    for data in read_json(data_of(raw), _PostData, "a post of Reddit").crosspost_parent_list:
        with suppress(PostError):
            parent = post_from(msgspec.Raw(b'{"kind": "t3", "data": %s}' % bytes(data)))
            parents += [parent] if parent else []
    return Within(post, tuple(parents))


def thing_from(raw: msgspec.Raw) -> tuple[str, Post | None]:
    """The name of a post or a comment, and what it is, None where its text was taken away. Raises PostError."""
    thing = read_json(raw, Thing, "a thing of Reddit")
    name = read_json(thing.data, Data, "a thing of Reddit").name
    return name, post_from_comment(raw) if thing.kind == "t1" else post_from(raw)


def post_from_comment(raw: msgspec.Raw) -> Post | None:
    """A comment as a post, None where its text was taken away. Raises PostError."""
    data = read_json(data_of(raw), _CommentData, "a comment of Reddit")
    if data.body in GONE:
        return None
    thread = (data.link_id or "").removeprefix("t3_")
    return Post(
        id=data.name,
        text=data.body,
        platform="reddit",
        author=_author(data),
        created_at=moment(second_of(data)),
        url=f"{SITE}/comments/{thread}/_/{data.name.removeprefix('t1_')}/" if thread else None,
        reply_to=data.parent_id,
    )


def _author(data: Data) -> str | None:
    return None if data.author in (None, "[deleted]") else data.author
