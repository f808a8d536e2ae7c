"""What the discrepancy rules read of each event, under the key of the thing that the event is about.

A key is the id of a thing, ``identifier:`` and an identifier in a register of organisations, or ``name:`` and the part
of a name that distinguishes organisations.
"""

import hashlib
import json
import re
from datetime import date
from decimal import Decimal
from typing import NamedTuple, get_args

from domain import award, bid, delivery, discrepancy, funding_round, organisation, outcome, partnership, programme
from domain.eligibility.rule import EligibilityRuleEnded, EligibilityRulePublished
from domain.history import Event, Recorded
from domain.support import case
from domain.values.day import day_of
from domain.values.fact import CountStated, DateCorrected, Fact, RuleStated
from domain.values.money import Money
from domain.values.when import When
from projections.delays.clock import first_day
from projections.tables.kinds import by_kind


class Note(NamedTuple):
    """What the rules read of one event.

    *kind* is the name of the event, *recorded* the day on which it was recorded. *on* and *until* are texts of
    When. *amount* is in major units of *currency*. The meaning of *number* and *said* depends on the kind. *other* is
    what else identifies a step of an award: see ``OTHER``.
    """

    position: int
    kind: str
    on: str
    recorded: date
    until: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    number: int | None = None
    said: str | None = None
    other: str | None = None


# Beside its number, the field of an event that says which step it follows, as the tables of ``domain.*.order`` name it;
# of a bid its round.
OTHER: dict[type[Fact], str] = {
    EligibilityRuleEnded: "code",
    EligibilityRulePublished: "code",
    bid.BidAssessed: "criterion",
    bid.ScoreModerated: "criterion",
    award.AwardVaried: "corrects",
    award.ContributionReceived: "pledge",
    award.FundsRegranted: "award_id",
    award.MatchUndone: "entry_id",
    award.PaymentMatched: "entry_id",
    award.PaymentReturned: "part",
    award.RecoverySettled: "payment",
    award.RegrantReturned: "award_id",
    award.RepaymentMatchUndone: "part",
    award.RepaymentMatched: "part",
    award.RepaymentReferenced: "part",
    award.ReturnUndone: "part",
    bid.BidResubmitted: "round_id",
    bid.BidSubmitted: "round_id",
}

Noted = tuple[str, Note]


def notes_of(recorded: Recorded) -> list[Noted]:
    """The notes of *recorded*, each with its key; none if no rule reads the event."""
    reader = NOTED.get(type(recorded.event))
    noted = reader(recorded, recorded.event) if reader is not None else []
    kind = type(recorded.event).__name__
    if is_ahead(recorded) and not any(one.kind == kind and key == recorded.stream for key, one in noted):
        return [(recorded.stream, note(recorded)), *noted]
    return noted


def is_ahead(recorded: Recorded) -> bool:
    """Whether the event records something as done on a day after that of its recording."""
    if type(recorded.event) not in DONE:
        return False
    first = first_day(recorded.event.on)
    return first is not None and first > day_of(recorded.recorded_at)


def note(
    recorded: Recorded,
    *,
    amount: Money | None = None,
    until: When | None = None,
    number: int | None = None,
    said: str | None = None,
) -> Note:
    """The note of *recorded* with the given values."""
    event = recorded.event
    named = OTHER.get(type(event))
    other = getattr(event, named) if named is not None else None
    # Positional arguments take half the time of keyword arguments, and nearly every event has a note.
    return Note(
        recorded.position, type(event).__name__, event.on.text, day_of(recorded.recorded_at),
        until.text if until is not None else None, amount.amount if amount is not None else None,
        amount.currency if amount is not None else None, number, said, str(other) if other is not None else None,
    )  # fmt: skip


def _of_bid(
    recorded: Recorded,
    event: bid.BidStated | bid.BidRestated | bid.BidRevised,
) -> list[Noted]:
    return [(recorded.stream, note(recorded, amount=event.requested))]


