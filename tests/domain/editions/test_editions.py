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
    AwardOffered,
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
from domain.editions.bids import bid_events
from domain.editions.statement import statement
from domain.editions.sums import restated
from domain.history import Written
from domain.organisation import IdentifierRecorded, NameStated, OrganisationRegistered
from domain.outcome import OutcomeRestated, OutcomeStated, ReportResult
from domain.partnership import PartnerJoined, PartnershipFormed
from domain.programme import ProgrammeEstablished, ProgrammeNameStated, SchemeEstablished
from domain.reading import Reading
from domain.stated_grant import (
    MissGrant,
    StatedComponent,
    StatedOrganisation,
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
from tests.kit.examples import EVENTS
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


def test_a_second_payment_of_one_amount_on_one_day_is_added_and_the_first_does_not_change() -> None:
    once = states("2004", transactions=(paid("1000.00"),))
    (added,) = changes(once, then=states("2005", transactions=(paid("1000.00"), paid("1000.00"))))
    assert isinstance(added, TransactionStated)
    assert (2, gbp("1000.00")) == (added.number, added.amount)


def test_a_payment_without_a_reference_is_not_stated_otherwise_by_another_without_one() -> None:
    gone, _ = changes(states("2004", transactions=(paid("1.00"),)), then=states(transactions=(paid("2.00"),)))
    assert isinstance(gone, TransactionUnstated)
    assert "no longer stated" == gone.because


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


def test_a_programme_and_a_scheme_under_a_second_name_are_known_under_both() -> None:
    renamed = states("2005", programme_name="The Programme", scheme_name="The Pilots")
    named = [event for event in changes(FIRST, then=renamed) if isinstance(event, ProgrammeNameStated)]
    assert [(None, "The Programme"), (FIRST.ids.scheme_id, "The Pilots")] == [
        (one.scheme_id, one.name) for one in named
    ]
    assert ProgrammeNameStated not in map(type, changes(FIRST, renamed, then=states("2006")))


def test_a_name_that_stands_in_for_the_title_of_a_scheme_is_not_another_name_of_it() -> None:
    untitled = states("2005", scheme_name="The Pilots", scheme_titled=False)
    assert [] == changes(FIRST, then=untitled)


@pytest.mark.parametrize("name", ["AwardReassigned", "AwardRestated", "ParticularsStated", "AwardNoLongerStated"])
def test_what_a_source_states_of_an_award_that_no_register_stated_is_no_statement_of_a_register(name: str) -> None:
    assert None is statement(None, EVENTS[name])


def test_an_award_that_a_source_without_a_register_stated_belongs_to_no_register() -> None:
    begun = statement(None, replace(EVENTS["AwardStated"], source=None))
    assert begun is not None
    assert "" == begun.register


@pytest.mark.parametrize("name", ["BidRestated", "BidReassigned"])
def test_a_bid_that_no_register_stated_is_stated_by_the_first_that_does(name: str) -> None:
    assert [BidStated] == [type(event) for event in bid_events([EVENTS[name]], FIRST.grant, FIRST.ids)]


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


def check(log: list[Written], last: StateGrant) -> None:
    """The ledger of *log* shows what *last* states, and all of it under its partnership."""
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
    here = [one for one in log if of(one) == ids_of(grant).partnership_id]
    for account, amount in wanted.items():
        assert amount == balance(log, account).amount, account
        assert amount == balance(here, account).amount, account


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
    if last is not None:
        check(log.written, last)


def test_the_law_notices_every_event_about_money_that_is_not_recorded() -> None:
    """Whichever event of three editions is left out, the ledger no longer shows what the last one states."""
    last = states("2006", recipients=(EDEN,), requested=gbp("7.00"), transactions=(paid("2.00"),))
    editions_ = states("2004", transactions=(paid("1.00"), paid("2.00"))), states("2005", awarded=gbp("9.00")), last
    log = after(*editions_)
    check(log, last)
    moving = [number for number, (_, event) in enumerate(log) if entries(event)]
    assert 12 == len(moving)
    for number in moving:
        with pytest.raises(AssertionError):
            check([*log[:number], *log[number + 1 :]], last)


# --- Everything that a row states -------------------------------------------------------------------------------------

AUDITOR = StatedOrganisation(code="GB-COH-1", name="Audit Ltd", kind="company")
PAYMENT = StatedTransaction(
    kind=Transaction.DISBURSEMENT, amount=gbp("1000.00"), on=When("2004-07-01"), until=When("2004-07-31"),
    reference="t1", payer=FUNDER.code, payee=CARLISLE.code, description="First instalment", sense="actual",
)  # fmt: skip
PLANNED = StatedPeriod(sense="planned", number=1, on=When("2004-06"), until=When("2005-03"))
TRAINED = StatedResult(
    key="1", impact="Skills", level="output", indicator="Members trained", on=When("2004-12"), unit="people",
    baseline="12", target="96", result="90", evidence="register",
)  # fmt: skip
FULL: dict[str, Any] = {
    "description": "Leadership courses", "disbursed": gbp("1500.00"), "regrant": "FTG", "related": ("pilot-24",),
    "modified": When("2005-01-01"), "said": (Particular(name="Region", value="North West"),),
    "involved": ((AUDITOR, "auditor"),), "transactions": (PAYMENT,), "periods": (PLANNED,), "results": (TRAINED,),
    "components": (StatedComponent(purpose="Training", amount=gbp("175000.00"), on=When("2004-06-16")),),
}  # fmt: skip


def test_every_value_of_a_row_is_recorded() -> None:
    command = states("2004", recipients=(CARLISLE, EDEN), **FULL)
    ids, row = command.ids, source("2004")
    undated: dict[str, Any] = {"on": UNKNOWN, "source": row}
    partnership: dict[str, Any] = {"partnership_id": ids.partnership_id, "source": row}
    funder, lead, partner, auditor = (ids.organisations[one.code] for one in (FUNDER, CARLISLE, EDEN, AUDITOR))
    given_log().when(command).then(
        *at(
            ids.programme_id,
            ProgrammeEstablished(code="pilots", name="Pilots", currency="GBP", **undated),
            SchemeEstablished(
                scheme_id=ids.scheme_id, code="pilots/leadership", name="Leadership", kind="stated", **undated
            ),
        ),
        *at(funder, OrganisationRegistered(code=FUNDER.code, name=FUNDER.name, kind="organisation", **undated)),
        *at(
            lead,
            OrganisationRegistered(code=CARLISLE.code, name=CARLISLE.name, kind="organisation", **undated),
            IdentifierRecorded(register="GB-LAE", value="CAR", **undated),
        ),
        *at(partner, OrganisationRegistered(code=EDEN.code, name=EDEN.name, kind="organisation", **undated)),
        *at(auditor, OrganisationRegistered(code="GB-COH-1", name="Audit Ltd", kind="company", **undated)),
        *at(
            ids.partnership_id,
            PartnershipFormed(
                programme_id=ids.programme_id,
                scheme_id=ids.scheme_id,
                code=ids.partnership_code,
                name="Carlisle City Council and Eden District Council",
                kind="recipients",
                lead_id=lead,
                on=UNKNOWN,
                **partnership,
            ),
            PartnerJoined(organisation_id=partner, role="recipient", on=UNKNOWN, **partnership),
            InvolvementStated(organisation_id=auditor, role="auditor", on=UNKNOWN, **partnership),
        ),
        *at(
            ids.bid_id,
            BidStated(
                reference="pilot-25",
                title="Achieving Cumbrian Excellence",
                kind="application",
                requested=gbp("200000.00"),
                organisation_id=lead,
                on=When("2004-03-01"),
                **partnership,
            ),
        ),
        *at(
            ids.award_id,
            AwardStated(
                reference="pilot-25",
                amount=gbp("175000.00"),
                purpose="Achieving Cumbrian Excellence",
                basis="award",
                funder_id=funder,
                remarks="Leadership courses",
                on=When("2004-06-15"),
                **partnership,
            ),
            ParticularsStated(
                bid_id=ids.bid_id,
                title="Achieving Cumbrian Excellence",
                description="Leadership courses",
                disbursed=gbp("1500.00"),
                regrant="FTG",
                related=("pilot-24",),
                outcomes=(ids.outcomes["1"],),
                modified=When("2005-01-01"),
                said=(Particular(name="Region", value="North West"),),
                on=UNKNOWN,
                **partnership,
            ),
            ComponentStated(purpose="Training", amount=gbp("175000.00"), on=When("2004-06-16"), **partnership),
            PeriodStated(sense="planned", number=1, on=When("2004-06"), until=When("2005-03"), **partnership),
            TransactionStated(
                number=1,
                kind=Transaction.DISBURSEMENT,
                amount=gbp("1000.00"),
                on=When("2004-07-01"),
                until=When("2004-07-31"),
                reference="t1",
                payer_id=funder,
                payee_id=lead,
                description="First instalment",
                sense="actual",
                **partnership,
            ),
        ),
        *at(
            ids.outcomes["1"],
            OutcomeStated(
                impact="Skills",
                level="output",
                indicator="Members trained",
                unit="people",
                baseline="12",
                target="96",
                result="90",
                status="stated",
                evidence="register",
                on=When("2004-12"),
                **partnership,
            ),
        ),
    )


def first_of(events: list[Fact], kind: type[Fact]) -> Any:
    return next(event for event in events if isinstance(event, kind))


def test_what_a_row_leaves_out_is_not_made_up() -> None:
    """No bid, no funder, one recipient, nobody to pay: none of them is recorded."""
    silent = states("2004", requested=None, requested_on=UNKNOWN, funder=None, transactions=(paid("1.00"),))
    events = changes(then=silent)
    stated, particulars, transaction, formed = (
        first_of(events, kind) for kind in (AwardStated, ParticularsStated, TransactionStated, PartnershipFormed)
    )
    assert (None, None) == (stated.funder_id, particulars.bid_id)
    assert (None, None) == (transaction.payer_id, transaction.payee_id)
    assert ("Carlisle City Council", "recipient") == (formed.name, formed.kind)
    dated = changes(then=states("2004", requested=None))
    assert [None] == [event.requested for event in dated if isinstance(event, BidStated)]


def test_a_row_that_states_the_same_in_every_value_records_nothing() -> None:
    given_log(*after(states("2004", **FULL))).when(states("2005", **FULL)).then()


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": Transaction.EXPENDITURE}, {"amount": gbp("1000.01")}, {"on": When("2004-07-02")}, {"until": None},
        {"reference": "t2"}, {"payer": None}, {"payee": None}, {"description": "Instalment 1"}, {"sense": None},
    ],
    ids=lambda changed: next(iter(changed)),
)  # fmt: skip
def test_a_transaction_that_differs_in_any_value_is_another_one(changed: dict[str, Any]) -> None:
    first = states("2004", transactions=(PAYMENT,))
    gone, anew = changes(first, then=states("2005", transactions=(replace(PAYMENT, **changed),)))
    about: dict[str, Any] = {"partnership_id": PARTNERSHIP, "source": source("2005")}
    assert gone == TransactionUnstated(
        number=1,
        kind=PAYMENT.kind,
        amount=PAYMENT.amount,
        because="no longer stated" if "reference" in changed else "stated otherwise since",
        on=PAYMENT.on,
        **about,
    )
    assert isinstance(anew, TransactionStated)
    assert (2, source("2005")) == (anew.number, anew.source)


