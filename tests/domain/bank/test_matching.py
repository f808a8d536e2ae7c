"""Matching finds the payments that bank entries may be: exactly, or as proposals for a person."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import hypothesis
from hypothesis import strategies as st

from domain.bank.account import BankEntry, numbered
from domain.bank.matching import Matches, Open, PaymentKey, Proposal, Seen, Why, match, same_payee
from domain.values.ids import AwardId, EntryId
from domain.values.money import Money
from domain.values.when import When
from tests.kit.banking import entry
from tests.kit.spec import gbp

RELEASED = date(2004, 7, 6)


def seen(name: str, amount: str, **fields: Any) -> Seen:
    options = {key: fields.pop(key) for key in ("open", "exact", "rejected") if key in fields}
    return Seen(entry_id=EntryId(name), entry=entry(amount, **fields), **options)


def sent(number: int, amount: str, reference: str | None = "BACS 0407 0001", **fields: Any) -> Open:
    known: dict[str, Any] = {"left": gbp(amount), "back": gbp(amount), "released": RELEASED} | fields
    return Open(key=key(number), sent=gbp(amount), reference=reference, **known)


def key(number: int) -> PaymentKey:
    return PaymentKey(AwardId("award-1"), number)


def why(found: Matches, name: str) -> list[tuple[Why, ...]]:
    return [proposal.why for proposal in found.proposals.get(EntryId(name), ())]


# --- Exact ------------------------------------------------------------------------------------------------------------


def test_reference_and_amount_of_one_payment_match_exactly_despite_spaces() -> None:
    found = match([seen("a", "-400.00", end_to_end="bacs04070001")], [sent(1, "400.00")])
    assert {"a": Proposal(((key(1), gbp("400.00"), None),), (Why.REFERENCE, Why.AMOUNT))} == found.exact
    assert ((), ()) == (found.unmatched, found.unseen)


def test_an_entry_that_is_a_penny_less_needs_a_person() -> None:
    found = match([seen("a", "-399.99")], [sent(1, "400.00")])
    assert {} == found.exact
    assert [(Why.REFERENCE, Why.DATE)] == why(found, "a")


def test_an_entry_that_is_a_penny_more_is_not_the_payment() -> None:
    found = match([seen("a", "-400.01")], [sent(1, "400.00")])
    assert ({}, {}, ("a",), (key(1),)) == (found.exact, found.proposals, found.unmatched, found.unseen)


def test_two_payments_of_one_amount_are_both_exact_each_under_its_reference() -> None:
    found = match(
        [seen("a", "-400.00", end_to_end="A1"), seen("b", "-400.00", end_to_end="B2")],
        [sent(1, "400.00", "A1"), sent(2, "400.00", "B2")],
    )
    assert {"a": key(1), "b": key(2)} == {name: one.payments[0][0] for name, one in found.exact.items()}


def test_a_payment_and_its_return_are_both_exact() -> None:
    found = match([seen("out", "-400.00"), seen("in", "400.00", reference="NWB9")], [sent(1, "400.00")])
    assert {"out", "in"} == found.exact.keys()


def test_a_penny_that_came_back_leaves_the_payment_to_be_found() -> None:
    """Small money in is never taken for money that left."""
    part = sent(1, "0.50", left=gbp("0.50"), back=gbp("0.50"))
    found = match([seen("in", "0.50", reference="NWB9"), seen("out", "-0.25", end_to_end="BACS 0407 0001")], [part])
    assert {"in"} == found.exact.keys()
    assert (1, (key(1),)) == (len(why(found, "out")), found.unseen)


def test_of_two_like_entries_the_one_booked_first_is_the_one() -> None:
    early = seen("z", "-400.00", booked=When("2004-07-07"), nth=2)
    late = seen("a", "-400.00", booked=When("2004-07-08"), reference="NWB2")
    for entries in ([early, late], [late, early]):
        assert {"a": "z"} == match(entries, [sent(1, "400.00")]).duplicates


def test_two_payments_of_one_reference_or_two_entries_for_one_payment_need_a_person() -> None:
    two_payments = match([seen("a", "-400.00")], [sent(1, "400.00"), sent(2, "400.00")])
    assert {} == two_payments.exact
    assert 2 == len(two_payments.proposals[EntryId("a")])
    two_entries = match([seen("a", "-400.00"), seen("b", "-400.00", reference="NWB2")], [sent(1, "400.00")])
    assert {} == two_entries.exact
    assert {"b": "a"} == two_entries.duplicates


def test_an_entry_with_reference_and_amount_of_a_settled_one_is_a_duplicate() -> None:
    entries = [seen("a", "-400.00", open=False), seen("b", "-400.00", reference="NWB2", booked=When("2004-07-01"))]
    found = match(entries, [sent(1, "400.00", left=gbp("0.00"))])
    assert ({}, {"b": "a"}, ()) == (found.exact, found.duplicates, found.unmatched)


def test_a_rejected_or_reopened_match_is_not_exact_and_a_rejected_one_is_not_proposed() -> None:
    payments = [sent(1, "400.00")]
    turned_down = match([seen("a", "-400.00", rejected=frozenset({key(1)}))], payments)
    assert ({}, ("a",)) == (turned_down.exact, turned_down.unmatched)
    taken_back = match([seen("a", "-400.00", exact=False)], payments)
    assert ({}, 1) == (taken_back.exact, len(why(taken_back, "a")))


def test_money_in_under_the_reference_of_a_payment_is_its_return() -> None:
    given_back = seen("a", "400.00", booked=When("2004-07-20"))
    paid = sent(1, "400.00", left=gbp("0.00"))
    assert {"a": ((key(1), gbp("400.00"), None),)} == {
        name: one.payments for name, one in match([given_back], [paid]).exact.items()
    }
    known = replace(paid, back=gbp("0.00"), known_back=((3, gbp("400.00")),))
    assert ((key(1), gbp("400.00"), 3),) == match([given_back], [known]).exact[EntryId("a")].payments
    part = match([seen("a", "150.00")], [paid])
    assert ({}, 1) == (part.exact, len(why(part, "a")))


# --- Proposed ---------------------------------------------------------------------------------------------------------


def test_the_amount_is_proposed_within_days_of_the_release_and_a_payee_makes_it_likelier() -> None:
    paid = seen("a", "-400.00", end_to_end=None, counterparty="CUMBRIA CC", booked=When("2004-07-16"))
    theirs = sent(1, "400.00", None, payees=("Cumbria County Council",))
    others = sent(2, "400.00", None, payees=("Carlisle City Council",))
    found = match([paid], [others, theirs])
    assert [key(1), key(2)] == [proposal.payments[0][0] for proposal in found.proposals[EntryId("a")]]
    assert [(Why.AMOUNT, Why.PAYEE, Why.DATE), (Why.AMOUNT, Why.DATE)] == why(found, "a")
    for day, proposals in (("2004-07-17", 0), ("2004-07-03", 2), ("2004-07-02", 0)):
        moved = replace(paid, entry=replace(paid.entry, booked=When(day)))
        assert proposals == len(why(match([moved], [others, theirs]), "a")), day


def test_a_reference_in_the_text_is_proposed() -> None:
    named = seen("a", "-400.00", end_to_end=None, remittance="Grant BACS 0407 0001 July", booked=When("2005-01-10"))
    assert [(Why.REFERENCE_IN_TEXT, Why.AMOUNT)] == why(match([named], [sent(1, "400.00")]), "a")


def test_one_entry_for_all_payments_of_a_reference_is_proposed_first() -> None:
    found = match([seen("a", "-700.00")], [sent(1, "400.00"), sent(2, "300.00")])
    (first, *_) = found.proposals[EntryId("a")]
    assert (Why.REFERENCE, Why.SUM, Why.DATE) == first.why
    assert [(1, gbp("400.00")), (2, gbp("300.00"))] == [(one.number, amount) for one, amount, _ in first.payments]


def test_a_payment_that_was_found_is_no_part_of_the_sum_of_its_reference() -> None:
    payments = [sent(1, "50.00", left=gbp("0.00")), sent(2, "400.00"), sent(3, "300.00")]
    (first, *_) = match([seen("a", "-700.00")], payments).proposals[EntryId("a")]
    assert [2, 3] == [one.number for one, _, _ in first.payments]


def test_entries_and_payments_with_nothing_in_common_are_unmatched() -> None:
    found = match([seen("fee", "-1.50", end_to_end=None)], [sent(1, "400.00")])
    assert (("fee",), (key(1),)) == (found.unmatched, found.unseen)


# --- Stated by registers ----------------------------------------------------------------------------------------------


def test_a_payment_of_a_register_is_proposed_after_our_own_and_never_exact_or_missing() -> None:
    theirs = sent(2, "400.00", "BACS 0407 0001", stated=True, back=gbp("0.00"))
    found = match([seen("a", "-400.00")], [theirs])
    assert ({}, ()) == (found.exact, found.unseen)
    assert [(Why.REFERENCE, Why.AMOUNT, Why.DATE)] == why(found, "a")
    # The match to our own payment is as certain as without the other.
    both = match([seen("a", "-400.00")], [theirs, sent(3, "400.00")])
    assert {"a": key(3)} == {name: one.payments[0][0] for name, one in both.exact.items()}
    alike = match([seen("a", "-400.00", exact=False)], [theirs, sent(3, "400.00")])
    assert [key(3), key(2)] == [one.payments[0][0] for one in alike.proposals[EntryId("a")]]


def test_a_return_that_a_register_states_is_proposed_only_for_money_that_came_in() -> None:
    back = sent(1, "50.00", None, stated=True, left=gbp("0.00"))
    found = match([seen("in", "50.00", end_to_end=None), seen("out", "-50.00", end_to_end=None)], [back])
    assert ({"in"}, ("out",)) == (set(found.proposals), found.unmatched)


def test_a_payment_stated_without_a_day_is_proposed_by_its_reference_alone() -> None:
    undated = [sent(1, "400.00", None, stated=True, released=None)]
    assert ("a",) == match([seen("a", "-400.00")], undated).unmatched
    assert [(Why.REFERENCE, Why.AMOUNT)] == why(
        match([seen("a", "-400.00")], [replace(undated[0], reference="BACS04070001")]), "a"
    )


# --- Laws -------------------------------------------------------------------------------------------------------------

REFERENCES = st.sampled_from(("A1", "B2", "C3", None))
AMOUNTS = st.sampled_from(("1.00", "2.00", "3.00"))
DAYS = st.integers(min_value=0, max_value=40).map(lambda nth: RELEASED + timedelta(days=nth))


@st.composite
def entries(draw: st.DrawFn) -> list[Seen]:
    made: list[BankEntry] = draw(
        st.lists(
            st.builds(
                lambda amount, out, reference, day: entry(
                    ("-" if out else "") + amount, end_to_end=reference, reference=None, booked=When(day.isoformat())
                ),
                AMOUNTS, st.booleans(), REFERENCES, DAYS,
            ),
            max_size=6,
        )
    )  # fmt: skip
    return [
        Seen(entry_id=EntryId(f"e{nth}"), entry=one, open=draw(st.booleans()), exact=draw(st.booleans()))
        for nth, one in enumerate(numbered(made))
    ]


@st.composite
def payments(draw: st.DrawFn) -> list[Open]:
    made = draw(st.lists(st.tuples(AMOUNTS, REFERENCES, st.booleans(), st.booleans()), max_size=6))
    return [
        sent(nth, amount, reference, left=gbp("0.00") if gone else gbp(amount), stated=stated)
        for nth, (amount, reference, gone, stated) in enumerate(made, start=1)
    ]


@hypothesis.settings(max_examples=60)
@hypothesis.given(entries(), payments(), st.randoms(use_true_random=False))
def test_an_exact_match_is_one_entry_and_one_payment(given: list[Seen], known: list[Open], chance: Any) -> None:
    found = match(given, known)
    by_id = {one.entry_id: one for one in given}
    taken = [(proposal.payments[0][0], by_id[name].entry.amount.is_positive) for name, proposal in found.exact.items()]
    assert len(taken) == len(set(taken))
    for name, proposal in found.exact.items():
        ((payment, amount, _),) = proposal.payments
        (paid,) = [one for one in known if one.key == payment]
        assert by_id[name].open
        assert amount == paid.sent
        assert abs(by_id[name].entry.amount.amount) == amount.amount
        assert paid.reference == by_id[name].entry.end_to_end
        assert not paid.stated
        assert 1 == sum(one.reference == paid.reference for one in known if not one.stated)
    # Each open entry has a result: exact, proposed, a duplicate or unmatched.
    results = [*found.exact, *found.proposals, *found.duplicates, *found.unmatched]
    assert {one.entry_id for one in given if one.open} == set(results)
    # The order of entries and payments does not change the results.
    shuffled, payments_ = list(given), list(known)
    chance.shuffle(shuffled)
    chance.shuffle(payments_)
    again = match(shuffled, payments_)
    assert (found.exact, found.proposals, found.duplicates) == (again.exact, again.proposals, again.duplicates)
    assert (set(found.unmatched), set(found.unseen)) == (set(again.unmatched), set(again.unseen))


@hypothesis.settings(max_examples=200)
@hypothesis.given(entries(), payments())
def test_what_is_exact_is_found(given: list[Seen], known: list[Open]) -> None:
    """Worked out for each entry by looking at every payment and at every other entry."""

    def the_one(one: Seen) -> PaymentKey | None:
        named = [
            paid for paid in known if not paid.stated and paid.reference and paid.reference == one.entry.end_to_end
        ]
        if not one.open or not one.exact or len(named) != 1 or abs(one.entry.amount.amount) != named[0].sent.amount:
            return None
        whole = named[0].back if one.entry.amount.is_positive else named[0].left
        return named[0].key if whole == named[0].sent else None

    claims = {one.entry_id: (the_one(one), one.entry.amount.is_positive) for one in given}
    alone = {name: found for name, (found, back) in claims.items() if list(claims.values()).count((found, back)) == 1}
    exact = {name: found for name, found in alone.items() if found is not None}
    assert exact == {name: one.payments[0][0] for name, one in match(given, known).exact.items()}


# --- What is not the same ---------------------------------------------------------------------------------------------


def test_an_entry_and_a_payment_of_different_currencies_have_nothing_in_common() -> None:
    euros = seen("a", "-400.00")
    euros = replace(euros, entry=replace(euros.entry, amount=Money.of("-400.00", "EUR")))
    found = match([euros], [sent(1, "400.00")])
    assert ({}, {}, ("a",)) == (found.exact, found.proposals, found.unmatched)
    # A payment in euros under the same reference leaves the one in pounds sure.
    in_euros = replace(
        sent(2, "400.00"),
        sent=Money.of("400.00", "EUR"),
        left=Money.of("400.00", "EUR"),
        back=Money.of("400.00", "EUR"),
    )
    assert {"a"} == match([seen("a", "-400.00")], [sent(1, "400.00"), in_euros]).exact.keys()


def test_no_more_comes_back_than_is_left_to_come_back() -> None:
    paid = sent(1, "400.00", left=gbp("0.00"), back=gbp("150.00"))
    assert ("a",) == match([seen("a", "150.01")], [paid]).unmatched
    assert 1 == len(why(match([seen("a", "150.00")], [paid]), "a"))


def test_of_two_returns_of_one_amount_neither_is_sure() -> None:
    paid = sent(1, "400.00", left=gbp("0.00"), back=gbp("0.00"))
    paid = replace(paid, known_back=((3, gbp("400.00")), (4, gbp("400.00"))))
    assert {} == match([seen("a", "400.00")], [paid]).exact


# --- How far ----------------------------------------------------------------------------------------------------------


def test_at_most_five_payments_are_proposed_the_likeliest_first() -> None:
    alike = [sent(number, "400.00", None) for number in range(1, 7)]
    likelier = sent(9, "400.00", None, payees=("Cumbria",))
    one = seen("a", "-400.00", end_to_end=None, counterparty="Cumbria County Council")
    proposals = match([one], [*alike, likelier]).proposals[EntryId("a")]
    assert [9, 1, 2, 3, 4] == [proposal.payments[0][0].number for proposal in proposals]
    assert [14, 10, 10, 10, 10] == [proposal.weight for proposal in proposals]


def test_what_two_have_in_common_weighs_and_is_shown_from_the_strongest() -> None:
    one = seen("a", "-400.00", counterparty="Cumbria", exact=False)
    (by_reference,) = match([one], [sent(1, "400.00", payees=("Cumbria",))]).proposals[EntryId("a")]
    assert (Why.REFERENCE, Why.AMOUNT, Why.PAYEE, Why.DATE) == by_reference.why
    assert 46 == by_reference.weight
    two = match([seen("a", "-700.00")], [sent(1, "400.00"), sent(2, "300.00")]).proposals[EntryId("a")]
    assert (Why.REFERENCE, Why.SUM, Why.DATE) == two[0].why
    assert 50 == two[0].weight


def test_a_reference_in_the_text_has_at_least_four_letters() -> None:
    def named(reference: str) -> list[tuple[Why, ...]]:
        text = seen("a", "-400.00", end_to_end=None, remittance=f"July {reference}", booked=When("2005-01-10"))
        return why(match([text], [sent(1, "400.00", reference)]), "a")

    assert [(Why.REFERENCE_IN_TEXT, Why.AMOUNT)] == named("AB 12")
    assert [] == named("AB 1")
    part = seen("a", "-399.00", end_to_end=None, remittance="July AB 12", booked=When("2005-01-10"))
    assert [(Why.REFERENCE_IN_TEXT,)] == why(match([part], [sent(1, "400.00", "AB 12")]), "a")


def test_a_return_is_looked_for_within_half_a_year_of_the_release_and_not_long_before_it() -> None:
    paid = sent(1, "400.00", None, left=gbp("0.00"))
    for booked, proposals in (
        ("2004-07-03", 1), ("2004-07-02", 0), ("2005-01-02", 1), ("2005-01-03", 0),
    ):  # fmt: skip
        back = seen("in", "400.00", end_to_end=None, booked=When(booked))
        assert proposals == len(why(match([back], [paid]), "in")), booked


def test_money_that_comes_in_is_a_recorded_return_for_certain_only_with_its_amount() -> None:
    paid = sent(1, "400.00", left=gbp("0.00"), known_back=((1, gbp("100.00")),))
    assert {} == match([seen("in", "400.00")], [paid]).exact


def test_a_payment_that_an_exact_entry_is_may_have_come_back() -> None:
    back = replace(seen("in", "400.00", reference="NWB9", end_to_end=None), exact=False)
    found = match([seen("a", "-400.00"), back], [sent(1, "400.00")])
    assert ({"a"}, {"in"}) == (set(found.exact), set(found.proposals))


def test_a_payment_that_the_bank_has_shown_whole_is_not_missing() -> None:
    assert () == match((), [sent(1, "400.00", left=gbp("0.00"))]).unseen


def test_two_names_are_of_one_payee_if_they_share_half_of_the_words_of_the_shorter_one() -> None:
    for one, other, same in (
        ("Eden District Council", "EDEN DC", True), ("Eden Valley Trust", "Eden Valley Housing Trust", True),
        ("Eden District", "Carlisle District", True), ("Eden", "Eden Rural Housing Trust", True),
        ("Eden Valley Housing", "Eden Rural Fund", False),
        ("The Council of Eden", "The Council of Carlisle", False), ("", "Eden", False), ("The Council", "the", False),
    ):  # fmt: skip
        assert same is same_payee(one, other), (one, other)


def test_a_recorded_return_is_found_by_its_amount_and_the_rest_by_what_is_left() -> None:
    paid = sent(1, "400.00", left=gbp("0.00"), back=gbp("250.00"), known_back=((2, gbp("150.00")),))
    (known,) = match([seen("in", "150.00", exact=False)], [paid]).proposals[EntryId("in")]
    assert (((key(1), gbp("150.00"), 2),), (Why.REFERENCE, Why.AMOUNT, Why.DATE)) == (known.payments, known.why)
    (rest,) = match([seen("in", "250.00")], [paid]).proposals[EntryId("in")]
    assert (((key(1), gbp("250.00"), None),), (Why.REFERENCE, Why.AMOUNT, Why.DATE)) == (rest.payments, rest.why)
    (part,) = match([seen("in", "100.00")], [paid]).proposals[EntryId("in")]
    assert (Why.REFERENCE, Why.DATE) == part.why


def test_all_payments_of_a_reference_are_proposed_together_only_for_money_that_left() -> None:
    both = [sent(1, "400.00", left=gbp("400.00")), sent(2, "300.00")]
    assert all(Why.SUM not in found for found in why(match([seen("in", "700.00")], both), "in"))
    assert all(Why.SUM not in found for found in why(match([seen("a", "-699.99")], both), "a"))
    by_text = seen("a", "-700.00", end_to_end=None, remittance="BACS04070001")
    assert (Why.REFERENCE_IN_TEXT, Why.SUM, Why.DATE) == why(match([by_text], both), "a")[0]
    # Those of a register are a sum of their own.
    stated = [sent(number, "350.00", stated=True, back=gbp("0.00")) for number in (3, 4)]
    sums = [
        proposal.payments for proposal in match([seen("a", "-700.00")], [*both, *stated]).proposals[EntryId("a")][:2]
    ]
    assert [[1, 2], [3, 4]] == [[one.number for one, _, _ in payments] for payments in sums]


def test_a_payment_that_an_exact_entry_is_is_not_proposed_for_another_one_that_left() -> None:
    other = seen("b", "-400.00", end_to_end=None)
    found = match([seen("a", "-400.00"), other], [sent(1, "400.00")])
    assert ({"a"}, {}, ("b",)) == (set(found.exact), found.proposals, found.unmatched)
    back = seen("in", "400.00", reference="NWB9")
    found = match([back, other], [sent(1, "400.00")])
    assert ({"in"}, {"b"}) == (set(found.exact), set(found.proposals))
    assert (key(1),) == found.unseen


def test_the_reference_of_a_payment_may_be_that_of_the_bank() -> None:
    by_bank = seen("a", "-400.00", end_to_end=None, reference="BACS 0407 0001")
    assert {"a"} == match([by_bank], [sent(1, "400.00")]).exact.keys()


def test_a_recorded_return_is_proposed_although_nothing_is_left_to_come_back() -> None:
    paid = sent(1, "400.00", left=gbp("0.00"), back=gbp("0.00"), known_back=((2, gbp("400.00")),))
    (known,) = match([seen("in", "400.00", exact=False)], [paid]).proposals[EntryId("in")]
    assert ((key(1), gbp("400.00"), 2),) == known.payments
