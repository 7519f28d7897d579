"""HTML of the pages and their pieces. Whatever comes in is escaped, and text of posts is made inert besides."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import jinja2

from monitor.alert import wording
from monitor.model import Candidate
from monitor.rulebook.testing import NOT_JUDGED
from monitor.workbench.draft import Checked, Noted, Opened, Overview, is_claim
from monitor.workbench.views import TestView, TrialView, TryView

TEMPLATES = Path(__file__).parent / "pages"


def home(folder: Path, found: Overview) -> str:
    return _render("home.html", folder=folder, found=found)


def file(opened: Opened, *, has_posts: bool) -> str:
    """A file of the rules in its box, and what is said of it beside it."""
    return _render("file.html", opened=opened, is_claim=is_claim(opened.name), has_posts=has_posts)


def gone(what: str) -> str:
    return _render("gone.html", what=what)


def ready(failure: str) -> str:
    """The line above the pages once the models are there, or could not be loaded."""
    return _render("ready.html", failure=failure)


def tried(found: TryView) -> str:
    return _render("tried.html", found=found)


def checked(name: str, found: Checked) -> str:
    return _render("checked.html", name=name, found=found)


def meant(found: Sequence[Noted]) -> str:
    return _render("meant.html", found=found)


def new_claim(candidates: Sequence[Candidate], about: str | None) -> str:
    """The form of a new claim. `about`: the id of whom it is probably about, where that is known."""
    return _render("new_claim.html", candidates=candidates, about=about)


def new_candidate() -> str:
    """The form of a new candidate."""
    return _render("new_candidate.html")


def refused(mistakes: Mapping[str, str]) -> str:
    """What is wrong in a form, by field."""
    return _render("refused.html", mistakes=mistakes)


def tested(found: Sequence[TestView]) -> str:
    return _render("tested.html", tests=found, not_judged=NOT_JUDGED, failed=sum(not test.passed for test in found))


def trial(found: TrialView) -> str:
    return _render("trial.html", found=found)


def saved(name: str) -> str:
    return _render("saved.html", name=name)


def conflict(theirs: Opened, yours: str) -> str:
    """Both, and by which lines they differ."""
    lines = difflib.unified_diff(
        theirs.text.splitlines(), yours.splitlines(), "on the disk now", "yours", n=1, lineterm=""
    )
    return _render("conflict.html", theirs=theirs, yours=yours, differing=list(lines))


def trouble(what: str) -> str:
    """Something that the reader can mend."""
    return _render("trouble.html", what=what)


def _render(template: str, **values: object) -> str:
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        autoescape=True,
        finalize=_inert,
        loader=jinja2.FileSystemLoader(TEMPLATES),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )


def _inert(value: object) -> object:
    """Invisible characters that turn a line around or hide in it become visible. What a template marked with `|e` is
    a text box's, and stays as it is."""
    return wording.inert(value) if type(value) is str else value
