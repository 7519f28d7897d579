from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.alert.correction import choose, ranked, render, render_all
from monitor.model import Claim, Correction, Post

EN, ES, X_EN, X_ES, X_FR = (
    Correction("any en", "any", "en"),
    Correction("any es", "any", "es"),
    Correction("x en", "x", "en"),
    Correction("x es", "x", "es"),
    Correction("x fr", "x", "fr"),
)


@pytest.mark.parametrize(
    ("written", "platform", "lang", "expected"),
    [
        ((EN, ES, X_EN, X_ES), "x", "es", X_ES),
        ((EN, ES, X_EN), "x", "es", ES),  # the language counts more than the platform
        ((EN, X_EN), "x", "es", X_EN),
        ((EN, ES), "x", "fr", EN),
        ((EN, X_EN), "bluesky", "en", EN),
        ((X_FR,), "bluesky", "es", X_FR),  # better than nothing
        ((EN, X_ES), "x", "es-MX", X_ES),
        ((EN, X_ES), "x", "ES_mx", X_ES),
        ((ES, EN), "x", None, EN),
        ((), "x", "en", None),
    ],
)
def test_the_correction_is_the_nearest_by_language_and_then_by_platform(
    claim: Claim, written: tuple[Correction, ...], platform: str, lang: str | None, expected: Correction | None
) -> None:
    assert choose(replace(claim, corrections=written), platform, lang) == expected


def test_all_corrections_are_ranked_best_first(claim: Claim) -> None:
    written = replace(claim, corrections=(X_FR, EN, ES, X_EN, X_ES))
    assert ranked(written, "x", "es") == (X_ES, ES, X_EN, EN, X_FR)
    assert ranked(written, "bluesky", None) == (EN, X_FR, ES, X_EN, X_ES)


def test_all_that_can_be_filled_in_are_rendered_in_that_order(claim: Claim, post: Post) -> None:
    broken = Correction("{{ nobody_offers_this }}", "any", "en")
    written = replace(claim, corrections=(broken, ES, EN))
    rendered = render_all(written, "Ana Rivera", replace(post, lang="en"))
    assert [correction.text for correction in rendered] == ["any en", "any es"]


def test_a_correction_is_filled_in_and_counted_as_its_platform_counts(claim: Claim, post: Post) -> None:
    rendered = render(claim, "Ana Rivera", replace(post, platform="mastodon"))

    assert rendered is not None
    assert rendered.text == "Ana Rivera is on the ballot. https://example.org/ballot"
    assert (rendered.platform, rendered.lang, rendered.length, rendered.limit) == ("mastodon", "en", 52, 500)


def test_every_variable_can_be_used(claim: Claim, post: Post) -> None:
    template = "{{ candidate }}|{{ claim }}|{{ truth }}|{{ evidence }}|{{ post_url }}"
    rendered = render(replace(claim, corrections=(Correction(template),)), "Ana Rivera", post)

    assert rendered is not None
    assert rendered.text.split("|") == [
        "Ana Rivera",
        claim.claim,
        claim.truth,
        "https://example.org/ballot",
        "https://example.org/post/1",
    ]


def test_text_is_not_escaped_as_html(claim: Claim, post: Post) -> None:
    rendered = render(replace(claim, truth="A & B", corrections=(Correction("{{ truth }}"),)), "", post)

    assert rendered is not None
    assert rendered.text == "A & B"


def test_a_text_that_is_too_long_is_rendered_whole_and_its_length_says_so(claim: Claim, post: Post) -> None:
    rendered = render(replace(claim, corrections=(Correction("x" * 301),)), "", post)

    assert rendered is not None
    assert (rendered.length, rendered.limit) == (301, 300)


@pytest.mark.parametrize(
    "template",
    [
        "{{ candidat }}",
        "{{ claim.__class__.__mro__ }}",
        "{{ claim.__class__.__mro__[1].__subclasses__() }}",
        "{% for",
        "{{ 1 / 0 }}",
        "{{ truth + 1 }}",
        "{{ truth[99] }}{{ x }}",
    ],
)
def test_a_template_that_fails_does_not_keep_the_alert_from_going_out(claim: Claim, post: Post, template: str) -> None:
    assert render(replace(claim, corrections=(Correction(template),)), "", post) is None
