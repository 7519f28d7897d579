from __future__ import annotations

import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from monitor.sources.fields import Shape
from monitor.sources.reading import page_of
from monitor.sources.samples import LONGEST, samples_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
GONE = (("missing: author.handle", 1),)


def test_a_sample_keeps_what_repairs_need_and_not_what_people_wrote() -> None:
    raw = b'{"id": "12", "text": "Ana Rivera is out", "at": "2026-10-01T12:00:00Z", "n": 3, "tags": ["a b", "c"]}'
    [(name, kept)] = samples_of([(raw, GONE)])
    assert name == "missing: author.handle"
    assert json.loads(kept) == {
        "id": "12", "text": "(17 characters)", "at": "2026-10-01T12:00:00Z", "n": 3, "tags": ["(3 characters)", "c"],
    }  # fmt: skip


def test_each_field_has_the_first_post_in_which_it_drifted() -> None:
    found = samples_of([(b"1", ()), (b"2", GONE), (b"3", (*GONE, ("unknown: x", 1)))])
    assert found == (("missing: author.handle", "2"), ("unknown: x", "3"))


@given(JSON)
def test_whatever_a_platform_sends_is_short_and_has_no_sentence(value: object) -> None:
    [(_, kept)] = samples_of([(msgspec.json.encode({"v": value, "s": "he said it"}), GONE)])
    assert len(kept) <= LONGEST
    assert "he said" not in kept


@given(st.binary(max_size=100))
def test_what_is_no_json_leaves_nothing_or_no_more_than_a_word(raw: bytes) -> None:
    [(_, kept)] = samples_of([(raw, GONE)])
    assert len(kept) <= LONGEST


class _Seen(msgspec.Struct):
    id: str
    handle: str


def test_a_page_carries_its_samples() -> None:
    raws = [msgspec.Raw(b'{"id": "1", "handle": "h"}'), msgspec.Raw(b'{"id": "2"}')]
    page = page_of(raws, lambda raw: None, "c", shape=Shape(_Seen))
    assert page.drift == (("missing: handle", 1),)
    assert page.samples == (("missing: handle", '{"id":"2"}'),)
