"""The rules of a bid: from first draft to decision, notification and award."""

from typing import assert_never

from domain.bid.commands import (
    AcknowledgeBid,
    ApproveBid,
    AssessBid,
    AssignCaseOfficer,
    AwardBid,
    CheckEligibility,
    Command,
    DeclareInterest,
    DeclineBid,
    DraftBid,
    LapseOffer,
    LogContact,
    ModerateScore,
    NotifyDecision,
    ReceiveClarification,
    RecordAdviser,
    RecordConsent,
    RecuseAssessor,
    RequestClarification,
    ResubmitBid,
    ReviseBid,
    SubmitBid,
    VaryApproval,
    WithdrawBid,
    WithdrawConsent,
)
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
    BidResubmitted,
    BidRevised,
    BidSubmitted,
    BidWithdrawn,
    CaseOfficerAssigned,
    ClarificationReceived,
    ClarificationRequested,
    DecisionNotified,
    EligibilityTested,
    Event,
    InterestDeclared,
    OfferLapsed,
)
from domain.bid.order import STEPS
from domain.bid.parties import judge as judge_rule
from domain.bid.parties import log_contact, moderate, record_consent, withdraw_consent
from domain.bid.proposal import Proposal, in_parts, proposed, within
from domain.bid.refusals import (
    AboveApproved,
    AboveRequested,
    AnsweredBeforeAsked,
    ApprovedNotPositive,
    AwardedNotPositive,
    BidAlreadyAwarded,
    BidAlreadyBegun,
    BidAlreadyDecided,
    BidCurrencyDiffers,
    BidIneligible,
    BidNotApproved,
    BidNotDecided,
    BidNotEnded,
    BidNotSubmitted,
    BidUnknown,
    CaseOfficerEmpty,
    DecidedBeforeSubmitted,
    NothingReduced,
    QuestionEmpty,
    QuestionNumberTaken,
    QuestionUnknown,
    ReasonMissing,
    ReductionUnexplained,
    RequestedNotPositive,
    ResubmittedBeforeEnded,
    ScoreOutOfRange,
)
from domain.bid.state import Bid, Status
from domain.values.money import Money
from domain.values.numbers import given_or_next
from domain.values.order import in_order
from domain.values.when import When


def decide(bid: Bid | None, command: Command) -> list[Event]:
    """The events that *command* leads to on the bid. Raises Refused; each rule has its own subclass."""
    events = _decide(bid, command)
    if bid is not None:
        in_order(STEPS, bid.history, events)
    return events


def _decide(bid: Bid | None, command: Command) -> list[Event]:  # noqa: C901, PLR0912 - it only dispatches
    match command:
        case DraftBid():
            return draft(bid, command)
        case RecordAdviser():
            return record_adviser(known(bid), command)
        case SubmitBid():
            return submit(bid, command)
        case AcknowledgeBid():
            return acknowledge(known(bid), command)
        case AssignCaseOfficer():
            return assign_case_officer(known(bid), command)
        case RequestClarification():
            return request_clarification(known(bid), command)
        case ReceiveClarification():
            return receive_clarification(known(bid), command)
        case CheckEligibility():
            return check_eligibility(known(bid), command)
        case ReviseBid():
            return revise(known(bid), command)
        case ResubmitBid():
            return resubmit(known(bid), command)
        case DeclareInterest():
            return declare_interest(known(bid), command)
        case RecuseAssessor():
            return recuse(known(bid), command)
        case AssessBid():
            return assess(known(bid), command)
        case ModerateScore():
            return moderate(known(bid), command)
        case RecordConsent():
            return record_consent(known(bid), command)
        case WithdrawConsent():
            return withdraw_consent(known(bid), command)
        case LogContact():
            return log_contact(known(bid), command)
        case ApproveBid():
            return approve(known(bid), command)
        case DeclineBid():
            return decline(known(bid), command)
        case WithdrawBid():
            return withdraw(known(bid), command)
        case NotifyDecision():
            return notify(known(bid), command)
        case AwardBid():
            return award_bid(known(bid), command)
        case LapseOffer():
            return lapse(known(bid), command)
        case VaryApproval():
            return vary_approval(known(bid), command)
        case _:
            assert_never(command)


