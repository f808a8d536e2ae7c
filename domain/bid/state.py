"""The state of a bid that the rules need, computed from its events."""

from dataclasses import field
from enum import Enum
from typing import assert_never

from domain.bid.events import (
    AdviserRecorded,
    ApprovalVaried,
    AssessorRecused,
    BidAcknowledged,
    BidApproved,
    BidAssessed,
    BidAwarded,
    BidDeclined,
    BidDrafted,
    BidReassigned,
    BidRestated,
    BidResubmitted,
    BidRevised,
    BidStated,
    BidSubmitted,
    BidWithdrawn,
    CaseOfficerAssigned,
    ClarificationReceived,
    ClarificationRequested,
    ConsentWithdrawn,
    ContactDirection,
    ContactLogged,
    DecisionNotified,
    EligibilityRuleTested,
    EligibilityTested,
    Event,
    InterestDeclared,
    OfferLapsed,
    PartnerConsented,
    ScoreModerated,
)
from domain.bid.proposal import Proposal, proposal_in
from domain.values.fact import DateCorrected, StatementReplaced
from domain.values.frozen import frozen, replace
from domain.values.ids import AwardId, OrganisationId, PartnershipId, PersonId, RoundId
from domain.values.money import Money
from domain.values.when import When


class Status(Enum):
    """The status of a bid. STATED is a bid that only a source states."""

    DRAFTED = "drafted"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    AWARDED = "awarded"
    STATED = "stated"


@frozen
class Bid:
    """A bid. *ended* is the date on which it was declined or withdrawn; *history* are its events.

    *reduction* is why less was approved than requested, and the actions that were dropped.
    *tests* are the last ones of its submission by rule. *consents* are those that stand: number and date by partner.
    """

    partnership_id: PartnershipId
    reference: str
    status: Status
    round_id: RoundId | None = None
    submitted: When | None = None
    requested: Money | None = None
    approved: Money | None = None
    decided: When | None = None
    reduction: tuple[str | None, tuple[str, ...]] = (None, ())
    ended: When | None = None
    declined_because: str | None = None
    award_id: AwardId | None = None
    acknowledged: bool = False
    case_officer: str | None = None
    eligible: bool | None = None
    ineligible_because: str | None = None
    questions: dict[int, tuple[str, When]]
    open_questions: frozenset[int] = frozenset()
    revised_because: str | None = None
    title: str
    notified: bool = False
    advisers: frozenset[tuple[OrganisationId, str]] = frozenset()
    scores: frozenset[tuple[str, int, str]] = frozenset()
    interests: frozenset[tuple[PersonId, str]] = frozenset()
    recused: frozenset[PersonId] = frozenset()
    history: tuple[Event, ...] = ()
    proposal: Proposal = Proposal()
    tests: dict[str, EligibilityRuleTested] = field(default_factory=dict)
    moderated: dict[str, tuple[int, str]] = field(default_factory=dict)
    consents: dict[OrganisationId, tuple[int, When]] = field(default_factory=dict)
    consents_given: int = 0
    consents_withdrawn: frozenset[OrganisationId] = frozenset()
    contacts: dict[int, tuple[ContactDirection, str, str, When]] = field(default_factory=dict)

    @property
    def admitted(self) -> frozenset[str]:
        """The codes of the rules that it does not meet and was admitted all the same."""
        return frozenset(rule for rule, test in self.tests.items() if test.admitted_because)

    @property
    def broken(self) -> EligibilityRuleTested | None:
        """The test of a rule that it does not meet, if it was not admitted all the same."""
        return next((test for test in self.tests.values() if not test.met and not test.admitted_because), None)

    @property
    def concerned(self) -> frozenset[PersonId]:
        """The people who neither assess nor decide it: they declared an interest, or were recused."""
        return self.recused | {person_id for person_id, _ in self.interests}


def evolve(bid: Bid | None, event: Event) -> Bid:
    """The bid after *event*."""
    history = bid.history if bid is not None else ()
    return replace(_evolve(bid, event), history=(*history, event))


