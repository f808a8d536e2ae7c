"""How each event is told on a timeline: in which lane, in which words, and with which sum."""

from typing import NamedTuple

from domain import award, bid, delivery, discrepancy, outcome, partnership
from domain.values.fact import (
    DelayReported,
    Fact,
    GovernanceBodyEstablished,
    HappeningNoted,
    InvolvementStated,
    Lane,
    RuleStated,
)
from domain.values.money import Money
from domain.values.when import When

# Where a name stands for which the teller has only an id: "{who}".
WHO = "{who}"


class Telling(NamedTuple):
    """An event as a line for people. *who* is the organisation to name in *title* where it says ``{who}``.

    *amount* is only given where the event itself moves or states that sum, so that amounts of a lane add up.
    """

    lane: Lane
    title: str
    amount: Money | None = None
    until: When | None = None
    who: str | None = None


def tell(event: Fact) -> Telling | None:
    """How *event* is told; None for events that are no part of a partnership's story."""
    for teller in (_partnership, _bid, _award, _register, _delivery, _outcome, _stated, _discrepancy):
        told = teller(event)
        if told is not None:
            return told
    return None


def _partnership(event: Fact) -> Telling | None:
    lane = Lane.GOVERNANCE
    match event:
        case partnership.PartnershipFormed():
            return Telling(lane, f"Partnership recorded: {event.name}")
        case partnership.PartnershipRenamed():
            return Telling(lane, f"Renamed: {event.name or event.summary}")
        case partnership.PartnerJoined():
            return Telling(lane, f"{WHO} takes part as {_words(event.role)}", who=event.organisation_id)
        case partnership.PartnerLeft():
            return Telling(lane, f"{WHO} leaves{_why(event.reason)}", who=event.organisation_id)
        case partnership.LeadChanged():
            return Telling(lane, f"{WHO} takes the lead", who=event.organisation_id)
        case partnership.PartnershipReclassified():
            return Telling(lane, f"Reclassified: {event.summary}")
        case partnership.PilotListed():
            return Telling(lane, f"Pilot {event.number} of the funder's list: {event.activity or event.organisation}")
        case partnership.TakeUpStated():
            return Telling(Lane.DELIVERY, f"Take-up stated: {_take_up(event)}")
        case partnership.SumStated():
            return Telling(lane, f"Sum stated, no award ({_words(event.basis)}): {event.purpose}", amount=event.amount)
        case partnership.PartnershipDissolved():
            return Telling(lane, f"Partnership ends{_why(event.reason)}")
    return None


def _bid(event: Fact) -> Telling | None:  # noqa: C901 - it only words
    lane = Lane.BID
    match event:
        case bid.BidDrafted():
            return Telling(lane, f"Bid {event.reference} drafted: {event.title}")
        case bid.AdviserRecorded():
            return Telling(lane, f"{WHO} advises on the bid: {event.part}", who=event.organisation_id)
        case bid.BidSubmitted():
            return Telling(lane, f"Bid {event.reference} submitted: {event.title}", amount=event.requested)
        case bid.BidAcknowledged():
            return Telling(lane, "Bid acknowledged")
        case bid.ClarificationRequested():
            return Telling(lane, f"Question {event.number} to the bidder: {event.question}")
        case bid.ClarificationReceived():
            return Telling(lane, f"Question {event.number} answered")
        case bid.EligibilityTested():
            return Telling(lane, f"Bid found {'' if event.eligible else 'in'}eligible{_why(event.because)}")
        case bid.BidRevised():
            return Telling(lane, f"Bid revised{_why(event.because)}", amount=event.requested)
        case bid.BidResubmitted():
            return Telling(lane, f"Bid submitted again: {event.title}", amount=event.requested)
        case bid.BidAssessed():
            return Telling(lane, f"Bid assessed on {event.criterion}: {event.score} of 10")
        case bid.BidApproved():
            return Telling(lane, "Bid approved", amount=event.approved)
        case bid.BidDeclined():
            return Telling(lane, f"Bid declined{_why(event.because)}")
        case bid.BidWithdrawn():
            return Telling(lane, f"Bid withdrawn{_why(event.because)}")
        case bid.DecisionNotified():
            return Telling(lane, "Bidder told of the decision")
        case bid.OfferLapsed():
            return Telling(lane, "The offer has lapsed: the bid may be awarded again")
        case bid.ApprovalVaried():
            return Telling(lane, f"Approval changed to {event.approved}{_why(event.because)}")
        case bid.BidStated():
            return Telling(lane, f"Bid stated: {event.title}", amount=event.requested)
        case bid.BidRestated():
            return Telling(lane, "Bid restated", amount=event.change if event.change.amount else None)
        case bid.BidReassigned():
            return Telling(lane, "By its register the bid is another partnership's than before")
    return None