def known(bid: Bid | None) -> Bid:
    """The bid, which must exist. Raises BidUnknown."""
    if bid is None:
        raise BidUnknown
    return bid


def judge(bid: Bid, command: CheckEligibility, version: int, text: str) -> list[Event]:
    """As ``decide``, for a check of one rule, whose version and text another stream knows."""
    events = judge_rule(bid, command, version, text)
    in_order(STEPS, bid.history, events)
    return events


def draft(bid: Bid | None, command: DraftBid) -> list[Event]:
    if bid is not None:
        if (bid.partnership_id, bid.reference) == (command.partnership_id, command.reference):
            return []
        raise BidAlreadyBegun(reference=bid.reference)
    return [
        BidDrafted(
            partnership_id=command.partnership_id,
            reference=command.reference,
            title=command.title,
            round_id=command.round_id,
            on=command.on,
            **in_parts(proposed(Proposal(), command)),
        )
    ]


def record_adviser(bid: Bid, command: RecordAdviser) -> list[Event]:
    if (command.organisation_id, command.part) in bid.advisers:
        return []
    return [
        AdviserRecorded(
            partnership_id=bid.partnership_id,
            organisation_id=command.organisation_id,
            part=command.part,
            on=command.on,
        )
    ]


def submit(bid: Bid | None, command: SubmitBid) -> list[Event]:
    before = bid.proposal if bid is not None else Proposal()
    proposal = proposed(before, command)
    if bid is not None and proposal == before:
        same = (bid.partnership_id, bid.reference, bid.requested, bid.round_id, bid.submitted)
        if same == (command.partnership_id, command.reference, command.requested, command.round_id, command.on):
            return []
    if bid is not None and (bid.status is not Status.DRAFTED or bid.partnership_id != command.partnership_id):
        raise BidAlreadyBegun(reference=bid.reference)
    if not command.requested.is_positive:
        raise RequestedNotPositive(requested=command.requested)
    within(proposal, command.requested)
    return [
        BidSubmitted(
            partnership_id=command.partnership_id,
            reference=command.reference,
            title=command.title,
            requested=command.requested,
            round_id=command.round_id,
            time=command.time,
            admitted_because=command.admitted_because,
            on=command.on,
            **in_parts(proposal),
        )
    ]


def acknowledge(bid: Bid, command: AcknowledgeBid) -> list[Event]:
    if bid.acknowledged:
        return []
    waiting(bid)
    return [BidAcknowledged(partnership_id=bid.partnership_id, on=command.on)]


def assign_case_officer(bid: Bid, command: AssignCaseOfficer) -> list[Event]:
    if command.officer == bid.case_officer:
        return []
    if command.officer is not None and not command.officer.strip():
        raise CaseOfficerEmpty
    return [CaseOfficerAssigned(partnership_id=bid.partnership_id, officer=command.officer, on=command.on)]


def request_clarification(bid: Bid, command: RequestClarification) -> list[Event]:
    number = given_or_next(command.number, bid.questions)
    if bid.questions.get(number) == (command.question, command.on):
        return []
    if number in bid.questions:
        raise QuestionNumberTaken(number=number)
    waiting(bid)
    if number < 1 or not command.question.strip():
        raise QuestionEmpty(number=number)
    return [
        ClarificationRequested(
            partnership_id=bid.partnership_id, number=number, question=command.question, on=command.on
        )
    ]


def receive_clarification(bid: Bid, command: ReceiveClarification) -> list[Event]:
    if command.number not in bid.questions:
        raise QuestionUnknown(number=command.number)
    if command.number not in bid.open_questions:
        return []
    waiting(bid)
    _, asked = bid.questions[command.number]
    if not asked.may_precede(command.on):
        raise AnsweredBeforeAsked(asked=asked, answered=command.on)
    return [ClarificationReceived(partnership_id=bid.partnership_id, number=command.number, on=command.on)]


def check_eligibility(bid: Bid, command: CheckEligibility) -> list[Event]:
    if (bid.eligible, bid.ineligible_because) == (command.eligible, command.because):
        return []
    waiting(bid)
    if not command.eligible and not (command.because or "").strip():
        raise ReasonMissing
    return [
        EligibilityTested(
            partnership_id=bid.partnership_id, eligible=command.eligible, because=command.because, on=command.on
        )
    ]


