"""The notices that say that sources are blind, and that they are back. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from monitor.alert import wording
from monitor.alert.blindness import lasted, when
from monitor.model import BlindKind, News, NewsKind, Notice, NoticeKind

WHY_LENGTH = 300
NAMES = 8
"""Sources that a title names."""
_TO_DO = {
    BlindKind.FAILING: (
        "What to do: nothing at first. monitor tries again by itself, and reads what it missed once the source is "
        "back. If it stays so, tell whoever runs monitor: monitor doctor says what is wrong and how to mend it."
    ),
    BlindKind.SILENT: (
        "What to do: look in a browser whether the platform shows new posts. If it does, it may refuse monitor without "
        "saying so: look there by hand, and tell whoever runs monitor to check the token and the searches "
        "(monitor sources check)."
    ),
    BlindKind.CHANGED: (
        "What to do: tell whoever runs monitor that the platform has changed what it sends. monitor status shows the "
        "fields, each with an example: a newer version of monitor may know them, else report it with that example."
    ),
}


def notices(
    news: Sequence[News], caught_up: Mapping[News, int], seeing: Collection[str], now: datetime
) -> tuple[Notice, ...]:
    """One notice for all that went blind, and one for all that came back, at one look.

    `caught_up`: posts from the time of the blindness that were read since. `seeing`: the sources that are not blind.
    """
    blind = [one for one in news if one.kind is NewsKind.BLIND]
    back = [one for one in news if one.kind is not NewsKind.BLIND]
    found = []
    if blind:
        lines = [_is_blind(one, now) for one in blind]
        lines += [_meaning({one.blind for one in blind}, seeing)]
        lines += [_TO_DO[kind] for kind in BlindKind if any(one.blind is kind for one in blind)]
        found.append(Notice(NoticeKind.SERVICE, _title(blind), tuple(lines)))
    if back:
        found.append(Notice(NoticeKind.SERVICE, _title(back), tuple(_is_back(one, caught_up, now) for one in back)))
    return tuple(found)


def _title(news: Sequence[News]) -> str:
    sources = list(dict.fromkeys(one.source for one in news))
    names = ", ".join(wording.one_line(name, 80) for name in sources[:NAMES])
    names += f" and {len(sources) - NAMES} more" if len(sources) > NAMES else ""
    is_one = len(sources) == 1
    if any(one.kind is NewsKind.BLIND for one in news):
        if all(one.blind is BlindKind.CHANGED for one in news):
            return f"{names} {'sends' if is_one else 'send'} posts in another shape"
        return f"{names} {'is' if is_one else 'are'} blind"
    if all(one.kind is NewsKind.FLAPPING for one in news):
        return f"{names} {'comes and goes' if is_one else 'come and go'}"
    return f"{names} {'is' if is_one else 'are'} back"


def _is_blind(news: News, now: datetime) -> str:
    source, why = wording.one_line(news.source, 80), wording.one_line(_without_name(news), WHY_LENGTH)
    since = f"since {when(news.since, now)} UTC ({lasted(now - news.since)})"
    again = (
        f" It was blind {_times(news.again)} more before that, {lasted(news.again_for)} in all." if news.again else ""
    )
    return f"{source}, {since}: {why}.{again}"


def _is_back(news: News, caught_up: Mapping[News, int], now: datetime) -> str:
    source = wording.one_line(news.source, 80)
    until = news.until or now
    span = f"{when(news.since, now)}-{when(until, now)} UTC"
    if news.kind is NewsKind.FLAPPING:
        return (
            f"{source} was blind {_times(news.again)} more, {lasted(news.again_for)} in all ({span}). It is back now."
        )
    if news.blind is BlindKind.CHANGED:
        return f"{source}: its posts are as they were again, after {lasted(until - news.since)} ({span})."
    posts = caught_up.get(news, 0)
    if not posts:
        read = "No post from that time that names a candidate or the vote has come since."
    elif posts == 1:
        read = "1 post from that time that names a candidate or the vote was read since."
    else:
        read = f"{posts} posts from that time that name a candidate or the vote were read since."
    return f"{source} was blind for {lasted(until - news.since)} ({span}). {read}"


def _meaning(kinds: set[BlindKind], seeing: Collection[str]) -> str:
    if kinds == {BlindKind.CHANGED}:
        return "What it means: posts still come; what stood in these fields is not seen, nor are posts that need them."
    if not seeing:
        return "What it means: monitor sees nothing now. No alert does not mean that all is quiet."
    names = ", ".join(wording.one_line(name, 80) for name in sorted(seeing)[:NAMES])
    return (
        "What it means: posts there are not seen until it is back, and no alert does not mean that all is quiet there. "
        f"Still seen: {names}."
    )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _without_name(news: News) -> str:
    """Many errors begin with the name of their source, which the line has said, and end with their own full stop."""
    return news.why.removeprefix(f"{news.source}: ").rstrip(".")
