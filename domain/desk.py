"""The desk: the only way to change anything. A command is decided on the streams read, then recorded or refused."""

from collections.abc import Callable, Sequence
from datetime import date
from types import ModuleType
from typing import Any, get_args

from domain import (
    award,
    bid,
    books,
    delivery,
    discrepancy,
    editions,
    funding_round,
    governance,
    organisation,
    outcome,
    partnership,
    programme,
)
from domain.across import bank as across_bank
from domain.across import beside, criteria, eligibility, mergers, readers, years
from domain.across import dates as across_dates
from domain.across import grants as across
from domain.across import people as across_people
from domain.across.authority import authority_for
from domain.across.duties import HasInterest, SamePerson, taken
from domain.across.permitted import NotPermitted, OwnRole, PersonCannotAct, permitted
from domain.bank import account as bank_account
from domain.bank import entry as bank_entry
from domain.between import pooling
from domain.eligibility.rule import EndEligibilityRule, PublishEligibilityRule
from domain.history import (
    Answer,
    Command,
    Decision,
    Histories,
    Log,
    Order,
    Reference,
    StaleHistory,
    Written,
    written_to,
)
from domain.joint import JointCommand
from domain.joint.across import decide_joint
from domain.joint.places import EndSubsidy, SetSubsidy
from domain.people import person
from domain.published import consultation
from domain.published.framework import PublishFramework
from domain.reading import Reading
from domain.stated_grant import MissGrant, StateGrant
from domain.support import concern
from domain.support.case import SupportCommand
from domain.support.case.across import decide_support
from domain.values.correction import CorrectDate
from domain.values.fact import Record, signed
from domain.values.frozen import frozen, replace
from domain.values.portable import Portable
from domain.values.refusal import Refused
from domain.values.shown import shown_count
from domain.values.when import When

# Under contention one append succeeds in each round, so a writer that queues gets its turn soon.
ATTEMPTS = 16

STREAMS: tuple[ModuleType, ...] = (
    programme, funding_round, organisation, partnership, bid, award, delivery, outcome, discrepancy, books,
    bank_account, bank_entry, governance, person, concern,
)  # fmt: skip