def test_a_total_to_date_is_stated_otherwise_by_the_next_edition() -> None:
    total = StatedTransaction(kind=Transaction.DISBURSED_IN_ALL, amount=gbp("10.00"), on=When("2004"))
    first = states("2004", transactions=(total,))
    gone, _ = changes(first, then=states("2005", transactions=(replace(total, amount=gbp("20.00")),)))
    assert isinstance(gone, TransactionUnstated)
    assert "stated otherwise since" == gone.because


def test_the_numbers_of_transactions_go_on_after_those_that_are_no_longer_stated() -> None:
    one, two, three = (paid(f"{pounds}.00", reference=f"t{pounds}") for pounds in (1, 2, 3))
    log = [states("2004", transactions=(one, two)), states("2005", transactions=(one,))]
    (added,) = changes(*log, then=states("2006", transactions=(one, three)))
    assert isinstance(added, TransactionStated)
    assert 3 == added.number
    (again,) = changes(*log, then=states("2006", transactions=(one, two)))
    assert isinstance(again, TransactionStated)
    assert (3, "t2") == (again.number, again.reference)


@pytest.mark.parametrize(
    "changed",
    [{"unit": "members"}, {"baseline": "13"}, {"target": "97"}, {"result": "91"}, {"evidence": None},
     {"on": When("2005-12")}],
    ids=lambda changed: next(iter(changed)),
)  # fmt: skip
def test_a_result_that_differs_in_any_value_is_restated_whole(changed: dict[str, Any]) -> None:
    other = replace(TRAINED, **changed)
    (restated,) = changes(states("2004", results=(TRAINED,)), then=states("2005", results=(other,)))
    assert restated == OutcomeRestated(
        partnership_id=PARTNERSHIP,
        unit=other.unit,
        baseline=other.baseline,
        target=other.target,
        result=other.result,
        status="stated",
        evidence=other.evidence,
        on=other.on,
        source=source("2005"),
    )


