"""What config.toml says, as frozen dataclasses. Their defaults are the config's defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo


class Secret:
    """A token. It never shows in a repr, a log or a traceback; `reveal()` is for the request that needs it. `variable`
    is that of the environment from which it came."""

    __slots__ = ("_value", "variable")

    def __init__(self, value: str, variable: str = "") -> None:
        self._value = value
        self.variable = variable

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"


@dataclass(frozen=True, slots=True)
class JsonlSource:
    """A file of posts as JSON Lines; followed as it grows."""

    name: str
    path: Path
    every_seconds: float = 2.0


@dataclass(frozen=True, slots=True)
class StdinSource:
    """Posts as JSON Lines on standard input."""

    name: str


@dataclass(frozen=True, slots=True)
class RssSource:
    """An RSS or Atom feed."""

    name: str
    url: str
    every_seconds: float = 300.0


@dataclass(frozen=True, slots=True)
class MastodonSource:
    """Hashtag timelines of a Mastodon-compatible server, and its search where a user token allows it.

    `stream`: the hashtags arrive as they are written, over server-sent events, and are polled all the same.
    """

    name: str
    server: str
    hashtags: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    token: Secret | None = None
    every_seconds: float = 30.0
    stream: bool = False


@dataclass(frozen=True, slots=True)
class BlueskySource:
    """Bluesky's Jetstream, with `searchPosts` to fill a gap where an account is given."""

    name: str
    jetstream: str = "wss://jetstream2.us-east.bsky.network"
    wire: int = 1
    """Jetstream's wire format, 1 or 2."""
    search: tuple[str, ...] = ()
    pds: str = "https://bsky.social"
    identifier: str | None = None
    app_password: Secret | None = None


@dataclass(frozen=True, slots=True)
class HackerNewsSource:
    """Stories and comments of Hacker News that a search finds."""

    name: str
    search: tuple[str, ...] = ()
    server: str = "https://hn.algolia.com"
    every_seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class LemmySource:
    """Posts and comments that a Lemmy server's search finds."""

    name: str
    server: str
    search: tuple[str, ...] = ()
    every_seconds: float = 300.0


@dataclass(frozen=True, slots=True)
class FourchanSource:
    """Every post on some boards of 4chan: "pol", "news"."""

    name: str
    boards: tuple[str, ...] = ()
    server: str = "https://a.4cdn.org"
    every_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class GdeltSource:
    """Headlines of the world's press that a search of GDELT finds."""

    name: str
    search: tuple[str, ...] = ()
    server: str = "https://api.gdeltproject.org"
    every_seconds: float = 900.0


@dataclass(frozen=True, slots=True)
class GoogleNewsSource:
    """The press that a search of Google News finds, in one language ("en") and one country's edition ("US")."""

    name: str
    search: tuple[str, ...] = ()
    lang: str = "en"
    country: str = "US"
    server: str = "https://news.google.com"
    every_seconds: float = 600.0


@dataclass(frozen=True, slots=True)
class WebhookSource:
    """Posts that others send us: `POST /posts`, signed with the secret."""

    name: str
    secret: Secret
    host: str = "127.0.0.1"
    port: int = 8765


@dataclass(frozen=True, slots=True)
class XSource:
    """Posts on X that a search finds, or its filtered stream brings. `posts_per_day` is what may be paid for."""

    name: str
    token: Secret
    search: tuple[str, ...] = ()
    posts_per_day: int = 1000
    stream: bool = False
    server: str = "https://api.x.com"
    every_seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class RedditSource:
    """Posts that a search finds, on all of Reddit or in some subreddits, and the comments under them."""

    name: str
    client_id: str
    token: Secret
    """The app's secret."""
    search: tuple[str, ...] = ()
    subreddits: tuple[str, ...] = ()
    server: str = "https://oauth.reddit.com"
    every_seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class YouTubeSource:
    """Videos that a search finds, and the comments under them, within a day's quota."""

    name: str
    token: Secret
    search: tuple[str, ...] = ()
    searches_per_day: int = 100
    units_per_day: int = 10_000
    server: str = "https://www.googleapis.com"
    every_seconds: float = 300.0


@dataclass(frozen=True, slots=True)
class ThreadsSource:
    """Posts on Threads that a keyword search finds."""

    name: str
    token: Secret
    search: tuple[str, ...] = ()
    server: str = "https://graph.threads.net"
    every_seconds: float = 900.0