# Commands whose rules also read other streams.
ACROSS: dict[type, Callable[[Reading, Any], list[Written]]] = {
    Record: across.record,
    CorrectDate: across_dates.correct_date,
    StateGrant: editions.state_grant,
    MissGrant: editions.miss_grant,
    programme.EstablishProgramme: across.establish_programme,
    programme.EstablishScheme: across.establish_scheme,
    programme.AllocateBudget: years.allocate_budget,
    programme.VaryBudget: years.vary_budget,
    PublishEligibilityRule: eligibility.publish_rule,
    funding_round.OpenRound: across.open_round,
    funding_round.AdoptCriteria: criteria.adopt_criteria,
    organisation.MergeOrganisations: mergers.merge_organisations,
    organisation.UndoMerger: mergers.undo_merger,
    **dict.fromkeys(get_args(SupportCommand), decide_support),
    partnership.FormPartnership: across.form_partnership,
    partnership.LeavePartnership: across.leave_partnership,
    partnership.RecordOrigin: across.record_origin,
    bid.DraftBid: across.draft_bid,
    bid.RecordAdviser: across.record_adviser,
    bid.DeclareInterest: across_people.declare_interest,
    bid.RecuseAssessor: across_people.recuse_assessor,
    bid.SubmitBid: across.submit_bid,
    bid.ResubmitBid: across.resubmit_bid,
    bid.ReviseBid: across.revise_bid,
    bid.CheckEligibility: eligibility.check_eligibility,
    bid.AssessBid: criteria.assess_bid,
    bid.ModerateScore: criteria.moderate_score,
    bid.RecordConsent: across.record_consent,
    bid.VaryApproval: across.vary_approval,
    award.OfferAward: across.offer_award,
    award.DeclineOffer: across.decline_offer,
    award.ReleasePayment: across.release_payment,
    award.VaryAward: across.vary_award,
    award.CloseAward: across.give_back,
    award.TerminateAward: across.give_back,
    award.ReturnPayment: across.give_back,
    award.ReversePayment: across.give_back,
    award.SettleRecovery: across.give_back,
    delivery.AgreePlan: across.agree_plan,
    outcome.AgreeIndicator: across.agree_indicator,
    outcome.ReportUnplannedOutcome: across.report_unplanned,
    outcome.LinkOutcome: across.link_outcome,
    **dict.fromkeys(get_args(discrepancy.Command), across.clear_up),
    books.ClosePeriod: across.close_period,
    books.SetFinancialYear: years.set_year,
    books.CarryForward: years.carry_forward,
    award.RequestPayment: beside.pay,
    award.ReportExpenditure: beside.pay,
    award.FileReturn: beside.file_return,
    award.PledgeContribution: beside.contribute,
    award.ReceiveContribution: beside.contribute,
    pooling.AgreeCharge: beside.agree_charge,
    pooling.DividePool: beside.divide_pool,
    **dict.fromkeys(get_args(JointCommand), decide_joint),
    award.AgreeProfile: years.profile,
    award.ChangeProfile: years.profile,
    **dict.fromkeys(get_args(governance.Command), across_people.govern),
    concern.RaiseConcern: readers.raise_concern,
    concern.ChangeReaders: readers.change_readers,
    person.RegisterPerson: across_people.place_person,
    person.MovePerson: across_people.place_person,
    person.GrantRole: across_people.grant_role,
    person.RevokeRole: across_people.grant_role,
    bank_account.RecordStatement: across_bank.record_statement,
    bank_entry.MatchEntry: across_bank.match_entry,
    bank_entry.MatchRepayment: across_bank.match_repayment,
    bank_entry.RejectMatch: across_bank.reject_match,
    bank_entry.ReopenEntry: across_bank.reopen_entry,
}
OWN: dict[type, ModuleType] = {
    command: stream for stream in STREAMS for command in get_args(stream.Command) or (stream.Command,)
}


# Commands that name an organisation, which must be known, and not merged into another by then. Nothing else of their
# rules reads another stream.
NAMING = (
    organisation.RenameOrganisation, partnership.JoinPartnership, partnership.AppointSupplier, partnership.ChangeLead,
    partnership.NoteHappening, consultation.GiveResponse,
    delivery.TakeProcurementStep, delivery.EngageSupplier, delivery.ReplaceSupplier, delivery.AgreeDeliverable,
    delivery.RecordActivity,
)  # fmt: skip

# Commands that are only ever part of another command: see domain.across.
PARTS = (
    programme.AssignBudget, programme.CommitSchemeFunds, funding_round.CommitFunds,
    bid.AwardBid, bid.LapseOffer, award.RegrantFunds,
    award.MatchPayment, award.MatchReturn, award.UndoMatch, award.MatchRecovery, award.UndoRecoveryMatch,
    bank_entry.BookEntry,
)  # fmt: skip

# Only imports give these commands: they record what sources state.
OF_SOURCES = (Record, StateGrant, MissGrant, bank_account.RecordStatement)


# Commands whose date may be in the future: it says from when something is planned or applies, or the bank gives it.
AHEAD = (
    programme.SetServiceStandard, programme.PublishCriteria, PublishEligibilityRule,
    EndEligibilityRule, PublishFramework, delivery.AgreePlan, bank_account.RecordStatement,
    governance.GrantDelegation, governance.AppointMember, person.GrantRole, SetSubsidy, EndSubsidy,
)  # fmt: skip


class DatedInFuture(Refused):
    """The date ({on}) is after the day of recording ({today}). What has happened is dated no later than the day on
    which it is recorded.
    """


class DecidedTogether(Refused):
    """{command} cannot be given as a command of its own. It happens only as part of another command."""


class OrdersRefused(Portable):
    """Some orders of a batch are refused, so none is recorded. *refusals* are by place in the batch (from 0)."""

    def __init__(self, refusals: dict[int, Refused]) -> None:
        super().__init__(f"{shown_count(len(refusals), 'order')} refused")
        self.refusals = refusals