def revise(bid: Bid, command: ReviseBid) -> list[Event]:
    proposal = proposed(bid.proposal, command)
    same = (bid.title, bid.requested, bid.revised_because, bid.proposal)
    if same == (command.title, command.requested, command.because, proposal):
        return []
    waiting(bid)
    assert bid.requested is not None
    if not command.requested.is_positive:
        raise RequestedNotPositive(requested=command.requested)
    if command.requested.currency != bid.requested.currency:
        raise BidCurrencyDiffers(requested=bid.requested.currency, given=command.requested.currency)
    if not command.because.strip():
        raise ReasonMissing
    within(proposal, command.requested)
    return [
        BidRevised(
            partnership_id=bid.partnership_id,
            title=command.title,
            requested=command.requested,
            change=command.requested - bid.requested,
            because=command.because,
            on=command.on,
            **in_parts(proposal),
        )
    ]


def resubmit(bid: Bid, command: ResubmitBid) -> list[Event]:
    proposal = proposed(bid.proposal, command)
    same = (bid.title, bid.requested, bid.round_id, bid.submitted, bid.proposal)
    asked = (command.title, command.requested, command.round_id, command.on, proposal)
    if bid.status is Status.SUBMITTED and same == asked:
        return []
    if bid.status not in (Status.DECLINED, Status.WITHDRAWN):
        raise BidNotEnded(status=bid.status.value)
    if not command.requested.is_positive:
        raise RequestedNotPositive(requested=command.requested)
    if bid.requested is not None and command.requested.currency != bid.requested.currency:
        raise BidCurrencyDiffers(requested=bid.requested.currency, given=command.requested.currency)
    assert bid.ended is not None
    if not bid.ended.may_precede(command.on):
        raise ResubmittedBeforeEnded(ended=bid.ended, submitted=command.on)
    within(proposal, command.requested)
    # A withdrawal took the earlier request back; a declined request still counts as requested.
    earlier = bid.requested if bid.status is Status.DECLINED else None
    return [
        BidResubmitted(
            partnership_id=bid.partnership_id,
            title=command.title,
            requested=command.requested,
            change=command.requested - earlier if earlier is not None else command.requested,
            round_id=command.round_id,
            time=command.time,
            admitted_because=command.admitted_because,
            on=command.on,
            **in_parts(proposal),
        )
    ]


def assess(bid: Bid, command: AssessBid) -> list[Event]:
    if (command.criterion, command.score, command.justification) in bid.scores:
        return []
    waiting(bid)
    if not 0 <= command.score <= 10 or not command.justification.strip():
        raise ScoreOutOfRange(score=command.score)
    return [
        BidAssessed(
            partnership_id=bid.partnership_id,
            criterion=command.criterion,
            score=command.score,
            justification=command.justification,
            on=command.on,
        )
    ]


def declare_interest(bid: Bid, command: DeclareInterest) -> list[Event]:
    if (command.person_id, command.nature) in bid.interests:
        return []
    if not command.nature.strip():
        raise ReasonMissing
    return [
        InterestDeclared(
            partnership_id=bid.partnership_id,
            person_id=command.person_id,
            nature=command.nature,
            organisation_id=command.organisation_id,
            on=command.on,
        )
    ]


def recuse(bid: Bid, command: RecuseAssessor) -> list[Event]:
    if command.person_id in bid.recused:
        return []
    if not command.because.strip():
        raise ReasonMissing
    return [
        AssessorRecused(
            partnership_id=bid.partnership_id, person_id=command.person_id, because=command.because, on=command.on
        )
    ]


def approve(bid: Bid, command: ApproveBid) -> list[Event]:
    if (bid.approved, bid.decided, bid.reduction) == (command.approved, command.on, (command.because, command.dropped)):
        return []
    requested = to_decide(bid, command.on)
    if bid.eligible is False:
        raise BidIneligible(because=bid.ineligible_because)
    if bid.broken is not None:
        raise BidIneligible(because=f"rule {bid.broken.rule}, version {bid.broken.version}: {bid.broken.found}")
    if not command.approved.is_positive:
        raise ApprovedNotPositive(approved=command.approved)
    if command.approved.currency != requested.currency:
        raise BidCurrencyDiffers(requested=requested.currency, approved=command.approved.currency)
    if command.approved > requested:
        raise AboveRequested(requested=requested, approved=command.approved)
    if (command.because is not None or command.dropped) and command.approved == requested:
        raise NothingReduced(requested=requested)
    if command.dropped and not (command.because or "").strip():
        raise ReductionUnexplained(actions=len(command.dropped))
    return [
        BidApproved(
            partnership_id=bid.partnership_id,
            approved=command.approved,
            because=command.because,
            dropped=command.dropped,
            on=command.on,
        )
    ]


