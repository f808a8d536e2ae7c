"""A history for each kind of event, in which the event stands last, with values that are unlike all others.

Nothing is decided: the events are made from their types and recorded as they are. All of a history has ids of its own,
which end with its name.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, timedelta
from enum import Enum
from functools import cache
from itertools import count
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from domain import (
    award,
    bid,
    books,
    delivery,
    discrepancy,
    funding_round,
    governance,
    organisation,
    outcome,
    partnership,
)
from domain import programme as programmes
from domain.bank import account as bank_account
from domain.bank import entry as bank_entry
from domain.history import Event, Written
from domain.joint import places
from domain.people import person
from domain.support import case, concern
from domain.values.fact import DateCorrected, Fact, InvolvementStated, Source, StatementReplaced
from domain.values.money import Money
from domain.values.when import When

EVENTS: tuple[type[Fact], ...] = get_args(Event)
# The streams in the order of the page, each with the name of its kind of id and its events.
STREAMS: dict[str, tuple[str, tuple[type[Fact], ...]]] = {
    "programme": ("programme", get_args(programmes.Event)),
    "round": ("round", get_args(funding_round.Event)),
    "organisation": ("organisation", get_args(organisation.Event)),
    "partnership": ("partnership", get_args(partnership.Event)),
    "bid": ("bid", get_args(bid.Event)),
    "award": ("award", get_args(award.Event)),
    "delivery": ("delivery", get_args(delivery.Event)),
    "outcome": ("outcome", get_args(outcome.Event)),
    "discrepancy": ("discrepancy", get_args(discrepancy.Event)),
    "books": ("books", get_args(books.Event)),
    "bank account": ("bankaccount", get_args(bank_account.Event)),
    "bank entry": ("bankentry", get_args(bank_entry.Event)),
    "governance": ("governance", get_args(governance.Event)),
    "person": ("person", get_args(person.Event)),
    "concern": ("concern", get_args(concern.Event)),
}

# What only the readers of a concern see.
FOR_READERS = tuple({*get_args(concern.Event)} - {*concern.OPEN})

# What has to be recorded before an event, in its own stream.
_REQUESTED = (award.PaymentRequested,)
_APPROVED = (*_REQUESTED, award.PaymentApproved)
_RELEASED = (*_APPROVED, award.PaymentReleased)
_RAISED = (award.RecoveryRaised,)
_CLAIMED = (*_RAISED, award.RecoveryApproved)
_REPAID = (*_CLAIMED, award.RecoverySettled)
BEFORE: dict[type[Fact], tuple[type[Fact], ...]] = {
    programmes.BudgetVaried: (programmes.BudgetAllocated,),
    programmes.SchemeFundsReturned: (programmes.BudgetAllocated, programmes.SchemeFundsCommitted),
    funding_round.FundsReturned: (funding_round.FundsCommitted,),
    partnership.PartnerLeft: (partnership.PartnerJoined,),
    StatementReplaced: (InvolvementStated,),
    bid.ClarificationReceived: (bid.ClarificationRequested,),
    bid.BidResubmitted: (bid.BidWithdrawn,),
    bid.DecisionNotified: (bid.BidApproved,),
    bid.BidAwarded: (bid.BidApproved,),
    bid.OfferLapsed: (bid.BidApproved, bid.BidAwarded),
    bid.ApprovalVaried: (bid.BidApproved,),
    award.ConditionMet: (award.ConditionSet,),
    award.ContributionReceived: (award.ContributionPledged,),
    award.ConditionWaived: (award.ConditionSet,),
    award.InstalmentChanged: (award.InstalmentScheduled,),
    award.PaymentApproved: _REQUESTED,
    award.PaymentReleased: _APPROVED,
    award.PaymentSettled: _RELEASED,
    award.PaymentMatched: _RELEASED,
    award.MatchUndone: (*_RELEASED, award.PaymentMatched),
    award.PaymentReturned: _RELEASED,
    award.ReturnUndone: (*_RELEASED, award.PaymentReturned),
    award.PaymentReversed: _RELEASED,
    DateCorrected: _REQUESTED,
    award.HoldLifted: (award.HoldPlaced,),
    award.RegrantReturned: (award.FundsRegranted,),
    award.ReturnPrepared: (award.ReturnRequired,),
    award.ReturnCertified: (award.ReturnRequired,),
    governance.MemberStoodDown: (governance.MemberAppointed,),
    governance.DelegationRevoked: (governance.DelegationGranted,),
    governance.SeparationRestored: (governance.SeparationLifted,),
    organisation.PayeeAccountVerified: (organisation.PayeeAccountChanged,),
    person.AccountUnlinked: (person.AccountLinked,),
    person.RoleRevoked: (person.RoleGranted,),
    award.RecoveryApproved: _RAISED,
    award.RecoverySettled: _CLAIMED,
    award.RepaymentReferenced: _REPAID,
    award.RepaymentMatched: _REPAID,
    award.RepaymentMatchUndone: (*_REPAID, award.RepaymentMatched),
    award.RecoveryWrittenOff: _CLAIMED,
    award.RecoveryWithdrawn: _RAISED,
    award.UnspentGivenBack: (award.AwardClosed,),
    award.AwardReopened: (award.AwardClosed,),
    award.ComponentRestated: (award.ComponentStated,),
    award.TransactionUnstated: (award.TransactionStated,),
    award.AwardStatedAgain: (award.AwardNoLongerStated,),
    delivery.PlanRedesigned: (delivery.PlanAgreed,),
    delivery.MilestoneReached: (delivery.PlanAgreed,),
    delivery.DeliveryEnded: (delivery.PlanAgreed,),
    delivery.SupplierReplaced: (delivery.SupplierEngaged,),
    delivery.MilestoneMoved: (delivery.PlanAgreed,),
    delivery.DeliverableDecided: (delivery.DeliverableAgreed,),
    delivery.HoldUpEnded: (delivery.HoldUpReported,),
    **dict.fromkeys(
        (
            case.SupportCaseEscalated,
            case.SupportCaseClosed,
            case.HelpOffered,
            case.CapacityLent,
            case.ImprovementPlanAgreed,
            case.NoticeServed,
            case.ReviewPlanned,
            case.RecommendationMade,
            case.DutyGiven,
            case.InformationShared,
        ),
        (case.SupportCaseOpened,),
    ),
    case.HelpAnswered: (case.HelpOffered,),
    places.SubsidyEnded: (places.SubsidySet,),
    case.CapacityGivenBack: (case.CapacityLent,),
    case.ReviewHeld: (case.ReviewPlanned,),
    case.ReviewMissed: (case.ReviewPlanned,),
    case.RecommendationFollowed: (case.RecommendationMade,),
    outcome.ResultVerified: (outcome.ResultReported,),
    outcome.ResultRejected: (outcome.ResultReported,),
    outcome.IndicatorRevised: (outcome.IndicatorAgreed,),
    discrepancy.ExplanationWithdrawn: (discrepancy.DiscrepancyExplained,),
    bank_entry.EntryReopened: (bank_entry.EntrySetAside,),
}
# The fields that name an earlier step of the same kind, or a payment, by a number of its own, and what has it.
OTHERS: dict[tuple[type[Fact], str], type[Fact]] = {
    (award.PaymentRequested, "corrects"): award.PaymentRequested,
    (award.AwardVaried, "corrects"): award.AwardVaried,
    (award.RecoveryRaised, "payment"): award.PaymentRequested,
    (award.RecoverySettled, "payment"): award.PaymentRequested,
}
# The event of an award that is always recorded with an event of a bank entry, and shows what it says.
ALONG: dict[type[Fact], type[Fact]] = {
    bank_entry.EntryMatched: award.PaymentMatched,
    bank_entry.EntryMatchedToRecovery: award.RepaymentMatched,
}
# The texts that are one of a few. A field with such a value is told apart by two histories, as an enumeration is.
WORDS: dict[tuple[type, str], tuple[Any, Any]] = {
    (programmes.ProgrammeEstablished, "currency"): ("GBP", "EUR"),
    (bank_account.BankAccountOpened, "currency"): ("GBP", "EUR"),
    (bank_account.BankAccountOpened, "time_zone"): ("Europe/London", "Europe/Paris"),
    (bank_account.StatementRecorded, "period"): ("whole days", "2004-07-01T00:00:00/2004-07-31T12:00:00"),
    (award.PaymentReversed, "was"): ("released", "settled"),
    (award.PeriodStated, "sense"): ("planned", "actual"),
    (award.TransactionStated, "kind"): (award.Transaction.DISBURSEMENT, award.Transaction.DISBURSED_IN_ALL),
    (award.TransactionUnstated, "kind"): (award.Transaction.DISBURSEMENT, award.Transaction.DISBURSED_IN_ALL),
    (discrepancy.DiscrepancyExplained, "rule"): ("parts_unequal_to_total", "no_longer_stated"),
    (discrepancy.DiscrepancyWaived, "rule"): ("parts_unequal_to_total", "no_longer_stated"),
    (discrepancy.ExplanationWithdrawn, "rule"): ("parts_unequal_to_total", "no_longer_stated"),
    (discrepancy.DiscrepancyAssigned, "rule"): ("parts_unequal_to_total", "no_longer_stated"),
    (discrepancy.ExplanationWithdrawn, "was"): ("explained", "waived"),
    (bank_entry.EntryReopened, "was"): ("set aside", "matched"),
}
# The events with which things begin, in the order in which things need each other.
BEGUN: dict[str, tuple[type[Fact], ...]] = {
    "organisation": (organisation.OrganisationRegistered,),
    "programme": (programmes.ProgrammeEstablished,),
    "scheme": (programmes.SchemeEstablished,),
    "round": (funding_round.RoundOpened,),
    "partnership": (partnership.PartnershipFormed,),
    "bid": (bid.BidSubmitted, bid.BidStated, bid.BidDrafted),
    "award": (award.AwardOffered, award.AwardStated),
    "outcome": (outcome.IndicatorAgreed, outcome.UnplannedOutcomeReported, outcome.OutcomeStated),
    "bankaccount": (bank_account.BankAccountOpened,),
    "statement": (bank_account.StatementRecorded,),
    "bankentry": (bank_entry.EntryBooked,),
    "person": (person.PersonRegistered,),
    "body": (governance.BodyEstablished,),
    "concern": (concern.ConcernRaised,),
}
# The events after which a thing begins with what a source states, not with a step of the programme.
STATED = (
    award.ComponentStated, award.ComponentRestated, award.LineLeftOut, award.AwardCorroborated, award.AwardRestated,
    award.TransactionStated, award.TransactionUnstated, award.PeriodStated, award.ParticularsStated,
    award.AwardReassigned, award.AwardNoLongerStated, award.AwardStatedAgain,
    bid.BidRestated, bid.BidReassigned, outcome.OutcomeRestated, *get_args(discrepancy.Event),
)  # fmt: skip

_FIRST_DAY = date(2003, 1, 1)
_SOURCE = Source(register="register", row="row", cites="cites")
# How many numbers a history has for itself.
_FIRST = 1_000


@dataclass
class History:
    """The history of one *event*. *written* is all of it; the event itself is *subject*.

    If *without*, the event is left out, or something else of its kind is recorded in its place. What shows a value all
    the same has it from another event. *first* is the first of the numbers that the values have.
    """

    event: type[Fact]
    nth: int
    first: int
    without: bool = False
    written: list[Written] = field(default_factory=list)
    subject: Written = field(init=False)

    def __post_init__(self) -> None:
        self.name = f"{self.event.__name__}-{self.nth}{'-without' if self.without else ''}"
        self.begins = next((thing for thing, kinds in BEGUN.items() if self.event in kinds), None)
        self._numbers, self._days = count(self.first), count()
        self.number, self.part, self.other = (next(self._numbers) for _ in range(3))
        self._ids: set[str] = set()
        self._record()

    @property
    def batches(self) -> list[list[Written]]:
        """What is recorded before the event, with it and after it: each at an instant of its own."""
        if self.without:
            return [self.written]
        at = next(index for index, one in enumerate(self.written) if one is self.subject)
        along = at - 1 if self.event in ALONG else at
        return [one for one in (self.written[:along], self.written[along : at + 1], self.written[at + 1 :]) if one]

    @property
    def leaves(self) -> dict[str, Any]:
        """The values of the event, by the name of their field."""
        return dict(_leaves("", self.subject.event))

    def id(self, kind: str, of: str = "") -> str:
        """The id of a thing of this history."""
        return f"{kind}-{self.name}{f'-{of}' if of else ''}"

    def stream_of(self, kind: type[Fact], made: Fact | None = None) -> str:
        """The stream of an event of a *kind*."""
        if kind in (DateCorrected, StatementReplaced):
            return self.id("award" if kind is DateCorrected else "partnership")
        stream = next(name for name, events in STREAMS.values() if kind in events and _stated_of(kind, name))
        if stream == "discrepancy":
            about: Any = made
            return discrepancy.identity(about.rule, about.subject)
        return self.id(stream)

    # --- What is recorded ---------------------------------------------------------------------------------------------

    def _record(self) -> None:
        if self.begins != "organisation":
            self._organisation("")
        for thing, kinds in BEGUN.items():
            if thing == self.begins:
                self._last()
            elif thing != "organisation":
                self._add(self.make(kinds[min(1, len(kinds) - 1)] if self.event in STATED else kinds[0]))
            if thing == "partnership":
                self._partnership_beside()
            if thing == "award":
                self._award_beside()
        if self.begins is None:
            for kind in BEFORE.get(self.event, ()):
                self._add(self.make(kind))
            self._last()

    def _last(self) -> None:
        """Record the event, after what its fields name."""
        if self.event in get_args(discrepancy.Event):
            self._add(self.make(award.ComponentStated))
            self._add(self.make(award.AwardNoLongerStated))
        for (kind, _), other in OTHERS.items():
            if kind is self.event:
                self._add(self.make(other, number=self.other))
        along = ALONG.get(self.event)
        for kind in BEFORE.get(along, ()) if along else ():
            self._add(self.make(kind))
        made: Any = self.make(self.event, full=True)
        if along and not self.without:
            amount = made.shares[0].amount if isinstance(made, bank_entry.EntryMatched) else self._simple(Money, "")
            self._add(self.make(along, amount=amount, part=self.part))
        self.subject = Written(self.stream_of(self.event, made), made)
        if not self.without:
            self.written.append(self.subject)
        elif self.begins:
            self._numbers, self._days = count(self.first + _FIRST // 2), count(_FIRST // 2)
            self._add(self.make(self.event))

    def _add(self, made: Fact) -> None:
        self.written.append(Written(self.stream_of(type(made), made), made))

    def _organisation(self, of: str) -> str:
        found = self.id("organisation", of)
        if found not in self._ids:
            self._ids.add(found)
            named = f"Organisation {next(self._numbers)}"
            made = organisation.OrganisationRegistered(code=found, name=named, kind="council", on=When("2001-01-01"))
            self.written.append(Written(found, made))
        return found

    def _partnership_beside(self) -> None:
        beside = self.make(partnership.PartnershipFormed, partnership_id=self.id("partnership", "other"))
        self.written.append(Written(self.id("partnership", "other"), beside))

    def _award_beside(self) -> None:
        self.written.append(Written(self.id("award", "other"), self.make(award.AwardOffered)))

    # --- How an event is made -----------------------------------------------------------------------------------------

    def make(self, kind: Any, *, full: bool = False, **given: Any) -> Fact:
        """An event of a *kind*; if *full*, with every field filled."""
        # What a source states uses no money in the counters of the log.
        known = given | self._known(kind) | ({} if full else {"source": _SOURCE})
        made: dict[str, Any] = {}
        for one in fields(kind):
            if one.name in known:
                made[one.name] = known[one.name]
            elif full or _required(one):
                made[one.name] = self._value(_hints(kind)[one.name], one.name, kind)
        event: Fact = kind(**made)
        return event

    def _known(self, kind: type[Fact]) -> dict[str, Any]:
        """The fields that say which step an event follows."""
        if kind is DateCorrected:
            was = next(one.event for one in self.written if isinstance(one.event, award.PaymentRequested))
            version = sum(one.stream == self.id("award") for one in self.written)
            return {"version": version, "step": "PaymentRequested", "number": self.number, "was": was.on}
        if kind is StatementReplaced:
            return {"version": 2, "fact": "InvolvementStated"}
        if kind is bank_entry.EntryBooked and self.event is not kind:
            entry = bank_account.BankEntry(amount=Money.of("-77.00", "GBP"), booked=When("2004-07-08"))
            return {"entry": entry, "statement": "statement"}
        return {}

    def _value(self, hint: Any, name: str, kind: Any) -> Any:
        hint = _plain(hint)
        words = WORDS.get((kind, name))
        if words is not None:
            return words[self.nth]
        if hint is str and name.endswith("time"):
            number = next(self._numbers)
            return f"{number % 24:02}:{number % 60:02}"
        if name in ("number", "part", "case", "corrects", "payment") and hint is int:
            return {"number": self.number, "part": self.part, "case": self.part}.get(name, self.other)
        if hasattr(hint, "__supertype__"):
            return self._id_of(hint, name, kind)
        if hint is str and name == "subject":
            return self.id("award")
        if get_origin(hint) is tuple:
            return (self._value(get_args(hint)[0], name, kind),)
        if is_dataclass(hint) and hint not in (Money, When):
            value: Any = hint
            return value(**{one.name: self._value(_hints(value)[one.name], one.name, value) for one in fields(value)})
        if isinstance(hint, type) and issubclass(hint, Enum):
            return list(hint)[self.nth % len(hint)]
        # Whatever people find things by is another text in each history.
        found_by = name in ("code", "reference", "account")
        return self._simple(hint, f"{name} of {self.name if found_by else kind.__name__}")

    def _simple(self, hint: Any, name: str) -> Any:
        number = next(self._numbers)
        if hint is str:
            return f"{name} {number}"
        if hint is int:
            return number
        if hint is bool:
            return self.nth == 0
        if hint is Money:
            return Money.of(f"{number * 109}.{number % 90 + 10}", "GBP")
        assert hint is When, hint
        return When((_FIRST_DAY + timedelta(days=next(self._days))).isoformat())

    def _id_of(self, hint: Any, name: str, kind: type) -> str:
        thing = hint.__name__.removesuffix("Id").lower()
        if thing == "organisation":
            return self._organisation(f"{kind.__name__}-{name}")
        beside = name in ("before", "funded_from") or (name == "award_id" and kind in STREAMS["award"][1])
        thing = {"entry": "bankentry"}.get(thing, thing)
        return self.id(thing, "other" if beside else "")


def _stated_of(kind: type[Fact], stream: str) -> bool:
    """Whether the events of a *kind* are recorded in a *stream* here: what any stream may have is a partnership's."""
    several = sum(kind in events for _, events in STREAMS.values()) > 1
    return stream == "partnership" if several else True


def histories() -> list[History]:
    """For each kind of event its history, one without it, and another one if a value of it is one of a few."""
    found: list[History] = []
    for index, kind in enumerate(EVENTS):
        first = _FIRST * (1 + 2 * index)
        found += [History(kind, 0, first), History(kind, 0, first, without=True)]
        if any(is_few(value) for value in found[-1].leaves.values()) or any(of is kind for of, _ in WORDS):
            found.append(History(kind, 1, first + _FIRST))
    return found


def is_few(value: Any) -> bool:
    """Whether *value* is one of a few, so that others have it too."""
    return isinstance(value, bool | Enum)


def _leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, tuple):
        for one in value:
            yield from _leaves(name, one)
    elif is_dataclass(value) and not isinstance(value, Money | When | type):
        for one in fields(value):
            yield from _leaves(f"{name}.{one.name}" if name else one.name, getattr(value, one.name))
    elif value is not None:
        yield name, value


def _required(one: Any) -> bool:
    return one.default is one.default_factory


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _plain(hint: Any) -> Any:
    if get_origin(hint) in (Union, UnionType):
        (hint,) = (one for one in get_args(hint) if one is not NoneType)
    return hint
