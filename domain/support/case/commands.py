"""The commands about the support cases of an organisation."""

from typing import TypeAlias

from domain.support.case.events import (
    NoticeSort,
    Problem,
    RecommendationResult,
    ReviewSort,
    SupportLevel,
    TurnoverCause,
)
from domain.values.frozen import frozen
from domain.values.ids import ConcernId, DeliveryId, OrganisationId, OutcomeId, PartnershipId
from domain.values.when import When


@frozen
class _OfOrganisation:
    """A command that is decided on the stream of the organisation."""

    organisation_id: OrganisationId
    on: When

    @property
    def stream(self) -> str:
        """The id of the stream that decides the command."""
        return self.organisation_id


@frozen
class _OfCase(_OfOrganisation):
    """A command about a support case of the organisation."""

    case: int


# --- Cases ------------------------------------------------------------------------------------------------------------


@frozen
class OpenSupportCase(_OfOrganisation):
    """Open a support case of an organisation.

    Without *case* it gets the next number. *problem* says whether the causes are political or managerial; leave it out
    where there is no problem, such as for regular reviews. *text* says what it is about. *concern_id* is the concern
    that led to it, which must be shared.
    """

    partnership_id: PartnershipId | None = None
    case: int | None = None
    problem: Problem | None = None
    text: str
    concern_id: ConcernId | None = None


@frozen
class EscalateSupportCase(_OfCase):
    """Pass a support case on to the round table of the region, or to government, with a reason.

    *level* is who deals with it from now on.
    """

    level: SupportLevel
    because: str


@frozen
class CloseSupportCase(_OfCase):
    """Close a support case, and say what became of it.

    *conclusion* says what became of it.
    """

    conclusion: str


# --- Help -------------------------------------------------------------------------------------------------------------


@frozen
class OfferHelp(_OfCase):
    """Offer help to an organisation.

    *text* says which help it is. *helper_id* is the organisation that is to give it.
    """

    number: int | None = None
    text: str
    helper_id: OrganisationId | None = None


@frozen
class AnswerHelp(_OfCase):
    """Record that an organisation accepted or declined an offer of help. Whoever declines says why.

    *accepted* is whether it was accepted.
    """

    number: int
    accepted: bool
    because: str | None = None


@frozen
class LendCapacity(_OfCase):
    """Record that an organisation lends capacity to another one, and what is owed back.

    *lender_id* is the organisation that lends. *text* says what it lends, such as which staff. *days* are the days of
    work that it lends. *owed* are the days of work that are owed back: 0 if none are.
    """

    number: int | None = None
    lender_id: OrganisationId
    text: str
    days: int
    owed: int


@frozen
class GiveCapacityBack(_OfCase):
    """Record that days of work were given back for capacity that was lent.

    *days* are the days of work given back.
    """

    number: int
    days: int


@frozen
class AgreeImprovementPlan(_OfCase):
    """Tie the plan of a delivery to the outcomes that it is for, as agreed with an organisation.

    *outcomes* are the outcomes: each has its measure. *monitoring* says who looks at them, and how often.
    """

    number: int | None = None
    delivery_id: DeliveryId
    outcomes: tuple[OutcomeId, ...]
    monitoring: str


# --- Judgement --------------------------------------------------------------------------------------------------------


@frozen
class ServeNotice(_OfCase):
    """Record a notice, a red flag, the result of an inspection, or an intervention.

    An improvement notice and an intervention come only after an offer of help. *sort* says what it is. *served_by* is
    the body that it comes from. *text* is what it says.
    """

    number: int | None = None
    sort: NoticeSort
    served_by: str
    text: str


@frozen
class PlanReview(_OfCase):
    """Plan a peer visit, a self-evaluation, an external challenge or an assessment of capacity.

    *sort* says what it is. *due* is the last day for it.
    """

    number: int | None = None
    sort: ReviewSort
    due: When


@frozen
class HoldReview(_OfCase):
    """Record that a review was held, how long it took, who held it, and what it found.

    *days* are the days that it took. *peers* are those who held it, each by post and authority: name no person.
    *findings* says what it found.
    """

    number: int
    days: int
    peers: tuple[str, ...] = ()
    findings: str


@frozen
class MissReview(_OfCase):
    """Record that a planned review was not held, with the reason."""

    number: int
    because: str


@frozen
class MakeRecommendation(_OfCase):
    """Record a recommendation to an organisation.

    *made_by* is the body that makes it. *text* is what it recommends.
    """

    number: int | None = None
    made_by: str
    text: str


@frozen
class FollowRecommendation(_OfCase):
    """Record what became of a recommendation: it was accepted, rejected or carried out.

    *state* is what became of it. *text* says more of that.
    """

    number: int
    state: RecommendationResult
    text: str


@frozen
class GiveDuty(_OfCase):
    """Give a further responsibility, after an assessment of the capacity for it.

    *text* says which responsibility it is.
    """

    number: int | None = None
    text: str


@frozen
class ShareInformation(_OfCase):
    """Record that information about performance was shared with other bodies, and under which protocol.

    *protocol* is the agreement that allows it. *shared_with* are the organisations that it was shared with. *text* says
    what was shared.
    """

    number: int | None = None
    protocol: str
    shared_with: tuple[OrganisationId, ...]
    text: str


# --- Turnover ---------------------------------------------------------------------------------------------------------


@frozen
class RecordTurnover(_OfOrganisation):
    """Record how many posts of an organisation changed hands, such as after an election, and the effect of that.

    *cause* is why they changed hands. *changed* is how many posts did, of the *posts* that there are. *posts* is how
    many there are. *effect* is what it means for its priorities.
    """

    number: int | None = None
    cause: TurnoverCause
    changed: int
    posts: int
    effect: str


SupportCommand: TypeAlias = (
    OpenSupportCase
    | EscalateSupportCase
    | CloseSupportCase
    | OfferHelp
    | AnswerHelp
    | LendCapacity
    | GiveCapacityBack
    | AgreeImprovementPlan
    | ServeNotice
    | PlanReview
    | HoldReview
    | MissReview
    | MakeRecommendation
    | FollowRecommendation
    | GiveDuty
    | ShareInformation
    | RecordTurnover
)
