"""What a short answer means under the post that it answers: "this is true, share it" says nothing alone. Pure.

A judge that reads both together hears the post above in whatever stands below it. So an answer spreads a claim only if
it agrees in words of its own, and neither denies, asks, supposes nor jokes: "no she hasn't", "is it?", "big if true".
"""

from __future__ import annotations

from dataclasses import replace

import regex

from monitor.match import cues
from monitor.model import Decision, Match, Post, Stance
from monitor.text import fold
from monitor.text.words import HANDLE, URL

SHORT = 12
"""An answer of fewer words may be no more than agreement."""
WITH_PARENT = "with the post that it answers"

_AGREES = regex.compile(
    r"\b(?:this (?:is|was) (?:so |all |very |totally |100% )?(?:true|real|legit|correct|accurate|confirmed|happening)|"
    r"it(?:'s| is) (?:so |all |very )?(?:true|real|legit|confirmed|happening)|can confirm|"
    r"(?:please |pls |plz )?(?:share|spread|repost|retweet|boost|rt) (?:this|it|far|widely|the word)|"
    r"pass (?:this|it) on|everyone (?:needs to|should|must) (?:see|know|read|hear)|"
    r"(?:esto |eso )?es (?:muy |bien )?(?:cierto|verdad|real)|(?:compartan|difundan|pasen)(?:lo|la)?|hagan correr)\b"
)
_AGREES_SHORTLY = regex.compile(
    r"\b(?:true|truth|facts?|exactly|confirmed|confirming|correct|yes|yep|yup|indeed|agreed|precisely|absolutely|"
    r"(?:i )?knew it|told (?:you|ya|y'all)|called it|saw this coming|same here|i heard (?:this|it|that)|"
    r"share|spread|boost|repost|retweet|rt|qt|fyi|must (?:read|see)|read this|look at this|watch this|wake up|"
    r"cierto|verdad|exacto|asi es|confirmado|compart\w+|difund\w+|pasalo|lo sabia|ya lo decia|miren(?: esto)?|ojo)\b|"
    r"💯|👆|☝|⬆|🚨|‼|📢|🔁|^\W*(?:this|that|esto|eso)\W*$"
)
_HOLDS_BACK = ("refutes", "negates", "still", "question_mark", "imagines", "conditions", "jokes", "insinuates")
_ASKS = regex.compile(
    r"\b(?:is (?:it|this|that|she|he)|(?:did|has|does) (?:she|he|it|they)|any(?:one|body)|can (?:some(?:one|body)|you)|"
    r"sources?|proof|legit|alguien|sera que|fuente)\b"
)
_SCOFFS = regex.compile(
    r"\b(?:yeah right|sure jan|as if|who (?:cares|believes)|says who|oh please|nice try|supuesto)\b|🙄|🤡|🧢"
)
_NUMBERED = regex.compile(r"^(?:>>[0-9]+\s*)+")
"""How an imageboard's post names the one that it is about."""
_WORD = regex.compile(r"[\p{L}\p{N}]+")


def may_agree(post: Post) -> bool:
    """Whether a post does no more than agree with another, or pass it on, as far as its own words tell."""
    if not post.parents:
        return False
    own = _NUMBERED.sub("", HANDLE.sub(" ", URL.sub(" ", fold(post.text))))
    words = len(_WORD.findall(own))
    if not words and not own.strip():
        # Nothing of its own under a quoted post passes that on; an empty answer is a picture.
        return (post.quote_of or post.repost_of) is not None and len(post.says) == 1
    if cues.has(own, *_HOLDS_BACK) or _ASKS.search(own) or _SCOFFS.search(own):
        return False
    return bool(_AGREES.search(own) or (words < SHORT and _AGREES_SHORTLY.search(own)))


def is_open(own: Match | None) -> bool:
    """Whether a post's own words leave open what it does with a claim."""
    return own is None or (own.decision is not Decision.ALERT and own.stance is Stance.COMMENT)


def together(post: Post, parent: Post) -> Post:
    """What the two say, read as one post: the words above, then its own."""
    text = "\n".join((*parent.says, post.text))
    return replace(post, text=text, lang=post.lang or parent.lang)


def settled(post: Post, own: Match | None, both: Match | None, above: Match | None) -> Match | None:
    """The match of a post that `may_agree`, of what its own words make, what they make under the post above, and what
    that makes alone: agreement spreads only what is said there.

    The words of the post above are not kept with it: they may be deleted, and are not its own.
    """
    if both is None or above is None or both.claim_id != above.claim_id:
        return own
    if not both.decision is above.decision is Decision.ALERT or not is_open(own) or not may_agree(post):
        return own
    return replace(both, sentence=post.text, why=f"{both.why}; {WITH_PARENT}")
