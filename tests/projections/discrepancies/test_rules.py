"""Each discrepancy rule: what breaks it, and what comes close and does not."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import hypothesis
import pytest
from hypothesis import strategies as st

from domain import discrepancy
from domain.award import (
    NO_AMOUNT,
    AwardClosed,
    AwardNoLongerStated,
    AwardOffered,
    AwardReassigned,
    AwardRestated,
    AwardStated,
    AwardStatedAgain,
    AwardVaried,
    BudgetLine,
    ComponentRestated,
    ComponentStated,
    ExpenditureReported,
    LineChange,
    LineLeftOut,
    MatchUndone,
    OfferAccepted,
    OfferDeclined,
    ParticularsStated,
    PaymentApproved,
    PaymentMatched,
    PaymentReleased,
    PaymentRequested,
    PaymentReturned,
    PaymentReversed,
    PaymentSettled,
    PeriodStated,
    RecoveryApproved,
    RecoveryRaised,
    RecoverySettled,
    ReturnCertified,
    ReturnPrepared,
    ReturnRequired,
    ReturnUndone,
    SettledBy,
    Transaction,
    TransactionStated,
    TransactionUnstated,
    Variation,
)
from domain.award.order import STEPS as AWARD_STEPS
from domain.bid import ApprovalVaried, BidApproved, BidDeclined, BidResubmitted, BidStated, BidSubmitted
from domain.delivery import PlanAgreed
from domain.eligibility.rule import EligibilityKind, EligibilityRuleEnded, EligibilityRulePublished
from domain.funding_round import RoundClosed, RoundOpened
from domain.history import Recorded
from domain.organisation import (
    AssessmentCategoryRecorded,
    IdentifierRecorded,
    NameStated,
    OrganisationRegistered,
    OrganisationRenamed,
)
from domain.partnership import PartnerJoined, PartnerLeft, PartnershipFormed, PilotListed, SumStated
from domain.programme import ProgrammeEstablished, ProgrammeNameStated, SchemeEstablished
from domain.values.fact import CountStated, Fact, Listed
from domain.values.financial_year import LineKind
from domain.values.ids import EntryId, OrganisationId, PartnershipId, SchemeId
from domain.values.order import After, Steps
from domain.values.when import UNKNOWN, When
from projections.discrepancies import facts
from projections.discrepancies.catalogue import CATALOGUE
from projections.discrepancies.facts import surely_before
from projections.discrepancies.notes import Note, identifier_key, is_ahead, name_key, note, notes_of, plain_name
from projections.discrepancies.payments import Payments
from projections.discrepancies.rules import Finding, Seen, findings
from tests.domain.test_order_of_dates import PAIRS, pair
from tests.kit.examples import ACE, AWARD, BID, EVENTS, PILOTS, PROGRAMME, ROUND
from tests.kit.paths import ROOT
from tests.kit.spec import gbp

PAGE = ROOT / "docs" / "discrepancies.md"
TODAY = datetime(2006, 1, 31, 12, tzinfo=UTC)

# Duties that are kept apart are taken by different people, except where a test is about that.
ACTORS = {"PaymentApproved": "b", "PaymentReleased": "c", "ReturnCertified": "b"}


def recorded(position: int, stream: str, event: Fact) -> Recorded:
    return Recorded(
        position=position, stream=stream, version=position, event_id=f"event-{position}", recorded_at=TODAY,
        actor=ACTORS.get(type(event).__name__, "a"), authority=None, command_id="c", correlation_id="c",
        causation_id=None, event=event,
    )  # fmt: skip


def notes(topic: str, history: Sequence[tuple[str, Fact]]) -> list[Note]:
    """The notes that rules read under *topic*, of a history of streams and events."""
    return [
        added
        for position, (stream, event) in enumerate(history, start=1)
        for key, added in notes_of(recorded(position, stream, event))
        if key == topic
    ]


def found(*events: Fact, bid: Sequence[Fact] = (), topic: str = AWARD) -> dict[str, str]:
    """The findings about a thing from its events and those of its bid: message by rule."""
    history = [*((BID, event) for event in bid), *((topic, event) for event in events)]
    seen = Seen(topic, notes(topic, history), notes(BID, history), {})
    return {one.rule: one.message for one in findings(seen)}


def day(text: str) -> When:
    return When(text)


def offered(amount: str = "100.00", on: str = "2004-06-01", **other: Any) -> AwardOffered:
    return AwardOffered(partnership_id=ACE, bid_id=BID, reference="A", amount=gbp(amount), on=day(on), **other)


ACCEPTED = OfferAccepted(partnership_id=ACE, on=day("2004-06-10"))


def stated(amount: str = "100.00", on: str = "2004-06-01") -> AwardStated:
    return AwardStated(partnership_id=ACE, reference="A", amount=gbp(amount), purpose="p", basis="b", on=day(on))


def transaction(number: int, amount: str, on: str = "2004-07-01", kind: Transaction = Transaction.DISBURSEMENT) -> Fact:
    return TransactionStated(partnership_id=ACE, number=number, kind=kind, amount=gbp(amount), on=day(on))


def particulars(disbursed: str | None) -> ParticularsStated:
    total = gbp(disbursed) if disbursed is not None else None
    return ParticularsStated(partnership_id=ACE, bid_id=BID, title="t", disbursed=total, on=UNKNOWN)


def paid(number: int, amount: str, on: str = "2004-07-01", reference: str | None = None) -> list[Fact]:
    return [
        PaymentRequested(partnership_id=ACE, number=number, amount=gbp(amount), on=day(on)),
        PaymentApproved(partnership_id=ACE, number=number, amount=gbp(amount), on=day(on)),
        PaymentReleased(partnership_id=ACE, number=number, amount=gbp(amount), bank_reference=reference, on=day(on)),
    ]


def returned(number: int, amount: str) -> PaymentReturned:
    return PaymentReturned(
        partnership_id=ACE, number=number, part=1, amount=gbp(amount), because="b", on=day("2005-01-01")
    )


def asked(amount: str | None, on: str = "2004-05-01") -> BidStated:
    requested = gbp(amount) if amount is not None else None
    return BidStated(partnership_id=ACE, reference="B", title="t", kind="k", requested=requested, on=day(on))


def submitted(amount: str = "100.00", on: str = "2004-05-01") -> BidSubmitted:
    return BidSubmitted(partnership_id=ACE, reference="B", title="t", requested=gbp(amount), on=day(on))


def approved(amount: str = "100.00", on: str = "2004-05-20") -> BidApproved:
    return BidApproved(partnership_id=ACE, approved=gbp(amount), on=day(on))


# --- The catalogue ----------------------------------------------------------------------------------------------------


def test_people_may_explain_exactly_the_rules_that_the_register_checks() -> None:
    assert discrepancy.RULES == CATALOGUE.keys()
    assert list(CATALOGUE) == sorted(CATALOGUE)


def test_the_page_lists_every_rule_with_its_severity_and_source_and_no_other() -> None:
    table = [line.split("|") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    listed = {cells[1].strip(" `"): (cells[2].strip(), cells[4].strip()) for cells in table}
    assert {name: (rule.severity.value, rule.source) for name, rule in CATALOGUE.items()} == listed


# --- Money ------------------------------------------------------------------------------------------------------------


def test_paid_above_awarded_compares_paid_less_returned_with_the_current_award() -> None:
    assert {"paid_above_awarded": "Paid £100.01, awarded £100.00: £0.01 more than was awarded"} == found(
        offered(), ACCEPTED, *paid(1, "100.01")
    )
    assert {} == found(offered(), ACCEPTED, *paid(1, "100.00"))
    assert {} == found(offered(), ACCEPTED, *paid(1, "100.01"), returned(1, "0.01"))
    recovered = RecoverySettled(
        partnership_id=ACE, number=1, part=1, amount=gbp("0.01"), by=SettledBy.REPAYMENT, on=day("2005-01-01")
    )
    assert {} == found(offered(), ACCEPTED, *paid(1, "100.01"), recovered)
    reversed_ = PaymentReversed(
        partnership_id=ACE, number=1, amount=gbp("900.00"), was="released", because="b", on=day("2004-07-01")
    )
    assert {} == found(offered(), ACCEPTED, *paid(1, "900.00"), reversed_)


def test_what_came_back_of_a_reversed_payment_is_not_taken_from_the_others() -> None:
    reversed_ = PaymentReversed(
        partnership_id=ACE, number=1, amount=gbp("60.00"), was="released", because="b", on=day("2005-01-02")
    )
    assert {"paid_above_awarded": "Paid £100.01, awarded £100.00: £0.01 more than was awarded"} == found(
        offered(), ACCEPTED, *paid(1, "60.00"), returned(1, "40.00"), reversed_, *paid(2, "100.01")
    )


def test_a_plan_of_no_award_is_noted_under_no_award() -> None:
    planned = replace(EVENTS["PlanAgreed"], award_id=None, on=day("2004-06-01"))  # type: ignore[call-arg]
    assert [] == notes_of(recorded(1, "delivery-1", planned))


def test_a_total_larger_than_any_single_amount_can_be_is_shown_in_full() -> None:
    first: Any = transaction(1, "1.00")
    most = replace(first, amount=type(first.amount)(amount=Decimal("900000000000000.00"), currency="GBP"))
    message = found(stated(), most, replace(most, number=2, on=day("2004-08-01")))["paid_above_awarded"]
    assert message.startswith("Paid £1,800,000,000,000,000.00, awarded £100.00: ")


def test_an_award_that_gave_back_money_already_paid_out_is_paid_above_awarded() -> None:
    closed = AwardClosed(partnership_id=ACE, given_back=gbp("60.00"), on=day("2005-01-01"))
    assert (
        "Paid £50.00, awarded £40.00: £10.00 more than was awarded"
        == found(offered(), ACCEPTED, *paid(1, "50.00"), closed)["paid_above_awarded"]
    )


def test_what_a_register_states_as_disbursed_counts_as_paid() -> None:
    total = transaction(1, "120.00", kind=Transaction.DISBURSED_IN_ALL)
    assert "paid_above_awarded" in found(stated(), total)
    assert "paid_above_awarded" in found(stated(), transaction(1, "60.00"), transaction(2, "60.00", "2004-08-01"))
    back = transaction(3, "20.00", "2004-09-01", Transaction.RETURN)
    assert {} == found(stated(), transaction(1, "60.00"), transaction(2, "60.00", "2004-08-01"), back)
    gone = TransactionUnstated(
        partnership_id=ACE, number=1, kind=Transaction.DISBURSED_IN_ALL, amount=gbp("120.00"), because="b", on=UNKNOWN
    )
    assert {} == found(stated(), total, gone)
    assert {} == found(stated(), transaction(2, "20.00", kind=Transaction.COMMITMENT), total)


def test_awarded_above_requested_and_above_approved() -> None:
    assert {
        "awarded_above_requested": "Awarded £100.00, requested £99.99: £0.01 more than was requested",
        "awarded_above_approved": "Awarded £100.00, approved £90.00: £10.00 more than was approved",
    } == found(offered(), bid=[submitted("99.99"), approved("90.00")])
    assert {} == found(offered(), bid=[submitted(), approved()])
    more = ApprovalVaried(
        partnership_id=ACE, approved=gbp("100.00"), change=gbp("10.00"), because="b", on=day("2004-05-25")
    )
    assert {} == found(offered(), bid=[submitted(), approved("90.00"), more])
    declined = OfferDeclined(partnership_id=ACE, because="b", given_back=gbp("100.00"), on=day("2004-06-10"))
    assert {} == found(offered(), declined, bid=[submitted("1.00")])


def test_an_award_is_not_above_the_requested_sum_if_the_register_does_not_know_that_sum() -> None:
    assert {} == found(stated(), bid=[asked("0.00")])
    assert {} == found(stated(), bid=[asked(None)])
    assert {"awarded_above_requested"} == found(stated(), bid=[asked("0.01")]).keys()


def test_paid_below_awarded_is_found_only_of_a_total_that_a_register_states() -> None:
    message = "Disbursed £0.00 in all, awarded £100.00: £100.00 less than was awarded"
    assert {"paid_below_awarded": message} == found(stated(), particulars("0.00"))
    assert {} == found(stated(), particulars("100.00"))
    assert {} == found(stated(), particulars(None), transaction(1, "20.00"))
    assert {} == found(offered(), ACCEPTED, *paid(1, "20.00"))


def test_sums_of_different_currencies_are_not_compared() -> None:
    dollars = replace(asked("1.00"), requested=type(gbp("1.00")).of("1.00", "USD"))
    assert {} == found(stated(), bid=[dollars])


def test_an_award_with_amounts_in_another_currency_is_found() -> None:
    pounds: Any = transaction(1, "20.00")
    euros = replace(pounds, amount=type(gbp("1.00")).of("20.00", "EUR"))
    gone = TransactionUnstated(
        partnership_id=ACE, number=1, kind=Transaction.DISBURSEMENT, amount=euros.amount, because="b", on=UNKNOWN
    )
    message = "The award is in GBP, but has amounts in another currency: 20.00 EUR"
    assert {"currency_unlike_award": message} == found(stated(), euros, transaction(2, "30.00"))
    assert {} == found(stated(), euros, gone)
    assert {} == found(stated(), replace(pounds, amount=type(gbp("1.00")).of("0.00", "EUR")))


def test_parts_are_unequal_to_their_total() -> None:
    part = ComponentStated(partnership_id=ACE, amount=gbp("60.00"), purpose="Staff", on=UNKNOWN)
    other = replace(part, purpose="Places", amount=gbp("40.00"))
    assert {"parts_unequal_to_total": "Parts add up to £60.00, but the award is £100.00"} == found(stated(), part)
    assert {} == found(stated(), part, other)
    again = ComponentRestated(partnership_id=ACE, purpose="Places", amount=gbp("39.00"), on=UNKNOWN)
    assert {"parts_unequal_to_total": "Parts add up to £99.00, but the award is £100.00"} == found(
        stated(), part, other, again
    )
    assert {} == found(stated(), part, other, replace(again, amount=gbp("40.00")))
    restated = AwardRestated(partnership_id=ACE, amount=gbp("60.00"), change=gbp("-40.00"), on=UNKNOWN)
    assert {} == found(stated(), part, restated)


def test_budget_lines_and_disbursements_are_parts_too() -> None:
    lines = (BudgetLine(name="Staff", amount=gbp("60.00")), BudgetLine(name="Places", amount=gbp("39.00")))
    assert {"parts_unequal_to_total": "Budget lines add up to £99.00, but the award is £100.00"} == found(
        offered(lines=lines)
    )
    assert {"parts_unequal_to_total": "Disbursements add up to £40.00, but the total disbursed is £100.00"} == found(
        stated(), particulars("100.00"), transaction(1, "40.00")
    )
    assert {} == found(stated(), particulars("100.00"), transaction(1, "100.00"))


def test_budget_lines_no_longer_add_up_after_a_variation_of_the_amount_alone() -> None:
    lines = (BudgetLine(name="Staff", amount=gbp("100.00")),)
    varied = AwardVaried(
        partnership_id=ACE, number=1, kind=Variation.UPLIFT, change=gbp("5.00"), because="b", on=day("2004-07-01")
    )
    assert {"parts_unequal_to_total"} == found(offered(lines=lines), varied).keys()
    with_line = replace(varied, lines=(LineChange(name="Staff", change=gbp("5.00")),))
    assert {} == found(offered(lines=lines), with_line)


def test_estimates_and_budgets_of_a_partnership_are_the_sum_of_their_components() -> None:
    def of(basis: str, amount: str) -> SumStated:
        return SumStated(partnership_id=ACE, basis=basis, amount=gbp(amount), purpose="p", on=UNKNOWN)

    total, part = of("estimate_total", "100.00"), of("estimate_component", "60.00")
    assert {"parts_unequal_to_total": "Parts add up to £60.00, but the total stated is £100.00"} == found(
        total, part, topic=ACE
    )
    assert {} == found(total, part, of("estimate_component", "40.00"), topic=ACE)
    assert {} == found(part, of("charge", "3.00"), topic=ACE)


def test_payments_of_one_award_with_the_same_amount_and_date_may_be_one_payment_made_twice() -> None:
    assert {"duplicate_payments": "2 payments have the same amount and date (£20.00, 1 Jul 2004)"} == found(
        offered(), ACCEPTED, *paid(1, "20.00"), *paid(2, "20.00")
    )
    assert {"duplicate_payments"} == found(stated(), transaction(1, "20.00"), transaction(2, "20.00")).keys()
    assert {} == found(offered(), ACCEPTED, *paid(1, "20.00"), *paid(2, "20.00", "2004-07-02"))
    assert {} == found(offered(), ACCEPTED, *paid(1, "20.00"), *paid(2, "20.01"))
    # Two payments dated in the same month need not be of the same day.
    assert {} == found(offered(), ACCEPTED, *paid(1, "20.00", "2004-07"), *paid(2, "20.00", "2004-07"))


def claimed(number: int, of: int | None, amount: str, back: str) -> list[Fact]:
    """A recovery of payment *of*, of which *back* has come back."""
    about: dict[str, Any] = {"partnership_id": ACE, "number": number}
    return [
        RecoveryRaised(amount=gbp(amount), because="Paid twice", payment=of, on=day("2004-08-01"), **about),
        RecoveryApproved(amount=gbp(amount), on=day("2004-08-02"), **about),
        RecoverySettled(part=1, amount=gbp(back), by=SettledBy.REPAYMENT, on=day("2004-08-03"), **about),
    ]


def test_a_payment_that_came_back_was_not_made_twice() -> None:
    twice = (offered(), ACCEPTED, *paid(1, "20.00"), *paid(2, "20.00"))
    assert {} == found(*twice, *claimed(1, 2, "20.00", "20.00"))
    assert {} == found(*twice, returned(2, "20.00"))
    assert {} == found(*twice, returned(2, "5.00"), *claimed(1, 2, "15.00", "15.00"))
    for not_yet in (claimed(1, 2, "20.00", "19.99"), claimed(1, None, "20.00", "20.00"), [returned(2, "19.99")]):
        assert {"duplicate_payments"} == found(*twice, *not_yet).keys()


def spent(amount: str, line: str | None = None, number: int = 1) -> ExpenditureReported:
    return ExpenditureReported(
        partnership_id=ACE, number=number, amount=gbp(amount), line=line, description="d", on=day("2004-09-01")
    )


def test_no_more_is_spent_than_was_awarded_and_paid() -> None:
    assert {
        "spent_above_award": "Spent £100.01, awarded £100.00: £0.01 more than was awarded",
        "spent_above_paid": "Spent £100.01, paid £80.00: £20.01 more than was paid",
    } == found(offered(), ACCEPTED, *paid(1, "80.00"), spent("60.00"), spent("40.01", number=2))
    assert {} == found(offered(), ACCEPTED, *paid(1, "100.00"), spent("100.00"))
    assert {"spent_above_paid": "Spent £0.01, paid £0.00: £0.01 more than was paid"} == found(
        offered(), ACCEPTED, spent("0.01")
    )
    # What came back was not there to be spent.
    back = found(offered(), ACCEPTED, *paid(1, "100.00"), returned(1, "30.00"), spent("70.01"))
    assert {"spent_above_paid": "Spent £70.01, paid £70.00: £0.01 more than was paid"} == back
    more = AwardVaried(
        partnership_id=ACE, number=1, kind=Variation.UPLIFT, change=gbp("5.00"), because="b", on=day("2004-07-01")
    )
    assert {} == found(offered(), ACCEPTED, more, *paid(1, "105.00"), spent("105.00"))


def test_what_a_register_states_as_spent_is_compared_with_what_it_states_as_awarded_and_paid() -> None:
    used = transaction(1, "120.00", kind=Transaction.EXPENDITURE)
    assert {"spent_above_award"} == found(stated(), used).keys()
    received = transaction(2, "60.00", "2004-08-01")
    assert {"spent_above_award", "spent_above_paid"} == found(stated(), used, received).keys()
    corrected = transaction(3, "-60.00", kind=Transaction.EXPENDITURE)
    assert {} == found(stated(), used, received, corrected)
    # A register that states no amount and no payment does not say that there were none.
    assert {} == found(replace(stated("0.00"), basis=NO_AMOUNT), used)
    euros: Any = transaction(1, "120.00", kind=Transaction.EXPENDITURE)
    other = replace(euros, amount=type(gbp("1.00")).of("120.00", "EUR"))
    assert {"currency_unlike_award"} == found(stated(), other).keys()


def test_a_budget_line_is_overspent_by_what_was_spent_on_it_alone() -> None:
    lines = (BudgetLine(name="Staff", amount=gbp("60.00")), BudgetLine(name="Places", amount=gbp("40.00")))
    award = (offered(lines=lines), ACCEPTED, *paid(1, "100.00"))
    message = "Staff: spent £60.01 of £60.00, £0.01 more than the line"
    assert {"line_overspent": message} == found(*award, spent("60.01", "Staff"))
    assert {} == found(*award, spent("60.00", "Staff"), spent("40.00", "Places", 2))
    assert {} == found(*award, spent("60.00", "Staff"), spent("40.00", None, 2))
    moved = AwardVaried(
        partnership_id=ACE, number=1, kind=Variation.REALLOCATION, change=gbp("0.00"), because="b",
        lines=(LineChange(name="Staff", change=gbp("0.01")), LineChange(name="Places", change=gbp("-0.01"))),
        on=day("2004-07-01"),
    )  # fmt: skip
    assert {} == found(*award, moved, spent("60.01", "Staff"))
    both = found(*award, moved, spent("60.02", "Staff"), spent("40.00", "Places", 2))
    assert (
        "Staff: spent £60.02 of £60.01, £0.01 more than the line;"
        " Places: spent £40.00 of £39.99, £0.01 more than the line"
    ) == both["line_overspent"]


# --- Payments of several awards ---------------------------------------------------------------------------------------

ONE, OTHER = "award-one", "award-other"
LEAD = OrganisationId("organisation-lead")
SECOND = PartnershipId("partnership-second")


def alike(*history: tuple[str, Fact], begin: bool = True) -> dict[tuple[str, str], str]:
    """The findings about payments of two awards: message by rule and subject."""
    payments = Payments({}, {})
    begun = [(ONE, offered()), (OTHER, offered())] if begin else []
    topics: dict[str, list[Note]] = {}
    for position, (stream, event) in enumerate([*begun, *history], start=1):
        for key, added in payments.notes(recorded(position, stream, event)):
            topics.setdefault(key, []).append(added)
    labels = {ONE: "A-1", OTHER: "A-2"}
    found = [one for key, added in topics.items() for one in findings(Seen(key, added, (), labels))]
    return {(one.rule, one.subject): one.message for one in found}


def of(award: str, events: Sequence[Fact]) -> list[tuple[str, Fact]]:
    return [(award, event) for event in events]


TWICE = ("duplicate_payments", f"{ACE}/payments of 20.00 GBP")
TWICE_IN_WORDS = (
    "2 payments of £20.00 to one payee within 14 days: A-1 payment 1 (1 Jul 2004), A-2 payment 1 (15 Jul 2004)"
)


def test_two_payments_to_one_payee_of_one_amount_within_days_may_be_one_payment_made_twice() -> None:
    first, second = of(ONE, paid(1, "20.00")), of(OTHER, paid(1, "20.00", "2004-07-15"))
    assert {TWICE: TWICE_IN_WORDS} == alike(*first, *second)
    assert {TWICE: TWICE_IN_WORDS} == alike(*second, *first)
    assert {TWICE} == alike(*first, *of(OTHER, paid(1, "20.00"))).keys()
    # In one award too, but those of one day are the award's own.
    assert {TWICE} == alike(*first, *of(ONE, paid(2, "20.00", "2004-07-02"))).keys()
    assert {} == alike(*first, *of(ONE, paid(2, "20.00")))
    for other in (
        paid(1, "20.00", "2004-07-16"), paid(1, "20.00", "2004-06-16"), paid(1, "20.01"), paid(1, "20.00", "2004-07"),
        paid(1, "20.00", "2004-07-01~"), paid(1, "20.00", "unknown"), paid(1, "20.00")[:2],
    ):  # fmt: skip
        assert {} == alike(*first, *of(OTHER, other)), other
    both = alike(*first, *second, *of(ONE, paid(2, "20.00", "2004-07-20")), *of(OTHER, paid(2, "20.00", "2004-12-01")))
    assert both[TWICE].startswith("3 payments of £20.00 to one payee within 14 days: ")


def test_payments_of_days_known_in_part_are_compared_from_the_first_day_to_the_last() -> None:
    exact = of(ONE, paid(1, "20.00", "2004-07-10"))
    assert {} == alike(*exact, *of(OTHER, paid(1, "20.00", "2004-07-01/2004-07-18")))
    assert {TWICE} == alike(*exact, *of(OTHER, paid(1, "20.00", "2004-07-01/2004-07-15"))).keys()


def test_a_finding_about_two_payments_goes_when_one_is_reversed_returned_or_recovered() -> None:
    twice = [*of(ONE, paid(1, "20.00")), *of(OTHER, paid(1, "20.00", "2004-07-15"))]
    reversed_: Any = PaymentReversed(
        partnership_id=ACE, number=1, amount=gbp("20.00"), was="released", because="b", on=day("2004-07-15")
    )
    assert {} == alike(*twice, (OTHER, reversed_))
    assert {} == alike(*twice, (ONE, returned(1, "20.00")))
    undone = ReturnUndone(partnership_id=ACE, number=1, part=1, amount=gbp("20.00"), because="b", on=day("2005-01-01"))
    assert {TWICE} == alike(*twice, (ONE, returned(1, "20.00")), (ONE, undone)).keys()
    assert {} == alike(*twice, *of(OTHER, claimed(1, 1, "20.00", "20.00")))
    assert {TWICE} == alike(*twice, *of(OTHER, claimed(1, 1, "20.00", "20.00")[:2])).keys()
    assert {TWICE} == alike(*twice, *of(OTHER, claimed(1, 1, "20.00", "19.99"))).keys()
    assert {TWICE} == alike(*twice, *of(OTHER, claimed(1, None, "20.00", "20.00"))).keys()


def test_the_payee_is_the_lead_of_the_partnership_or_whom_a_register_names() -> None:
    formed: Any = EVENTS["PartnershipFormed"]
    led = [(one, replace(formed, partnership_id=one, lead_id=LEAD)) for one in (ACE, SECOND)]
    other = replace(offered(), partnership_id=SECOND)
    sent = replace(paid(1, "20.00")[2], partnership_id=SECOND)  # type: ignore[call-arg]
    history = [(ONE, offered()), (OTHER, other), *of(ONE, paid(1, "20.00")), (OTHER, sent)]
    assert {("duplicate_payments", f"{LEAD}/payments of 20.00 GBP")} == alike(*led, *history, begin=False).keys()
    assert {} == alike(led[0], *history, begin=False)
    named: Any = replace(transaction(1, "20.00"), payee_id=LEAD)  # type: ignore[call-arg]
    assert {} == alike((ONE, named), (OTHER, transaction(1, "20.00")))
    assert {("duplicate_payments", f"{LEAD}/payments of 20.00 GBP")} == alike((ONE, named), (OTHER, named)).keys()
    # What a register no longer states was not paid; an award that moves has another payee.
    gone = TransactionUnstated(
        partnership_id=ACE, number=1, kind=Transaction.DISBURSEMENT, amount=gbp("20.00"), because="b", on=UNKNOWN
    )
    two = [(ONE, transaction(1, "20.00")), (OTHER, transaction(1, "20.00"))]
    assert {TWICE} == alike(*two).keys()
    assert {} == alike(*two, (OTHER, gone))
    moved = [(one, AwardReassigned(partnership_id=SECOND, before=ACE, on=UNKNOWN)) for one in (ONE, OTHER)]
    assert {} == alike(*two, moved[0])
    assert {("duplicate_payments", f"{SECOND}/payments of 20.00 GBP")} == alike(*two, *moved).keys()


def test_payments_are_compared_on_the_right_date_of_one_that_was_corrected() -> None:
    def corrected(on: str, step: str = "PaymentReleased", number: int = 1) -> tuple[str, Fact]:
        return OTHER, replace(EVENTS["DateCorrected"], step=step, number=number, date=day(on))  # type: ignore[call-arg]

    first, late = of(ONE, paid(1, "20.00")), of(OTHER, paid(1, "20.00", "2014-07-15"))
    assert {} == alike(*first, *late)
    assert {TWICE: TWICE_IN_WORDS} == alike(*first, *late, corrected("2004-07-15"))
    assert {TWICE: TWICE_IN_WORDS} == alike(*late, corrected("2004-07-15"), *first)
    near = of(OTHER, paid(1, "20.00", "2004-07-15"))
    assert {} == alike(*first, *near, corrected("2014-07-15"))
    # Another step, or another payment, has no part in it.
    for other in (corrected("2014-07-15", "PaymentApproved"), corrected("2014-07-15", number=2)):
        assert {TWICE: TWICE_IN_WORDS} == alike(*first, *near, other)
    # What came back of it stays.
    back = [*near, (OTHER, returned(1, "20.00"))]
    assert {} == alike(*first, *back, corrected("2004-07-14"))
    one_reference = [*of(ONE, paid(1, "20.00", reference="BACS 1")), *of(OTHER, paid(1, "30.00", reference="BACS 1"))]
    message = "2 payments have the bank reference BACS1: A-1 payment 1 (£20.00, 1 Jul 2004), "
    assert {REFERENCE: f"{message}A-2 payment 1 (£30.00, 14 Jul 2004)"} == alike(
        *one_reference, corrected("2004-07-14")
    )


REFERENCE = ("reference_of_two_payments", "bank reference BACS1")


def test_two_payments_do_not_have_one_bank_reference() -> None:
    twice = [*of(ONE, paid(1, "20.00", reference="BACS 1")), *of(OTHER, paid(7, "30.00", "2005-07-01", "bacs1"))]
    message = "2 payments have the bank reference BACS1: "
    message += "A-1 payment 1 (£20.00, 1 Jul 2004), A-2 payment 7 (£30.00, 1 Jul 2005)"
    assert {REFERENCE: message} == alike(*twice)
    assert {} == alike(*of(ONE, paid(1, "20.00", reference="BACS 1")), *of(OTHER, paid(7, "30.00", reference="BACS 2")))
    assert {} == alike(*of(ONE, paid(1, "20.00", reference=" ")), *of(OTHER, paid(7, "30.00", reference=" ")))
    assert {} == alike(*twice, *of(ONE, claimed(1, 1, "20.00", "20.00")))
    settled = PaymentSettled(partnership_id=ACE, number=2, bank_reference="BACS 1", on=day("2004-07-05"))
    confirmed = [*of(ONE, paid(1, "20.00", reference="BACS 1")), *of(OTHER, paid(2, "30.00"))]
    assert {} == alike(*confirmed)
    assert {REFERENCE} == alike(*confirmed, (OTHER, settled)).keys()
    # An entry of the bank may settle several payments: the bank booked its reference once.
    matched = PaymentMatched(
        partnership_id=ACE, number=2, entry_id=EntryId("bankentry-1"), amount=gbp("30.00"), recorded=True, on=UNKNOWN
    )
    assert {} == alike(*confirmed, (OTHER, settled), (OTHER, matched))
    assert {REFERENCE} == alike(*confirmed, (OTHER, settled), (OTHER, replace(matched, recorded=False))).keys()


# --- Dates ------------------------------------------------------------------------------------------------------------


def test_planned_start_before_award_is_found_only_where_it_is_certain() -> None:
    def planned(on: str, sense: str = "planned") -> PeriodStated:
        return PeriodStated(partnership_id=ACE, sense=sense, number=1, on=day(on))

    message = "Planned start (31 May 2004) is before the award (1 Jun 2004)"
    assert {"planned_start_before_award": message} == found(stated(), planned("2004-05-31"))
    for on in ("2004-06-01", "2004-06", "2004", "2004-05~", "unknown", "../2004-06"):
        assert {} == found(stated(), planned(on)), on
    assert {} == found(stated(), planned("2004-05-31", "actual"))
    assert {} == found(stated(), planned("2004-05-31"), planned("2004-07-01"))
    assert {} == found(stated(on="unknown"), planned("2004-05-31"))
    plan = PlanAgreed(partnership_id=ACE, award_id=AWARD, title="t", on=day("2004-05-01"))
    assert {"planned_start_before_award"} == found(offered(), plan).keys()


def test_paid_before_acceptance_or_before_a_stated_award() -> None:
    assert {"paid_before_acceptance": "Paid £20.00 (9 Jun 2004) before the acceptance (10 Jun 2004)"} == found(
        offered(), ACCEPTED, *paid(1, "20.00", "2004-06-09")
    )
    assert {} == found(offered(), ACCEPTED, *paid(1, "20.00", "2004-06-10"))
    assert {} == found(offered(), ACCEPTED, *paid(1, "20.00", "2004-06"))
    assert {"paid_before_acceptance": "Paid £20.00 (31 May 2004) before the award (1 Jun 2004)"} == found(
        stated(), transaction(1, "20.00", "2004-05-31")
    )
    assert {} == found(stated(), transaction(1, "20.00", "2004-05-31", Transaction.DISBURSED_IN_ALL))


def test_dates_are_out_of_order_where_a_step_is_surely_before_the_step_that_it_follows() -> None:
    early = OfferAccepted(partnership_id=ACE, on=day("2004-05-31"))
    message = "The acceptance (31 May 2004) is before the award (1 Jun 2004)"
    assert {"dates_out_of_order": message} == found(offered(), early)
    asked_for, allowed, sent = paid(1, "20.00")
    message = "The approval of payment 1 (30 Jun 2004) is before the request for payment 1 (1 Jul 2004)"
    assert {"dates_out_of_order": message} == found(
        offered(), ACCEPTED, asked_for, replace(allowed, on=day("2004-06-30")), sent
    )
    assert {} == found(offered(), ACCEPTED, asked_for, replace(allowed, on=day("2004")), sent)
    message = "The approval (30 Apr 2004) is before the submission (1 May 2004)"
    assert {"dates_out_of_order": message} == found(submitted(), approved(on="2004-04-30"), topic=BID)
    no = BidDeclined(partnership_id=ACE, because="b", on=day("2004-05-10"))
    again = BidResubmitted(partnership_id=ACE, title="t", requested=gbp("1.00"), change=gbp("1.00"), on=day("2004-08"))
    assert {} == found(submitted(), no, again, approved(on="2004-08-30"), topic=BID)
    formed: Any = EVENTS["PartnershipFormed"]
    backwards = replace(formed, starts=day("2005-01"), ends=day("2004-12"))
    message = "The end (Dec 2004) is before the start (Jan 2005)"
    assert message == found(backwards, topic=ACE)["dates_out_of_order"]


def outside(bid_: Fact, *of_round: Fact) -> dict[str, str]:
    """The findings about a bid to a round with these events."""
    history = [*((ROUND, event) for event in of_round), (BID, bid_)]
    return {one.rule: one.message for one in findings(Seen(BID, notes(BID, history), notes(ROUND, history), {}))}


def test_a_bid_is_outside_its_round_if_it_is_surely_early_or_late_and_was_not_admitted() -> None:
    opened = RoundOpened(
        programme_id=PROGRAMME, scheme_id=PILOTS, code="r", name="r", budget=gbp("1.00"), closes=day("2004-05-31"),
        closes_time="12:00", on=day("2004-05-01"),
    )  # fmt: skip
    closed = RoundClosed(on=day("2004-05-20"), time="17:00")

    def bid_on(on: str, **other: Any) -> BidSubmitted:
        return BidSubmitted(
            partnership_id=ACE, reference="B", title="t", requested=gbp("1.00"), round_id=ROUND, on=day(on), **other
        )

    early = "The submission (30 Apr 2004) is before the opening of the round (1 May 2004)"
    assert {"bid_outside_round": early} == outside(bid_on("2004-04-30"), opened)
    late = "The submission (1 Jun 2004) is after the closing of the round (31 May 2004 12:00)"
    assert {"bid_outside_round": late} == outside(bid_on("2004-06-01"), opened)
    too_late = "The submission (31 May 2004 12:01) is after the closing of the round (31 May 2004 12:00)"
    assert {"bid_outside_round": too_late} == outside(bid_on("2004-05-31", time="12:01"), opened)
    assert "bid_outside_round" in outside(bid_on("2004-05-21"), opened, closed)
    for in_time in ("2004-05-01", "2004-05-20", "2004-05", "2004"):
        assert {} == outside(bid_on(in_time), opened, closed), in_time
    assert {} == outside(bid_on("2004-05-20", time="17:00"), opened, closed)
    assert {} == outside(bid_on("2004-06-01", admitted_because="The portal was down"), opened)
    assert {} == outside(replace(bid_on("2004-06-01"), round_id=None), opened)


# --- Eligibility ------------------------------------------------------------------------------------------------------

IDEA, LGA = OrganisationId("organisation-idea"), OrganisationId("organisation-lga")


def council(organisation_id: OrganisationId, kind: str = "council", **more: Any) -> tuple[str, Fact]:
    of: dict[str, Any] = {"code": organisation_id, "name": organisation_id.removeprefix("organisation-")}
    return organisation_id, OrganisationRegistered(kind=kind, on=UNKNOWN, **of, **more)


def rated(organisation_id: OrganisationId, category: str, on: str = "unknown") -> tuple[str, Fact]:
    return organisation_id, AssessmentCategoryRecorded(regime="CPA", category=category, on=day(on))


def joined(organisation_id: OrganisationId, on: str = "unknown") -> tuple[str, Fact]:
    return ACE, PartnerJoined(partnership_id=ACE, organisation_id=organisation_id, role="partner", on=day(on))


def left(organisation_id: OrganisationId, on: str) -> tuple[str, Fact]:
    return ACE, PartnerLeft(partnership_id=ACE, organisation_id=organisation_id, on=day(on))


def asks(kind: EligibilityKind, on: str = "unknown", version: int = 1, **more: Any) -> tuple[str, Fact]:
    of: dict[str, Any] = {"scheme_id": PILOTS, "code": "rule", "version": version, "text": "As asked"}
    return PROGRAMME, EligibilityRulePublished(kind=kind, on=day(on), **of, **more)


def ends(on: str) -> tuple[str, Fact]:
    return PROGRAMME, EligibilityRuleEnded(scheme_id=PILOTS, code="rule", version=1, because="b", on=day(on))


def ineligible(*history: tuple[str, Fact], on: str = "2004-05-01") -> str | None:
    """What is found of a bid that a source states, beside its scheme, its partnership and its partners."""
    bid = BidStated(partnership_id=ACE, reference="B", title="t", kind="submitted", on=day(on))
    whole = [*history, (BID, bid)]
    beside = [one for topic in (PILOTS, ACE, IDEA, LGA) for one in notes(topic, whole)]
    return {one.rule: one.message for one in findings(Seen(BID, notes(BID, whole), beside, {}))}.get("bid_ineligible")


WEAK: dict[str, Any] = {"kind": EligibilityKind.ASSESSMENT_CATEGORY, "regime": "CPA", "names": ("Poor", "Weak")}
TWO: dict[str, Any] = {"kind": EligibilityKind.MINIMUM_PARTNERS, "least": 2}
COUNCILS: dict[str, Any] = {"kind": EligibilityKind.ORGANISATION_KIND, "names": ("council",)}


def test_a_stated_bid_that_does_not_meet_a_rule_in_force_is_ineligible() -> None:
    pair = (council(IDEA), council(LGA), joined(IDEA), joined(LGA))
    fair = "Does not meet rule (version 1): 1 of 2 partners as asked, at least 2 needed (lga: Fair)"
    assert fair == ineligible(*pair, rated(IDEA, "weak"), rated(LGA, "Fair"), asks(**WEAK))
    assert ineligible(*pair, rated(IDEA, "Weak"), rated(LGA, "Poor"), asks(**WEAK)) is None
    alone = "Does not meet rule (version 1): 1 partner, at least 2 needed"
    assert alone == ineligible(council(IDEA), joined(IDEA), asks(**TWO))
    assert ineligible(*pair, asks(**TWO)) is None
    college = (council(LGA, "university"), joined(LGA))
    assert ineligible(*college, asks(**COUNCILS)) is not None
    assert ineligible(council(IDEA), joined(IDEA), *college, asks(**COUNCILS, least=1)) is None
    late = "Does not meet rule (version 1): submitted 1 May 2004, due by 30 Apr 2004"
    assert late == ineligible(asks(EligibilityKind.DEADLINE, closes=day("2004-04-30")))


def test_what_is_not_certain_makes_no_bid_ineligible() -> None:
    one = (council(IDEA), joined(IDEA))
    # No category, or one of a later date, or of a year that may begin after the bid.
    assert ineligible(*one, asks(**WEAK)) is None
    assert ineligible(*one, rated(IDEA, "Fair", "2005"), asks(**WEAK)) is None
    assert ineligible(*one, rated(IDEA, "Fair", "2004"), asks(**WEAK)) is None
    assert ineligible(*one, rated(IDEA, "Fair", "2004-04"), asks(**WEAK)) is not None
    # No partner is named, or more are stated than named.
    assert ineligible(asks(**TWO)) is None
    formed = PartnershipFormed(
        programme_id=PROGRAMME, scheme_id=PILOTS, partnership_id=ACE, code="c", name="n", kind="k", partners_stated=2,
        on=UNKNOWN,
    )  # fmt: skip
    assert ineligible((ACE, formed), *one, asks(**TWO)) is None
    # Somebody may have joined by then, or may not have left.
    assert ineligible(*one, council(LGA), joined(LGA, "2004"), asks(**TWO)) is None
    assert ineligible(*one, council(LGA), joined(LGA, "2004-06"), asks(**TWO)) is not None
    assert ineligible(*one, council(LGA), joined(LGA), left(LGA, "2004"), asks(**TWO)) is None
    assert ineligible(*one, council(LGA), joined(LGA), left(LGA, "2004-04"), asks(**TWO)) is not None
    # A person judges, or no source says which plans there were.
    assert ineligible(*one, asks(EligibilityKind.OTHER)) is None
    assert ineligible(*one, asks(EligibilityKind.REQUIRED_PLANS, names=("evaluation plan",))) is None


@pytest.mark.parametrize(
    ("history", "on", "broken"),
    [
        ([asks(**TWO)], "unknown", True),
        ([asks(**TWO, on="2004-01-01")], "2004-05-01", True),
        ([asks(**TWO, on="2004-01-01")], "2003-12-31", False),
        ([asks(**TWO, on="2004-01-01")], "2004", True),
        ([asks(**TWO, on="2004-01-02")], "2004", False),
        ([asks(**TWO, on="2004-01-01")], "unknown", False),
        ([asks(**TWO), ends("2004-03-01")], "2004-02-29", True),
        ([asks(**TWO), ends("2004-03-01")], "2004-03-01", False),
        ([asks(**TWO), ends("2004-03-01")], "2004", False),
        ([asks(**(TWO | {"least": 1})), asks(**TWO, on="2004-03-01", version=2)], "2004-02-29", False),
        ([asks(**(TWO | {"least": 1})), asks(**TWO, on="2004-03-01", version=2)], "2004-03-01", True),
        ([asks(**TWO), asks(**TWO, on="unknown", version=2)], "2004-03-01", False),
        ([asks(**TWO, round_id=ROUND)], "2004-05-01", False),
    ],
)
def test_the_version_that_was_surely_in_force_on_the_date_of_the_bid_counts(
    history: list[tuple[str, Fact]], on: str, broken: bool
) -> None:
    assert broken is (ineligible(council(IDEA), joined(IDEA), *history, on=on) is not None)


def test_a_budget_that_lacks_a_line_is_found() -> None:
    missing = LineLeftOut(partnership_id=ACE, kind=LineKind.PROJECT_MANAGEMENT, on=UNKNOWN)
    message = "The budget has no line for project management, as its source states"
    assert {"budget_line_missing": message} == found(stated(), missing)
    assert {"budget_line_missing": message} == found(stated(), missing, missing)


def test_what_a_register_states_to_have_come_back_or_been_spent_is_not_before_what_it_follows() -> None:
    back = transaction(2, "5.00", "2004-06-30", Transaction.RETURN)
    message = "The return (30 Jun 2004) is before the first disbursement (1 Jul 2004)"
    assert {"dates_out_of_order": message} == found(stated(), transaction(1, "20.00"), back)
    assert {} == found(stated(), transaction(1, "20.00", "2004-06-30"), back)
    # The first of several disbursements counts.
    assert {} == found(stated(), transaction(1, "20.00", "2004-06-29"), transaction(3, "20.00", "2004-07-09"), back)
    spent = transaction(1, "5.00", "2004-05-31", Transaction.EXPENDITURE)
    message = "The expenditure (31 May 2004) is before the award (1 Jun 2004)"
    assert {"dates_out_of_order": message} == found(stated(), spent)
    assert {} == found(stated(), replace(spent, on=day("2004-06-01")))


@pytest.mark.parametrize(("steps", "kind", "after"), PAIRS)
def test_every_pair_of_steps_in_the_wrong_order_that_was_recorded_is_found(
    steps: Steps, kind: type[Fact], after: After
) -> None:
    """The same pairs as the rules refuse."""
    topic = AWARD if steps is AWARD_STEPS else BID
    begun = [offered(on="2004-01-01")] if steps is AWARD_STEPS and after.kind is not AwardOffered else []
    for on, is_found in (("2005-05-09", True), ("2005-05-10", False)):
        earlier, event = pair(kind, after, on)
        messages = found(*begun, earlier, event, topic=topic)
        if (kind, after.kind) == (PaymentReleased, OfferAccepted):
            # This has a rule of its own.
            assert is_found is ("paid_before_acceptance" in messages), messages
        else:
            assert is_found is ("(9 May 2005) is before the" in messages.get("dates_out_of_order", "")), messages


def test_something_recorded_as_done_is_not_dated_after_the_day_of_its_recording() -> None:
    message = "Award stated: dated 1 Feb 2006, but recorded on 31 Jan 2006"
    assert {"date_in_future": message} == found(stated(on="2006-02-01"))
    for on in ("2006-01-31", "2006", "2006-01", "2006-02-01~"):
        assert {} == found(stated(on=on)), on
    assert {} == found(
        stated(on="2006-02-01"),
        AwardRestated(partnership_id=ACE, amount=gbp("100.00"), change=gbp("0.00"), on=day("2006-01-01")),
    )
    assert {} == found(stated(), transaction(1, "20.00", "2007-01-01", Transaction.PLANNED))
    assert {"date_in_future"} == found(stated(), transaction(1, "20.00", "2007-01-01")).keys()


# Dates as sources give them, and the exact days that they can stand for.
DAYS = st.dates(date(2003, 6, 1), date(2005, 6, 30))


@st.composite
def partly_known(draw: st.DrawFn) -> tuple[When, date]:
    exact = draw(DAYS)
    text = exact.isoformat()[: draw(st.sampled_from((4, 7, 10)))]
    if not draw(st.booleans()):
        return When(text), exact
    # An approximate date allows at least half a month to either side.
    return When(text + "~"), exact + timedelta(days=draw(st.integers(-15, 15)))


@hypothesis.settings(max_examples=300, deadline=None)
@hypothesis.given(partly_known(), partly_known())
def test_a_date_that_is_surely_before_another_is_before_it_whichever_exact_days_they_are(
    one: tuple[When, date], other: tuple[When, date]
) -> None:
    if surely_before(one[0], other[0]):
        assert one[1] < other[1]


@pytest.mark.parametrize(
    ("one", "other", "before"),
    [
        ("2004-06-29", "2004-06-30", True), ("2004-06-30", "2004-06-30/2004-07", False),
        ("2004-06", "2004-06-30", False), ("2004-05", "2004-06", True),
        ("2004-06-01", "2004-06", False), ("unknown", "2004", False),
    ],
)  # fmt: skip
def test_a_day_is_before_another_and_not_before_itself(one: str, other: str, before: bool) -> None:
    assert before is surely_before(When(one), When(other))


@pytest.mark.parametrize(("on", "ahead"), [("2006-01-31", False), ("2006-02-01", True), ("2006-01", False)])
def test_what_is_recorded_as_done_on_the_day_of_recording_is_not_ahead(on: str, ahead: bool) -> None:
    assert ahead is is_ahead(recorded(1, AWARD, replace(ACCEPTED, on=day(on))))
    assert not is_ahead(recorded(1, AWARD, replace(EVENTS["PlanAgreed"], on=day("2007"))))


# --- Returns ----------------------------------------------------------------------------------------------------------


def test_a_return_is_overdue_from_the_day_after_it_was_due_until_it_is_received() -> None:
    required = ReturnRequired(partnership_id=ACE, number=1, covers="Spend", due=day("2005-06"), on=day("2004-06-10"))

    def returns(*events: Fact) -> list[Finding]:
        history = [(AWARD, event) for event in (offered(), ACCEPTED, required, *events)]
        return [*findings(Seen(AWARD, notes(AWARD, history), (), {}))]

    (due,) = returns()
    assert (f"{AWARD}/return 1", date(2005, 6, 30), None) == (due.subject, due.due, due.settled)
    assert "Return 1 (due Jun 2005) has not been received: Spend" == due.message
    in_time = ReturnCertified(partnership_id=ACE, number=1, on=day("2005-06-30"))
    assert [] == returns(in_time)
    assert [] == returns(replace(in_time, on=day("2005")))
    assert [] == returns(replace(in_time, on=day("../2005-07-01")))
    (late,) = returns(replace(in_time, on=day("2005-07-01")))
    assert date(2005, 7, 1) == late.settled


# --- Lists ------------------------------------------------------------------------------------------------------------


def pilots(*numbers: int, counted: int | None = None) -> dict[str, str]:
    listed = [
        note(
            recorded(
                position, ACE, PilotListed(partnership_id=ACE, number=number, organisation="o", level="l", on=UNKNOWN)
            ),
            number=number,
        )
        for position, number in enumerate(numbers, start=1)
    ]
    if counted is not None:
        count = CountStated(scheme_id=PILOTS, listed=Listed.PILOTS, number=counted, on=UNKNOWN)
        listed.append(note(recorded(99, "programme-1", count), number=counted, said="pilots"))
    return {one.rule: one.message for one in findings(Seen(PILOTS, listed, (), {}))}


def test_a_numbered_list_has_every_number_once() -> None:
    assert {"numbering_gap": "Numbered 1 to 9; missing: 3, 5 to 7"} == pilots(1, 2, 4, 8, 9)
    assert {"numbering_gap": "Numbered 1 to 2; repeated: 2 (2 times)"} == pilots(1, 2, 2)
    assert {} == pilots(3, 1, 2)
    message = "Numbered 1 to 1000000000000000000; missing: 2 to 999999999999999999"
    assert {"numbering_gap": message} == pilots(1, 10**18)


def test_a_list_has_as_many_entries_as_the_number_stated() -> None:
    assert {"total_unlike_list": "3 pilots stated, but 2 listed"} == pilots(1, 2, counted=3)
    assert {"total_unlike_list": "1 pilot stated, but 2 listed"} == pilots(1, 2, counted=1)
    assert {} == pilots(1, 2, counted=2)
    assert {} == pilots(counted=2)


def test_a_list_of_partners_may_be_shorter_than_the_number_stated_but_not_longer() -> None:
    formed = replace(EVENTS["PartnershipFormed"], partners_stated=2, authorities_stated=2, lead_id=None)  # type: ignore[call-arg]
    joined = [
        PartnerJoined(
            partnership_id=ACE, organisation_id=OrganisationId(f"organisation-{n}"), role="partner", on=UNKNOWN
        )
        for n in range(3)
    ]
    assert isinstance(formed, PartnershipFormed)
    assert {"total_unlike_list": "2 partners stated, but 3 listed"} == found(formed, *joined, topic=ACE)
    assert {} == found(formed, *joined[:2], *joined[:2], topic=ACE)
    assert {} == found(formed, *joined[:1], topic=ACE)
    assert {"total_unlike_list": "3 authorities stated among 2 partners"} == found(
        replace(formed, authorities_stated=3), topic=ACE
    )


# --- Organisations ----------------------------------------------------------------------------------------------------

CUMBRIA = OrganisationRegistered(code="c", name="Cumbria Rural Enterprise Agency Ltd.", kind="agency", on=UNKNOWN)


def test_an_organisation_has_two_names_if_registers_differ_by_more_than_punctuation_and_legal_form() -> None:
    def called(name: str) -> dict[str, str]:
        return found(CUMBRIA, NameStated(name=name, on=UNKNOWN), topic="organisation-1")

    message = "Known under 2 names: Cumbria Rural Enterprise Agency Ltd.; Rural Futures"
    assert {"organisation_under_two_names": message} == called("Rural Futures")
    assert {} == called("The CUMBRIA Rural Enterprise Agency, Limited")
    # A renaming is the organisation's own.
    assert {} == found(CUMBRIA, OrganisationRenamed(name="Rural Futures", on=UNKNOWN), topic="organisation-1")


@pytest.mark.parametrize(
    ("begun", "scheme_id"),
    [
        (ProgrammeEstablished(code="p", name="Towns & Places", currency="GBP", on=UNKNOWN), None),
        (SchemeEstablished(scheme_id=PILOTS, code="s", name="Towns & Places", kind="s", on=UNKNOWN), PILOTS),
    ],
)
def test_a_programme_or_scheme_has_two_names_if_sources_differ_by_more_than_punctuation(
    begun: Fact, scheme_id: SchemeId | None
) -> None:
    def called(name: str) -> dict[str, str]:
        named = ProgrammeNameStated(scheme_id=scheme_id, name=name, on=UNKNOWN)
        return found(begun, named, topic=scheme_id or PROGRAMME)

    message = "Known under 2 names: Towns & Places; Levelling Up"
    assert {"programme_under_two_names": message} == called("Levelling Up")
    assert {} == called("The TOWNS and places")


@pytest.mark.parametrize(
    ("key", "event", "rule"),
    [
        (
            identifier_key("GB-CHC-1"),
            IdentifierRecorded(register="GB-CHC", value="1", on=UNKNOWN),
            "identifier_of_two_organisations",
        ),
        (name_key("The Agency Ltd"), replace(CUMBRIA, name="agency"), "name_of_two_organisations"),
    ],
)
def test_two_organisations_share_an_identifier_or_a_name(key: str, event: Fact, rule: str) -> None:
    history = [("organisation-1", event), ("organisation-2", event)]
    (shared,) = findings(Seen(key, notes(key, history), (), {"organisation-1": "one"}))
    assert (rule, (1, 2)) == (shared.rule, shared.events)
    word = key.partition(":")[0]
    assert shared.message == f"2 organisations have the {word} {shared.subject}: one, organisation-2"
    assert [] == [*findings(Seen(key, notes(key, history[:1] * 2), (), {}))]


@hypothesis.given(st.text(min_size=1))
def test_a_name_of_any_letters_has_a_key_that_an_index_can_hold(name: str) -> None:
    assert plain_name(name) == plain_name(plain_name(name)) or not plain_name(name)
    assert len(name_key(name * 50).encode()) < 1000


def test_only_a_text_of_more_than_150_letters_is_shortened_in_its_key() -> None:
    assert "identifier:" + "x" * 150 == identifier_key("x" * 150)
    one, other = identifier_key("x" * 151), identifier_key("x" * 152)
    assert len(one) == len(other) < 150
    assert one != other


def test_an_award_that_a_newer_edition_leaves_out_is_found_until_it_is_stated_again() -> None:
    gone, back = AwardNoLongerStated(partnership_id=ACE, on=UNKNOWN), AwardStatedAgain(partnership_id=ACE, on=UNKNOWN)
    assert {"no_longer_stated"} == found(stated(), gone).keys()
    assert {} == found(stated(), gone, back)


# --- As notes are added -----------------------------------------------------------------------------------------------

OF_PAYMENTS = (
    "PaymentRequested", "PaymentApproved", "PaymentReleased", "PaymentSettled", "PaymentReversed", "PaymentReturned",
    "ReturnUndone", "MatchUndone",
)  # fmt: skip
OF_AWARDS = (
    "AwardOffered", "AwardVaried", "OfferAccepted", "OfferDeclined", "LineOffered", "PlanAgreed", "ReturnRequired",
    "ReturnCertified", "RecoveryRaised", "RecoverySettled", "ExpenditureReported", "TransactionStated",
    "TransactionUnstated", "ParticularsStated",
)  # fmt: skip


SAID = dict.fromkeys(facts.DUTIES, st.sampled_from(["ann", "bob"])) | {
    "RecoveryRaised": st.sampled_from([None, "1", "2"])
}
# Ann decided the bid of the award.
DECIDED = Note(
    position=0, kind="BidApproved", on="2004-05-01", recorded=TODAY.date(), until=None, amount=Decimal("100.00"),
    currency="GBP", number=None, said="ann",
)  # fmt: skip


@st.composite
def notes_of_an_award(draw: st.DrawFn) -> list[Note]:
    """Any notes of an award and its payments, in any order."""
    days = st.sampled_from(["2004-06-01", "2004-07-01", "2004-07~", "unknown", "2099-01-01"])
    amounts = st.sampled_from(["40.00", "60.00", "100.00"]).map(Decimal)
    kinds = draw(st.lists(st.sampled_from(OF_PAYMENTS * 2 + OF_AWARDS), max_size=25))
    return [
        Note(
            position=position, kind=kind, on=draw(days), recorded=TODAY.date(), until="2005-03-31",
            amount=draw(amounts), currency="GBP", number=draw(st.integers(1, 2)),
            said=draw(SAID.get(kind, st.just("disbursement"))),
        )
        for position, kind in enumerate(["AwardOffered", *kinds], start=1)
    ]  # fmt: skip


def found_note_by_note(notes: Sequence[Note]) -> list[list[Finding]]:
    growing: list[Note] = []
    seen = Seen(AWARD, growing, (DECIDED,), {})
    found_after_each = []
    for one in notes:
        growing.append(one)
        found_after_each.append([*findings(seen)])
    return found_after_each


def found_anew(notes: Sequence[Note]) -> list[list[Finding]]:
    return [[*findings(Seen(AWARD, notes[:nth], (DECIDED,), {}))] for nth in range(1, len(notes) + 1)]


@hypothesis.settings(max_examples=600)  # 100 do not always hold a payment that changes a finding by itself.
@hypothesis.given(notes_of_an_award())
def test_the_findings_are_the_same_whether_notes_are_read_one_by_one_or_all_anew(notes: list[Note]) -> None:
    assert found_anew(notes) == found_note_by_note(notes)


def test_the_law_would_notice_payments_that_are_taken_to_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def stays(award: facts.Award, note: Note) -> None:
        changed = award.has_changed
        pay(award, note)
        award.has_changed = changed

    pay = facts._pay
    monkeypatch.setattr(facts, "_pay", stays)
    with pytest.raises(AssertionError):
        test_the_findings_are_the_same_whether_notes_are_read_one_by_one_or_all_anew()


def test_a_decider_of_the_bid_who_approves_a_payment_is_found_with_that_approval() -> None:
    """Whether it is the last note of a page or not: at the approval, not at a later note."""
    award_offered = Note(
        position=1, kind="AwardOffered", on="2004-06-01", recorded=TODAY.date(), until=None, amount=Decimal("100.00"),
        currency="GBP", number=None, said=None,
    )  # fmt: skip
    allowed = award_offered._replace(position=2, kind="PaymentApproved", number=1, said="ann", amount=Decimal("40.00"))
    before, after = found_note_by_note([award_offered, allowed])
    assert "duties_not_separated" not in {one.rule for one in before}
    assert "duties_not_separated" in {one.rule for one in after}


# --- What comes close -------------------------------------------------------------------------------------------------


DECLINED = OfferDeclined(partnership_id=ACE, because="b", given_back=gbp("100.00"), on=day("2004-06-10"))


def test_an_organisation_that_is_named_without_having_joined_is_no_partner() -> None:
    formed: Any = replace(EVENTS["PartnershipFormed"], partners_stated=1, authorities_stated=None, lead_id=None)  # type: ignore[call-arg]
    joined: Any = EVENTS["PartnerJoined"]
    left: Any = replace(EVENTS["PartnerLeft"], organisation_id=OrganisationId("organisation-2"))  # type: ignore[call-arg]
    assert {} == found(formed, joined, left, topic=ACE)
    happened: Any = replace(EVENTS["SumStated"], partnership_id=ACE)  # type: ignore[call-arg]
    assert {} == found(formed, joined, happened, topic=ACE)


def test_what_came_back_is_taken_from_what_was_disbursed() -> None:
    back = transaction(2, "20.00", "2004-09-01", Transaction.RETURN)
    assert {} == found(stated(), particulars("100.00"), transaction(1, "120.00"), back)


def test_a_declined_award_need_not_add_up_and_starts_nothing() -> None:
    lines = (BudgetLine(name="Staff", amount=gbp("60.00")), BudgetLine(name="Places", amount=gbp("39.00")))
    assert {} == found(offered(lines=lines), DECLINED)
    plan = PlanAgreed(partnership_id=ACE, award_id=AWARD, title="t", on=day("2004-05-01"))
    assert {} == found(offered(), plan, DECLINED)


def test_payments_of_about_a_day_and_a_total_to_date_are_not_paid_twice() -> None:
    assert {} == found(offered(), ACCEPTED, *paid(1, "20.00", "2004-07-01~"), *paid(2, "20.00", "2004-07-01~"))
    total = transaction(2, "20.00", kind=Transaction.DISBURSED_IN_ALL)
    assert "duplicate_payments" not in found(stated(), transaction(1, "20.00"), total)


def test_a_payment_that_is_reversed_is_not_ahead_and_another_still_is() -> None:
    reversed_ = PaymentReversed(
        partnership_id=ACE, number=1, amount=gbp("20.00"), was="released", because="b", on=day("2005-01-01")
    )
    both = (offered(), ACCEPTED, *paid(1, "20.00", "2007-01-01"), *paid(2, "30.00", "2007-01-02"))
    shown = found(*both, reversed_)["date_in_future"]
    assert "1 Jan 2007" not in shown
    assert 3 == shown.count("2 Jan 2007")
    assert "Payment requested: dated 2 Jan 2007" in shown


def test_what_a_register_no_longer_states_is_not_ahead() -> None:
    gone = TransactionUnstated(
        partnership_id=ACE, number=1, kind=Transaction.DISBURSEMENT, amount=gbp("20.00"), because="b", on=UNKNOWN
    )
    assert {} == found(stated(), transaction(1, "20.00", "2007-01-01"), gone)


# Events whose date is that of a plan, of what is valid from a day on, of a register, or of the event that they follow.
NOT_OF_WHAT_WAS_DONE = {
    "PlanAgreed", "DeliveryPeriodStated", "PeriodStated", "SumStated", "RuleStated", "ServiceStandardSet",
    "CalendarChosen", "AssessmentCriteriaPublished", "EligibilityRulePublished", "EligibilityRuleEnded",
    "ComponentStated", "ComponentRestated", "LineLeftOut", "AwardCorroborated", "ParticularsStated",
    "TransactionUnstated",
    "AwardReassigned", "AwardNoLongerStated", "AwardStatedAgain", "BidReassigned",
    "BudgetAssigned", "SchemeFundsCommitted", "SchemeFundsReturned", "FundsCommitted", "FundsReturned", "BidAwarded",
    "OfferLapsed", "FundsRegranted", "RegrantReturned", "UnspentGivenBack", "PaymentMatched", "MatchUndone",
    "ReturnUndone",
    "DiscrepancyExplained", "DiscrepancyWaived", "ExplanationWithdrawn", "DiscrepancyAssigned",
}  # fmt: skip


@pytest.mark.parametrize("name", EVENTS)
def test_every_event_that_was_done_is_dated_by_the_day_of_its_recording(name: str) -> None:
    kinds = {
        "domain.award.": AWARD, "domain.bid.": BID, "domain.partnership": ACE, "domain.outcome": "outcome-1",
        "domain.delivery": "delivery-1", "domain.organisation": "organisation-1", "domain.funding_round": "round-1",
        "domain.bank.": "bankentry-1",
    }  # fmt: skip
    event: Any = EVENTS[name]
    if isinstance(event, TransactionStated):
        event = replace(event, kind=Transaction.DISBURSEMENT)
    stream = next((stream for module, stream in kinds.items() if type(event).__module__.startswith(module)), "books-1")
    for on, ahead in (("2006-02-01", True), ("2006-01-31", False), ("2006-02", True), ("2006", False)):
        dated = (
            [offered("100000000.00"), replace(event, on=day(on))] if stream == AWARD else [replace(event, on=day(on))]
        )
        assert (ahead and name not in NOT_OF_WHAT_WAS_DONE) == ("date_in_future" in found(*dated, topic=stream)), on


def test_an_outcome_that_only_has_a_target_and_an_actual_period_are_dated_as_they_are() -> None:
    outcome: Any = replace(EVENTS["OutcomeStated"], on=day("2007-01-01"))
    assert {} == found(replace(outcome, result=None), topic="outcome-1")
    again: Any = replace(EVENTS["OutcomeRestated"], on=day("2005-01-01"))
    assert {} == found(outcome, again, topic="outcome-1")
    period = PeriodStated(partnership_id=ACE, sense="actual", number=1, on=day("2007-01-01"))
    assert {"date_in_future": "Period stated: dated 1 Jan 2007, but recorded on 31 Jan 2006"} == found(stated(), period)
    assert {} == found(stated(), period, replace(period, on=UNKNOWN))


def test_a_return_or_settlement_that_is_undone_is_not_ahead() -> None:
    ahead = replace(returned(1, "5.00"), on=day("2007-01-01"))
    undone = ReturnUndone(partnership_id=ACE, number=1, part=1, amount=gbp("5.00"), because="b", on=day("2007-01-01"))
    sent = (offered(), ACCEPTED, *paid(1, "20.00"))
    assert {"date_in_future"} == found(*sent, ahead).keys()
    assert {} == found(*sent, ahead, undone)
    assert {"date_in_future"} == found(*sent, ahead, replace(ahead, part=2, amount=gbp("6.00")), undone).keys()
    settled = PaymentSettled(partnership_id=ACE, number=1, on=day("2007-01-01"))
    entry = EntryId("bankentry-1")
    taken_back = MatchUndone(partnership_id=ACE, number=1, entry_id=entry, unsettled=True, because="b", on=UNKNOWN)
    assert {"date_in_future"} == found(*sent, settled).keys()
    assert {} == found(*sent, settled, taken_back)


# --- What a finding is about ------------------------------------------------------------------------------------------

PARTS = (BudgetLine(name="Staff", amount=gbp("60.00")), BudgetLine(name="Places", amount=gbp("39.00")))
UP = AwardVaried(
    partnership_id=ACE, number=1, kind=Variation.UPLIFT, change=gbp("5.00"), because="b", on=day("2004-07-01")
)
PLANNED_EARLY = PeriodStated(partnership_id=ACE, sense="planned", number=1, on=day("2004-05-31"))
EUROS = replace(transaction(1, "20.00"), amount=type(gbp("1.00")).of("20.00", "EUR"))  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("rule", "bid", "events", "positions"),
    [
        ("paid_above_awarded", [], [offered(), ACCEPTED, *paid(1, "200.00"), UP, returned(1, "5.00")], (1, 5, 6, 7)),
        ("award_of_zero_or_less", [], [stated("0.00")], (1,)),
        ("awarded_above_requested", [submitted("99.00")], [offered()], (1, 2)),
        ("awarded_above_approved", [submitted(), approved("90.00")], [offered(), UP], (2, 3, 4)),
        ("planned_start_before_award", [], [stated(), particulars(None), PLANNED_EARLY], (1, 3)),
        ("paid_before_acceptance", [], [offered(), ACCEPTED, *paid(1, "20.00", "2004-06-09")], (2, 5)),
        ("paid_before_acceptance", [], [stated(), transaction(1, "20.00", "2004-05-31")], (1, 2)),
        ("parts_unequal_to_total", [], [offered(lines=PARTS), UP], (1, 2)),
        ("parts_unequal_to_total", [], [stated(), particulars("100.00"), transaction(1, "40.00")], (1, 3)),
        ("duplicate_payments", [], [offered(), ACCEPTED, *paid(1, "20.00"), *paid(2, "20.00")], (5, 8)),
        ("paid_below_awarded", [], [stated(), particulars("0.00")], (1, 2)),
        ("currency_unlike_award", [], [stated(), EUROS, transaction(2, "30.00")], (1, 2)),
        ("spent_above_award", [], [offered(), spent("60.00"), spent("41.00", number=2)], (1, 2, 3)),
        (
            "spent_above_paid",
            [],
            [offered(), ACCEPTED, *paid(1, "20.00"), returned(1, "5.00"), spent("60.00")],
            (5, 6, 7),
        ),
        ("line_overspent", [], [offered(lines=PARTS), spent("61.00", "Staff"), spent("1.00", "Places", 2)], (1, 2)),
    ],
)
def test_a_finding_about_an_award_cites_the_events_that_it_compares(
    rule: str, bid: list[Fact], events: list[Fact], positions: tuple[int, ...]
) -> None:
    history = [*((BID, event) for event in bid), *((AWARD, event) for event in events)]
    cited = {one.rule: one.events for one in findings(Seen(AWARD, notes(AWARD, history), notes(BID, history), {}))}
    assert positions == cited[rule]


def cited(topic: str, *events: Fact) -> dict[str, tuple[int, ...]]:
    return {
        one.rule: one.events for one in findings(Seen(topic, notes(topic, [(topic, one) for one in events]), (), {}))
    }


def test_a_finding_about_dates_cites_both_steps_and_one_about_the_future_its_own() -> None:
    early = OfferAccepted(partnership_id=ACE, on=day("2004-05-31"))
    assert {"dates_out_of_order": (1, 2)} == cited(AWARD, offered(), early)
    assert {"date_in_future": (2,)} == cited(AWARD, offered(), replace(ACCEPTED, on=day("2007-01-01")))
    back = transaction(2, "5.00", "2004-06-30", Transaction.RETURN)
    assert {"dates_out_of_order": (2, 3)} == cited(AWARD, stated(), transaction(1, "20.00"), back)
    used = transaction(1, "5.00", "2004-05-31", Transaction.EXPENDITURE)
    assert {"dates_out_of_order": (1, 2)} == cited(AWARD, stated(), used)


def test_a_finding_about_a_partnership_or_an_organisation_cites_all_that_disagree() -> None:
    def of_basis(basis: str, amount: str) -> SumStated:
        return SumStated(partnership_id=ACE, basis=basis, amount=gbp(amount), purpose="p", on=UNKNOWN)

    sums = (of_basis("charge", "3.00"), of_basis("estimate_component", "60.00"), of_basis("estimate_total", "100.00"))
    assert {"parts_unequal_to_total": (2, 3)} == cited(ACE, *sums)
    formed: Any = replace(EVENTS["PartnershipFormed"], partners_stated=1, authorities_stated=None, lead_id=None)  # type: ignore[call-arg]
    joined: Any = EVENTS["PartnerJoined"]
    other = replace(joined, organisation_id=OrganisationId("organisation-other"))
    assert {"total_unlike_list": (1, 2, 3)} == cited(ACE, formed, joined, other)
    alone: Any = replace(formed, authorities_stated=3)
    assert {"total_unlike_list": (1,)} == cited(ACE, alone, joined)
    named = NameStated(name="Rural Futures", on=UNKNOWN)
    assert {"organisation_under_two_names": (1, 2)} == cited("organisation-1", CUMBRIA, named)


def test_a_partner_that_left_is_listed_no_longer() -> None:
    formed: Any = replace(EVENTS["PartnershipFormed"], partners_stated=1, authorities_stated=None, lead_id=None)  # type: ignore[call-arg]
    joined: Any = EVENTS["PartnerJoined"]
    left: Any = replace(EVENTS["PartnerLeft"], organisation_id=joined.organisation_id)  # type: ignore[call-arg]
    other = replace(joined, organisation_id=OrganisationId("organisation-other"))
    assert {"total_unlike_list"} == cited(ACE, formed, joined, other).keys()
    assert {} == cited(ACE, formed, joined, left, other)


def test_a_list_and_its_numbers_cite_the_count_and_the_edges_of_each_gap() -> None:
    def listed(*numbers: int, counted: int | None = None) -> dict[str, tuple[int, ...]]:
        seen = [
            note(recorded(place, ACE, replace(EVENTS["PilotListed"], number=number)), number=number)  # type: ignore[call-arg]
            for place, number in enumerate(numbers, start=1)
        ]
        if counted is not None:
            count = CountStated(scheme_id=PILOTS, listed=Listed.PILOTS, number=counted, on=UNKNOWN)
            seen.append(note(recorded(99, "programme-1", count), number=counted, said="pilots"))
        return {one.rule: one.events for one in findings(Seen(PILOTS, seen, (), {}))}

    assert {"numbering_gap": (2, 3)} == listed(1, 2, 4, 5)
    assert {"numbering_gap": (2, 3)} == listed(1, 2, 2, 3)
    assert {"total_unlike_list": (1, 2, 99)} == listed(1, 2, counted=3)


def test_payments_of_several_awards_cite_each_of_them() -> None:
    first, second = of(ONE, paid(1, "20.00", reference="BACS 1")), of(OTHER, paid(1, "20.00", "2004-07-15", "BACS 1"))
    payments = Payments({}, {})
    topics: dict[str, list[Note]] = {}
    for position, (stream, event) in enumerate([(ONE, offered()), (OTHER, offered()), *first, *second], start=1):
        for key, added in payments.notes(recorded(position, stream, event)):
            topics.setdefault(key, []).append(added)
    assert {"duplicate_payments": (5, 8), "reference_of_two_payments": (5, 8)} == {
        one.rule: one.events for key, added in topics.items() for one in findings(Seen(key, added, (), {}))
    }


def test_several_plans_that_begin_before_the_award_are_named_in_order() -> None:
    later = replace(PLANNED_EARLY, number=2, on=day("2004-05-30"))
    message = "Planned starts (30 May 2004, 31 May 2004) are before the award (1 Jun 2004)"
    assert {"planned_start_before_award": message} == found(stated(), PLANNED_EARLY, later)


def test_an_offer_that_is_made_again_begins_anew_and_its_bid_stays() -> None:
    used = [ReturnRequired(partnership_id=ACE, number=1, covers="Spend", due=day("2005-06"), on=day("2004-06-10"))]
    plan = PlanAgreed(partnership_id=ACE, award_id=AWARD, title="t", on=day("2004-05-01"))
    assert {} == found(offered(), plan, *used, DECLINED, offered("90.00", "2004-07-01"), bid=[submitted("90.00")])
    assert {"awarded_above_requested"} == found(offered(), DECLINED, offered("91.00"), bid=[submitted("90.00")]).keys()


def test_what_ends_an_award_is_taken_from_it() -> None:
    closed = AwardClosed(partnership_id=ACE, given_back=gbp("60.00"), on=day("2005-01-01"))
    terminated: Any = replace(EVENTS["AwardTerminated"], given_back=gbp("60.00"), on=day("2005-01-01"))  # type: ignore[call-arg]
    unspent: Any = replace(EVENTS["UnspentGivenBack"], given_back=gbp("60.00"), on=day("2005-01-01"))  # type: ignore[call-arg]
    for end in (closed, terminated, unspent):
        message = found(offered(), ACCEPTED, *paid(1, "50.00"), end)["paid_above_awarded"]
        assert message == "Paid £50.00, awarded £40.00: £10.00 more than was awarded"


def test_a_register_that_restates_an_award_states_its_amount_its_date_and_its_currency() -> None:
    silent = replace(stated("0.00"), basis=NO_AMOUNT)
    assert {} == found(silent)
    assert {} == found(stated("0.01"))
    said = AwardRestated(partnership_id=ACE, amount=gbp("0.00"), change=gbp("0.00"), on=day("2004-06-05"))
    assert {"award_of_zero_or_less": "The register states an award of £0.00"} == found(silent, said)
    sent = transaction(1, "20.00", "2004-06-03")
    moved = replace(said, amount=gbp("100.00"))
    message = "Paid £20.00 (3 Jun 2004) before the award (5 Jun 2004)"
    assert {"paid_before_acceptance": message} == found(stated(), sent, moved)
    assert {"paid_before_acceptance": (2, 3)} == cited(AWARD, stated(), sent, moved)
    used = transaction(1, "5.00", "2004-06-03", Transaction.EXPENDITURE)
    assert {"dates_out_of_order": (2, 3)} == cited(AWARD, stated(), used, moved)
    assert {"currency_unlike_award": (2, 3)} == cited(AWARD, stated(), EUROS, moved)
    euros = replace(moved, amount=type(gbp("1.00")).of("100.00", "EUR"))
    assert "currency_unlike_award" in found(stated(), sent, euros)
    assert "currency_unlike_award" not in found(stated(), EUROS, euros)


# --- Duties -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def one_clerk(monkeypatch: pytest.MonkeyPatch) -> None:
    """One clerk takes every step."""
    monkeypatch.setattr("tests.projections.discrepancies.test_rules.ACTORS", {})


@pytest.mark.usefixtures("one_clerk")
def test_whoever_took_two_duties_of_a_payment_or_return_is_named() -> None:
    asked_for, allowed, sent = paid(1, "20.00")
    message = "a requested and approved payment 1"
    assert message == found(offered(), ACCEPTED, asked_for, allowed)["duties_not_separated"]
    all_three = found(offered(), ACCEPTED, asked_for, allowed, sent)["duties_not_separated"]
    assert f"{message}; a requested and released payment 1; a approved and released payment 1" == all_three
    assert "duties_not_separated" not in found(offered(), ACCEPTED, asked_for, paid(2, "20.00")[1])
    due = ReturnRequired(partnership_id=ACE, number=1, covers="c", due=day("2006-12-31"), on=day("2005-01-01"))
    ready = ReturnPrepared(partnership_id=ACE, number=1, on=day("2005-01-02"))
    certified = ReturnCertified(partnership_id=ACE, number=1, on=day("2005-01-03"))
    both = found(offered(), ACCEPTED, due, ready, certified)
    assert "a prepared and certified return 1" == both["duties_not_separated"]
    assert "duties_not_separated" not in found(offered(), ACCEPTED, due, certified)


@pytest.mark.usefixtures("one_clerk")
def test_whoever_decided_the_bid_and_approved_a_payment_is_named() -> None:
    _, allowed, _ = paid(1, "20.00")
    decided = found(offered(), ACCEPTED, allowed, bid=[submitted(), approved()])
    assert "a decided the bid and approved payment 1" == decided["duties_not_separated"]
    assert "duties_not_separated" not in found(offered(), ACCEPTED, bid=[submitted(), approved()])


def test_three_people_who_take_one_duty_each_are_not_named() -> None:
    """The control."""
    assert "duties_not_separated" not in found(offered(), ACCEPTED, *paid(1, "20.00"), bid=[submitted(), approved()])


def test_an_adviser_of_a_bid_who_supplies_the_work_is_named() -> None:
    adviser: Any = EVENTS["AdviserRecorded"]
    supplier: Any = replace(cast(Any, EVENTS["SupplierEngaged"]), organisation_id=adviser.organisation_id)
    other = replace(supplier, organisation_id=OrganisationId("organisation-other"))
    replaced: Any = replace(cast(Any, EVENTS["SupplierReplaced"]), organisation_id=adviser.organisation_id)
    message = f"Advised a bid and supplies the work: {adviser.organisation_id}"
    appointed: Any = replace(cast(Any, EVENTS["SupplierAppointed"]), organisation_id=adviser.organisation_id)
    for supplying in (supplier, replaced, appointed):
        assert message == found(adviser, supplying, topic=ACE)["adviser_supplies"]
    assert message == found(supplier, adviser, topic=ACE)["adviser_supplies"]
    for supplying in (other, replace(supplier, organisation_id=None)):
        assert "adviser_supplies" not in found(adviser, supplying, topic=ACE)
    assert "adviser_supplies" not in found(supplier, topic=ACE)
