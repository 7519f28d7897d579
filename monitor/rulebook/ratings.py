"""Whether a fact checker's rating says that a claim is false. Pure, and a table: what is not in it is not guessed.

The words are those that the publishers document themselves, folded: no capitals, no accents.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from enum import StrEnum

from monitor.model import FactCheck, Grade
from monitor.text import fold

FALSE_SHARE = 0.25
"""How far up its publisher's scale (0 the worst end, 1 the best) a number may stand and still mean false: the lowest
two of five steps."""


class Ruling(StrEnum):
    FALSE = "false"
    NOT_FALSE = "not false"
    """True, half true, or false in what it suggests only: not something to be denied in a sentence."""
    UNKNOWN = "unknown"


def _words(text: str) -> frozenset[str]:
    return frozenset(word.strip() for word in text.split("|"))


_FALSE_ANYWHERE = _words(
    "false|mostly false|totally false|completely false|entirely false|pants on fire|fake|hoax|"
    "fabricated|untrue|not true|incorrect|inaccurate|wrong|debunked|false claim|fake news|false news|fake quote|"
    "altered|falso|falsa|mayormente falso|mayoritariamente falso|totalmente falso|es falso|es falsa|bulo|mentira|"
    "fake / falso|faux|plutot faux|infonde|falsch|grosstenteils falsch|uberwiegend falsch|frei erfunden|fals|bufala|"
    "notizia falsa|onwaar|enganoso y falso"
)
_NOT_FALSE_ANYWHERE = _words(
    "true|mostly true|half true|half-true|correct|accurate|correct attribution|mixed|mixture|partly true|partly false|"
    "partially true|partially false|misleading|missing context|lacks context|needs context|out of context|exaggerated|"
    "unproven|unverified|unsupported|no evidence|satire|opinion|outdated|research in progress|"
    "verdadero|verdadera|verdad|cierto|mayormente verdadero|mayormente cierto|verdad a medias|medio verdadero|"
    "enganoso|enganosa|sin contexto|falta contexto|descontextualizado|exagerado|sin pruebas|no verificado|satira|"
    "parcialmente falso|parcialmente cierto|vrai|plutot vrai|trompeur|hors contexte|richtig|"
    "teilweise falsch|irrefuhrend"
)
_FALSE: Mapping[str, frozenset[str]] = {
    "politifact.com": _words("barely true"),
    "snopes.com": _words("miscaptioned|misattributed|scam|fake|labeled satire as real"),
    "washingtonpost.com": _words("four pinocchios|three pinocchios|bottomless pinocchio|4 pinocchios|3 pinocchios"),
    "chequeado.com": _words("insostenible"),
    "aosfatos.org": _words("insustentavel"),
    "leadstories.com": _words("hoax alert|fake news"),
}
"""What only these publishers use, or use in this sense, by the host of their site."""
_NOT_FALSE: Mapping[str, frozenset[str]] = {
    "politifact.com": _words("full flop|half flip|no flip"),
    "snopes.com": _words("labeled satire|originated as satire|legend|lost legend|recall"),
    "washingtonpost.com": _words(
        "one pinocchio|two pinocchios|1 pinocchio|2 pinocchios|geppetto checkmark|verdict pending"
    ),
    "factcheck.org": _words("not the whole story|cherry picks|distorts the facts|spins the facts"),
    "chequeado.com": _words("apresurado|discutible|verdadero, pero"),
    "aosfatos.org": _words("nao e bem assim|distorcido"),
}
_ENDS = re.compile(r"[.:;!(–—]|\s-\s")
"""Behind these a publisher explains its rating: "False. She is on the ballot."."""


def ruling(check: FactCheck, also_false: Collection[str] = ()) -> Ruling:
    """What a rating means. The publisher's own words come first, then everybody's; a number counts where no words are.

    `also_false`: ratings that the person who imports takes for false too.
    """
    written = fold(check.rating).strip(" .!\"'“”")
    if not re.search(r"[^\W\d_]", written):
        return _of_grade(check.grade)
    said = {written, _ENDS.split(written, maxsplit=1)[0].strip()}
    if said & {fold(rating).strip() for rating in also_false}:
        return Ruling.FALSE
    if said & _of(_FALSE, check.site):
        return Ruling.FALSE
    if said & _of(_NOT_FALSE, check.site):
        return Ruling.NOT_FALSE
    if said & _FALSE_ANYWHERE:
        return Ruling.FALSE
    return Ruling.NOT_FALSE if said & _NOT_FALSE_ANYWHERE else Ruling.UNKNOWN


def _of(table: Mapping[str, frozenset[str]], site: str) -> frozenset[str]:
    return next((words for host, words in table.items() if site == host or site.endswith(f".{host}")), frozenset())


def _of_grade(grade: Grade | None) -> Ruling:
    if grade is None or not (grade.worst < grade.best < math.inf and grade.worst <= grade.value <= grade.best):
        return Ruling.UNKNOWN
    share = (grade.value - grade.worst) / (grade.best - grade.worst)
    return Ruling.FALSE if share <= FALSE_SHARE else Ruling.NOT_FALSE
