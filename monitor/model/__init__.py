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
<<<<<<< HEAD
from monitor.model.factcheck import FactCheck, Grade
from monitor.model.figures import Curve, Curves, Figures, Handled, Outage, Traffic
=======
from monitor.model.figures import Curve, Curves, Figures, Handled, Outage, Shadowed, Traffic
>>>>>>> reload
from monitor.model.health import SocketHealth, SocketState, SourceHealth, Summary
from monitor.model.incident import Change, ChangeKind, Incident, IncidentState
from monitor.model.match import Match, Mention, Verdict
from monitor.model.post import Deletion, Media, Page, Post, stand_in
from monitor.model.rules import Candidate, Claim, ClaimStatus, Correction, Rules, RuleTest, Severity
from monitor.model.stance import Decision, Stance

__all__ = [
    "Alert",
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
    "Traffic",
    "Verdict",
    "stand_in",
]
