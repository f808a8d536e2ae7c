"""What generated histories do beside awards and bids: bank entries, deliveries, decisions about discrepancies."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from domain import award, delivery, discrepancy
from domain.bank import account as bank_account
from domain.bank import entry as bank_entry
from domain.bank.account import BankEntry, Statement
from domain.history import Command
from domain.values.fact import Fact, corrected
from domain.values.ids import AwardId, EntryId
from domain.values.money import Money
from domain.values.when import When
from tests.kit.money import gbp

if TYPE_CHECKING:
    from tests.kit.histories import History

WHY = "So it is"


def begin_beside(h: History, award_id: AwardId) -> None:
    """A plan, and a recovery of which some came back."""
    of: dict[str, Any] = {"award_id": award_id, "number": 4, "on": When("2004-08-01")}
    h.at.do(award.RaiseRecovery(**of, amount=gbp("40.00"), because=WHY))
    h.at.do(award.ApproveRecovery(**of))
    for part in (1, 2):
        h.at.do(award.SettleRecovery(**of, part=part, amount=gbp(f"{part}5.00"), by=award.SettledBy.REPAYMENT))
    h.at.do(
        delivery.AgreePlan(
            delivery_id=h.deliveries[0], partnership_id=h.partnerships[0], title=f"Work {h.name}",
            milestones=MILESTONES, award_id=award_id, on=When("2004-07"),
        )
    )  # fmt: skip


# --- Bank entries -----------------------------------------------------------------------------------------------------


class Booked(NamedTuple):
    """An entry that was booked, and what of the award it may be: a payment, or a settlement of a recovery."""

    entry_id: EntryId
    award_id: AwardId
    number: int
    amount: Money
    part: int | None


def book(h: History) -> Command:
    """A statement of an account of its own, with an entry that may be something of an award."""
    award_id = h.of([h.awards[0], *(one for one in h.awards if h.at.log.history(one))])
    sent, repaid = _of_award(corrected(h.at.log.history(award_id)))
    number, part, amount = h.of([*sent, *sent, *repaid, (1, None, h.pounds())])
    came_in = part is not None or h.chance.random() < 0.1
    account = f"{h.name} {len(h.booked)}"
    account_id = bank_account.account_identity(account)
    h.at.do(
        bank_account.OpenBankAccount(account_id=account_id, account=account, name="Grants", currency="GBP", on=FIRST)
    )
    zero = gbp("0.00")
    entry = BankEntry(
        reference=account, amount=amount if came_in else zero - amount, booked=When("2005-07-08"),
        counterparty=h.of([None, "Council"]),
    )  # fmt: skip
    statement = Statement(
        identifier="2005-07", since=FIRST, until=When("2005-07-31"), opening=gbp("1000.00"),
        closing=gbp("1000.00") + entry.amount, entries=(entry,),
    )  # fmt: skip
    h.booked.append(Booked(entry.identity(account_id), award_id, number, amount, part))
    return bank_account.RecordStatement(
        account_id=account_id, account=account, statement=statement, on=When("2005-07-31")
    )


FIRST = When("2005-07-01")


def _of_award(history: list[Fact]) -> tuple[list[tuple[int, None, Money]], list[tuple[int, int, Money]]]:
    """The payments that were released, and the repayments of recoveries."""
    sent = [(one.number, None, one.amount) for one in history if isinstance(one, award.PaymentReleased)]
    repaid = [(one.number, one.part, one.amount) for one in history if isinstance(one, award.RecoverySettled)]
    return sent, repaid


def decide(h: History) -> Command:
    """A decision about an entry that was booked."""
    if not h.booked:
        return book(h)
    one: Booked = h.of(h.booked[-25:])
    given: dict[str, Any] = {"entry_id": one.entry_id, "because": h.of([WHY, "Seen"]), "on": h.on()}
    if isinstance(h.at.log.history(one.entry_id)[-1], bank_entry.Decided):
        return bank_entry.ReopenEntry(**{**given, "on": When(h.of(["2005-08-01", "2005-09"]))})
    roll = h.chance.random()
    if roll < 0.6 and one.part is not None:
        return bank_entry.MatchRepayment(**given, award_id=one.award_id, number=one.number, part=one.part)
    if roll < 0.6:
        share = bank_entry.Share(award_id=one.award_id, number=one.number, amount=one.amount)
        return bank_entry.MatchEntry(**given, shares=(share,))
    if roll < 0.85:
        return bank_entry.SetEntryAside(**given, aside=h.of(list(bank_entry.Aside)))
    return bank_entry.RejectMatch(**given, award_id=one.award_id, number=one.number)


# --- Deliveries -------------------------------------------------------------------------------------------------------


def _plan(h: History) -> Command:
    return delivery.AgreePlan(
        delivery_id=h.of(h.deliveries), partnership_id=h.partnerships[0], title=f"Work {h.name}", on=h.on(),
        milestones=h.of([(), MILESTONES]), until=h.of([None, h.on()]),
    )  # fmt: skip


def _of_delivery(kind: Any, /, **values: Callable[[History], Any]) -> Callable[[History], Command]:
    def made(h: History) -> Command:
        given = {name: make(h) for name, make in values.items()}
        command: Command = kind(delivery_id=h.of(h.deliveries), on=h.on(), **given)
        return command

    return made


MILESTONES = ("Pilot", "Report", "Handover")


def delivery_facts(h: History) -> list[tuple[str, Fact]]:
    """What a source states of a delivery. It may be the first that is known of it."""
    of: dict[str, Any] = {"partnership_id": h.partnerships[0], "on": h.on()}
    facts: list[Fact] = [
        delivery.SupplierEngaged(**of, organisation_id=h.of(h.organisations), summary="Trains"),
        delivery.SupplierReplaced(**of, organisation_id=h.of([None, *h.organisations]), summary="Trains now"),
        delivery.ActivityHeld(**of, kind="workshop", summary="A day", organisation_id=h.of([None, *h.organisations])),
        delivery.DeliveryPeriodStated(**of, summary="Funded work", until=h.of([None, h.on()])),
    ]
    return [(h.of(h.deliveries), fact) for fact in facts]


# --- Discrepancies ----------------------------------------------------------------------------------------------------


def explain(h: History) -> Command:
    """A decision about a discrepancy that was found."""
    if not h.found:
        return decide(h)
    rule, subject, message = h.of(h.found)
    of: dict[str, Any] = {"rule": rule, "subject": subject, "on": h.on()}
    seen: dict[str, Any] = {"seen": h.at.log.position(), "message": message, "because": h.of([WHY, "Seen"])}
    roll = h.chance.random()
    if roll < 0.35:
        return discrepancy.ExplainDiscrepancy(**of, **seen)
    if roll < 0.55:
        return discrepancy.WaiveDiscrepancy(**of, **seen, authority="Director")
    if roll < 0.75:
        return discrepancy.WithdrawExplanation(**of, because=WHY)
    return discrepancy.AssignDiscrepancy(**of, owner=h.of(["Accountant", "Clerk", None]))


COMMANDS: list[Callable[[History], Command]] = [
    *[book] * 4, *[decide] * 8, *[explain] * 6,
    _plan, _plan,
    *[_of_delivery(delivery.ReachMilestone, milestone=lambda h: h.of(MILESTONES))] * 2,
    _of_delivery(delivery.RedesignPlan, because=lambda h: h.of([WHY, "Late"]),
                 milestones=lambda h: h.of([(), ("Pilot", "Other")]), until=lambda h: h.of([None, h.on()])),
    _of_delivery(delivery.RecordVisit, visitor=lambda h: h.of(["Ann", "Bob"]), findings=lambda _: "On the way",
                 action=lambda _: "Write", due=lambda _: When("2006-01-01")),
    _of_delivery(delivery.EndDelivery, summary=lambda _: "Done"),
]  # fmt: skip