def _evolve(bid: Bid | None, event: Event) -> Bid:  # noqa: C901, PLR0912 - it only dispatches
    match event:
        case BidDrafted() | BidStated():
            return Bid(
                partnership_id=event.partnership_id,
                reference=event.reference,
                title=event.title,
                questions={},
                status=Status.DRAFTED if isinstance(event, BidDrafted) else Status.STATED,
                proposal=proposal_in(event) if isinstance(event, BidDrafted) else Proposal(),
            )
        case BidSubmitted():
            begun = bid or Bid(
                partnership_id=event.partnership_id,
                reference=event.reference,
                title=event.title,
                questions={},
                status=Status.DRAFTED,
            )
            return replace(
                begun,
                status=Status.SUBMITTED,
                reference=event.reference,
                title=event.title,
                round_id=event.round_id,
                submitted=event.on,
                requested=event.requested,
                proposal=proposal_in(event),
            )
    assert bid is not None
    match event:
        case EligibilityRuleTested():
            return replace(bid, tests={**bid.tests, event.rule: event})
        case ScoreModerated():
            return replace(bid, moderated={**bid.moderated, event.criterion: (event.score, event.because)})
        case PartnerConsented():
            given = {**bid.consents, event.organisation_id: (event.number, event.on)}
            return replace(bid, consents=given, consents_given=event.number)
        case ConsentWithdrawn():
            left = {one: given for one, given in bid.consents.items() if one != event.organisation_id}
            return replace(bid, consents=left, consents_withdrawn=bid.consents_withdrawn | {event.organisation_id})
        case ContactLogged():
            told = (event.direction, event.with_whom, event.summary, event.on)
            return replace(bid, contacts={**bid.contacts, event.number: told})
        case AdviserRecorded():
            return replace(bid, advisers=bid.advisers | {(event.organisation_id, event.part)})
        case BidAcknowledged():
            return replace(bid, acknowledged=True)
        case CaseOfficerAssigned():
            return replace(bid, case_officer=event.officer)
        case ClarificationRequested():
            return replace(
                bid,
                questions={**bid.questions, event.number: (event.question, event.on)},
                open_questions=bid.open_questions | {event.number},
            )
        case ClarificationReceived():
            return replace(bid, open_questions=bid.open_questions - {event.number})
        case EligibilityTested():
            return replace(bid, eligible=event.eligible, ineligible_because=event.because)
        case BidRevised():
            return replace(
                bid,
                title=event.title,
                requested=event.requested,
                revised_because=event.because,
                proposal=proposal_in(event),
            )
        case BidResubmitted():
            return _resubmitted(bid, event)
        case BidAssessed():
            return replace(bid, scores=bid.scores | {(event.criterion, event.score, event.justification)})
        case BidApproved():
            return replace(
                bid,
                status=Status.APPROVED,
                approved=event.approved,
                decided=event.on,
                reduction=(event.because, event.dropped),
            )
        case BidDeclined():
            return replace(
                bid, status=Status.DECLINED, declined_because=event.because, decided=event.on, ended=event.on
            )
        case InterestDeclared():
            return replace(bid, interests=bid.interests | {(event.person_id, event.nature)})
        case AssessorRecused():
            return replace(bid, recused=bid.recused | {event.person_id})
        case BidWithdrawn():
            return replace(bid, status=Status.WITHDRAWN, ended=event.on)
        case DecisionNotified():
            return replace(bid, notified=True)
        case BidAwarded():
            return replace(bid, status=Status.AWARDED, award_id=event.award_id)
        case OfferLapsed():
            return replace(bid, status=Status.APPROVED, award_id=None)
        case ApprovalVaried():
            return replace(bid, approved=event.approved)
        case DateCorrected() | StatementReplaced():
            return bid  # domain.reading folds the corrected history.
        case BidRestated():
            return bid  # No rule reads the amount of a bid that a source states: such a bid is never decided.
        case BidReassigned():
            return replace(bid, partnership_id=event.partnership_id)
        case _:
            assert_never(event)


def _resubmitted(bid: Bid, event: BidResubmitted) -> Bid:
    """The bid after it is resubmitted: no earlier assessment or decision counts."""
    return Bid(
        partnership_id=bid.partnership_id,
        reference=bid.reference,
        title=event.title,
        status=Status.SUBMITTED,
        round_id=event.round_id,
        submitted=event.on,
        requested=event.requested,
        questions=bid.questions,
        advisers=bid.advisers,
        case_officer=bid.case_officer,
        interests=bid.interests,
        recused=bid.recused,
        proposal=proposal_in(event),
        consents=bid.consents,
        consents_given=bid.consents_given,
        consents_withdrawn=bid.consents_withdrawn,
        contacts=bid.contacts,
    )
