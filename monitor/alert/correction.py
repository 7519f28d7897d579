"""Which prewritten text answers a claim there, and what it says when it is filled in. Pure.

Templates are written by staff, but they are text from a file all the same: they run in Jinja2's immutable sandbox, and
a name that we do not offer is an error, never an empty string.
"""

from __future__ import annotations

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from monitor.alert.length import length, limit
from monitor.model import Claim, Correction, Post, RenderedCorrection

VARIABLES = ("candidate", "claim", "truth", "evidence", "post_url")
ANY = "any"
DEFAULT_LANG = "en"

_SANDBOX = ImmutableSandboxedEnvironment(
    undefined=jinja2.StrictUndefined, autoescape=False, keep_trailing_newline=False
)


def choose(claim: Claim, platform: str, lang: str | None) -> Correction | None:
    """The claim's correction for a post's platform and language, None where none is written.

    A reader who does not know the language is not helped by the right platform, so language comes first: this platform
    in this language; any platform in this language; this platform in English; any platform in English; else the first
    one written. A post whose language is unknown counts as English.
    """
    return next(iter(ranked(claim, platform, lang)), None)


def ranked(claim: Claim, platform: str, lang: str | None) -> tuple[Correction, ...]:
    """All of a claim's corrections, best first in the order of `choose`, the others behind as they were written."""
    wanted = _primary(lang) or DEFAULT_LANG
    order = [(language, where) for language in (wanted, DEFAULT_LANG) for where in (platform, ANY)]

    def place(correction: Correction) -> int:
        kind = (_primary(correction.lang), correction.platform)
        return order.index(kind) if kind in order else len(order)

    return tuple(sorted(claim.corrections, key=place))


def render(claim: Claim, candidate_name: str, post: Post) -> RenderedCorrection | None:
    """The correction for a post, filled in, counted as the post's platform counts.

    None where none is written, or where its template fails: `rules check` tells that beforehand, and an alert goes out
    even so.
    """
    correction = choose(claim, post.platform, post.lang)
    return None if correction is None else _render(correction, claim, candidate_name, post)


def render_all(claim: Claim, candidate_name: str, post: Post) -> tuple[RenderedCorrection, ...]:
    """Every correction of a claim, filled in for a post, best first. One whose template fails is left out."""
    filled = (
        _render(correction, claim, candidate_name, post) for correction in ranked(claim, post.platform, post.lang)
    )
    return tuple(correction for correction in filled if correction is not None)


def _render(correction: Correction, claim: Claim, candidate_name: str, post: Post) -> RenderedCorrection | None:
    try:
        text = _fill(correction, claim, candidate_name, post)
    except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError, LookupError):
        return None
    return RenderedCorrection(text, post.platform, correction.lang, length(text, post.platform), limit(post.platform))


def _fill(correction: Correction, claim: Claim, candidate_name: str, post: Post) -> str:
    return (
        _SANDBOX.from_string(correction.text)
        .render(
            candidate=candidate_name,
            claim=claim.claim,
            truth=claim.truth,
            evidence=claim.evidence[0] if claim.evidence else "",
            post_url=post.url or "",
        )
        .strip()
    )


def _primary(lang: str | None) -> str | None:
    """The primary subtag of a BCP-47 tag: `es` of `es-MX`."""
    return lang.replace("_", "-").split("-")[0].lower() if lang else None