# What a note of a bid says where a reason was given to admit the bid outside the dates of its round.
ADMITTED = "admitted"


def _of_submission(recorded: Recorded, event: bid.BidSubmitted | bid.BidResubmitted) -> list[Noted]:
    said = ADMITTED if (event.admitted_because or "").strip() else event.time
    return [(recorded.stream, note(recorded, amount=event.requested, said=said))]


def _of_correction(recorded: Recorded, event: DateCorrected) -> list[Noted]:
    """The correction itself; the note of the step gets its right date in the register."""
    return [(recorded.stream, note(recorded, until=event.date, number=event.version))]


def _of_round(recorded: Recorded, event: funding_round.RoundOpened | funding_round.RoundClosed) -> list[Noted]:
    if isinstance(event, funding_round.RoundClosed):
        return [(recorded.stream, note(recorded, said=event.time)._replace(other=recorded.stream))]
    opened = note(recorded, until=event.closes, said=event.closes_time)
    return [(recorded.stream, opened._replace(other=recorded.stream))]


def _of_approval(recorded: Recorded, event: bid.BidApproved | bid.ApprovalVaried) -> list[Noted]:
    # Who decides a bid does not approve payments of its award.
    return [(recorded.stream, note(recorded, amount=event.approved, said=recorded.actor))]


def _of_happening(
    recorded: Recorded,
    _event: bid.BidReassigned
    | award.OfferAccepted
    | award.AwardNoLongerStated
    | award.AwardStatedAgain
    | award.AwardReassigned
    | award.AwardReopened
    | award.FundsRegranted
    | award.RegrantReturned
    | bid.BidDrafted
    | bid.BidAcknowledged
    | bid.CaseOfficerAssigned
    | bid.EligibilityTested
    | bid.EligibilityRuleTested
    | bid.ScoreModerated
    | bid.PartnerConsented
    | bid.ConsentWithdrawn
    | bid.ContactLogged
    | bid.BidAssessed
    | bid.InterestDeclared
    | bid.AssessorRecused
    | bid.BidWithdrawn
    | bid.DecisionNotified
    | bid.BidAwarded
    | bid.OfferLapsed
    | award.ProfileAgreed
    | award.ProfileChanged,
) -> list[Noted]:
    """A note without further values: that the event happened is enough."""
    return [(recorded.stream, note(recorded))]


def _of_refusal(recorded: Recorded, _event: bid.BidDeclined) -> list[Noted]:
    return [(recorded.stream, note(recorded, said=recorded.actor))]


def _of_adviser(recorded: Recorded, event: bid.AdviserRecorded) -> list[Noted]:
    """The step of the bid; and for the partnership, who advised it."""
    return [(recorded.stream, note(recorded)), (event.partnership_id, note(recorded, said=event.organisation_id))]


def _of_supplier(
    recorded: Recorded,
    event: delivery.SupplierEngaged | delivery.SupplierReplaced | partnership.SupplierAppointed,
) -> list[Noted]:
    if event.organisation_id is None:
        return []
    return [(event.partnership_id, note(recorded, said=event.organisation_id))]


def _of_offer(recorded: Recorded, event: award.AwardOffered) -> list[Noted]:
    key = recorded.stream
    lines = [note(recorded, amount=line.amount, said=line.name)._replace(kind="LineOffered") for line in event.lines]
    return [(key, one) for one in (note(recorded, amount=event.amount), *lines)]


def _of_variation(recorded: Recorded, event: award.AwardVaried) -> list[Noted]:
    key = recorded.stream
    lines = [note(recorded, amount=line.change, said=line.name)._replace(kind="LineVaried") for line in event.lines]
    return [(key, one) for one in (note(recorded, amount=event.change, number=event.number), *lines)]


def _of_award(recorded: Recorded, event: award.AwardStated | award.AwardRestated) -> list[Noted]:
    said = event.basis if isinstance(event, award.AwardStated) else None
    return [(recorded.stream, note(recorded, amount=event.amount, said=said))]


