"""What a post says, freed from how it is written: pure functions over text. Every text from outside is hostile here.

characters.py   one form for every character: `normalise` for reading, `fold` for comparing
words.py        words, hashtags, fingerprints
passages.py     sentences, windows, excerpts
vocabulary.py   which words are known, and how common they are
disguises.py    words written so that only people read them: l33t, s p a c e d, #gluedtogether
language.py     which language a text is in
spanish.py      Spanish in English words
plain.py        a post in the forms in which it is searched and read: all of these, in order
asking.py       what that asks of the known words, written down
texts.py        posts in plain words, each made once
"""

from monitor.text.characters import MAX_CHARACTERS, fold, normalise
from monitor.text.disguises import undisguise
from monitor.text.passages import MAX_WINDOWS, excerpt, sentences, windows
from monitor.text.vocabulary import Vocabulary, vocabulary
from monitor.text.words import anonymous, content_words, fingerprint, hashtags, split_hashtag, without_links

__all__ = [
    "MAX_CHARACTERS", "MAX_WINDOWS", "Vocabulary", "anonymous", "content_words", "excerpt", "fingerprint", "fold",
    "hashtags", "normalise", "sentences", "split_hashtag", "undisguise", "vocabulary", "windows",
    "without_links",
]  # fmt: skip
