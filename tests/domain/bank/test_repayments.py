"""Money that a recipient pays back to settle a recovery is matched to the bank entry that received it."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from domain import desk
from domain.award import (
    RecoveryApproved,
    RecoveryRaised,
    RecoverySettled,
    RecoveryUnknown,
    RepaymentDiffers,
    RepaymentIsAtBank,
    RepaymentMatched,
    RepaymentMatchUndone,
    RepaymentReferenced,
    RepaymentUnknown,
    SettledBy,
    SettleRecovery,
)
from domain.bank.entry import (
    EntryDecided,
    EntryMatchedToRecovery,
    EntryReopened,
    EntryUnexplained,
    MatchNotExact,
    MatchRepayment,
    ReopenEntry,
    RepaymentIsMoneyReceived,
)
from domain.bank.matching import Matches, Open, PaymentKey, Repaid, RepaymentKey, Seen, Why, match
from domain.history import Command, Order
from domain.values.ids import AwardId, EntryId
from domain.values.when import When
from tests.kit.awards import PAID
from tests.kit.banking import AWARDED, DECIDED_ON, booked, entry
from tests.kit.examples import ACE, AWARD, BANK_ACCOUNT
from tests.kit.officers import officer_for
from tests.kit.spec import MemoryLog, at, gbp, given_log

WHY = "Seen on the letter"
LATER = When("2004-07-08")
BACK = entry("150.00", end_to_end="REC 1", reference="NWB7")
BACK_ID = BACK.identity(BANK_ACCOUNT)
REPAID = RecoverySettled(partnership_id=ACE, number=1, part=1, amount=gbp("150.00"), by=SettledBy.REPAYMENT, on=LATER)
REFERENCED = RepaymentReferenced(partnership_id=ACE, number=1, part=1, reference="rec1", on=LATER)
RECOVERED = [
    *AWARDED,
    *at(
        AWARD,
        *PAID,
        RecoveryRaised(partnership_id=ACE, number=1, amount=gbp("300.00"), because=WHY, on=LATER),
        RecoveryApproved(partnership_id=ACE, number=1, amount=gbp("300.00"), on=LATER),
        REPAID,
        REFERENCED,
    ),
]
MATCHED = EntryMatchedToRecovery(award_id=AWARD, number=1, part=1, exact=False, because=WHY, on=DECIDED_ON)
FOUND = RepaymentMatched(partnership_id=ACE, number=1, part=1, entry_id=BACK_ID, amount=gbp("150.00"), on=BACK.booked)


def repayment(entry_id: EntryId = BACK_ID, **fields: Any) -> MatchRepayment:
    shown: dict[str, Any] = {"award_id": AWARD, "number": 1, "part": 1, "because": WHY} | fields
    return MatchRepayment(entry_id=entry_id, on=DECIDED_ON, **shown)


def done(*commands: Command, begun: list[Any]) -> MemoryLog:
    log = MemoryLog(*begun)
    for place, command in enumerate(commands):
        desk.submit(
            log, Order(command_id=str(place), command=command, said="", actor=officer_for(command, "accountant"))
        )
    return log


# --- Recorded ---------------------------------------------------------------------------------------------------------


def test_a_repayment_is_recorded_with_its_reference() -> None:
    settle = SettleRecovery(
        award_id=AWARD, number=1, amount=gbp("150.00"), by=SettledBy.REPAYMENT, reference="rec1", part=1, on=LATER
    )
    given_log(*RECOVERED[:-2]).when(settle).then(*at(AWARD, REPAID, REFERENCED))
    given_log(*RECOVERED[:-2]).when(replace(settle, reference=None)).then(*at(AWARD, REPAID))


# --- Decided ----------------------------------------------------------------------------------------------------------


def test_a_person_matches_an_entry_to_a_repayment_and_no_money_moves() -> None:
    given_log(*RECOVERED, *booked(BACK)).when(repayment()).then(*at(BACK_ID, MATCHED), *at(AWARD, FOUND))


def test_an_entry_with_the_reference_and_the_amount_of_a_repayment_is_matched_for_certain() -> None:
    given_log(*RECOVERED, *booked(BACK)).when(repayment(exact=True)).then(
        *at(BACK_ID, replace(MATCHED, exact=True)), *at(AWARD, FOUND)
    )
    other = entry("150.00", end_to_end="REC 2", reference="NWB7")
    given_log(*RECOVERED, *booked(other)).when(repayment(other.identity(BANK_ACCOUNT), exact=True)).refused(
        MatchNotExact
    )


def test_a_repayment_that_was_recorded_without_a_reference_is_never_matched_for_certain() -> None:
    without = RECOVERED[:-1]
    given_log(*without, *booked(BACK)).when(repayment(exact=True)).refused(MatchNotExact)
    given_log(*without, *booked(BACK)).when(repayment()).then(*at(BACK_ID, MATCHED), *at(AWARD, FOUND))


@pytest.mark.parametrize("amount", ["150.01", "149.99", "300.00"])
def test_a_repayment_is_matched_to_an_entry_of_its_amount_to_the_penny(amount: str) -> None:
    other = entry(amount, end_to_end="REC 1", reference="NWB7")
    given_log(*RECOVERED, *booked(other)).when(repayment(other.identity(BANK_ACCOUNT))).refused(
        RepaymentDiffers, repaid=gbp("150.00"), entry=gbp(amount)
    )


def test_only_a_repayment_that_was_recorded_is_matched_and_never_an_offset() -> None:
    given_log(*RECOVERED, *booked(BACK)).when(repayment(part=2)).refused(RepaymentUnknown)
    given_log(*RECOVERED, *booked(BACK)).when(repayment(number=2)).refused(RecoveryUnknown)
    offset = [*RECOVERED[:-2], *at(AWARD, replace(REPAID, by=SettledBy.OFFSET, payment=2))]
    given_log(*offset, *booked(BACK)).when(repayment()).refused(RepaymentUnknown)


def test_money_that_left_is_no_repayment() -> None:
    out = entry("-150.00")
    given_log(*RECOVERED, *booked(out)).when(repayment(out.identity(BANK_ACCOUNT))).refused(RepaymentIsMoneyReceived)


def test_a_repayment_is_matched_once_and_an_entry_is_decided_once() -> None:
    twin = replace(BACK, reference="NWB8")
    log = done(repayment(), begun=[*RECOVERED, *booked(BACK, twin)])
    given_log(*log.written).when(repayment(twin.identity(BANK_ACCOUNT))).refused(RepaymentIsAtBank)
    given_log(*log.written).when(repayment(because="Again")).refused(EntryDecided, was="matched")
    given_log(*RECOVERED, *booked(BACK)).when(repayment(because=" ")).refused(EntryUnexplained)


def test_each_of_several_repayments_of_a_recovery_is_matched_once() -> None:
    second = replace(REPAID, part=2)
    twin, third = replace(BACK, reference="NWB8"), replace(BACK, reference="NWB6")
    begun = [*RECOVERED, *at(AWARD, second), *booked(BACK, twin, third)]
    log = done(repayment(), repayment(twin.identity(BANK_ACCOUNT), part=2), begun=begun)
    for part in (1, 2):
        command = repayment(third.identity(BANK_ACCOUNT), part=part)
        given_log(*log.written).when(command).refused(RepaymentIsAtBank)


def test_a_match_to_a_repayment_is_undone_and_only_a_person_matches_the_entry_again() -> None:
    begun = done(repayment(exact=True), begun=[*RECOVERED, *booked(BACK)]).written
    undo = ReopenEntry(entry_id=BACK_ID, because=WHY, on=DECIDED_ON)
    undone = RepaymentMatchUndone(partnership_id=ACE, number=1, part=1, entry_id=BACK_ID, because=WHY, on=DECIDED_ON)
    given_log(*begun).when(undo).then(
        *at(BACK_ID, EntryReopened(was="matched", because=WHY, on=DECIDED_ON)), *at(AWARD, undone)
    )
    again = done(undo, begun=list(begun)).written
    given_log(*again).when(repayment(exact=True)).refused(MatchNotExact)
    given_log(*again).when(repayment()).then(*at(BACK_ID, MATCHED), *at(AWARD, FOUND))


# --- Found ------------------------------------------------------------------------------------------------------------

KEY = RepaymentKey(AwardId("award-1"), 1, 1)
KNOWN = Repaid(key=KEY, amount=gbp("150.00"), day=date(2004, 7, 8), reference="rec1", payees=("Eden Council",))


def seen(name: str = "a", amount: str = "150.00", **fields: Any) -> Seen:
    shown = {"end_to_end": "REC 1"} | fields
    return Seen(entry_id=EntryId(name), entry=entry(amount, **shown))


def test_the_entry_of_a_repayment_is_found_by_reference_and_amount() -> None:
    found = match([seen()], (), [KNOWN])
    assert ({"a": KEY}, {}, ()) == (found.repaid, found.repayments, found.unmatched)


def test_an_entry_under_another_reference_or_none_is_a_repayment_for_a_person_to_decide() -> None:
    for reference in ("rec2", None):
        found = match([seen()], (), [replace(KNOWN, reference=reference)])
        assert ({}, [KEY], ()) == (found.repaid, proposed(found), found.unmatched)


def test_a_repayment_that_two_entries_or_two_repayments_claim_needs_a_person() -> None:
    two_entries = match([seen(), seen("b", reference="NWB9")], (), [KNOWN])
    assert ({}, ["a", "b"]) == (two_entries.repaid, list(two_entries.repayments))
    other = replace(KNOWN, key=KEY._replace(part=2))
    two_repayments = match([seen()], (), [KNOWN, other])
    assert ({}, [KEY, other.key]) == (two_repayments.repaid, proposed(two_repayments))
    # One that is matched already is not proposed again, and leaves the other to a person.
    matched = match([seen()], (), [replace(KNOWN, open=False), other])
    assert ({}, [other.key]) == (matched.repaid, proposed(matched))


def proposed(found: Matches) -> list[RepaymentKey]:
    return [one.key for one in found.repayments[EntryId("a")]]


def test_an_entry_of_another_amount_or_of_money_that_left_is_no_repayment() -> None:
    for amount in ("150.01", "149.99", "-150.00"):
        found = match([seen(amount=amount)], (), [KNOWN])
        assert ({}, {}, ("a",)) == (found.repaid, found.repayments, found.unmatched)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"end_to_end": "rec 1", "booked": When("2005-07-08")}, (Why.REFERENCE, Why.AMOUNT)),
        (
            {"end_to_end": None, "remittance": "re rec1", "booked": When("2005-07-08")},
            (Why.REFERENCE_IN_TEXT, Why.AMOUNT),
        ),
        ({"end_to_end": None, "counterparty": "EDEN COUNCIL"}, (Why.AMOUNT, Why.PAYEE, Why.DATE)),
        ({"end_to_end": None, "booked": When("2004-06-28")}, (Why.AMOUNT, Why.DATE)),
        ({"end_to_end": None, "booked": When("2004-07-18")}, (Why.AMOUNT, Why.DATE)),
        ({"end_to_end": None, "booked": When("2004-07-19"), "counterparty": "EDEN COUNCIL"}, None),
    ],
)
def test_a_repayment_is_proposed_by_its_amount_and_its_reference_or_day(
    fields: dict[str, Any], why: tuple[Why, ...] | None
) -> None:
    only = replace(seen(**fields), exact=False)
    found = match([only], (), [KNOWN]).repayments.get(EntryId("a"), ())
    assert ([why] if why else []) == [one.why for one in found]


def test_an_entry_that_is_a_return_and_a_repayment_needs_a_person() -> None:
    paid = Open(
        key=PaymentKey(AwardId("award-2"), 1), sent=gbp("150.00"), left=gbp("0.00"), back=gbp("150.00"),
        released=date(2004, 7, 1), reference="rec1",
    )  # fmt: skip
    found = match([seen()], [paid], [KNOWN])
    assert ({}, {}) == (found.exact, found.repaid)
    assert (["a"], ["a"]) == (list(found.proposals), list(found.repayments))
