"""Decisions that read more than one stream. Each reads what it needs, and every stream applies its own rules.

The append that follows names the version of every stream read here, so no stream can change between reading and
recording.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial, reduce
from types import ModuleType
from typing import TypeAlias, TypeVar, get_args

from domain import (
    award,
    bid,
    books,
    delivery,
    discrepancy,
    funding_round,
    joint,
    organisation,
    outcome,
    partnership,
    programme,
)
from domain.across.beside import lines_of_scheme
from domain.across.eligibility import tests_after_revision, tests_at_submission
from domain.across.mergers import going_on, paid_organisation
from domain.between.pooling import ChargeAgreed
from domain.eligibility.rule import EligibilityRulePublished
from domain.history import Written, written_to
from domain.published.framework import FrameworkPublished
from domain.reading import Reading
from domain.support.case import SupportEvent
from domain.values.fact import (
    CORRECTIONS,
    AlreadyThere,
    CountStated,
    Fact,
    NothingThere,
    Record,
    SourceMissing,
    Stated,
    StatementReplaced,
)
from domain.values.ids import AwardId, OutcomeId, PartnershipId, ProgrammeId, SchemeId
from domain.values.money import Money
from domain.values.plain import plain
from domain.values.refusal import Refused
from domain.values.when import When

T = TypeVar("T")

# Every event of a delivery that is not about another event of it.
DELIVERED: tuple[type[Fact], ...] = tuple(event for event in get_args(delivery.Event) if event not in CORRECTIONS)
# The facts that sources can state, by stream: those that begin it, and those that follow. Steps of a live programme are
# not among them: an award whose history starts in the middle, with a payment, could not be read.
RECORDED: dict[ModuleType, tuple[tuple[type[Fact], ...], tuple[type[Fact], ...]]] = {
    programme: (
        (),
        (
            programme.BudgetAllocated, programme.ProgrammeResultStated, EligibilityRulePublished, FrameworkPublished,
            CountStated,
            *get_args(Stated),
        ),
    ),
    organisation: (
        (),
        (organisation.IdentifierRecorded, organisation.AssessmentCategoryRecorded, *get_args(SupportEvent)),
    ),
    partnership: (
        (),
        (
            partnership.PartnerJoined, partnership.PartnershipRenamed, partnership.PartnershipReclassified,
            partnership.PilotListed, partnership.TakeUpStated, partnership.SumStated, ChargeAgreed,
            award.StrandAgreed, *joint.EVENTS, *get_args(Stated),
        ),
    ),
    bid: ((bid.BidStated,), (bid.AdviserRecorded,)),
    award: (
        (award.AwardStated,),
        (
            award.ComponentStated, award.ComponentRestated, award.AwardCorroborated, award.AwardRestated,
            award.AwardNoLongerStated, award.AwardStatedAgain, award.AwardReassigned, award.ParticularsStated,
            award.LineLeftOut,
        ),
    ),
    # A source may begin the history of a delivery with any event.
    delivery: (DELIVERED, DELIVERED),
    outcome: ((outcome.OutcomeStated,), (outcome.EvidenceGiven,)),
}  # fmt: skip


# Commands that can free money of an award: they end it, or bring money back to it after its end.
GivesBack: TypeAlias = (
    award.CloseAward
    | award.TerminateAward
    | award.ReturnPayment
    | award.ReversePayment
    | award.MatchReturn
    | award.SettleRecovery
    | award.RegrantFunds
)


class NotForSources(Refused):
    """A source cannot state this kind of fact ({fact}) about {stream}. Steps of a live programme are recorded by their
    own commands.
    """


class OfAnotherPartnership(Refused):
    """The fact names another partnership than {stream} belongs to. They must be the same."""


class RoundOfAnotherScheme(Refused):
    """Round {round} belongs to another scheme than the partnership. A partnership bids only to rounds of its own
    scheme.
    """


class BidCurrencyIsNotTheProgrammes(Refused):
    """The bid is in {bid}, but its programme is in {programme}. A bid must be in the currency of its programme."""


class RingFenceWithoutRound(Refused):
    """The award names ring-fence {ring_fence}, but no round funds it. Only the budget of a round has ring-fences."""


class RingFenceForAnotherPurpose(Refused):
    """The award is for {purpose}, but its money is ring-fenced for {ring_fence}. Money of a ring-fence is used only for
    the purpose of the ring-fence.
    """


class NoPartnerOfTheBid(Refused):
    """The organisation is no partner of the partnership, and bid {bid} does not name it. Only a partner agrees to a
    bid.
    """


class BelowAwarded(Refused):
    """The amount approved is {approved}, but {awarded} is already awarded. An approval must not be less than the
    award.
    """


def record(reading: Reading, command: Record) -> list[Written]:
    """Record a fact as its source states it.

    Raises SourceMissing, NotForSources, NothingThere, AlreadyThere, OfAnotherPartnership and PartnershipUnknown.
    """
    fact, history = command.fact, reading.history(command.stream)
    if fact.source is None:
        raise SourceMissing
    if isinstance(fact, StatementReplaced):
        return [Written(command.stream, _replaced(fact, history, command.stream))]
    kinds = [kind for kind, (first, later) in RECORDED.items() if isinstance(fact, first + later)]
    begun = [kind for kind in kinds if history and isinstance(history[0], get_args(kind.Event))]
    if not kinds or (history and not begun):
        raise NotForSources(stream=command.stream, fact=type(fact).__name__)
    first, later = RECORDED[begun[0] if begun else kinds[0]]
    if history and not isinstance(fact, later) and not _replaces(history[-1], fact):
        raise AlreadyThere(stream=command.stream)
    if not history and not isinstance(fact, first):
        raise NothingThere(stream=command.stream)
    partnership_id: PartnershipId | None = getattr(fact, "partnership_id", None)
    if partnership_id is not None:
        partnership.known(reading.partnership(partnership_id))
        if history and getattr(history[0], "partnership_id", partnership_id) != partnership_id:
            raise OfAnotherPartnership(stream=command.stream)
    return [Written(command.stream, fact)]


def _replaced(fact: StatementReplaced, history: Sequence[Fact], stream: str) -> Fact:
    """The replacement of a fact of *history*, which a source must state. Raises NothingThere and NotForSources."""
    if not 0 < fact.version <= len(history) or type(history[fact.version - 1]).__name__ != fact.fact:
        raise NothingThere(stream=stream)
    stated = {kind for first, later in RECORDED.values() for kind in first + later}
    if history[fact.version - 1].source is None or type(history[fact.version - 1]) not in stated:
        raise NotForSources(stream=stream, fact=fact.fact)
    return fact


def _replaces(before: Fact, fact: Fact) -> bool:
    """Whether *fact* is what its source states in place of the fact that was replaced just before."""
    return isinstance(before, StatementReplaced) and before.fact == type(fact).__name__


def establish_programme(reading: Reading, command: programme.EstablishProgramme) -> list[Written]:
    """Establish a programme. Its funder, if named, must be a known organisation."""
    going_on(reading, command.funder_id, command.on)
    return written_to(command.stream, programme.decide(reading.programme(command.programme_id), command))


def establish_scheme(reading: Reading, command: programme.EstablishScheme) -> list[Written]:
    """Establish a scheme. Its funder, if named, must be a known organisation."""
    going_on(reading, command.funder_id, command.on)
    return written_to(command.stream, programme.decide(reading.programme(command.programme_id), command))


def open_round(reading: Reading, command: funding_round.OpenRound) -> list[Written]:
    """Open a round of a known scheme, in the programme's currency and within the scheme's budget if it has one."""
    found = _scheme(reading, command.programme_id, command.scheme_id)
    if command.budget.currency != found.currency:
        raise programme.BudgetCurrencyDiffers(programme=found.currency, budget=command.budget.currency)
    opened = funding_round.decide(reading.round(command.round_id), command)
    if not opened:
        return []
    if found.available(command.scheme_id) is None:
        return written_to(command.stream, opened)
    assign = programme.AssignBudget(
        programme_id=command.programme_id,
        scheme_id=command.scheme_id,
        round_id=command.round_id,
        amount=command.budget,
        on=command.on,
    )
    return written_to(command.stream, opened) + written_to(assign.stream, programme.decide(found, assign))


def form_partnership(reading: Reading, command: partnership.FormPartnership) -> list[Written]:
    """Form a partnership under a known scheme, led by a known organisation."""
    _scheme(reading, command.programme_id, command.scheme_id)
    going_on(reading, command.lead_id, command.on)
    return written_to(command.stream, partnership.decide(reading.partnership(command.partnership_id), command))


def record_origin(reading: Reading, command: partnership.RecordOrigin) -> list[Written]:
    """Record the partnership from which one grew. Raises OriginIsLater if that one grew from it, by whatever steps."""
    origin = partnership.known(reading.partnership(command.origin_id))
    if command.partnership_id in _reached(command.origin_id, partial(_origins, reading)):
        raise partnership.OriginIsLater(origin=origin.code)
    return written_to(command.stream, partnership.decide(reading.partnership(command.partnership_id), command))


def _origins(reading: Reading, partnership_id: PartnershipId) -> frozenset[PartnershipId]:
    return partnership.known(reading.partnership(partnership_id)).origins


def _reached(first: T, following: Callable[[T], Iterable[T]]) -> list[T]:
    """*first*, and all that it leads to by whatever steps, each once. *following* gives those of one step."""
    found = [first]
    for one in found:
        found += [each for each in following(one) if each not in found]
    return found


def leave_partnership(reading: Reading, command: partnership.LeavePartnership) -> list[Written]:
    """Remove a known organisation from a partnership."""
    organisation.known(reading.organisation(command.organisation_id))
    return written_to(command.stream, partnership.decide(reading.partnership(command.partnership_id), command))


def draft_bid(reading: Reading, command: bid.DraftBid) -> list[Written]:
    """Draft a bid of a partnership that is not dissolved, to a round of its scheme that has not closed by then."""
    bidder = partnership.standing(reading.partnership(command.partnership_id))
    if command.round_id is not None:
        _of_scheme(funding_round.taking_drafts(reading.round(command.round_id), command.on), bidder)
    _known_partners(reading, command)
    return written_to(command.stream, bid.decide(reading.bid(command.bid_id), command))


def record_adviser(reading: Reading, command: bid.RecordAdviser) -> list[Written]:
    """Record a known organisation as an adviser of a bid."""
    going_on(reading, command.organisation_id, command.on)
    return written_to(command.stream, bid.decide(reading.bid(command.bid_id), command))


def submit_bid(reading: Reading, command: bid.SubmitBid) -> list[Written]:
    """Submit a bid of a partnership that is not dissolved, to a round of its scheme that takes bids on that date."""
    before = reading.bid(command.bid_id)
    events = bid.decide(before, command)
    if events:
        bidder = _may_bid(reading, command.partnership_id, command)
        currency = programme.known(reading.programme(bidder.programme_id)).currency
        if command.requested.currency != currency:
            raise BidCurrencyIsNotTheProgrammes(programme=currency, bid=command.requested.currency)
        events = [*events, *tests_at_submission(reading, bidder, events)]
    return written_to(command.stream, events)


def revise_bid(reading: Reading, command: bid.ReviseBid) -> list[Written]:
    """Revise a bid. The plans that its rules ask for must still be there."""
    before = bid.known(reading.bid(command.bid_id))
    events = bid.decide(before, command)
    if events:
        _known_partners(reading, command)
        events = [*events, *tests_after_revision(reading, before, events)]
    return written_to(command.stream, events)


def record_consent(reading: Reading, command: bid.RecordConsent) -> list[Written]:
    """Record that a partner of the bidder agrees to the bid. Raises NoPartnerOfTheBid."""
    found = bid.known(reading.bid(command.bid_id))
    bidder = partnership.known(reading.partnership(found.partnership_id))
    organisation.known(reading.organisation(command.organisation_id))
    if not bidder.has(command.organisation_id) and command.organisation_id not in found.proposal.partners:
        raise NoPartnerOfTheBid(bid=found.reference)
    return written_to(command.stream, bid.decide(found, command))


def resubmit_bid(reading: Reading, command: bid.ResubmitBid) -> list[Written]:
    """Resubmit a bid of a partnership that is not dissolved, to a round of its scheme that takes bids on that date."""
    before = bid.known(reading.bid(command.bid_id))
    events = bid.decide(before, command)
    if events:
        _may_bid(reading, before.partnership_id, command)
        bidder = partnership.known(reading.partnership(before.partnership_id))
        events = [*events, *tests_at_submission(reading, bidder, events)]
    return written_to(command.stream, events)


def vary_approval(reading: Reading, command: bid.VaryApproval) -> list[Written]:
    """Change the amount approved, to no less than was awarded. Raises BelowAwarded."""
    found = bid.known(reading.bid(command.bid_id))
    if found.award_id is not None:
        awarded = award.known(reading.award(found.award_id)).amount
        if command.approved.currency == awarded.currency and command.approved < awarded:
            raise BelowAwarded(awarded=awarded, approved=command.approved)
    return written_to(command.stream, bid.decide(found, command))


def offer_award(reading: Reading, command: award.OfferAward) -> list[Written]:
    """Offer an award, if its bid, its source of funds and its partnership all allow it.

    The bid must be approved for the amount and not awarded yet. The round, the other award or the scheme must have the
    amount available. The partnership must not be dissolved. Raises what any of them refuses.
    """
    approved = bid.known(reading.bid(command.bid_id))
    offered = award.offer(
        reading.award(command.award_id),
        command,
        partnership_id=approved.partnership_id,
        round_id=approved.round_id if command.funded_from is None else None,
    )
    if not offered:
        return []
    if command.ring_fence is not None and (approved.round_id is None or command.funded_from is not None):
        raise RingFenceWithoutRound(ring_fence=command.ring_fence)
    if command.ring_fence is not None and command.purpose is not None:
        _within_fence(command.ring_fence, command.purpose)
    lines_of_scheme(reading, partnership.standing(reading.partnership(approved.partnership_id)), command)
    awarded = bid.decide(
        approved,
        bid.AwardBid(bid_id=command.bid_id, award_id=command.award_id, amount=command.amount, on=command.on),
    )
    state = award.evolve(None, offered[0])
    bound = _bind(reading, command.award_id, state, command.amount, command.on)
    return written_to(command.award_id, offered) + written_to(command.bid_id, awarded) + bound


def _within_fence(ring_fence: str, purpose: str) -> None:
    """Check that *purpose* is the one that the ring-fence is named after. Raises RingFenceForAnotherPurpose."""
    if plain(purpose) != plain(ring_fence):
        raise RingFenceForAnotherPurpose(ring_fence=ring_fence, purpose=purpose)


def release_payment(reading: Reading, command: award.ReleasePayment) -> list[Written]:
    """Release a payment, unless the account of its payee was changed and not verified yet.

    The payee is the one that the request names, or the partnership's lead. If it has merged, it is the account of the
    organisation that goes on.
    """
    found = award.known(reading.award(command.award_id))
    released = award.decide(found, command)
    if released:
        payee_id = found.payments[command.number].payee_id
        if payee_id is None:
            payee_id = partnership.known(reading.partnership(found.partnership_id)).lead_id
        paid = paid_organisation(reading, payee_id, command.on) if payee_id is not None else None
        if paid is not None and not paid.account_verified:
            raise organisation.PayeeAccountUnverified(organisation=paid.name)
    return written_to(command.award_id, released)


def decline_offer(reading: Reading, command: award.DeclineOffer) -> list[Written]:
    """Decline an offer: the bid can be awarded again, and the money goes back to its source of funds."""
    found = award.known(reading.award(command.award_id))
    declined = award.decide(found, command)
    if not declined:
        return []
    written = written_to(command.award_id, declined)
    if found.bid_id is not None:
        lapse = bid.LapseOffer(bid_id=found.bid_id, award_id=command.award_id, on=command.on)
        written += written_to(found.bid_id, bid.decide(reading.bid(found.bid_id), lapse))
    return written + _bind(reading, command.award_id, found, Money.zero(found.currency), command.on)


def vary_award(reading: Reading, command: award.VaryAward) -> list[Written]:
    """Vary an award, up to the amount approved for its bid. The source of funds changes by the same amount."""
    found = award.known(reading.award(command.award_id))
    varied = award.decide(found, command)
    if not varied:
        return []
    after = award.evolve(found, varied[0])
    if after.amount > found.amount:
        partnership.standing(reading.partnership(found.partnership_id))
        approved = bid.known(reading.bid(found.bid_id)).approved if found.bid_id is not None else None
        if approved is not None and after.amount > approved:
            raise bid.AboveApproved(approved=approved, award=after.amount)
    return written_to(command.award_id, varied) + _bind(reading, command.award_id, found, after.amount, command.on)


def give_back(reading: Reading, command: GivesBack) -> list[Written]:
    """End an award, or bring money back to it. After its end, what is unspent goes back to its source of funds."""
    found = award.known(reading.award(command.award_id))
    events = award.decide(found, command)
    after = reduce(award.evolve, events, found)
    written = written_to(command.award_id, events)
    if after.amount == found.amount:
        return written
    return written + _bind(reading, command.award_id, found, after.amount, command.on)


def _bind(reading: Reading, award_id: AwardId, state: award.Award, amount: Money, on: When) -> list[Written]:
    """Set what the award's source of funds (another award, the round or the scheme) commits to it to *amount*."""
    if state.funded_from is not None:
        return give_back(reading, award.RegrantFunds(award_id=state.funded_from, child=award_id, total=amount, on=on))
    if state.round_id is not None:
        commit = funding_round.CommitFunds(
            round_id=state.round_id, award_id=award_id, ring_fence=state.ring_fence, total=amount, on=on
        )
        return written_to(commit.stream, funding_round.decide(reading.round(state.round_id), commit))
    bidder = partnership.known(reading.partnership(state.partnership_id))
    found = programme.known(reading.programme(bidder.programme_id))
    # An award made before the scheme had a budget does not use that budget, and gives nothing back to it.
    offered_now = not reading.history(award_id)
    if award_id not in found.committed and (not offered_now or found.available(bidder.scheme_id) is None):
        return []
    scheme = programme.CommitSchemeFunds(
        programme_id=bidder.programme_id, scheme_id=bidder.scheme_id, award_id=award_id, total=amount, on=on
    )
    return written_to(scheme.stream, programme.decide(reading.programme(bidder.programme_id), scheme))