def _award(event: Fact) -> Telling | None:  # noqa: C901, PLR0912 - it only words
    money = Lane.DISBURSEMENT
    match event:
        case award.AwardOffered():
            return Telling(Lane.AWARD, f"Award {event.reference} offered", amount=event.amount)
        case award.OfferAccepted():
            return Telling(Lane.AWARD, "Offer accepted")
        case award.ConditionSet():
            return Telling(Lane.AWARD, f"Condition {event.number} set: {event.text}")
        case award.ConditionMet():
            return Telling(Lane.AWARD, f"Condition {event.number} met")
        case award.ConditionWaived():
            return Telling(Lane.AWARD, f"Condition {event.number} waived{_why(event.because)}")
        case award.InstalmentScheduled():
            return Telling(money, f"Instalment {event.number} of {event.amount} planned for {event.due}")
        case award.InstalmentChanged():
            planned = f"Instalment {event.number} now of {event.amount}, planned for {event.due}"
            return Telling(money, f"{planned}{_why(event.because)}")
        case award.PaymentRequested():
            again = f", in place of payment {event.corrects}" if event.corrects else ""
            return Telling(money, f"Payment {event.number} requested{again}", amount=event.amount)
        case award.PaymentApproved():
            return Telling(money, f"Payment {event.number} approved")
        case award.PaymentReleased():
            return Telling(money, f"Payment {event.number} released", amount=event.amount)
        case award.PaymentSettled():
            return Telling(money, f"Payment {event.number} settled by the bank")
        case award.PaymentReturned():
            return Telling(money, f"Returned of payment {event.number}{_why(event.because)}", amount=event.amount)
        case award.PaymentMatched():
            what = f"return {event.part} of payment {event.number}" if event.part else f"payment {event.number}"
            return Telling(money, f"Found at the bank: {event.amount} of {what}")
        case award.MatchUndone():
            again = ", which is not settled any more" if event.unsettled else ""
            return Telling(money, f"Not what was found at the bank: payment {event.number}{again}{_why(event.because)}")
        case award.ReturnUndone():
            return Telling(money, f"No return of payment {event.number}{_why(event.because)}", amount=event.amount)
        case award.PaymentReversed():
            return Telling(money, f"Payment {event.number} reversed{_why(event.because)}", amount=event.amount)
        case award.ExpenditureReported():
            return Telling(Lane.DELIVERY, f"Expenditure reported: {event.description}", amount=event.amount)
        case award.ReturnRequired():
            return Telling(Lane.OUTCOME, f"Return {event.number} required by {event.due}: {event.covers}")
        case award.ReturnCertified():
            return Telling(Lane.OUTCOME, f"Return {event.number} certified")
        case award.RecoveryRaised():
            return Telling(money, f"Recovery {event.number} raised{_why(event.because)}", amount=event.amount)
        case award.RecoveryApproved():
            return Telling(money, f"Recovery {event.number} approved", amount=event.amount)
        case award.RecoverySettled():
            return Telling(money, f"Recovery {event.number} settled by {event.by.value}", amount=event.amount)
        case award.RecoveryWrittenOff():
            return Telling(money, f"Recovery {event.number} written off{_why(event.because)}", amount=event.amount)
        case award.RecoveryWithdrawn():
            return Telling(money, f"Recovery {event.number} withdrawn{_why(event.because)}", amount=event.amount)
        case award.OfferDeclined():
            return Telling(Lane.AWARD, f"Offer declined{_why(event.because)}")
        case award.HoldPlaced():
            return Telling(Lane.AWARD, f"Payments on hold{_why(event.because)}")
        case award.HoldLifted():
            return Telling(Lane.AWARD, f"Hold lifted{_why(event.because)}")
        case award.AwardVaried():
            change = event.change if event.change.amount else None
            return Telling(Lane.AWARD, f"Award varied, {event.kind.value}{_why(event.because)}", change, event.until)
        case award.FundsRegranted():
            return Telling(Lane.AWARD, f"{event.amount} of the award funds another award")
        case award.RegrantReturned():
            return Telling(Lane.AWARD, f"{event.amount} come back from an award that this one funds")
        case award.AwardClosed():
            return Telling(Lane.AWARD, f"Award closed, {event.given_back} given back")
        case award.AwardTerminated():
            return Telling(Lane.AWARD, f"Award terminated, {event.given_back} given back{_why(event.because)}")
        case award.UnspentGivenBack():
            return Telling(Lane.AWARD, f"{event.given_back} that came back after the end of the award given back")
        case award.AwardReopened():
            return Telling(Lane.AWARD, f"Award reopened{_why(event.because)}")
        case award.AwardStated():
            return Telling(Lane.AWARD, f"Award stated: {event.purpose}", amount=event.amount)
        case award.ComponentStated():
            return Telling(Lane.AWARD, f"Of which {event.amount}, part of the award: {event.purpose}")
    return None


