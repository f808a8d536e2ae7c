"""The events of the support cases of an organisation, and what they name."""

from enum import Enum
from typing import TypeAlias

from domain.values.fact import Fact
from domain.values.frozen import frozen
from domain.values.ids import ConcernId, DeliveryId, OrganisationId, OutcomeId, PartnershipId
from domain.values.order import After, Step, Steps
from domain.values.when import When

# --- What the events name ---------------------------------------------------------------------------------------------


class Problem(Enum):
    """What a support case is about. The two need different help."""

    POLITICAL = "political"
    MANAGERIAL = "managerial"


class SupportLevel(Enum):
    """Who deals with a support case, from the nearest to the farthest."""

    LOCAL = "local"
    """The authority and its neighbours."""
    ROUND_TABLE = "round_table"
    """The round table of the region."""
    GOVERNMENT = "government"


class NoticeSort(Enum):
    """What a body from outside says to an authority, or does."""

    RED_FLAG = "red_flag"
    """An inspector has a significant concern about results for the area."""
    INSPECTION_RESULT = "inspection_result"
    IMPROVEMENT_NOTICE = "improvement_notice"
    """What has to improve, and by when, before government intervenes."""
    INTERVENTION = "intervention"
    """Government acts in the place of the authority."""


# The notices that come only after an offer of help.
INTERVENING = (NoticeSort.IMPROVEMENT_NOTICE, NoticeSort.INTERVENTION)


class ReviewSort(Enum):
    """How an organisation is looked at."""

    PEER_VISIT = "peer_visit"
    """Peers from other authorities visit it."""
    SELF_EVALUATION = "self_evaluation"
    """It evaluates itself."""
    EXTERNAL_CHALLENGE = "external_challenge"
    """Others challenge how it evaluates itself."""
    CAPACITY_ASSESSMENT = "capacity_assessment"
    """Whether it, or its partnership, can take on more."""


