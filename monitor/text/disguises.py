"""Words written so that people read them and machines do not: undone before anything reads a post. Pure.

w1thdr4wn · w i t h d r e w · d.r.o.p.p.e.d · with🔥drawn · ouuuut · #riveradropsoutoftherace · drpoped

A disguise is only undone where what comes out is a known word and what went in is not, so prices, dates, initials,
other languages and slang stay as they are. `undisguise` is for models and word lists; people are shown the post itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import inf, prod

import regex

from monitor.text.asking import Words
from monitor.text.characters import fold_word
from monitor.text.words import HANDLE, URL, split_hashtag

PASSES = 4
"""A word can wear two disguises (w 1 t h d r e w), so what one pass uncovers is read again, so often at most."""
SPACED = 4
"""Letters standing alone, from which on they may be a word; fewer count where the same text has such a word."""
LONGEST_INITIALS = 5
"""Capitals with points that are no word: J.R.R. and N.A.T.O., but not D.R.O.P.P.E.D."""
HYPHENS = ("-", "_", ".", "*", "~", "·", "•")
"""Marks between the letters of one word; with others (A, B, C or A/B/C) they are listed."""
LEET_WORD = 4
"""Letters from which on a word with digits may be a disguise; fewer count where the same text has such a word."""
COMMON = 5.0
"""How common (Zipf scale) a shorter word must be to be uncovered beside a longer one."""
GLUED = 12
"""Letters from which on an unknown word outside a hashtag may be several."""
GLUED_TAG = 8
"""The same for letters that pictures cut: #riv💥eraout."""
MOST_READINGS = 64
"""Ways of reading the digits of one word that are tried."""
LONGEST_READ = 60
"""Letters of a hashtag up to which its digits are read as letters."""
EVERYDAY = 3.5
"""How common a word is (Zipf scale) that a number may stand beside: Channel5, 5miles."""

_LEET = {
    "0": "o", "1": "il", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g",
    "@": "a", "$": "s", "!": "i", "|": "li", "+": "t", "€": "e",
}  # fmt: skip
_SIGNS = regex.escape("@$!|+€")
_QUOTES = str.maketrans("‘’‚‛′`‹›❛❜" + "“”„‟«»〝〞〟❝❞「」『』", "'" * 10 + '"' * 15)
_ASIDE = regex.compile(rf"(?:{URL.pattern})|(?:[\w.+-]+@[\w-]+\.[\w.-]+)|(?<!\w)(?:{HANDLE.pattern})", regex.IGNORECASE)
"""Links, mail addresses and account names, which are no words."""
_WRAPPED = regex.compile(r'\s*"\s*([^"]+?)\s*"\s*')
"""A whole text between quotation marks says what it says without them."""
_STRAY_MARKS = regex.compile(r"(?<=\p{Latin})[\p{Mn}\p{Me}]+")
_PICTURE = r"(?:[\p{Extended_Pictographic}\p{Regional_Indicator}\U0001F3FB-\U0001F3FF\u20e3])"
_PICTURES_INSIDE = regex.compile(rf"\p{{L}}+(?:{_PICTURE}+\p{{L}}+)+")
_PICTURES = regex.compile(rf"{_PICTURE}+")
_MARK = r"[._*·•\-–|/\\~^+=,:;]"
_MARKS_INSIDE = regex.compile(rf"(?<![\p{{L}}\p{{N}}])\p{{L}}+(?:({_MARK})\p{{L}}+)(?:\1\p{{L}}+)*(?![\p{{L}}\p{{N}}])")
_LONE = rf"[\p{{L}}0-9{_SIGNS}'](?![\p{{L}}\p{{N}}\p{{M}}])"
_ALONE = regex.compile(
    rf"(?<![\p{{L}}\p{{N}}\p{{M}}'#@$]|\p{{L}}{_MARK})(?=[\p{{L}}0-9]){_LONE}"
    rf"(?:(?P<gap>[ \n])(?:(?!\p{{L}}{_MARK}\p{{L}}){_LONE})(?:(?P=gap)(?!\p{{L}}{_MARK}\p{{L}}){_LONE})*"
    rf"|(?P<mark> ?{_MARK} ?){_LONE}(?:(?P=mark){_LONE})*)(?<=\p{{L}}|[0-9])"
)
"""Letters that stand alone, between them always the same: a blank or a mark. Letters beside another mark are of another
word: in `f i n d s p-r-o-o-f` the p is."""
_INITIALS = regex.compile(r"(?:\p{Lu}\.)+\p{Lu}\.?")
_SHORT_LEET = regex.compile(r"\p{L}\d\p{L}|0\p{L}{2}")
"""n0t, 0ut; but 5am, 90s and 4th say what they say."""
_ROAD = regex.compile(r"\p{Lu}[1-9]")
"""I5, A1, M3: a road, a paper, a model."""
_LEET_TOKEN = regex.compile(
    rf"(?<![\p{{L}}\p{{N}}{_SIGNS}])[\p{{L}}\p{{N}}{_SIGNS}][\p{{L}}\p{{N}}{_SIGNS}']*[\p{{L}}\p{{N}}]"
)
_LEET_INSIDE = regex.compile(rf"[0-9{_SIGNS}]\p{{L}}|\p{{L}}'?[0-9{_SIGNS}]")
_COUNT = regex.compile(
    r"\d+'?(?:[kmbgshx]|st|nd|rd|th|am|pm|bn|mn|yo|yrs?|hrs?|mins?|secs?|kg|km|cm|mm|ml|mi|lbs?|oz|ft|mph|gb|mb|tb|usd|er)",
    regex.IGNORECASE,
)
"""100k, 11am, 4th: numbers with what they count. 0ut is none."""
_STRETCHED = regex.compile(r"(?<!\p{L})\p{L}*?(\p{L})\1{2,}\p{L}*", regex.IGNORECASE)
_LETTERS = regex.compile(r"(\p{L})\1{2,}|\p{L}", regex.IGNORECASE)
"""The letters of a word one by one, and those that are stretched at once."""
_ROMAN = regex.compile(r"[IVXLCDM]+")
_GLUED_TAG = regex.compile(r"(?<=\w)#(?=\w)")
_TAG = regex.compile(r"#(\w+)")
_WORD = regex.compile(r"(?<![\p{L}\p{M}\p{N}_#@']|\p{L}\.)[\p{L}\p{M}]++(?![\p{N}_']|\.\p{L})")