def test_a_result_is_dropped_on_the_day_of_its_last_statement() -> None:
    later = replace(TRAINED, on=When("2005-12"))
    dropped = changes(states("2004", results=(TRAINED,)), states("2005", results=(later,)), then=states("2006"))
    assert [(PARTNERSHIP, When("2005-12"))] == [
        (event.partnership_id, event.on) for event in dropped if isinstance(event, OutcomeRestated)
    ]


def test_a_result_on_which_the_partnership_has_reported_is_compared_with_what_the_register_stated_last() -> None:
    first = states("2004", results=(TRAINED,))
    outcome_id = first.ids.outcomes[TRAINED.key]
    reported = ReportResult(outcome_id=outcome_id, value="96", evidence="Attendance lists", on=When("2005-03-31"))
    log = MemoryLog(*after(first))
    log.written += desk.decide(Reading(log), reported)
    given_log(*log.written).when(states("2005", results=(TRAINED,))).then()
    other = desk.decide(Reading(log), states("2005", results=(replace(TRAINED, target="97"),)))
    assert ["97"] == [event.target for _, event in other if isinstance(event, OutcomeRestated)]
    without = desk.decide(Reading(log), states("2005"))
    assert OutcomeRestated not in [type(event) for _, event in without]


def test_a_result_that_is_dropped_is_dropped_once_and_may_be_stated_again() -> None:
    other = replace(TRAINED, key="2", indicator="Courses held")
    first, second = states("2004", results=(TRAINED, other)), states("2005", results=(other,))
    dropped = OutcomeRestated(
        partnership_id=PARTNERSHIP, status="no longer stated", on=When("2004-12"), source=source("2005")
    )
    assert dropped in changes(first, then=second)
    assert [] == changes(first, second, then=states("2006", results=(other,)))
    again = changes(first, second, then=states("2006", results=(TRAINED, other)))
    assert ["stated"] == [event.status for event in again if isinstance(event, OutcomeRestated)]