# What a register's transaction is called.
TRANSACTIONS = {
    award.Transaction.COMMITMENT: "Further commitment stated",
    award.Transaction.DISBURSEMENT: "Payment stated",
    award.Transaction.DISBURSED_IN_ALL: "Paid in all, as stated",
    award.Transaction.RETURN: "Return stated",
    award.Transaction.EXPENDITURE: "Expenditure stated",
    award.Transaction.INCOMING: "Money from elsewhere stated",
    award.Transaction.PLANNED: "Payment planned, as stated",
    award.Transaction.OTHER: "Transaction stated",
}
# Those that move money of the award, and where they are told. The others mention money of somebody else or to come.
MOVING = {
    award.Transaction.COMMITMENT: Lane.AWARD,
    award.Transaction.DISBURSEMENT: Lane.DISBURSEMENT,
    award.Transaction.DISBURSED_IN_ALL: Lane.DISBURSEMENT,
    award.Transaction.RETURN: Lane.DISBURSEMENT,
    award.Transaction.EXPENDITURE: Lane.DELIVERY,
}


def _register(event: Fact) -> Telling | None:
    match event:
        case award.AwardRestated():
            change = event.change if event.change.amount else None
            return Telling(Lane.AWARD, f"Award restated, now {event.amount}", amount=change)
        case award.ComponentRestated(amount=None):
            return Telling(Lane.AWARD, f"No longer stated as part of the award: {event.purpose}")
        case award.ComponentRestated():
            return Telling(Lane.AWARD, f"Of which now {event.amount}, part of the award: {event.purpose}")
        case award.TransactionStated():
            what = ": ".join(filter(None, [TRANSACTIONS[event.kind], event.sense, event.description]))
            if event.kind in MOVING:
                return Telling(MOVING[event.kind], what, amount=event.amount)
            return Telling(Lane.DISBURSEMENT, f"{what}, {event.amount}", until=event.until)
        case award.TransactionUnstated():
            what = f"{TRANSACTIONS[event.kind]} before: {event.because}"
            if event.kind in MOVING:
                back = Money.zero(event.amount.currency) - event.amount
                return Telling(MOVING[event.kind], what, amount=back)
            return Telling(Lane.DISBURSEMENT, f"{what} ({event.amount})")
        case award.PeriodStated():
            if not event.on.is_known and event.until is None:
                return Telling(Lane.DELIVERY, f"The {event.sense} dates of the work are no longer stated")
            return Telling(Lane.DELIVERY, f"The work's {event.sense} dates, as stated", until=event.until)
        case award.AwardReassigned():
            return Telling(Lane.AWARD, "By its register the award is another partnership's than before")
        case award.AwardNoLongerStated():
            return Telling(Lane.AWARD, "The register comes without the award that it stated before")
        case award.AwardStatedAgain():
            return Telling(Lane.AWARD, "The register states the award again")
    return None


def _delivery(event: Fact) -> Telling | None:
    lane = Lane.DELIVERY
    match event:
        case delivery.PlanAgreed():
            return Telling(lane, f"Plan agreed: {event.title}", until=event.until)
        case delivery.DeliveryPeriodStated():
            return Telling(lane, event.summary, until=event.until)
        case delivery.PlanRedesigned():
            return Telling(lane, f"Plan redesigned: {event.because}")
        case delivery.MilestoneReached():
            return Telling(lane, f"Milestone: {event.milestone}")
        case delivery.SupplierEngaged() | delivery.SupplierReplaced():
            return Telling(lane, event.summary)
        case delivery.ActivityHeld():
            return Telling(lane, event.summary, until=event.until)
        case delivery.DeliveryEnded():
            return Telling(lane, event.summary)
    return None