def undisguise(text: str, known: Words) -> str:
    """A normalised text in plain words: straight quotation marks, disguises undone, hashtags split (#RiveraOut is
    #Rivera Out). Keeps case, punctuation, links and account names. Idempotent."""
    for _ in range(PASSES):
        plain = _once(text, known)
        if plain == text:
            break
        text = plain
    wrapped = _WRAPPED.fullmatch(text)
    return text if wrapped is None else wrapped.group(1)


def _once(text: str, known: Words) -> str:
    parts = []
    end = 0
    for aside in _ASIDE.finditer(text):
        parts += [_plain(text[end : aside.start()], known), aside.group()]
        end = aside.end()
    return "".join([*parts, _plain(text[end:], known)])


def _plain(text: str, known: Words) -> str:
    text = text.translate(_QUOTES)
    if not text.isascii():
        text = _STRAY_MARKS.sub("", text)
        text = _PICTURES_INSIDE.sub(lambda found: _without(_PICTURES, found.group(), known), text)
    text = _MARKS_INSIDE.sub(lambda found: _unpunctuated(found, known), text)
    text = _unspaced(text, known)
    if _LEET_INSIDE.search(text):
        text = _unleeted(text, known)
    text = _STRETCHED.sub(lambda found: _unstretched(found.group(), known), text)
    if "#" in text:
        text = _TAG.sub(lambda found: _split_tag(found.group(1), known), _GLUED_TAG.sub(" #", text))
    return _WORD.sub(lambda found: _respelt(found.group(), known), text)


def _without(separator: regex.Pattern[str], word: str, known: Words) -> str:
    joined = separator.sub("", word)
    letters = fold_word(joined)
    if letters in known:
        return joined
    words = known.split(letters) if len(letters) >= GLUED_TAG else ()
    return _cut(joined, words) if words else word


def _unpunctuated(found: regex.Match[str], known: Words) -> str:
    """`drop.ped` is dropped; `his/her`, `example.com` and `U.S.` are what they are."""
    word, mark = found.group(), found.group(1)
    pieces = [fold_word(piece) for piece in word.split(mark)]
    joined = "".join(pieces)
    if max(len(piece) for piece in pieces) == 1 or all(piece in known for piece in pieces) or joined not in known:
        return word
    return word.replace(mark, "")


def _unspaced(text: str, known: Words) -> str:
    """Letters standing alone become words, the shorter runs only beside a longer one."""
    runs = list(_ALONE.finditer(text))
    words = [_spaced_words(run, known) for run in runs]
    if not any(words):
        return text
    return _replaced(text, runs, [word or _spaced_word(run, known) for run, word in zip(runs, words, strict=True)])


def _spaced_words(run: regex.Match[str], known: Words) -> str | None:
    letters = _joined(run)
    if len(letters) < SPACED or 2 * sum(map(str.isalpha, letters)) < len(letters):
        return None
    if len(letters) <= LONGEST_INITIALS and _INITIALS.fullmatch(run.group()):
        return None
    for reading in _readings(letters):
        words = known.split(fold_word(reading), least=-inf)
        if max(map(len, words), default=0) >= SPACED and 2 * len(words) <= len(letters):
            return _cut(reading, words)
    # Nobody lists five letters with hyphens: such a word is one, known or not.
    is_one = run.group("mark") in HYPHENS and len(letters) > SPACED and letters.isalpha()
    return letters if is_one else None


def _spaced_word(run: regex.Match[str], known: Words) -> str | None:
    letters = _joined(run)
    return letters if letters.isalpha() and known.zipf(fold_word(letters)) >= COMMON else None


