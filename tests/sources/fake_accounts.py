"""The dresses of the platforms that need an account, for the one fake server."""

from __future__ import annotations

import httpx

from tests.sources.fake_server import SERVER, FakeServer, Item

MS_OF_X = 1_288_834_974_657


def x_id(item: Item) -> str:
    """An id as X makes them: the millisecond, and a number within it."""
    return str(((item.second * 1000 - MS_OF_X) << 22) + item.number)


def x_post(item: Item) -> dict[str, object]:
    return {
        "id": x_id(item), "text": item.text, "author_id": "7", "created_at": item.iso, "lang": "en",
        "edit_history_tweet_ids": [x_id(item)],
    }  # fmt: skip


X_USERS = [{"id": "7", "name": "Ana", "username": "ana", "public_metrics": {"followers_count": 5}}]


def x(server: FakeServer, request: httpx.Request) -> httpx.Response:
    params = request.url.params
    since, until = int(params.get("since_id", "0")), int(params.get("next_token", str(10**20)))
    found = sorted(
        (item for item in server.items if since < int(x_id(item)) < until),
        key=lambda item: int(x_id(item)),
        reverse=True,
    )
    page = found[: int(params["max_results"])]
    meta: dict[str, object] = {"result_count": len(page)}
    if not page:
        return httpx.Response(200, json={"meta": meta})
    meta |= {"newest_id": x_id(page[0]), "oldest_id": x_id(page[-1])}
    meta |= {"next_token": x_id(page[-1])} if len(found) > len(page) else {}
    return httpx.Response(
        200, json={"data": [x_post(item) for item in page], "includes": {"users": X_USERS}, "meta": meta}
    )


def threads(server: FakeServer, request: httpx.Request) -> httpx.Response:
    params, asked = request.url.params, request.url.path.rpartition("/")[2]
    if asked == "me":
        return httpx.Response(200, json={"id": "1", "username": "the campaign"})
    if asked != "keyword_search":
        return httpx.Response(400, json=NOT_THERE) if int(asked) in server.taken else _shown(server.items[int(asked)])
    until, limit = int(params.get("until", str(10**11))), int(params["limit"])
    page = [item for item in server.newest() if item.second <= until][:limit]
    return httpx.Response(200, json={"data": [_shown(item).json() for item in page]})


NOT_THERE = {
    "error": {
        "message": "Unsupported get request. Object with ID '9' does not exist, cannot be loaded due to missing "
        "permissions, or does not support this operation",
        "type": "THApiException", "code": 100, "error_subcode": 33, "fbtrace_id": "x",
    }
}  # fmt: skip


def _shown(item: Item) -> httpx.Response:
    return httpx.Response(
        200,
        json={"id": str(item.number), "text": item.text, "media_type": "TEXT", "username": "ana",
              "permalink": f"{SERVER}/@ana/post/{item.number}", "timestamp": f"{item.iso[:19]}+0000",
              "has_replies": False, "is_quote_post": False, "is_reply": False},
    )  # fmt: skip


def reddit(server: FakeServer, request: httpx.Request) -> httpx.Response:
    """The first post of every ten is a post, the others are comments under it."""
    path, params = request.url.path, request.url.params
    if path == "/api/v1/access_token":
        return httpx.Response(200, json={"access_token": "t", "token_type": "bearer", "expires_in": 3600, "scope": "*"})
    if request.headers["authorization"] != "Bearer t":
        return httpx.Response(401, json={"message": "Unauthorized", "error": 401})
    heads = [item for item in server.newest() if item.number % 10 == 0]
    if path == "/api/info":
        wanted = params["id"].split(",")
        shown = [item for item in server.items if _name(item) in wanted and item.number not in server.taken]
        things = [
            _comment(item, server.items[_head(item)]) if item.number % 10 else _post(server, item) for item in shown
        ]
        return httpx.Response(200, json=_listing(things))
    if path.startswith("/comments/"):
        head = next(head for head in heads if _name(head) == f"t3_{path.removeprefix('/comments/')}")
        under = server.items[head.number + 1 : head.number + 10]
        found = [_comment(item, head) for item in server.newest(under)]
        return httpx.Response(200, json=[_listing([_post(server, head)]), _listing(found[: int(params["limit"])])])
    start = next((place for place, head in enumerate(heads, 1) if _name(head) == params.get("after")), 0)
    page = heads[start : start + int(params["limit"])]
    after = _name(page[-1]) if start + len(page) < len(heads) else None
    return httpx.Response(200, json=_listing([_post(server, head) for head in page], after))


