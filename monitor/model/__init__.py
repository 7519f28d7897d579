"""The words of the system as frozen dataclasses: what passes between the stages. No I/O and no clock in here.

Times are timezone-aware UTC datetimes. A post's identity is its `key`: an id is unique on its platform only.
"""

from monitor.model.alert import (
    Alert,
    Notice,
    NoticeKind,
    Notification,
    NotificationKind,
    Picture,
    Reason,
    Receipt,
    RenderedCorrection,
    ShareLink,
)
from monitor.model.blindness import Blind, BlindKind, Drifted, News, NewsKind, Rhythm, Told, Watched
from monitor.model.desk import (
    Click,
    ClickKind,
    Did,
    Event,
    LookAlike,
    Nudge,
    NudgeKind,
    Person,
    PostedText,
    Proposal,
    ProposalState,
    Silence,
    SilenceScope,
)
from monitor.model.factcheck import FactCheck, Grade
from monitor.model.figures import Curve, Curves, Figures, Handled, Outage, Shadowed, Traffic
from monitor.model.health import SocketHealth, SocketState, SourceHealth, Summary
from monitor.model.incident import Change, ChangeKind, Incident, IncidentState
from monitor.model.match import Match, Mention, Verdict
from monitor.model.post import Deletion, Media, Page, Post, stand_in
from monitor.model.rules import Candidate, Claim, ClaimStatus, Correction, Rules, RuleTest, Severity
from monitor.model.stance import Decision, Stance

__all__ = [
    "Alert",
    "Blind",
    "BlindKind",
    "Candidate",
    "Change",
    "ChangeKind",
    "Claim",
    "ClaimStatus",
    "Click",
    "ClickKind",
    "Correction",
    "Curve",
    "Curves",
    "Decision",
    "Deletion",
    "Did",
    "Drifted",
    "Event",
    "FactCheck",
    "Figures",
    "Grade",
    "Handled",
    "Incident",
    "IncidentState",
    "LookAlike",
    "Match",
    "Media",
    "Mention",
    "News",
    "NewsKind",
    "Notice",
    "NoticeKind",
    "Notification",
    "NotificationKind",
    "Nudge",
    "NudgeKind",
    "Outage",
    "Page",
    "Person",
    "Picture",
    "Post",
    "PostedText",
    "Proposal",
    "ProposalState",
    "Reason",
    "Receipt",
    "RenderedCorrection",
    "Rhythm",
    "RuleTest",
    "Rules",
    "Severity",
    "Shadowed",
    "ShareLink",
    "Silence",
    "SilenceScope",
    "SocketHealth",
    "SocketState",
    "SourceHealth",
    "Stance",
    "Summary",
    "Told",
    "Traffic",
    "Verdict",
    "Watched",
    "stand_in",
]
