"""Whether a correction can be sent as it is written: it can be filled in, and it fits its platform."""

from __future__ import annotations

import difflib

from jinja2 import TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from monitor.alert.correction import VARIABLES, render
from monitor.model import Claim, Correction, Post

_ALLOWED = (nodes.Output, nodes.TemplateData, nodes.Name, nodes.If, nodes.Not, nodes.And, nodes.Or)
_NAMES = ", ".join(f"{{{{ {name} }}}}" for name in VARIABLES)
_SAMPLE_URL = "https://social.example/@somebody/112233445566778899"
_PARSER = ImmutableSandboxedEnvironment()


def mistake_in(text: str, *, has_evidence: bool) -> tuple[str, str] | None:
    """What is wrong with a correction's text, and how to mend it; None: it can be filled in.

    Only names and `{% if name %}` are allowed, of all that Jinja2 can do: what people send under stress must not depend
    on a program hidden in a text, and what cannot fail here cannot fail then.
    """
    try:
        parts = list(_PARSER.parse(text).find_all(nodes.Node))
    except TemplateSyntaxError as error:
        reason = (error.message or "").rstrip(".").lower()
        return f"the curly brackets in this text are not right ({reason})", f"use only {_NAMES}"
    except RecursionError:
        return "the curly brackets in this text stand too deep in each other", f"use only {_NAMES}"
    return next((mistake for part in parts if (mistake := _mistake_in_part(part, has_evidence=has_evidence))), None)


def _mistake_in_part(part: nodes.Node, *, has_evidence: bool) -> tuple[str, str] | None:
    if not isinstance(part, _ALLOWED):
        return f"a correction cannot use this kind of template ({type(part).__name__.lower()})", f"use only {_NAMES}"
    if isinstance(part, nodes.TemplateData) and ("{" in part.data or "}" in part.data):
        return "a single curly bracket in this text would be sent as it stands", f"write two on each side: {_NAMES}"
    if isinstance(part, nodes.Name) and part.name not in VARIABLES:
        match = difflib.get_close_matches(part.name.lower(), VARIABLES, n=1)
        mend = f"did you mean {{{{ {match[0]} }}}}?" if match else f"use only {_NAMES}"
        return f"{{{{ {part.name} }}}} stands for nothing", mend
    if isinstance(part, nodes.Name) and part.name == "evidence" and not has_evidence:
        return "{{ evidence }} would be empty, because this claim has none", 'add evidence = ["https://..."] above'
    return None


def too_long(correction: Correction, claim: Claim, candidate: str) -> tuple[str, str] | None:
    """What is wrong when a correction does not fit its platform, counted as the platform counts; None: it fits."""
    post = Post(id="1", text="", platform=correction.platform, lang=correction.lang, url=_SAMPLE_URL)
    rendered = render(claim, candidate, post)
    if rendered is None or rendered.limit is None or rendered.length <= rendered.limit:
        return None
    what = f"filled in, this text is {rendered.length} long, and {correction.platform} allows {rendered.limit}"
    return what, f"shorten it by {rendered.length - rendered.limit}"