def agree_plan(reading: Reading, command: delivery.AgreePlan) -> list[Written]:
    """Agree a plan with a partnership that is not dissolved. An award that it names must be the partnership's."""
    partnership.standing(reading.partnership(command.partnership_id))
    if command.award_id is not None:
        found = award.known(reading.award(command.award_id))
        if found.partnership_id != command.partnership_id:
            raise award.AwardUnknown(award=command.award_id)
    return written_to(command.stream, delivery.decide(reading.delivery(command.delivery_id), command))


def agree_indicator(reading: Reading, command: outcome.AgreeIndicator) -> list[Written]:
    """Agree an indicator with a partnership that is not dissolved."""
    partnership.standing(reading.partnership(command.partnership_id))
    return written_to(command.stream, outcome.decide(reading.outcome(command.outcome_id), command))


def report_unplanned(reading: Reading, command: outcome.ReportUnplannedOutcome) -> list[Written]:
    """Report an outcome of a known partnership that was no goal. It may come about after the end of the partnership."""
    partnership.known(reading.partnership(command.partnership_id))
    return written_to(command.stream, outcome.decide(reading.outcome(command.outcome_id), command))


def link_outcome(reading: Reading, command: outcome.LinkOutcome) -> list[Written]:
    """Link an outcome to one that it led to. Raises OutcomeLeadsToItself if that one led to it, by whatever steps."""
    if command.outcome_id in _reached(command.leads_to_id, partial(_later, reading)):
        raise outcome.OutcomeLeadsToItself
    return written_to(command.stream, outcome.decide(reading.outcome(command.outcome_id), command))


