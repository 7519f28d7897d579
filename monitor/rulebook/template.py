"""Whether the text of a correction can be filled in. Corrections are Jinja2 templates, of which little is allowed."""

from __future__ import annotations

import difflib

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

VARIABLES = ("candidate", "claim", "truth", "evidence", "post_url")
_ALLOWED = (nodes.Output, nodes.TemplateData, nodes.Name, nodes.If, nodes.Not, nodes.And, nodes.Or)
_NAMES = ", ".join(f"{{{{ {name} }}}}" for name in VARIABLES)
_environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined)


def mistake_in(text: str) -> tuple[str, str] | None:
    """What is wrong with a correction's text, and how to mend it; None: it can be filled in.

    Only names and `{% if name %}` are allowed: what people send under stress must not depend on a program in a text.
    """
    try:
        template = _environment.parse(text)
    except TemplateSyntaxError as error:
        reason = (error.message or "cannot be read").rstrip(".")
        return (
            f"the curly brackets in this text are not right ({reason})",
            f"write them like {{{{ candidate }}}}; there are {_NAMES}",
        )
    except RecursionError:
        return "the curly brackets in this text stand too deep inside each other", f"use only {_NAMES}"
    for node in template.find_all(nodes.Node):
        if not isinstance(node, _ALLOWED):
            return (
                f"a correction cannot use this part of a template ({type(node).__name__.lower()})",
                f"use only {_NAMES}",
            )
        if isinstance(node, nodes.TemplateData) and ("{" in node.data or "}" in node.data):
            return "a single curly bracket in this text would be sent as it stands", f"write two on each side: {_NAMES}"
        if isinstance(node, nodes.Name) and node.name not in VARIABLES:
            match = difflib.get_close_matches(node.name.lower(), VARIABLES, n=1)
            mend = f"did you mean {{{{ {match[0]} }}}}?" if match else f"there are {_NAMES}"
            return f"nothing is known by the name {{{{ {node.name} }}}}", mend
    return None