@dataclass(frozen=True, slots=True)
class TelegramSource:
    """Posts in public channels of Telegram: "durov", as in t.me/durov. `token` is the session of a user's account."""

    name: str
    token: Secret
    api_id: int
    api_hash: Secret
    channels: tuple[str, ...] = ()
    every_seconds: float = 60.0


SourceConfig = (
    JsonlSource
    | StdinSource
    | RssSource
    | MastodonSource
    | BlueskySource
    | HackerNewsSource
    | LemmySource
    | FourchanSource
    | GdeltSource
    | GoogleNewsSource
    | WebhookSource
    | XSource
    | RedditSource
    | YouTubeSource
    | ThreadsSource
    | TelegramSource
)


@dataclass(frozen=True, slots=True)
class StoreConfig:
    path: Path
    keep_days: int = 30


@dataclass(frozen=True, slots=True)
class MatchConfig:
    """`model`: a sentence-transformers model name or path. `threshold`: the score from which a post alerts.
    `calibration`: what `monitor calibrate` wrote, where it did; None: scores are used as the judge gives them."""

    model: str = "all-MiniLM-L6-v2"
    threshold: float = 0.5
    calibration: Path | None = None


@dataclass(frozen=True, slots=True)
class JudgeConfig:
    """A second judge, asked about posts of which the embedded one is not sure (docs/second-opinion.md).

    `model`: an NLI model by name or folder, or, with an `endpoint`, the name of a model there. `endpoint`: the address
    of an OpenAI-compatible server, up to and with its version: https://example.org/v1.
    """

    model: str
    endpoint: str | None = None
    key: Secret | None = None
    band: tuple[float, float] = (0.5, 1.5)
    """Asked from so many to so many times the claim's threshold: (0.5, 1.5) of 0.60 is a score of 0.30 to 0.90."""
    calls_per_day: int = 1000
    """Requests to the endpoint; a day ends at midnight UTC."""
    timeout_seconds: float = 4.0
    """For all posts that are judged together, so that no alert is later than this because of it."""


@dataclass(frozen=True, slots=True)
class AlertConfig:
    window_hours: float = 24.0
    """Matches of one claim belong to one incident until it was quiet for so long."""
    quiet_hours: float = 6.0
    """An incident that was quiet for so long is told again when it goes on."""
    growth: tuple[int, ...] = (3, 10, 30, 100, 300, 1000, 3000, 10000)
    large_account: int = 50_000
    max_new_per_minute: int = 5
    max_age_hours: float = 48.0
    """A post older than this when it arrives is counted, never alerted."""
    reopened_in_channel: bool = True
    """Whether the reply that an incident goes on after quiet shows in the channel too."""


@dataclass(frozen=True, slots=True)
class SlackConfig:
    channel: str
    token: Secret
    base_url: str = "https://slack.com/api/"
    app_token: Secret | None = None
    """Opens the socket on which clicks arrive; None: alerts without buttons."""


@dataclass(frozen=True, slots=True)
class DeskConfig:
    """How responders work an incident in Slack (docs/desk.md). Channels, users and groups are Slack ids."""

    groups: tuple[str, ...] = ()
    """User groups (S...) whose members may act, besides the members of the channel."""
    escalate_to: str | None = None
    """Who hears of a broken deadline: a user group (S...), notified in the thread, or a second channel (C...)."""
    amplifiers: str | None = None
    """The channel of those who share posted corrections."""
    own_minutes: float = 5.0
    correct_minutes: float = 30.0
    """Deadlines for an owner, from the alert, and for a correction, from the first post."""
    owner_quiet_minutes: float = 15.0
    """An owner who did nothing for so long is asked, and after as long again released."""
    digest_at: time | None = time(8, 0)
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    """When the morning's digest is posted, by the clock of `timezone`. None: never."""
    mastodon: str = "https://mastodon.social"
    """The server whose compose window the Mastodon button opens. Who shares a correction is asked for their own."""


@dataclass(frozen=True, slots=True)
class LogConfig:
    level: str = "info"
    format: str = "auto"
    """auto (JSON when not a terminal), json or text."""


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration. `slack` is None where no channel or no token is set: alerts then go to the terminal, and
    `slack_lacks` says which, where one of the two is set. `judge` is None where no second judge is named."""

    path: Path
    rules: Path
    store: StoreConfig
    match: MatchConfig
    judge: JudgeConfig | None
    alerts: AlertConfig
    slack: SlackConfig | None
    desk: DeskConfig
    log: LogConfig
    sources: tuple[SourceConfig, ...]
    slack_lacks: str = ""