def _head(item: Item) -> int:
    return item.number - item.number % 10


def _name(item: Item) -> str:
    return f"{'t1' if item.number % 10 else 't3'}_{item.number}"


def _listing(children: list[dict[str, object]], after: str | None = None) -> dict[str, object]:
    return {"kind": "Listing", "data": {"modhash": "", "children": children, "after": after, "before": None}}


def _post(server: FakeServer, item: Item) -> dict[str, object]:
    count = min(10, len(server.items) - item.number) - 1
    return {
        "kind": "t3",
        "data": {
            "name": _name(item), "id": str(item.number), "author": "ana", "created_utc": float(item.second),
            "title": "A thread", "selftext": item.text, "permalink": f"/r/news/comments/{item.number}/a/",
            "url": f"https://www.reddit.com/r/news/comments/{item.number}/a/", "num_comments": count,
        },
    }  # fmt: skip


def _comment(item: Item, head: Item) -> dict[str, object]:
    return {
        "kind": "t1",
        "data": {
            "name": _name(item), "author": "ana", "created_utc": float(item.second), "body": item.text,
            "link_id": _name(head), "parent_id": _name(head), "replies": "",
        },
    }  # fmt: skip


def youtube(server: FakeServer, request: httpx.Request) -> httpx.Response:
    """Ten comments to a video."""
    params = request.url.params
    start, most = int(params.get("pageToken", "0")), int(params.get("maxResults", "50"))
    match request.url.path.rsplit("/", 1)[-1]:
        case "search":
            items = [_video(item) for item in server.newest() if item.number % 10 == 0]
        case "videos":
            ids = params["id"].split(",")
            counts = {one: min(10, len(server.items) - int(one[1:])) for one in ids if int(one[1:]) not in server.taken}
            items = [{"id": one, "statistics": {"commentCount": str(count)}} for one, count in counts.items()]
        case "comments":
            numbers = [int(one[1:]) for one in params["id"].split(",")]
            items = [_comment_of(server.items[number]) for number in numbers if number not in server.taken]
        case _:
            head = int(params["videoId"][1:])
            items = [_thread(item) for item in server.newest(server.items[head : head + 10])]
    more = {"nextPageToken": str(start + most)} if start + most < len(items) else {}
    return httpx.Response(200, json={"kind": "list", "items": items[start : start + most], **more})


def _video(item: Item) -> dict[str, object]:
    return {
        "kind": "youtube#searchResult", "etag": "e", "id": {"kind": "youtube#video", "videoId": f"v{item.number}"},
        "snippet": {"publishedAt": item.iso, "channelId": "c", "title": "A video", "description": "of Ana Rivera",
                    "thumbnails": {}, "channelTitle": "Ana", "liveBroadcastContent": "none", "publishTime": item.iso},
    }  # fmt: skip


def _comment_of(item: Item) -> dict[str, object]:
    return {
        "kind": "youtube#comment", "etag": "e", "id": f"c{item.number}",
        "snippet": {"textDisplay": item.text, "authorDisplayName": "@ana", "publishedAt": item.iso},
    }  # fmt: skip


def _thread(item: Item) -> dict[str, object]:
    snippet = {
        "videoId": f"v{_head(item)}",
        "topLevelComment": _comment_of(item),
        "canReply": True,
        "totalReplyCount": 0,
    }
    return {"kind": "youtube#commentThread", "etag": "e", "id": f"c{item.number}", "snippet": snippet}