class RecommendationResult(Enum):
    """What became of a recommendation."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CARRIED_OUT = "carried_out"


class TurnoverCause(Enum):
    """Why posts changed hands."""

    ELECTION = "election"
    LEADERSHIP = "leadership"
    """Another political leader or chief executive came."""
    OTHER = "other"


# --- Cases ------------------------------------------------------------------------------------------------------------


@frozen
class OfCase(Fact):
    """What all events of a support case share: its organisation, its partnership if it has one, and its number."""

    organisation_id: OrganisationId
    partnership_id: PartnershipId | None = None
    case: int


@frozen
class SupportCaseOpened(OfCase):
    """A support case was opened, at the local level. *concern_id* is the shared concern that led to it.

    *problem* is None where none is known, such as for regular reviews.
    """

    problem: Problem | None = None
    text: str
    concern_id: ConcernId | None = None


@frozen
class SupportCaseEscalated(OfCase):
    """From now on the case is dealt with at a higher *level*."""

    level: SupportLevel
    because: str


@frozen
class SupportCaseClosed(OfCase):
    """The case was closed. *conclusion* is what became of it."""

    conclusion: str


# --- Help -------------------------------------------------------------------------------------------------------------


@frozen
class HelpOffered(OfCase):
    """The organisation was offered help: *text* says which. *helper_id* is who is to give it."""

    number: int
    text: str
    helper_id: OrganisationId | None = None


@frozen
class HelpAnswered(OfCase):
    """The organisation accepted or declined an offer of help; *because* is the reason."""

    number: int
    accepted: bool
    because: str | None = None


@frozen
class CapacityLent(OfCase):
    """Another organisation, *lender_id*, lends capacity for so many *days* of work. *owed* days are owed back."""

    number: int
    lender_id: OrganisationId
    text: str
    days: int
    owed: int


@frozen
class CapacityGivenBack(OfCase):
    """The organisation gave back so many *days* of work that it owes for the capacity lent with this number."""

    number: int
    days: int


@frozen
class ImprovementPlanAgreed(OfCase):
    """The plan of a delivery and these outcomes, each with its measure, were agreed with the organisation.

    *monitoring* says who looks at them, and how often.
    """

    number: int
    delivery_id: DeliveryId
    outcomes: tuple[OutcomeId, ...]
    monitoring: str


# --- Judgement --------------------------------------------------------------------------------------------------------


@frozen
class NoticeServed(OfCase):
    """A body from outside, *served_by*, served a notice, raised a red flag, gave its result or intervened."""

    number: int
    sort: NoticeSort
    served_by: str
    text: str


@frozen
class ReviewPlanned(OfCase):
    """A review is to be held by *due*."""

    number: int
    sort: ReviewSort
    due: When


@frozen
class ReviewHeld(OfCase):
    """A review was held: it took *days* days, and *findings* are what it found.

    *peers* are those who held it, each by post and authority. *days* and *findings* are None only where a source states
    the review and does not say.
    """

    number: int
    days: int | None = None
    peers: tuple[str, ...] = ()
    findings: str | None = None


@frozen
class ReviewMissed(OfCase):
    """A review that was planned was not held; *because* is the reason."""

    number: int
    because: str


@frozen
class RecommendationMade(OfCase):
    """*made_by* recommended something to the organisation."""

    number: int
    made_by: str
    text: str


@frozen
class RecommendationFollowed(OfCase):
    """What became of a recommendation, with more of it in *text*."""

    number: int
    state: RecommendationResult
    text: str


@frozen
class DutyGiven(OfCase):
    """A further responsibility was given, after an assessment of the capacity for it."""

    number: int
    text: str


@frozen
class InformationShared(OfCase):
    """Information about performance was shared with other bodies; *protocol* is the agreement that allows it."""

    number: int
    protocol: str
    shared_with: tuple[OrganisationId, ...]
    text: str


# --- Turnover ---------------------------------------------------------------------------------------------------------


@frozen
class TurnoverRecorded(Fact):
    """*changed* of the *posts* of an organisation changed hands. *effect* is what that means for its priorities."""

    organisation_id: OrganisationId
    number: int
    cause: TurnoverCause
    changed: int
    posts: int
    effect: str


# What begins something with a number in its case.
Begun: TypeAlias = (
    HelpOffered
    | CapacityLent
    | ImprovementPlanAgreed
    | NoticeServed
    | ReviewPlanned
    | RecommendationMade
    | DutyGiven
    | InformationShared
)
SupportEvent: TypeAlias = (
    SupportCaseOpened
    | SupportCaseEscalated
    | SupportCaseClosed
    | HelpOffered
    | HelpAnswered
    | CapacityLent
    | CapacityGivenBack
    | ImprovementPlanAgreed
    | NoticeServed
    | ReviewPlanned
    | ReviewHeld
    | ReviewMissed
    | RecommendationMade
    | RecommendationFollowed
    | DutyGiven
    | InformationShared
    | TurnoverRecorded
)

_OPENED = After(SupportCaseOpened, mine="case", its="case")
# How people call each step, and the steps that it follows.
STEPS: Steps = {
    SupportCaseOpened: Step("opening of a support case"),
    SupportCaseEscalated: Step(
        "escalation of the support case", (_OPENED, After(SupportCaseEscalated, mine="case", its="case"))
    ),
    SupportCaseClosed: Step("closing of the support case", (_OPENED,)),
    HelpOffered: Step("offer of help {number}", (_OPENED,)),
    HelpAnswered: Step("answer to offer {number}", (After(HelpOffered, mine="number", also="case"),)),
    CapacityLent: Step("loan of capacity {number}", (_OPENED,)),
    CapacityGivenBack: Step("giving back of loan {number}", (After(CapacityLent, mine="number", also="case"),)),
    ImprovementPlanAgreed: Step("improvement plan {number}", (_OPENED,)),
    NoticeServed: Step("notice {number}", (_OPENED,)),
    ReviewPlanned: Step("planning of review {number}", (_OPENED,)),
    ReviewHeld: Step("review {number}", (After(ReviewPlanned, mine="number", also="case"),)),
    ReviewMissed: Step("missing of review {number}", (After(ReviewPlanned, mine="number", also="case"),)),
    RecommendationMade: Step("recommendation {number}", (_OPENED,)),
    RecommendationFollowed: Step(
        "answer to recommendation {number}",
        (
            After(RecommendationMade, mine="number", also="case"),
            After(RecommendationFollowed, mine="number", also="case"),
        ),
    ),
    DutyGiven: Step("giving of responsibility {number}", (_OPENED,)),
    InformationShared: Step("sharing {number} of information", (_OPENED,)),
    TurnoverRecorded: Step("turnover {number}"),
}
