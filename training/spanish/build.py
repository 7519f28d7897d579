"""Make the Spanish glossary that ships, out of our own lists of words and phrases.

    python training/spanish/build.py            # writes monitor/text/spanish.tsv

`words.tsv` holds base forms with their English, `phrases.tsv` phrases that mean something else than their words,
written in base forms. Both were written for this project. simplemma (MIT) says which inflected form belongs to which
base form. What ships has one line for each form: form, base form, English in the form's tense; and one for each phrase.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

import simplemma
from wordfreq import iter_wordlist, zipf_frequency

HERE = Path(__file__).parent
SHIPPED = HERE.parents[1] / "monitor" / "text" / "spanish.tsv"
RAREST = 1.6
"""Zipf frequency under which a form is left out: names and slips."""
PAST = ("ó", "aron", "ieron", "aba", "aban", "ía", "ían", "é", "í", "amos", "imos")
PARTICIPLE = ("ado", "ada", "ados", "adas", "ido", "ida", "idos", "idas")
FUTURE = ("rá", "rán", "remos", "ré")
CONDITIONAL = ("ría", "rían")
NO_PLURAL = {
    "the",
    "a",
    "my",
    "your",
    "their",
    "our",
    "his",
    "that",
    "this",
    "some",
    "any",
    "all",
    "other",
    "same",
    "own",
    "none",
    "much",
    "federal",
    "electoral",
    "general",
    "false",
    "true",
    "new",
    "old",
    "big",
    "small",
    "good",
    "bad",
    "open",
    "closed",
    "people",
    "mail",
    "early",
    "local",
    "dead",
    "drunk",
    "withdrawn",
    "lost",
    "sick",
    "fake",
    "doctored",
    "so",
}
IRREGULAR = {
    "be": ("was", "been"), "have": ("had", "had"), "say": ("said", "said"), "go": ("went", "gone"),
    "do": ("did", "done"), "see": ("saw", "seen"), "give": ("gave", "given"), "leave": ("left", "left"),
    "put": ("put", "put"), "can": ("could", "could"), "know": ("knew", "known"), "take": ("took", "taken"),
    "send": ("sent", "sent"), "pay": ("paid", "paid"), "read": ("read", "read"), "win": ("won", "won"),
    "hear": ("heard", "heard"), "sell": ("sold", "sold"), "come": ("came", "come"), "run": ("ran", "run"),
    "fall": ("fell", "fallen"), "think": ("thought", "thought"), "believe": ("believed", "believed"),
    "buy": ("bought", "bought"), "lose": ("lost", "lost"), "make": ("made", "made"), "begin": ("began", "begun"),
    "hide": ("hid", "hidden"), "show": ("showed", "shown"), "steal": ("stole", "stolen"), "write": ("wrote", "written"),
    "find": ("found", "found"), "get": ("got", "got"), "tell": ("told", "told"), "speak": ("spoke", "spoken"),
    "drive": ("drove", "driven"), "throw": ("threw", "thrown"), "throw away": ("threw away", "thrown away"),
    "take away": ("took away", "taken away"), "take out": ("took out", "taken out"), "cut": ("cut", "cut"),
    "hit": ("hit", "hit"), "keep": ("kept", "kept"), "sing": ("sang", "sung"), "eat": ("ate", "eaten"),
    "sleep": ("slept", "slept"), "give back": ("gave back", "given back"), "give up": ("gave up", "given up"),
    "bring": ("brought", "brought"), "choose": ("chose", "chosen"), "understand": ("understood", "understood"),
    "hold a wake": ("held a wake", "mourned"), "break": ("broke", "broken"), "forge": ("forged", "forged"),
    "meet": ("met", "met"), "swear": ("swore", "sworn"), "withdraw": ("withdrew", "withdrawn"),
    "drop": ("dropped", "dropped"),
    "stop": ("stopped", "stopped"), "ban": ("banned", "banned"), "admit": ("admitted", "admitted"),
    "grab": ("grabbed", "grabbed"), "deny": ("denied", "denied"), "carry": ("carried", "carried"),
    "try": ("tried", "tried"),
    "spread": ("spread", "spread"), "be born": ("was born", "born"), "go up": ("went up", "gone up"),
    "put in": ("put in", "put in"), "fall ill": ("fell ill", "fallen ill"), "hand in": ("handed in", "handed in"),
    "let go": ("let go", "let go"), "cover up": ("covered up", "covered up"), "throw out": ("threw out", "thrown out"),
    "back out": ("backed out", "backed out"), "ask for": ("asked for", "asked for"), "must": ("should have", "owed"),
    "arise": ("arose", "arisen"), "die": ("died", "died"), "lie": ("lied", "lied"), "get sick": ("got sick", "sick"),
}  # fmt: skip


def main() -> None:
    words, phrases = read("words.tsv"), read("phrases.tsv")
    forms = {base: (base, english) for base, english in words.items()}
    for form in iter_wordlist("es"):
        if form in forms or not form.isalpha() or zipf_frequency(form, "es") < RAREST:
            continue
        base = simplemma.lemmatize(form, lang="es").casefold()
        if base in words:
            forms[form] = (base, in_number(form, base, in_tense(form, base, words[base])))
    for form, entry in list(forms.items()):
        forms.setdefault(without_accents(form), entry)
    lines = [f"{form}\t{base}\t{english}" for form, (base, english) in sorted(forms.items())]
    for phrase, english in sorted(phrases.items()):
        bases = [forms[word][0] if word in forms else word for word in phrase.split()]
        lines.append(f"{' '.join(bases)}\t\t{english}")
    SHIPPED.write_text("\n".join(dict.fromkeys(lines)) + "\n", "utf-8")
    print(f"{len(forms)} forms of {len(words)} words, {len(phrases)} phrases: {SHIPPED.stat().st_size // 1000} kB")


def read(name: str) -> dict[str, str]:
    lines = (HERE / name).read_text("utf-8").splitlines()
    return dict(line.split("\t", 1) for line in lines if line)


def in_tense(form: str, base: str, english: str) -> str:
    """English in the tense of a verb's form, as far as the form's ending tells."""
    if not base.endswith(("ar", "er", "ir", "ír", "arse", "erse", "irse")):
        return english
    if form.endswith(FUTURE) and form.startswith(base[:3]):
        return f"will {english}"
    if form.endswith(CONDITIONAL) and base in form:
        return f"would {english}"
    if form.endswith(PARTICIPLE):
        return past(english)[1]
    return past(english)[0] if form.endswith(PAST) else english


def in_number(form: str, base: str, english: str) -> str:
    """An English noun in the plural where the Spanish one is."""
    is_plural = form.endswith("s") and not base.endswith("s") and not base.endswith(("ar", "er", "ir"))
    if not is_plural or not english.isalpha() or english.endswith("s") or english in NO_PLURAL:
        return english
    if english.endswith("y") and english[-2] not in "aeiou":
        return f"{english[:-1]}ies"
    return english + ("es" if english.endswith(("sh", "ch", "x", "z")) else "s")


def past(english: str) -> tuple[str, str]:
    """Past tense and participle."""
    if english in IRREGULAR:
        return IRREGULAR[english]
    verb, _, rest = english.partition(" ")
    if verb in IRREGULAR:
        did, done = IRREGULAR[verb]
        return f"{did} {rest}".strip(), f"{done} {rest}".strip()
    ending = "d" if verb.endswith("e") else "ed"
    if verb.endswith("y") and verb[-2:-1] not in "aeiou":
        verb, ending = verb[:-1], "ied"
    regular = f"{verb}{ending} {rest}".strip()
    return regular, regular


def without_accents(word: str) -> str:
    """Without accents, which many leave out; ñ becomes n as well."""
    return "".join(letter for letter in unicodedata.normalize("NFD", word) if not unicodedata.combining(letter))


if __name__ == "__main__":
    main()