def test_a_result_without_any_measure_is_dropped_and_stated_again_too() -> None:
    bare = StatedResult(key="1", impact="Skills", level="output", indicator="Members trained")
    first, without = states("2004", results=(bare,)), states("2005")
    again = changes(first, without, then=states("2006", results=(bare,)))
    assert ["stated"] == [event.status for event in again if isinstance(event, OutcomeRestated)]


def test_a_part_of_the_total_is_restated_with_its_own_date_or_taken_away() -> None:
    training = StatedComponent(purpose="Training", amount=gbp("25.00"), on=When("2004-06-16"))
    first = states("2004", components=(training,))
    row: dict[str, Any] = {"partnership_id": PARTNERSHIP, "source": source("2005")}
    other = replace(training, amount=gbp("30.00"), on=When("2004-07-16"))
    assert [ComponentRestated(purpose="Training", amount=gbp("30.00"), on=When("2004-07-16"), **row)] == changes(
        first, then=states("2005", components=(other,))
    )
    assert [ComponentRestated(purpose="Training", on=UNKNOWN, **row)] == changes(first, then=states("2005"))
    # Once taken away, it stays away; a part that only a later edition states is restated too.
    assert [] == changes(first, states("2005"), then=states("2006"))
    again = changes(first, states("2005"), then=states("2006", components=(training,)))
    assert [gbp("25.00")] == [event.amount for event in again if isinstance(event, ComponentRestated)]


def test_periods_are_apart_by_their_sense_and_number() -> None:
    actual, second = replace(PLANNED, sense="actual"), replace(PLANNED, number=2)
    first = states("2004", periods=(PLANNED,))
    for other in (actual, second):
        (stated,) = changes(first, then=states("2005", periods=(PLANNED, other)))
        assert isinstance(stated, PeriodStated)
        assert (other.sense, other.number, other.on, other.until) == (
            stated.sense, stated.number, stated.on, stated.until,
        )  # fmt: skip
    (begun,) = changes(first, then=states("2005", periods=(replace(PLANNED, until=None),)))
    assert isinstance(begun, PeriodStated)
    assert (When("2004-06"), None) == (begun.on, begun.until)
    ends = replace(PLANNED, on=UNKNOWN)
    assert [] == changes(states("2004", periods=(ends,)), then=states("2005", periods=(ends,)))


