"""Editions of a register: the first is recorded as it is, each later one by its differences."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as examples
from hypothesis import strategies as st

from domain import desk
from domain.award import (
    AwardNoLongerStated,
    AwardReassigned,
    AwardRestated,
    AwardStated,
    AwardStatedAgain,
    ComponentRestated,
    ComponentStated,
    Particular,
    ParticularsStated,
    PeriodStated,
    Transaction,
    TransactionStated,
    TransactionUnstated,
)
from domain.bid import BidReassigned, BidRestated, BidStated
from domain.editions import ProgrammeInAnotherCurrency, StatedByAnotherRegister
from domain.history import Written
from domain.organisation import IdentifierRecorded, NameStated, OrganisationRegistered
from domain.outcome import OutcomeRestated, OutcomeStated
from domain.partnership import PartnerJoined, PartnershipFormed
from domain.programme import ProgrammeEstablished, SchemeEstablished
from domain.reading import Reading
from domain.stated_grant import (
    MissGrant,
    StatedComponent,
    StatedPeriod,
    StatedResult,
    StatedTransaction,
    StateGrant,
)
from domain.values.fact import Fact, InvolvementStated, NothingThere
from domain.values.money import Money
from domain.values.when import UNKNOWN, When
from projections.money.accounts import entries
from projections.money.chart import Account
from tests.kit.spec import MemoryLog, at, gbp, given_log
from tests.kit.stated import CARLISLE, EDEN, FUNDER, GRANT, REGISTER, ids_of, lacks, paid, source, states

FIRST = states("2004")
AWARD, BID = FIRST.ids.award_id, FIRST.ids.bid_id
PARTNERSHIP = FIRST.ids.partnership_id


def after(*commands: StateGrant | MissGrant) -> list[Written]:
    """The log after these editions."""
    log = MemoryLog()
    for command in commands:
        log.written += desk.decide(Reading(log), command)
    return log.written


def changes(*before: StateGrant | MissGrant, then: StateGrant | MissGrant) -> list[Fact]:
    """The events that *then* adds after the editions *before*. Given again, it adds nothing."""
    log = MemoryLog(*after(*before))
    added = desk.decide(Reading(log), then)
    log.written += added
    assert [] == desk.decide(Reading(log), then), "the same edition again changed something"
    return [event for _, event in added]


def kinds(events: list[Fact]) -> list[str]:
    return [type(event).__name__ for event in events]


# --- The first edition ------------------------------------------------------------------------------------------------


def test_a_grant_is_recorded_with_its_programme_its_partnership_and_its_source() -> None:
    events = changes(then=FIRST)
    assert [
        ProgrammeEstablished, SchemeEstablished, OrganisationRegistered, OrganisationRegistered, IdentifierRecorded,
        PartnershipFormed, BidStated, AwardStated, ParticularsStated,
    ] == [type(event) for event in events]  # fmt: skip
    assert {source("2004")} == {event.source for event in events}


def test_an_unchanged_row_of_a_later_edition_records_nothing() -> None:
    given_log(*after(FIRST)).when(states("2005")).then()


def test_nothing_is_recorded_that_a_row_does_not_state() -> None:
    """Without an amount or date of the request there is no bid; without transactions there are no payments."""
    silent = states(requested=None, requested_on=UNKNOWN, funder=None)
    assert [
        "ProgrammeEstablished", "SchemeEstablished", "OrganisationRegistered", "IdentifierRecorded",
        "PartnershipFormed", "AwardStated", "ParticularsStated",
    ] == kinds(changes(then=silent))  # fmt: skip


def test_a_second_grant_to_the_same_recipient_is_another_award_of_the_same_partnership() -> None:
    other = replace(GRANT, identifier="pilot-26")
    assert ["BidStated", "AwardStated", "ParticularsStated"] == kinds(changes(FIRST, then=states(grant=other)))


def test_all_recipients_are_partners_and_the_first_leads() -> None:
    events = changes(then=states(recipients=(CARLISLE, EDEN)))
    formed = next(event for event in events if isinstance(event, PartnershipFormed))
    joined = [event for event in events if isinstance(event, PartnerJoined)]
    assert ("organisation-GB-LAE-CAR", "Carlisle City Council and Eden District Council") == (
        formed.lead_id,
        formed.name,
    )
    assert ["organisation-GB-LAE-EDN"] == [event.organisation_id for event in joined]


def test_other_organisations_that_take_part_are_recorded_once() -> None:
    events = changes(then=states(involved=((EDEN, "accountable"),)))
    assert 1 == Counter(kinds(events))["InvolvementStated"]
    again = replace(GRANT, identifier="pilot-26")
    assert InvolvementStated not in map(
        type,
        changes(states(involved=((EDEN, "accountable"),)), then=states(grant=again, involved=((EDEN, "accountable"),))),
    )


# --- Money ------------------------------------------------------------------------------------------------------------


def test_a_changed_amount_is_recorded_as_the_difference_on_the_day_of_the_award() -> None:
    given_log(*after(FIRST)).when(states(awarded=gbp("170000.00"))).then(
        *at(
            AWARD,
            AwardRestated(
                partnership_id=PARTNERSHIP,
                amount=gbp("170000.00"),
                change=gbp("-5000.00"),
                on=When("2004-06-15"),
                source=source("2005"),
            ),
        )
    )


def test_a_changed_date_takes_the_award_away_on_the_old_day_and_adds_it_on_the_new() -> None:
    gone, back = changes(FIRST, then=states(awarded_on=When("2004-07-01")))
    assert isinstance(gone, AwardRestated)
    assert isinstance(back, AwardRestated)
    assert [(gbp("-175000.00"), When("2004-06-15")), (gbp("175000.00"), When("2004-07-01"))] == [
        (gone.change, gone.on),
        (back.change, back.on),
    ]


def test_a_bid_is_restated_like_an_award_and_may_lose_its_amount() -> None:
    more = changes(FIRST, then=states(requested=gbp("210000.00")))
    assert [("BidRestated", gbp("10000.00"))] == [
        (type(event).__name__, event.change) for event in more if isinstance(event, BidRestated)
    ]
    (silent,) = changes(FIRST, then=states(requested=None))
    assert isinstance(silent, BidRestated)
    assert (None, gbp("-200000.00")) == (silent.requested, silent.change)


def test_a_bid_that_only_a_later_edition_states_is_recorded_then() -> None:
    first = states("2004", requested=None, requested_on=UNKNOWN)
    assert ["BidStated", "ParticularsStated"] == kinds(changes(first, then=states("2005")))


def test_a_new_payment_is_added_and_the_earlier_ones_do_not_change() -> None:
    one, two = paid("1000.00", reference="t1"), paid("2000.00", "2004-08-01", reference="t2")
    (added,) = changes(states("2004", transactions=(one,)), then=states("2005", transactions=(one, two)))
    assert isinstance(added, TransactionStated)
    assert (2, gbp("2000.00"), "t2") == (added.number, added.amount, added.reference)


def test_a_changed_payment_is_removed_and_stated_again_and_the_old_one_stays_on_record() -> None:
    first = states("2004", transactions=(paid("1000.00", reference="t1"),))
    gone, anew = changes(first, then=states("2005", transactions=(paid("1100.00", reference="t1"),)))
    assert isinstance(gone, TransactionUnstated)
    assert isinstance(anew, TransactionStated)
    assert (1, gbp("1000.00"), "stated otherwise since") == (gone.number, gone.amount, gone.because)
    assert (2, gbp("1100.00")) == (anew.number, anew.amount)


def test_a_payment_that_is_no_longer_stated_is_removed() -> None:
    first = states("2004", transactions=(paid("1000.00", reference="t1"), paid("1.00", reference="t2")))
    (gone,) = changes(first, then=states("2005", transactions=(paid("1000.00", reference="t1"),)))
    assert isinstance(gone, TransactionUnstated)
    assert (2, "no longer stated") == (gone.number, gone.because)


def test_two_payments_of_one_amount_on_one_day_both_count() -> None:
    twice = states("2004", transactions=(paid("1000.00"), paid("1000.00")))
    (gone,) = changes(twice, then=states("2005", transactions=(paid("1000.00"),)))
    assert isinstance(gone, TransactionUnstated)
    assert gbp("1000.00") == balance(after(twice), Account.PAID) - gone.amount


def test_parts_of_the_total_are_restated_by_name() -> None:
    parts = (
        StatedComponent(purpose="Evaluation", amount=gbp("25000.00")),
        StatedComponent(purpose="Training", amount=gbp("1.00")),
    )
    first = states("2004", components=parts)
    assert ["ComponentStated"] * 2 == [kind for kind in kinds(changes(then=first)) if kind == ComponentStated.__name__]
    other = replace(parts[0], amount=gbp("30000.00"))
    assert [("Evaluation", gbp("30000.00")), ("Training", None)] == [
        (event.purpose, event.amount)
        for event in changes(first, then=states("2005", components=(other,)))
        if isinstance(event, ComponentRestated)
    ]


def test_one_grant_in_another_currency_than_its_programme_is_refused() -> None:
    euro = Money.of("1.00", "EUR")
    given_log(*after(FIRST)).when(
        states(grant=replace(GRANT, identifier="pilot-26"), awarded=euro, requested=None)
    ).refused(ProgrammeInAnotherCurrency, programme="GBP", grant="EUR")


# --- Other particulars ------------------------------------------------------------------------------------------------


def test_planned_dates_are_restated_and_dropped() -> None:
    planned = StatedPeriod(sense="planned", number=1, on=When("2004-06"), until=When("2005-03"))
    first = states("2004", periods=(planned,))
    later = replace(planned, until=When("2005-09"))
    for periods, wanted in (((later,), ("2004-06", When("2005-09"))), ((), ("unknown", None))):
        (restated,) = changes(first, then=states("2005", periods=periods))
        assert isinstance(restated, PeriodStated)
        assert wanted == (restated.on.text, restated.until)


def test_a_changed_title_or_any_other_changed_field_of_the_row_is_recorded() -> None:
    for changed in ({"title": "ACE"}, {"said": (Particular(name="Region", value="North West"),)}):
        (particulars,) = changes(FIRST, then=states(**changed))
        assert isinstance(particulars, ParticularsStated)


def test_an_organisation_under_a_second_name_is_known_under_both_and_neither_edition_renames_it() -> None:
    other = replace(CARLISLE, name="City of Carlisle")
    named = changes(FIRST, then=states(recipients=(other,)))
    assert [NameStated(name="City of Carlisle", on=UNKNOWN, source=source("2005"))] == named
    given_log(*after(FIRST, states(recipients=(other,)))).when(states("2006")).then()


def test_a_result_is_restated_and_dropped_and_its_first_statement_stays() -> None:
    result = StatedResult(key="1", impact="Skills", level="output", indicator="Members trained", target="96")
    first = states("2004", results=(result,))
    assert "OutcomeStated" in kinds(changes(then=first))
    reached = changes(first, then=states("2005", results=(replace(result, result="90"),)))
    assert ["OutcomeRestated"] == kinds(reached)
    dropped = [event for event in changes(first, then=states("2005")) if isinstance(event, OutcomeRestated)]
    assert ["no longer stated"] == [event.status for event in dropped]
    assert OutcomeStated in map(type, changes(then=states("2005", results=(result,))))


# --- Rows that go and come --------------------------------------------------------------------------------------------


def test_a_grant_missing_from_an_edition_is_recorded_as_missing_and_nothing_is_taken_back() -> None:
    given_log(*after(FIRST)).when(lacks()).then(
        *at(AWARD, AwardNoLongerStated(partnership_id=PARTNERSHIP, on=UNKNOWN, source=source("2005")))
    )
    assert gbp("175000.00") == balance(after(FIRST, lacks()), Account.AWARDED)


def test_a_grant_that_is_stated_again_is_recorded_with_what_has_changed() -> None:
    assert [AwardStatedAgain, AwardRestated] == [
        type(event) for event in changes(FIRST, lacks(), then=states("2006", awarded=gbp("1.00")))
    ]


def test_a_grant_that_no_register_stated_cannot_be_missing() -> None:
    given_log().when(lacks()).refused(NothingThere)


def test_an_award_of_another_register_is_not_changed() -> None:
    other = StateGrant(grant=replace(GRANT, register="elsewhere"), ids=FIRST.ids)
    given_log(*after(FIRST)).when(other).refused(StatedByAnotherRegister, register=REGISTER)


def test_a_grant_to_other_recipients_moves_with_all_its_money_and_nothing_counts_twice() -> None:
    first = states("2004", transactions=(paid("1000.00"),))
    moved = states("2005", recipients=(EDEN,), transactions=(paid("1000.00"),))
    events = changes(first, then=moved)
    assert [
        OrganisationRegistered, PartnershipFormed, BidRestated, BidReassigned, BidRestated, TransactionUnstated,
        AwardRestated, AwardReassigned, AwardRestated, TransactionStated,
    ] == [type(event) for event in events]  # fmt: skip
    log = after(first, moved)
    for account, amount in (
        (Account.AWARDED, "175000.00"),
        (Account.PAID, "1000.00"),
        (Account.REQUESTED, "200000.00"),
    ):
        assert gbp(amount) == balance(log, account)
        assert gbp("0.00") == balance([one for one in log if of(one) == PARTNERSHIP], account)


# --- Laws -------------------------------------------------------------------------------------------------------------


def of(written: Written) -> str | None:
    return getattr(written.event, "partnership_id", None)


def balance(log: list[Written], account: Account, currency: str = "GBP") -> Money:
    """The total of the ledger entries of *log* on *account*."""
    total = Money.zero(currency)
    for _, event in log:
        for entry in entries(event):
            if entry.amount.currency == currency:
                total += entry.amount if entry.debit is account else Money.zero(currency)
                total -= entry.amount if entry.credit is account else Money.zero(currency)
    return total


amounts = st.integers(0, 9).map(lambda pounds: gbp(f"{pounds}.00"))
days = st.sampled_from([UNKNOWN, When("2004"), When("2004-06-15"), When("2005-01-01")])
moves = st.builds(
    StatedTransaction,
    kind=st.sampled_from(Transaction),
    amount=amounts,
    on=days,
    reference=st.sampled_from([None, "t1", "t2"]),
)
editions: st.SearchStrategy[dict[str, Any] | None] = st.none() | st.fixed_dictionaries(
    {
        "requested": st.none() | amounts,
        "requested_on": days,
        "awarded": amounts,
        "awarded_on": days,
        "recipients": st.sampled_from([(CARLISLE,), (EDEN,), (EDEN, CARLISLE)]),
        "funder": st.sampled_from([None, FUNDER]),
        "transactions": st.lists(moves, max_size=3).map(tuple),
        "periods": st.lists(
            st.builds(StatedPeriod, sense=st.just("planned"), number=st.just(1), on=days), max_size=1
        ).map(tuple),
    }
)


@examples(st.lists(editions, min_size=1, max_size=6))
def test_after_any_editions_the_ledger_shows_what_the_last_one_states(
    given: list[dict[str, Any] | None],
) -> None:
    """None is an edition without the grant; the last statement then still counts."""
    log = MemoryLog()
    last: StateGrant | None = None
    for edition in given:
        if edition is None and last is None:
            continue
        command: StateGrant | MissGrant = lacks() if edition is None else states(**edition)
        log.written += desk.decide(Reading(log), command)
        assert [] == desk.decide(Reading(log), command)
        if isinstance(command, StateGrant):
            last = command
    if last is None:
        return
    grant = last.grant
    moved = {
        kind: sum((one.amount.amount for one in grant.transactions if one.kind is kind), gbp("0.00").amount)
        for kind in Transaction
    }
    wanted = {
        Account.REQUESTED: grant.requested.amount if grant.requested else 0,
        Account.AWARDED: grant.awarded.amount + moved[Transaction.COMMITMENT],
        Account.PAID: moved[Transaction.DISBURSEMENT] + moved[Transaction.DISBURSED_IN_ALL],
        Account.SPENT: moved[Transaction.EXPENDITURE],
        Account.RETURNED: -moved[Transaction.RETURN],
    }
    here = [one for one in log.written if of(one) == ids_of(grant).partnership_id]
    for account, amount in wanted.items():
        assert amount == balance(log.written, account).amount, account
        assert amount == balance(here, account).amount, account


def test_the_law_would_notice_a_change_that_is_not_recorded() -> None:
    with pytest.raises(AssertionError):
        assert gbp("1.00").amount == balance(after(FIRST), Account.AWARDED).amount