def _later(reading: Reading, outcome_id: OutcomeId) -> frozenset[OutcomeId]:
    return outcome.known(reading.outcome(outcome_id)).leads_to


def close_period(reading: Reading, command: books.ClosePeriod) -> list[Written]:
    """Close a period of the books of a known programme."""
    programme.known(reading.programme(command.programme_id))
    found: books.Books | None = reading.state(books, command.stream)
    return written_to(command.stream, books.decide(found, command))


# The first word of the ids of things that have a stream.
STREAMS = (
    "programme", "round", "organisation", "partnership", "bid", "award", "delivery", "outcome", "books", "bankaccount",
    "bankentry",
)  # fmt: skip


def clear_up(reading: Reading, command: discrepancy.Command) -> list[Written]:
    """Record a step of clearing up a discrepancy, for the partnership of its subject.

    Raises SubjectUnknown if the subject does not exist, and what the discrepancy refuses. The text that several things
    share, and a scheme, have no stream to look for: the register of discrepancies knows them.
    """
    begun: Sequence[Fact] = ()
    # A slash separates a part from its subject: the first return of an award is award-.../return 1.
    subject, _, part = command.subject.partition("/")
    kind = subject.partition("-")[0]
    if kind in STREAMS:
        begun = reading.history(subject)
        if not begun or (kind == "award" and part and part not in _parts(reading.award(AwardId(subject)))):
            raise discrepancy.SubjectUnknown(subject=command.subject)
    elif command.rule in discrepancy.RULES - discrepancy.OF_TEXTS and kind != "scheme":
        raise discrepancy.SubjectUnknown(subject=command.subject)
    # Read the last event: a register may have moved the subject to another partnership since the first.
    partnership_id: PartnershipId | None = getattr(begun[-1], "partnership_id", None) if begun else None
    found = reading.discrepancy(command.stream)
    return written_to(command.stream, discrepancy.decide(found, command, partnership_id))