def _of_component(recorded: Recorded, event: award.ComponentStated | award.ComponentRestated) -> list[Noted]:
    return [(recorded.stream, note(recorded, amount=event.amount, said=event.purpose))]


def _of_line_left_out(recorded: Recorded, event: award.LineLeftOut) -> list[Noted]:
    return [(recorded.stream, note(recorded, said=event.kind.value))]


def _of_end(
    recorded: Recorded,
    event: award.OfferDeclined | award.AwardClosed | award.AwardTerminated | award.UnspentGivenBack,
) -> list[Noted]:
    return [(recorded.stream, note(recorded, amount=event.given_back))]


def _of_return(
    recorded: Recorded, event: award.ReturnRequired | award.ReturnPrepared | award.ReturnCertified
) -> list[Noted]:
    if isinstance(event, award.ReturnCertified | award.ReturnPrepared):
        return [(recorded.stream, note(recorded, number=event.number, said=recorded.actor))]
    return [(recorded.stream, note(recorded, until=event.due, number=event.number, said=event.covers))]


def _of_plan(recorded: Recorded, event: delivery.PlanAgreed) -> list[Noted]:
    return [(event.award_id, note(recorded, until=event.until))] if event.award_id is not None else []


def _of_payment(
    recorded: Recorded,
    event: award.PaymentReversed | award.PaymentReturned | award.RecoverySettled,
) -> list[Noted]:
    return [(recorded.stream, note(recorded, amount=event.amount, number=event.number))]


def _of_duty(
    recorded: Recorded, event: award.PaymentRequested | award.PaymentApproved | award.PaymentReleased
) -> list[Noted]:
    """A step of a payment, and who took it: nobody takes two of one payment."""
    return [(recorded.stream, note(recorded, amount=event.amount, number=event.number, said=recorded.actor))]


def _of_expenditure(recorded: Recorded, event: award.ExpenditureReported) -> list[Noted]:
    return [(recorded.stream, note(recorded, amount=event.amount, number=event.number, said=event.line))]


def _of_claim(recorded: Recorded, event: award.RecoveryRaised) -> list[Noted]:
    """A recovery, and the payment that it names, if any."""
    said = f"{event.payment}" if event.payment is not None else None
    return [(recorded.stream, note(recorded, amount=event.amount, number=event.number, said=said))]


def _of_settlement(recorded: Recorded, event: award.PaymentSettled | award.MatchUndone) -> list[Noted]:
    unsettled = isinstance(event, award.MatchUndone) and event.unsettled
    return [(recorded.stream, note(recorded, number=event.number, said="unsettled" if unsettled else None))]


def _of_numbered_step(
    recorded: Recorded,
    event: award.ConditionSet
    | award.ConditionMet
    | award.ConditionWaived
    | award.InstalmentScheduled
    | award.InstalmentChanged
    | award.HoldPlaced
    | award.HoldLifted
    | award.PaymentMatched
    | award.RecoveryApproved
    | award.RecoveryWrittenOff
    | award.RecoveryWithdrawn
    | award.RepaymentMatchUndone
    | award.RepaymentMatched
    | award.RepaymentReferenced
    | award.ContributionPledged
    | award.ContributionReceived
    | award.StrandAgreed
    | award.ReturnFiled
    | award.ReturnJudged
    | award.FundingCertified
    | bid.ClarificationRequested
    | bid.ClarificationReceived,
) -> list[Noted]:
    return [(recorded.stream, note(recorded, number=event.number))]


def _of_return_undone(recorded: Recorded, event: award.ReturnUndone) -> list[Noted]:
    less = Money.zero(event.amount.currency) - event.amount
    return [(recorded.stream, note(recorded, amount=less, number=event.number))]


def _of_transaction(recorded: Recorded, event: award.TransactionStated | award.TransactionUnstated) -> list[Noted]:
    return [(recorded.stream, note(recorded, amount=event.amount, number=event.number, said=event.kind.value))]