def _joined(run: regex.Match[str]) -> str:
    return run.group().replace(run.group("gap") or run.group("mark"), "").replace("'", "")


def _replaced(text: str, found: Sequence[regex.Match[str]], words: Sequence[str | None]) -> str:
    """The text with each place that was found replaced by its word, where it has one."""
    parts = []
    end = 0
    for place, word in zip(found, words, strict=True):
        parts += [text[end : place.start()], word or place.group()]
        end = place.end()
    return "".join([*parts, text[end:]])


def _unleeted(text: str, known: Words) -> str:
    """Digits and signs among letters become the letters that they look like; in short words only beside longer ones."""
    found = [token for token in _LEET_TOKEN.finditer(text) if _is_mixed(token.group())]
    words = [_letters_meant(token.group(), known) for token in found]
    if not any(words):
        return text
    beside = (_common_word_meant(token.group(), known) for token in found)
    return _replaced(text, found, [word or common for word, common in zip(words, beside, strict=True)])


def _is_mixed(token: str) -> bool:
    return any(map(str.isalpha, token)) and not token.isalpha() and not _COUNT.fullmatch(token)


def _letters_meant(token: str, known: Words) -> str | None:
    """The known word that a token of letters and digits spells, the commonest if there are several."""
    if _SHORT_LEET.fullmatch(token):
        return _common_word_meant(token, known)
    if _is_numbered(token, known):
        return None
    return _likeliest(token, known) if len(token) >= LEET_WORD and not token[:2].isdigit() else None


def _is_numbered(token: str, known: Words) -> bool:
    """Whether a token is an everyday word with a number before or behind it: District5. Beside words that are surely
    disguised it may be one of them."""
    word = token.strip("0123456789")
    return len(word) > 2 and word.isalpha() and known.zipf(fold_word(word)) >= EVERYDAY


def _common_word_meant(token: str, known: Words) -> str | None:
    if _ROAD.fullmatch(token):
        return None
    word = _likeliest(token, known)
    common = len(token) >= LEET_WORD or (word is not None and known.zipf(_key(word)) >= COMMON)
    return word if common else None


def _likeliest(token: str, known: Words) -> str | None:
    best = max(_readings(token), key=lambda reading: known.zipf(_key(reading)), default="")
    return best if _key(best) in known else None


def _key(word: str) -> str:
    """How a word with an apostrophe is known: dont."""
    return fold_word(word).replace("'", "")


def _readings(token: str) -> list[str]:
    """The ways in which digits and signs may stand for letters, in the token's case."""
    choices = [_LEET.get(character, character) for character in token]
    if prod(map(len, choices)) > MOST_READINGS:
        return []
    readings = map("".join, product(*choices))
    return [reading.upper() if token.isupper() else reading for reading in readings]


def _unstretched(word: str, known: Words) -> str:
    """`ouuuut` is out, `sooo` is so; `XVIII` and `www` stay."""
    if fold_word(word) in known or _ROMAN.fullmatch(word):
        return word
    letters = [found.group() for found in _LETTERS.finditer(word)]
    choices = [(letter[:1], letter[:2]) if len(letter) > 2 else (letter,) for letter in letters]
    if len(letters) == 1 or prod(map(len, choices)) > MOST_READINGS:
        return word
    best = max(map("".join, product(*choices)), key=lambda reading: known.zipf(fold_word(reading)))
    return best if fold_word(best) in known else word


def _split_tag(body: str, known: Words) -> str:
    """A hashtag's words: as its capitals, digits and underscores say, unless those make no words and others would."""
    parts = split_hashtag(body)
    if all(part.isdigit() or (len(part) > 1 and fold_word(part) in known) for part in parts):
        return "#" + " ".join(parts)
    for reading in _readings(body) if len(body) <= LONGEST_READ or body.isalpha() else ():
        words = known.split(fold_word(reading))
        if words and (body.isalpha() or max(map(len, words)) >= LEET_WORD):
            return "#" + _cut(reading, words)
    return "#" + " ".join(_cut(part, known.split(fold_word(part))) for part in parts)


def _respelt(word: str, known: Words) -> str:
    """A word outside a hashtag: split where it holds a name or the claims' own words, mended where it is one slip away
    from one of these."""
    letters = fold_word(word)
    if letters in known:
        return word
    if len(word) >= GLUED:
        words = known.split(letters)
        named = any(map(known.is_name, words))
        return _cut(word, words) if named or (len(words) > 3 and any(map(known.is_expected, words))) else word
    meant = known.meant(letters, everyday=word.islower())
    if meant is None:
        return word
    return meant.upper() if word.isupper() else meant.capitalize() if word[0].isupper() else meant


def _cut(letters: str, words: tuple[str, ...]) -> str:
    """The same letters, in their own case, with a space between the words; as they are where there are no words."""
    if not words:
        return letters
    if sum(map(len, words)) != len(letters):  # folding has changed their number
        return " ".join(words)
    pieces = []
    start = 0
    for word in words:
        pieces.append(letters[start : start + len(word)])
        start += len(word)
    return " ".join(pieces)