def decline(bid: Bid, command: DeclineBid) -> list[Event]:
    if bid.declined_because == command.because and bid.decided == command.on:
        return []
    to_decide(bid, command.on)
    if not command.because.strip():
        raise ReasonMissing
    return [BidDeclined(partnership_id=bid.partnership_id, because=command.because, on=command.on)]


def to_decide(bid: Bid, on: When) -> Money:
    """The amount requested by the bid, which can be decided on the date *on*.

    Raises BidAlreadyDecided, BidNotSubmitted and DecidedBeforeSubmitted.
    """
    if bid.status in (Status.APPROVED, Status.DECLINED, Status.AWARDED):
        raise BidAlreadyDecided(status=bid.status.value)
    waiting(bid)
    assert bid.submitted is not None
    assert bid.requested is not None
    if not bid.submitted.may_precede(on):
        raise DecidedBeforeSubmitted(submitted=bid.submitted, decided=on)
    return bid.requested


def waiting(bid: Bid) -> None:
    if bid.status is not Status.SUBMITTED:
        raise BidNotSubmitted(status=bid.status.value)


def withdraw(bid: Bid, command: WithdrawBid) -> list[Event]:
    if bid.status is Status.WITHDRAWN:
        return []
    if bid.status is Status.STATED:
        raise BidNotSubmitted(status=bid.status.value)
    if bid.status not in (Status.DRAFTED, Status.SUBMITTED):
        raise BidAlreadyDecided(status=bid.status.value)
    return [
        BidWithdrawn(partnership_id=bid.partnership_id, requested=bid.requested, because=command.because, on=command.on)
    ]


def notify(bid: Bid, command: NotifyDecision) -> list[Event]:
    if bid.notified:
        return []
    if bid.decided is None:
        raise BidNotDecided(status=bid.status.value)
    return [DecisionNotified(partnership_id=bid.partnership_id, on=command.on)]


def award_bid(bid: Bid, command: AwardBid) -> list[Event]:
    if bid.award_id == command.award_id:
        return []
    if bid.award_id is not None:
        raise BidAlreadyAwarded(award=bid.award_id)
    if bid.approved is None:
        raise BidNotApproved(status=bid.status.value)
    if not command.amount.is_positive:
        raise AwardedNotPositive(award=command.amount)
    if command.amount.currency != bid.approved.currency:
        raise BidCurrencyDiffers(approved=bid.approved.currency, award=command.amount.currency)
    if command.amount > bid.approved:
        raise AboveApproved(approved=bid.approved, award=command.amount)
    return [
        BidAwarded(partnership_id=bid.partnership_id, award_id=command.award_id, amount=command.amount, on=command.on)
    ]


def lapse(bid: Bid, command: LapseOffer) -> list[Event]:
    if bid.award_id != command.award_id:
        return []
    return [OfferLapsed(partnership_id=bid.partnership_id, award_id=command.award_id, on=command.on)]


def vary_approval(bid: Bid, command: VaryApproval) -> list[Event]:
    if bid.approved == command.approved:
        return []
    if bid.approved is None:
        raise BidNotApproved(status=bid.status.value)
    if not command.approved.is_positive:
        raise ApprovedNotPositive(approved=command.approved)
    if command.approved.currency != bid.approved.currency:
        raise BidCurrencyDiffers(approved=bid.approved.currency, given=command.approved.currency)
    assert bid.requested is not None
    if command.approved > bid.requested:
        raise AboveRequested(requested=bid.requested, approved=command.approved)
    if not command.because.strip():
        raise ReasonMissing
    return [
        ApprovalVaried(
            partnership_id=bid.partnership_id,
            approved=command.approved,
            change=command.approved - bid.approved,
            because=command.because,
            on=command.on,
        )
    ]