def _of_period(recorded: Recorded, event: award.PeriodStated) -> list[Noted]:
    return [(recorded.stream, note(recorded, until=event.until, number=event.number, said=event.sense))]


def _of_particulars(recorded: Recorded, event: award.ParticularsStated) -> list[Noted]:
    return [(recorded.stream, note(recorded, amount=event.disbursed))]


def _of_outcome(recorded: Recorded, event: outcome.OutcomeStated | outcome.OutcomeRestated) -> list[Noted]:
    """The result. Only its date is looked at, so a first statement of the past is left out; a later one replaces it."""
    if isinstance(event, outcome.OutcomeStated) and not is_ahead(recorded):
        return []
    return [(recorded.stream, note(recorded, said=event.result))]


def _of_partnership(recorded: Recorded, event: partnership.PartnershipFormed) -> list[Noted]:
    key, found = recorded.stream, list[Noted]()
    if event.starts is not None and event.ends is not None:
        period = note(recorded, until=event.ends)
        found.append((key, period._replace(kind="PeriodOfPartnership", on=event.starts.text)))
    if event.partners_stated is not None:
        found.append((key, note(recorded, number=event.partners_stated)._replace(kind="PartnersStated")))
    if event.authorities_stated is not None:
        found.append((key, note(recorded, number=event.authorities_stated)._replace(kind="AuthoritiesStated")))
    if event.lead_id is not None:
        found.append((key, note(recorded, said=event.lead_id)._replace(kind="PartnerJoined")))
    return found


def _of_partner(recorded: Recorded, event: partnership.PartnerJoined | partnership.PartnerLeft) -> list[Noted]:
    return [(recorded.stream, note(recorded, said=event.organisation_id))]


def _of_sum(recorded: Recorded, event: partnership.SumStated) -> list[Noted]:
    return [(recorded.stream, note(recorded, amount=event.amount, said=event.basis))]


def _of_count(recorded: Recorded, event: CountStated) -> list[Noted]:
    return [(event.scheme_id, note(recorded, number=event.number, said=event.listed.value))]


def _of_name(
    recorded: Recorded,
    event: organisation.OrganisationRegistered | organisation.OrganisationRenamed | organisation.NameStated,
) -> list[Noted]:
    key = recorded.stream
    named = note(recorded, said=event.name)
    if isinstance(event, organisation.OrganisationRegistered):
        named = named._replace(other=json.dumps([key, event.kind, event.tier, event.region]))
    return [(key, named), (name_key(event.name), note(recorded, said=key))]


def _of_category(recorded: Recorded, event: organisation.AssessmentCategoryRecorded) -> list[Noted]:
    of = json.dumps([recorded.stream, event.regime])
    return [(recorded.stream, note(recorded, said=event.category)._replace(other=of))]


def _of_eligibility(recorded: Recorded, event: EligibilityRulePublished | EligibilityRuleEnded) -> list[Noted]:
    """The version of a rule, or its end, for its scheme. What sources state of bids names no round."""
    if isinstance(event, EligibilityRuleEnded):
        return [(event.scheme_id, note(recorded, number=event.version))]
    if event.round_id is not None:
        return []
    asks = json.dumps([event.kind.value, event.least, event.names, event.regime])
    return [(event.scheme_id, note(recorded, number=event.version, until=event.closes, said=asks))]


def _of_help(recorded: Recorded, event: case.HelpOffered) -> list[Noted]:
    return [(recorded.stream, note(recorded, number=event.case))]


def _of_notice(recorded: Recorded, event: case.NoticeServed) -> list[Noted]:
    return [(recorded.stream, note(recorded, number=event.case))] if event.sort in case.INTERVENING else []


def _of_programme(recorded: Recorded, event: programme.ProgrammeEstablished) -> list[Noted]:
    return [(recorded.stream, note(recorded, said=event.name))]


