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
    params = request.url.params
    until, limit = int(params.get("until", str(10**11))), int(params["limit"])
    page = [item for item in server.newest() if item.second <= until][:limit]
    return httpx.Response(
        200,
        json={
            "data": [
                {"id": str(item.number), "text": item.text, "media_type": "TEXT", "username": "ana",
                 "permalink": f"{SERVER}/@ana/post/{item.number}", "timestamp": f"{item.iso[:19]}+0000",
                 "has_replies": False, "is_quote_post": False, "is_reply": False}
                for item in page
            ]
        },
    )  # fmt: skip
