"""Words by which a post denies, doubts, reports or imagines something, in English and Spanish. Pure.

The judge counts them; the reason that staff read quotes them. All patterns are matched against folded text
(monitor.text.fold): lower case, no accents, straight quotation marks.
"""

from __future__ import annotations

import regex

from monitor.text import fold

_PATTERNS = {
    "refutes": r"\b(?:fakes?|faked|hoax|false|falsely|rumou?rs?|debunk\w*|fact.?check\w*|untrue|not true|isn'?t true|"
    r"never (?:happened|said|did|was|voted|took|signed)|lies?|liar|lying|bogus|doctored|edited|misinformation|"
    r"disinformation|misleading|no evidence|no truth|nonsense|made.?up|bs|bullshit|ridiculous|correction|retract\w*|"
    r"scam|photoshop\w*|bulo|falso|falsa|mentiras?|desmient\w+|desmint\w+|falsedad|montaje|inventad\w+|invento|"
    r"no es (?:cierto|verdad)|noticia falsa)\b",
    "negates": r"\b(?:not|no|never|nobody|none|nor|without|neither|cannot|ni|nunca|jamas|tampoco|nadie|sin|dont|doesnt|"
    r"didnt|isnt|wasnt|wont|hasnt|aint)\b|n't\b",
    "still": r"\b(?:still|actually|in fact|real story|the truth|sigue|todavia|aun|en realidad|de hecho)\b",
    "question_mark": r"\?",
    "asks": r"\b(?:is (?:it|this|that) (?:true|real)|true\?|real\?|legit|anyone (?:know|confirm|else|have)|"
    r"can (?:anyone|someone|anybody)|does (?:anyone|anybody)|did (?:anyone|she|he|they)|is there|has anyone|source\?|"
    r"es (?:cierto|verdad)|alguien sabe|sera que|confirm\w*)\b",
    "insinuates": r"\b(?:why (?:is|isn'?t|are|aren'?t|did|does|do|would|no)|how come|por que (?:nadie|no)|"
    r"nobody(?:'s)? (?:is )?talking|so who)\b",
    "reports": r"\b(?:reportedly|allegedly|hearing|heard|sources?|say(?:s|ing)?|said|apparently|claims?|claiming|"
    r"according to|rumor has|word is|told me|my (?:cousin|aunt|uncle|neighbor|mom|brother|sister|friend|coworker|boss)|"
    r"mi (?:prima|primo|tia|tio|vecina|vecino|cunad[ao])|dicen|dizque|disque|segun|me dijo|escuche|cuentan)\b",
    "imagines": r"\b(?:if|would|might|could|may|should|will|gonna|going to|maybe|perhaps|suppose|imagine|hope|"
    r"wish|predict\w*|bet|until|unless|someday|eventually|si|podria|"
    r"ojala|quizas|tal vez|deberia|sera|va a|imaginen|apuesto)\b",
    "past": r"\b(?:(?:19|20)\d\d|last (?:year|time|cycle|election|week|month)|years? ago|back in|used to|anniversary|"
    r"hace \w+ anos|el ano pasado)\b",
    "quotes": r'"',
    "links": r"https?://",
    "passes_on": r"\b(?:qt|rt|via)\b|@",
    "breaking": r"\b(?:breaking|urgente?|ultima hora|just in|alert|developing|confirmed|confirmado)\b|🚨",
    "studies": r"\b(?:study|researchers?|university|workshop|webinar|lesson|class|teaching|panel|tracker|report on|"
    r"estudio|universidad|taller)\b",
    "first_person": r"\b(?:i|i'm|i've|my|me|we|our|yo|mi|nos)\b",
    "exclaims": r"!",
    "someone_else": r"\b(?:other|another|different|unrelated|someone else|otr[oa]|distint\w+)\b",
    "jokes": r"\b(?:lol|lmao|jaja\w*|haha\w*|parody|satire|onion|joke)\b|[😂🤣]",
    "emoji": r"[\U0001F300-\U0001FAFF]",
    "conditions": r"\b(?:if|unless|si)\b",
    "quoted_words": r"[\"'][^\"']{3,80}[\"']",
}
_CUES = {name: regex.compile(pattern) for name, pattern in _PATTERNS.items()}
NAMES = tuple(_CUES)
MOST = 3
"""Occurrences that are counted: a fourth exclamation mark says nothing new."""
CONTEXT = 24
"""Characters shown on either side of a cue in a reason."""


def count(text: str) -> tuple[float, ...]:
    """How often each cue of NAMES occurs in a text, at most MOST."""
    folded = fold(text)
    return tuple(float(min(MOST, len(cue.findall(folded)))) for cue in _CUES.values())


def has(text: str, *names: str) -> bool:
    """Whether one of these cues is in a text."""
    folded = fold(text)
    return any(_CUES[name].search(folded) for name in names)


def denial(text: str) -> str | None:
    """The words around the first sign of denial, as the post has them without case and accents; None if it has none."""
    return _around(text, ("refutes", "negates", "still"))


def question(text: str) -> str | None:
    """The words around the first sign of a question, None if there is none."""
    return _around(text, ("asks", "question_mark"))


def _around(text: str, names: tuple[str, ...]) -> str | None:
    folded = fold(text)
    for name in names:
        found = _CUES[name].search(folded)
        if found:
            start = folded.rfind(" ", 0, max(0, found.start() - CONTEXT)) + 1
            end = folded.find(" ", found.end() + CONTEXT)
            return folded[start : end if end >= 0 else None]
    return None