def _parts(found: award.Award | None) -> list[str]:
    """The parts of an award that a discrepancy may be about."""
    return [f"return {number}" for number in found.returns_due] if found is not None else []


def _may_bid(
    reading: Reading, partnership_id: PartnershipId, command: bid.SubmitBid | bid.ResubmitBid
) -> partnership.Partnership:
    """The bidder, whose bid its round takes on that date or admits with a reason."""
    bidder = partnership.standing(reading.partnership(partnership_id))
    _known_partners(reading, command)
    funding_round.time_of_day(command.time, command.on)
    if command.round_id is None:
        return bidder
    call = reading.round(command.round_id)
    if (command.admitted_because or "").strip():
        _of_scheme(funding_round.known(call), bidder)
    else:
        _of_scheme(funding_round.taking_bids(call, command.on, command.time), bidder)
    return bidder


def _known_partners(reading: Reading, command: bid.DraftBid | bid.SubmitBid | bid.ReviseBid | bid.ResubmitBid) -> None:
    """Check that the organisations that a proposal names are known and go on."""
    for organisation_id in command.partners or ():
        going_on(reading, organisation_id, command.on)


def _of_scheme(call: funding_round.Round, bidder: partnership.Partnership) -> None:
    if call.scheme_id != bidder.scheme_id:
        raise RoundOfAnotherScheme(round=call.code)


def _scheme(reading: Reading, programme_id: ProgrammeId, scheme_id: SchemeId) -> programme.Programme:
    found = programme.known(reading.programme(programme_id))
    if scheme_id not in found.schemes:
        raise programme.SchemeUnknown(scheme=scheme_id)
    return found