def _of_programme_name(
    recorded: Recorded, event: programme.SchemeEstablished | programme.ProgrammeNameStated
) -> list[Noted]:
    return [(event.scheme_id or recorded.stream, note(recorded, said=event.name))]


def _of_identifier(recorded: Recorded, event: organisation.IdentifierRecorded) -> list[Noted]:
    key, whole = recorded.stream, f"{event.register}-{event.value}"
    return [
        (key, note(recorded, said=whole, number=len(event.register))),
        (identifier_key(whole), note(recorded, said=key)),
    ]


# What rules read, by the kind of event.
NOTED = by_kind(
    _of_adviser, _of_duty, _of_refusal, _of_supplier,
    _of_bid, _of_submission, _of_correction, _of_round, _of_approval, _of_happening, _of_offer, _of_variation,
    _of_line_left_out,
    _of_award, _of_component, _of_end, _of_return, _of_plan, _of_payment, _of_expenditure, _of_claim, _of_outcome,
    _of_settlement, _of_numbered_step, _of_return_undone, _of_transaction, _of_period, _of_particulars,
    _of_partnership, _of_partner, _of_sum, _of_count,
    _of_name, _of_category, _of_eligibility, _of_identifier, _of_programme, _of_programme_name, _of_help, _of_notice,
)  # fmt: skip


# Events whose date is not that of something done.
_NOT_DONE: tuple[type[Fact], ...] = (
    # Plans, and what is valid from a day on.
    delivery.PlanAgreed, delivery.DeliveryPeriodStated, partnership.SumStated, programme.ServiceStandardSet,
    programme.CalendarChosen, programme.AssessmentCriteriaPublished, RuleStated,
    EligibilityRulePublished, EligibilityRuleEnded,
    # Statements about an award, dated as the award or the edition of the register is.
    award.ComponentStated, award.ComponentRestated, award.LineLeftOut, award.AwardCorroborated, award.ParticularsStated,
    award.TransactionUnstated, award.AwardReassigned, award.AwardNoLongerStated, award.AwardStatedAgain,
    bid.BidReassigned,
    # What follows from another event of the same date, which is looked at.
    programme.BudgetAssigned, programme.SchemeFundsCommitted, programme.SchemeFundsReturned,
    funding_round.FundsCommitted, funding_round.FundsReturned, bid.BidAwarded, bid.OfferLapsed, award.FundsRegranted,
    award.RegrantReturned, award.UnspentGivenBack, award.PaymentMatched, award.MatchUndone, award.ReturnUndone,
    # What people say about discrepancies.
    *get_args(discrepancy.Event),
)  # fmt: skip
# Every event that records something as done, so that it cannot be dated later than it was recorded.
DONE = frozenset(get_args(Event)) - frozenset(_NOT_DONE)


def name_key(name: str) -> str:
    """The key that all organisations with this name share."""
    return shared_key("name", plain_name(name))


def identifier_key(identifier: str) -> str:
    """The key that all organisations with this identifier, such as GB-CHC-1159982, share."""
    return shared_key("identifier", identifier)


def shared_key(kind: str, text: str) -> str:
    """The key that all things of a *kind* with this text share."""
    # PostgreSQL limits the length of an index entry.
    if len(text) > 150:
        text = f"{text[:100]} {hashlib.sha256(text.encode()).hexdigest()[:16]}"
    return f"{kind}:{text}"


# Words for the legal form, which do not distinguish organisations.
_FORMS = {"the", "ltd", "limited", "cic", "cio", "plc", "llp", "inc"}


def plain_name(name: str) -> str:
    """The part of *name* that distinguishes organisations: without case, punctuation, articles and legal forms."""
    text = name.casefold().replace("&", " and ").replace("'", "").replace("\u2019", "")
    words = re.findall(r"[^\W_]+", text)
    distinctive = [word for word in words if word not in _FORMS]
    return " ".join(distinctive or words)