def test_an_organisation_is_registered_once_and_each_of_its_identifiers_is_recorded_once() -> None:
    charity = replace(CARLISLE, identifiers=(("GB-LAE", "CAR"), ("GB-CHC", "7")))
    named_twice: dict[str, Any] = {
        "recipients": (charity,),
        "involved": ((charity, "accountable"), (charity, "accountable")),
    }
    events = changes(FIRST, then=states(**named_twice))
    assert [("GB-CHC", "7")] == [(one.register, one.value) for one in events if isinstance(one, IdentifierRecorded)]
    assert 1 == Counter(kinds(events))["InvolvementStated"]
    assert "OrganisationRegistered" not in kinds(events)
    other_role = changes(
        FIRST, states(**named_twice), then=states(recipients=(charity,), involved=((charity, "host"),))
    )
    assert ["host"] == [event.role for event in other_role if isinstance(event, InvolvementStated)]


def test_a_partner_joins_once_and_the_lead_is_not_its_own_partner() -> None:
    recipients = (CARLISLE, EDEN, EDEN)
    events = changes(then=states(recipients=recipients))
    assert ["organisation-GB-LAE-EDN"] == [one.organisation_id for one in events if isinstance(one, PartnerJoined)]
    again = states(recipients=recipients, grant=replace(GRANT, identifier="pilot-26"))
    assert "PartnerJoined" not in kinds(changes(states("2004", recipients=recipients), then=again))


# --- What moves -------------------------------------------------------------------------------------------------------


def test_a_grant_that_moves_takes_its_bid_its_payments_and_its_period_to_the_other_partnership() -> None:
    first = states("2004", transactions=(PAYMENT,), periods=(PLANNED,))
    there = replace(PAYMENT, payee=EDEN.code)
    moved = states("2005", recipients=(EDEN,), transactions=(there,), periods=(PLANNED,))
    old, new, row = PARTNERSHIP, moved.ids.partnership_id, source("2005")
    here: dict[str, Any] = {"partnership_id": old, "source": row}
    elsewhere: dict[str, Any] = {"partnership_id": new, "source": row}
    asked, granted = When("2004-03-01"), When("2004-06-15")
    minus_asked, minus_granted = gbp("-200000.00"), gbp("-175000.00")
    assert [
        BidRestated(requested=None, change=minus_asked, on=asked, **here),
        BidReassigned(before=old, on=UNKNOWN, **elsewhere),
        BidRestated(requested=gbp("200000.00"), change=gbp("200000.00"), on=asked, **elsewhere),
        TransactionUnstated(
            number=1, kind=PAYMENT.kind, amount=PAYMENT.amount, because="stated otherwise since", on=PAYMENT.on, **here
        ),
        AwardRestated(amount=gbp("0.00"), change=minus_granted, on=granted, **here),
        AwardReassigned(before=old, on=UNKNOWN, **elsewhere),
        AwardRestated(amount=gbp("175000.00"), change=gbp("175000.00"), on=granted, **elsewhere),
        PeriodStated(sense="planned", number=1, on=PLANNED.on, until=PLANNED.until, **elsewhere),
        TransactionStated(
            number=2,
            kind=PAYMENT.kind,
            amount=PAYMENT.amount,
            on=PAYMENT.on,
            until=PAYMENT.until,
            reference="t1",
            payer_id=moved.ids.organisations[FUNDER.code],
            payee_id=moved.ids.organisations[EDEN.code],
            description=PAYMENT.description,
            sense=PAYMENT.sense,
            **elsewhere,
        ),
    ] == changes(first, then=moved)[2:]


def test_a_grant_whose_funder_changes_moves_and_one_whose_funder_is_left_out_stays() -> None:
    other = changes(FIRST, then=states(funder=AUDITOR))
    assert [("AwardReassigned", "organisation-GB-COH-1")] == [
        (type(event).__name__, event.funder_id) for event in other if isinstance(event, AwardReassigned)
    ]
    assert [] == changes(FIRST, then=states(funder=None))
    assert [] == changes(FIRST, states(funder=AUDITOR), then=states("2006", funder=None))
    moved = changes(FIRST, then=states(recipients=(EDEN,)))
    assert [None] == [event.funder_id for event in moved if isinstance(event, AwardReassigned)]
    found = changes(states("2004", funder=None), then=states(recipients=(EDEN,)))
    assert ["organisation-GB-GOV-1"] == [event.funder_id for event in found if isinstance(event, AwardReassigned)]


