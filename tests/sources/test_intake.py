from __future__ import annotations

from datetime import UTC, datetime

from monitor.model import Mention, Page, Post
from monitor.sources.intake import Intake
from monitor.store import intake, posts, sources
from monitor.store.db import Store

NOW = datetime(2026, 10, 1, tzinfo=UTC)


def post(number: int) -> Post:
    return Post(id=str(number), text=f"post {number}")


async def test_what_waits_comes_once_and_goes_when_its_page_is_stored(store: Store) -> None:
    intake.add(store, [post(number) for number in range(450)])
    received = []
    async for page in Intake(store).pages(None):
        received += [one.id for one in page.posts]
    assert received == [str(number) for number in range(450)]
    assert intake.count(store) == 0


async def test_a_crash_before_the_page_is_stored_loses_nothing(store: Store) -> None:
    intake.add(store, [post(1)])
    pages = Intake(store).pages(None)
    await anext(pages)
    await pages.aclose()
    (page,) = [page async for page in Intake(store).pages(None)]
    assert page.posts == (post(1),)


async def test_a_crash_after_the_page_is_stored_brings_nothing_twice(store: Store) -> None:
    intake.add(store, [post(1)])
    pages = Intake(store).pages(None)
    page = await anext(pages)
    await pages.aclose()
    intake.add(store, [post(2)])
    again = [later async for later in Intake(store).pages(page.cursor)]
    assert [one.id for later in again for one in later.posts] == ["2"]
    assert intake.count(store) == 0


async def test_numbers_are_not_used_again(store: Store) -> None:
    cursor = None
    for number in range(3):
        intake.add(store, [post(number)])
        (page,) = [page async for page in Intake(store).pages(cursor)]
        cursor = page.cursor
    assert page.posts == (post(2),)


def test_what_waits_or_is_stored_already_is_not_taken_again(store: Store) -> None:
    assert intake.add(store, [post(1), post(1), post(2)]) == 2
    assert intake.add(store, [post(2)]) == 0
    posts.save_page(store, "x", "x", Page((post(3),), "c"), [(post(3), Mention())], NOW)
    assert intake.add(store, [post(3), post(4)]) == 1
    assert sources.cursor(store, "intake") is None


async def test_the_check_says_how_many_wait(store: Store) -> None:
    intake.add(store, [post(1)])
    assert await Intake(store).check() == "1 posts wait"