def decide(reading: Reading, command: Command, today: date | None = None) -> list[Written]:
    """The events that *command* leads to, with their streams. Raises the Refused subclass of the rule it breaks.

    *today* is the day of recording, in the time zone of the programme; without it no date is in the future.
    """
    if isinstance(command, PARTS):
        raise DecidedTogether(command=type(command).__name__)
    written = _decide(reading, command)
    if written and today is not None and not isinstance(command, AHEAD):
        _not_ahead(getattr(command, "on", None), today)
        if not (isinstance(command, CorrectDate) and command.step in across_dates.PLANNED):
            _not_ahead(getattr(command, "date", None), today)
    return written


def _not_ahead(on: When | None, today: date) -> None:
    if on is not None and on.earliest is not None and on.earliest > today:
        raise DatedInFuture(on=on, today=When(today.isoformat()))


def _decide(reading: Reading, command: Command) -> list[Written]:
    if type(command) in ACROSS:
        return ACROSS[type(command)](reading, command)
    if isinstance(command, NAMING):
        mergers.going_on(reading, command.organisation_id, command.on)
    stream = OWN[type(command)]
    events = stream.decide(reading.state(stream, command.stream), command)
    return written_to(command.stream, events)


def refused_to(reading: Reading, command: Command, by: str, today: date | None = None) -> Refused | None:
    """The refusal of *command* because of who gives it: by a role or by a separated duty; None without one.

    Nothing is recorded. What other rules would refuse is left out: the same person may give the command with other
    values. An authority depends on the amount and on what the person names, so it is left out too.
    """
    try:
        permitted(reading, command, by, today)
        taken(reading, decide(reading, command, today), by)
    except (NotPermitted, OwnRole, PersonCannotAct, SamePerson, HasInterest) as refusal:
        return refusal
    except Refused:
        return None
    return None


def submit(log: Log, order: Order) -> Answer:
    """Decide and record *order*. If it was answered before, return that answer again.

    If another writer changes a stream meanwhile, the decision is made again, up to ATTEMPTS times. Raises a Refused
    subclass, or StaleHistory when other writers came first every time.
    """
    return submit_all(log, [order], _one)[0]


def _one(refusals: dict[int, Refused]) -> Exception:
    return refusals[0]


def submit_all(
    log: Log,
    orders: Sequence[Order],
    refusal: Callable[[dict[int, Refused]], Exception] = OrdersRefused,
) -> list[Answer]:
    """Decide *orders* in turn, each on the outcome of those before, and record all or none in one transaction.

    Raises OrdersRefused with every refusal found, or StaleHistory when other writers came first every time.
    """
    turn = orders[0].command.stream if len(orders) == 1 else None
    for attempt in range(ATTEMPTS):
        try:
            with log.turn(turn):
                answers = _from_cache(log, orders[0]) if len(orders) == 1 and not attempt else None
                return answers if answers is not None else _decide_and_record(log, orders, refusal)
        except StaleHistory as stale:
            log.states.forget(stale.stream)
            if attempt == ATTEMPTS - 1:
                raise
            # There is a crowd at that stream: queue for it, rather than be overtaken again.
            turn = stale.stream or turn
            log.give_way(attempt)
    raise AssertionError("unreachable")


def _from_cache(log: Log, order: Order) -> list[Answer] | None:
    """Decide *order* on the cached states of its streams, and record it; None where it is refused.

    Almost always the cache is current and the command is new. Recording the decision checks both, in one round trip. A
    refusal here is not final: the cache may be out of date.
    """
    reading = Reading(log, log.states, trusting=True)
    decisions, refusals = _decide_all(reading, [order], {}, log.today())
    if refusals:
        return None
    try:
        return _record(log, reading, decisions)
    except Refused:
        return None


@frozen
class Submitted:
    """The outcome of orders that were submitted one by one: the decisions that changed something, and the refusals.

    *refusals* are by the place of the order (from 0).
    """

    decisions: tuple[Decision, ...]
    refusals: dict[int, Refused]