def _outcome(event: Fact) -> Telling | None:
    lane = Lane.OUTCOME
    match event:
        case outcome.IndicatorAgreed():
            return Telling(lane, f"Indicator agreed: {event.indicator}{_measure('target', event.target, event.unit)}")
        case outcome.TargetRevised():
            return Telling(lane, f"Target revised to {event.target}{_why(event.because)}")
        case outcome.ResultReported():
            return Telling(lane, f"Result reported: {event.value}")
        case outcome.ResultVerified():
            return Telling(lane, "Result verified")
        case outcome.ResultRejected():
            return Telling(lane, f"Result rejected{_why(event.because)}")
        case outcome.OutcomeRestated():
            measures = _measure("result", event.result, event.unit) + _measure("target", event.target, event.unit)
            return Telling(lane, f"Result restated ({_words(event.status)}{measures})")
        case outcome.OutcomeStated():
            measures = _measure("result", event.result, event.unit) + _measure("target", event.target, event.unit)
            return Telling(lane, f"{event.indicator} ({_words(event.status)}{measures})")
    return None


def _stated(event: Fact) -> Telling | None:
    match event:
        case HappeningNoted():
            mention = f" (the source mentions {event.mentions})" if event.mentions else ""
            return Telling(event.lane, event.summary + mention, until=event.until)
        case DelayReported():
            return Telling(delay_lane(event.stage), f"Delay reported, {_words(event.stage)}{_length(event)}")
        case RuleStated():
            limit = f" (up to {event.limit})" if event.limit else ""
            return Telling(Lane.GOVERNANCE, f"Rule for {event.body}: {event.rule}{limit}")
        case InvolvementStated():
            return Telling(Lane.GOVERNANCE, f"{WHO} involved as {_words(event.role)}", who=event.organisation_id)
        case GovernanceBodyEstablished():
            remit = f": {event.remit}" if event.remit else ""
            return Telling(Lane.GOVERNANCE, f"{event.body} ({event.role}){remit}")
    return None


def _discrepancy(event: Fact) -> Telling | None:
    lane = Lane.GOVERNANCE
    match event:
        case discrepancy.DiscrepancyExplained():
            return Telling(lane, f"Discrepancy explained ({event.message}): {event.because}")
        case discrepancy.DiscrepancyWaived():
            return Telling(lane, f"Discrepancy waived ({event.message}): {event.because}")
        case discrepancy.ExplanationWithdrawn():
            return Telling(lane, f"Discrepancy no longer {event.was} ({_words(event.rule)}): {event.because}")
        case discrepancy.DiscrepancyAssigned():
            return Telling(lane, f"Discrepancy ({_words(event.rule)}) for {event.owner or 'nobody'} to clear up")
    return None


def delay_lane(stage: str) -> Lane:
    """The lane that a delayed stage, in a source's word for it, belongs to."""
    if stage in ("bid_decision", "bid_assessment", "application"):
        return Lane.BID
    if stage in ("award_and_release_of_funds", "approval_of_money", "securing_central_funding_and_planning"):
        return Lane.AWARD
    if stage in ("release_of_funds", "spending"):
        return Lane.DISBURSEMENT
    if stage in ("outcome_measurement", "survey_return", "evaluation_evidence"):
        return Lane.OUTCOME
    if stage in ("establishment", "trust_building", "functional_networks", "programme_development", "development"):
        return Lane.GOVERNANCE
    return Lane.DELIVERY


def _length(event: DelayReported) -> str:
    if event.min_days is None or event.max_days is None:
        return f": {event.consequence}"
    return f" ({event.stated_length}, {event.min_days} to {event.max_days} days): {event.consequence}"


def _take_up(event: partnership.TakeUpStated) -> str:
    counts = [
        f"{count} {what}"
        for count, what in ((event.authorities, "authorities"), (event.participants, "participants"))
        if count is not None
    ]
    return ", ".join(counts) or "no count given"


def _measure(what: str, value: str | None, unit: str | None) -> str:
    return f", {what} {value} {_words(unit or '')}".rstrip() if value else ""


def _why(reason: str | None) -> str:
    return f": {reason}" if reason else ""


def _words(term: str) -> str:
    return term.replace("_", " ").replace("-", " ")
