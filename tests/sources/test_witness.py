from __future__ import annotations

from monitor.model import LookedUp, Post
from monitor.sources.witness import MOST_REMEMBERED, Witnesses


def test_a_witness_is_another_post_the_one_that_was_shown_last() -> None:
    witnesses = Witnesses()
    assert witnesses.beside(["a"]) is None
    witnesses.saw(["a", "b", "c"])
    assert (witnesses.beside(["d"]), witnesses.beside(["c"]), witnesses.beside(["a", "b", "c"])) == ("c", "b", None)
    witnesses.saw(map(str, range(1000)))
    assert witnesses.beside([str(number) for number in range(1000 - MOST_REMEMBERED, 1000)]) is None


def test_what_is_left_out_is_gone_only_where_something_is_shown() -> None:
    witnesses = Witnesses()
    assert witnesses.gone(["a", "b"], ["b"]) == ("a",)
    assert witnesses.beside([]) == "b"
    assert witnesses.gone(["a", "b"], []) == ()
    assert witnesses.beside([]) is None, "one that was not shown says nothing the next time"


async def test_one_that_is_not_there_is_gone_where_another_is_shown() -> None:
    witnesses = Witnesses()
    there = {"a"}

    async def show(name: str) -> LookedUp | None:
        return LookedUp((Post(name, "text"),)) if name in there else None

    assert await witnesses.confirmed("b", show) == LookedUp()
    witnesses.saw(["a"])
    assert await witnesses.confirmed("b", show) == LookedUp(gone=("b",))
    there.clear()
    assert await witnesses.confirmed("b", show) == LookedUp()
    assert witnesses.beside(["b"]) is None