def submit_each(log: Log, orders: Sequence[Order], reads: Sequence[str]) -> Submitted:
    """Decide *orders* in turn and record them in one transaction, except those that are refused.

    *reads* are the streams that the orders will need; they are read together. An order that changes nothing is not
    recorded, so a repeat of it is not recognised by its command id. Use this only for commands that change nothing when
    they are repeated.

    Raises StaleHistory when other writers came first every time.
    """
    for attempt in range(ATTEMPTS):
        try:
            decided = decide_each(log, orders, reads, log.today())
            if decided.decisions:
                log.append(decided.decisions)
            return decided
        except StaleHistory:
            if attempt == ATTEMPTS - 1:
                raise
            log.give_way(attempt)
        except Refused as refused:
            # The log refused after all was decided. One of the orders is the cause; the others may be recorded.
            if len(orders) == 1:
                return Submitted(decisions=(), refusals={0: refused})
            return _in_halves(log, orders, reads)
    raise AssertionError("unreachable")


def _in_halves(log: Log, orders: Sequence[Order], reads: Sequence[str]) -> Submitted:
    middle = len(orders) // 2
    first, second = submit_each(log, orders[:middle], reads), submit_each(log, orders[middle:], reads)
    return Submitted(
        decisions=first.decisions + second.decisions,
        refusals=first.refusals | {middle + place: refused for place, refused in second.refusals.items()},
    )


def decide_each(log: Histories, orders: Sequence[Order], reads: Sequence[str], today: date | None = None) -> Submitted:
    """Decide *orders* in turn; record nothing. *reads* are as in ``submit_each``, *today* as in ``decide``."""
    reading = Reading(log)
    reading.expect(reads)
    decisions, refusals = _decide_all(reading, orders, {}, today)
    return Submitted(decisions=tuple(one for one in decisions if one.written), refusals=refusals)


def _decide_and_record(
    log: Log, orders: Sequence[Order], refusal: Callable[[dict[int, Refused]], Exception]
) -> list[Answer]:
    answered = log.answers(orders)
    reading = Reading(log, log.states)
    decisions, refusals = _decide_all(reading, orders, answered, log.today())
    if refusals:
        raise refusal(refusals)
    answers = _record(log, reading, decisions) if decisions else []
    new = {decision.order.command_id: answer for decision, answer in zip(decisions, answers, strict=True)}
    return [(answered | new)[order.command_id] for order in orders]


def _record(log: Log, reading: Reading, decisions: list[Decision]) -> list[Answer]:
    answers = list(log.append(decisions))
    # A replayed answer belongs to an earlier decision, so the states folded here would be wrong.
    if not any(answer.replayed for answer in answers):
        reading.recorded()
    return answers


def _decide_all(
    reading: Reading, orders: Sequence[Order], answered: dict[str, Answer], today: date | None
) -> tuple[list[Decision], dict[int, Refused]]:
    decisions: list[Decision] = []
    refusals: dict[int, Refused] = {}
    for place, order in enumerate(orders):
        if order.command_id in answered:
            continue
        try:
            if not isinstance(order.command, OF_SOURCES):
                permitted(reading, order.command, order.actor, today)
            decision = _decision(reading, order, decide(reading, order.command, today))
        except Refused as refused:
            refusals[place] = refused
            continue
        reading.follow(decision.written)
        decisions.append(decision)
    return decisions, refusals


def _decision(reading: Reading, order: Order, written: Sequence[Written]) -> Decision:
    """*order* with its events, the authority under which they were decided, and the duties that the actor takes.

    Raises Refused where the actor may not take them.
    """
    for _, event in written:
        signed(event, order.actor)
    authority: str | None = order.authority
    duties: tuple[Reference, ...] = ()
    if not isinstance(order.command, OF_SOURCES):
        duties = tuple(taken(reading, written, order.actor))
        authority = authority_for(reading, written, order.actor, order.authority)
    # Orders that are appended together depend on all streams read so far.
    return Decision(
        order=order if authority == order.authority else replace(order, authority=authority),
        written=tuple(written),
        seen=reading.seen,
        duties=duties,
    )