def test_a_planned_period_that_was_dropped_before_does_not_move() -> None:
    log = [states("2004", periods=(PLANNED,)), states("2005")]
    moved = changes(*log, then=states("2006", recipients=(EDEN,)))
    assert PeriodStated not in map(type, moved)


def test_a_planned_period_that_moves_may_have_only_a_beginning_or_only_an_end() -> None:
    for half in (replace(PLANNED, on=UNKNOWN), replace(PLANNED, until=None)):
        moved = changes(states("2004", periods=(half,)), then=states("2005", recipients=(EDEN,), periods=(half,)))
        assert [(half.on, half.until)] == [
            (event.on, event.until) for event in moved if isinstance(event, PeriodStated)
        ]


def test_a_planned_period_that_is_not_stated_any_more_does_not_move() -> None:
    moved = changes(states("2004", periods=(PLANNED,)), then=states("2005", recipients=(EDEN,)))
    assert [(UNKNOWN, None)] == [(event.on, event.until) for event in moved if isinstance(event, PeriodStated)]


def test_a_grant_that_is_missing_twice_is_missing_once_and_may_go_missing_again() -> None:
    given_log(*after(FIRST, lacks("2005"))).when(lacks("2006")).then()
    back = states("2006")
    assert [AwardStatedAgain(partnership_id=PARTNERSHIP, on=UNKNOWN, source=source("2006"))] == changes(
        FIRST, lacks("2005"), then=back
    )
    assert ["AwardNoLongerStated"] == kinds(changes(FIRST, lacks("2005"), back, then=lacks("2007")))


def test_only_the_register_of_a_grant_may_miss_it() -> None:
    other = replace(lacks(), source=replace(source("2005"), register="elsewhere"))
    given_log(*after(FIRST)).when(other).refused(StatedByAnotherRegister, register=REGISTER)
    ours = AwardOffered(
        partnership_id=PARTNERSHIP, bid_id=BID, reference="A", amount=gbp("1.00"), on=When("2004-06-15")
    )
    given_log(*at(AWARD, ours)).when(lacks()).refused(StatedByAnotherRegister, register=None)


JUNE, JULY = When("2004-06"), When("2004-07")


@pytest.mark.parametrize(
    ("before", "was_on", "after_", "on", "apart", "steps"),
    [
        ("5.00", JUNE, "7.00", JUNE, False, [("2.00", JUNE, False)]),
        ("5.00", JUNE, "7.00", JULY, False, [("-5.00", JUNE, True), ("7.00", JULY, False)]),
        ("5.00", JUNE, "5.00", JUNE, True, [("-5.00", JUNE, True), ("5.00", JUNE, False)]),
        ("5.00", JUNE, None, JUNE, False, [("-5.00", JUNE, False)]),
        ("5.00", JUNE, None, JULY, False, [("-5.00", JUNE, True), ("0.00", JULY, False)]),
        ("5.00", JUNE, None, JUNE, True, [("-5.00", JUNE, True), ("0.00", JUNE, False)]),
        (None, JUNE, "7.00", JULY, False, [("7.00", JULY, False)]),
        ("0.00", JUNE, "7.00", JULY, True, [("7.00", JULY, False)]),
        (None, JUNE, None, JULY, False, [("0.00", JULY, False)]),
    ],
)  # fmt: skip
def test_an_amount_that_is_restated_changes_on_its_day_or_goes_and_comes(
    before: str | None, was_on: When, after_: str | None, on: When, apart: bool, steps: list[tuple[str, When, bool]]
) -> None:
    found = restated(gbp(before) if before else None, was_on, gbp(after_) if after_ else None, on, apart=apart)
    assert [(gbp(change), day, goes) for change, day, goes in steps] == [
        (one.change, one.on, one.goes) for one in found
    ]


def test_an_amount_in_another_currency_goes_in_the_old_one_and_comes_in_the_new() -> None:
    euros = Money.of("7.00", "EUR")
    assert [gbp("-5.00"), euros] == [one.change for one in restated(gbp("5.00"), JUNE, euros, JUNE, apart=False)]
    assert [Money.of("-7.00", "EUR")] == [one.change for one in restated(euros, JUNE, None, JUNE, apart=False)]
