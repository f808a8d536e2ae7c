"""A subsidy pays for places that are taken while it runs, and each says who paid; a programme has one provider."""

from functools import reduce
from itertools import pairwise
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from domain import partnership
from domain.award import AwardUnknown
from domain.entries import EntryEndsBefore, EntryIsOver, EntryTextEmpty, EntryUnknown
from domain.joint.places import (
    Attendee,
    AttendeeEmpty,
    AttendeeTwice,
    DeclineParticipation,
    DeclineReason,
    EndSubsidy,
    HoldSession,
    MorePeopleThanMeant,
    NotTheProvider,
    ParticipationDeclined,
    PlaceMoneyNotPositive,
    PlacesNotPossible,
    PlacesTaken,
    ProviderTransferred,
    SessionHeld,
    SessionOfNobody,
    SetSubsidy,
    SubsidisedByNobody,
    SubsidisedNotPossible,
    SubsidyAboveCost,
    SubsidyEnded,
    SubsidyIsOver,
    SubsidyNotClear,
    SubsidyOfNoPlace,
    SubsidySet,
    SubsidyShareNotPossible,
    TakePlaces,
    TransferProvider,
    TransferredToItself,
)
from domain.organisation import OrganisationUnknown
from domain.programme import BudgetCurrencyDiffers
from domain.values.correction import CorrectDate
from domain.values.fact import Fact
from domain.values.frozen import replace, values_without
from domain.values.ids import PartnershipId, ProgrammeId
from domain.values.money import Money
from domain.values.order import StepOutOfOrder
from domain.values.when import UNKNOWN, When
from tests.kit.examples import ACE, AWARD, CARLISLE, CUMBRIA, EVENTS, IDEA, ODPM, PARKS, PROGRAMME, SHROPSHIRE
from tests.kit.hostile_values import DATES, MONEY, NUMBERS, WORDS
from tests.kit.spec import at, gbp, given, given_log, what_happens

FORMED: Any = replace(EVENTS["PartnershipFormed"], on=When("2004-01"))
SET_ON, DAY, LAST, LATER = (When(text) for text in ("2004-10-01", "2005-01-20", "2006-03-31", "2006-04-01"))
OF: dict[str, Any] = {"partnership_id": ACE, "on": DAY}
SET = SetSubsidy(
    partnership_id=ACE, category="poor", share=75, until=LAST, because="They have the least money", on=SET_ON
)
TAKE = TakePlaces(
    organisation_id=CARLISLE, people=6, places=8, subsidised=4, amount=gbp("2400.00"), funder_id=ODPM, subsidy=1,
    cost=gbp("7200.00"), residential=True, out_of=52, **OF,
)  # fmt: skip
PLAIN = TakePlaces(organisation_id=CARLISLE, people=6, places=8, **OF)
DECLINE = DeclineParticipation(
    organisation_id=PARKS, reason=DeclineReason.CAPACITY, could_not=True, because="Nobody can be spared", **OF
)
HEADS = (Attendee(post="Head of housing", organisation_id=CARLISLE), Attendee(post="Leader", organisation_id=CUMBRIA))
HOLD = HoldSession(series="Action learning set 2", title="The first case", attended=HEADS, **OF)
MOVE = TransferProvider(from_provider_id=IDEA, to_provider_id=ODPM, handed_over="The list of members", **OF)


def said(kind: Any, command: Any, number: int = 1) -> Any:
    """The event of a *kind* that says what *command* says."""
    return kind(**values_without(command) | {"number": number})


SUBSIDY, TAKEN, HELD = said(SubsidySet, SET), said(PlacesTaken, TAKE), said(SessionHeld, HOLD)
MOVED = said(ProviderTransferred, MOVE)
ENDED = SubsidyEnded(partnership_id=ACE, number=1, because="The budget is spent", on=When("2005-01-31"))


def of_partnership(*history: Fact) -> Any:
    """A partnership with this history."""
    return given(partnership, FORMED, *history)


# --- Subsidies --------------------------------------------------------------------------------------------------------


def test_a_subsidy_pays_a_share_or_a_sum_until_its_intended_last_day() -> None:
    of_partnership().when(replace(SET, number=1)).then(SUBSIDY)
    by_sum = replace(SET, number=1, share=None, per_place=gbp("600.00"), category=None)
    of_partnership().when(by_sum).then(said(SubsidySet, by_sum))


@pytest.mark.parametrize("sums", [{"per_place": gbp("600.00")}, {"share": None}])
def test_a_subsidy_with_both_or_neither_is_refused(sums: dict[str, Any]) -> None:
    of_partnership().when(replace(SET, number=1, **sums)).refused(SubsidyNotClear)


@pytest.mark.parametrize("share", [0, 101, -1])
def test_a_subsidy_pays_no_more_than_the_cost(share: int) -> None:
    of_partnership().when(replace(SET, number=1, share=share)).refused(SubsidyShareNotPossible, share=share)
    nothing = replace(SET, number=1, share=None, per_place=gbp("0.00"))
    of_partnership().when(nothing).refused(PlaceMoneyNotPositive, field="sum for each place")


def test_a_subsidy_is_for_a_named_category_and_ends_after_it_began() -> None:
    of_partnership().when(replace(SET, number=1, category=" ")).refused(EntryTextEmpty, field="category")
    early = replace(SET, number=1, until=When("2004-09-30"))
    of_partnership().when(early).refused(EntryEndsBefore, until=early.until, on=SET_ON)


def test_a_subsidy_is_removed_once_and_with_a_reason() -> None:
    end = EndSubsidy(partnership_id=ACE, number=1, because="The budget is spent", on=ENDED.on)
    of_partnership(SUBSIDY).when(end).then(ENDED)
    of_partnership().when(end).refused(EntryUnknown)
    of_partnership(SUBSIDY, ENDED).when(replace(end, because="Another reason")).refused(EntryIsOver)
    of_partnership(SUBSIDY).when(replace(end, because="")).refused(EntryTextEmpty, field="because")
    of_partnership(SUBSIDY).when(replace(end, on=When("2004-09-30"))).refused(StepOutOfOrder)


# --- Places -----------------------------------------------------------------------------------------------------------


def test_places_say_who_subsidised_how_many_of_them_and_to_what_amount() -> None:
    of_partnership(SUBSIDY).when(replace(TAKE, number=1)).then(TAKEN)
    assert (4, gbp("2400.00"), ODPM) == (TAKEN.subsidised, TAKEN.amount, TAKEN.funder_id)
    of_partnership().when(replace(PLAIN, number=1)).then(said(PlacesTaken, PLAIN))


@pytest.mark.parametrize(("people", "places"), [(0, 8), (6, 0), (-1, 8), (6, 100_001)])
def test_places_are_taken_by_somebody(people: int, places: int) -> None:
    command = replace(PLAIN, number=1, people=people, places=places)
    of_partnership().when(command).refused(PlacesNotPossible, people=people, places=places)


def test_no_more_places_are_subsidised_than_are_taken() -> None:
    for number in (-1, 9):
        of_partnership(SUBSIDY).when(replace(TAKE, number=1, subsidised=number)).refused(
            SubsidisedNotPossible, subsidised=number, places=8
        )


def test_no_more_people_take_part_than_the_programme_is_meant_for() -> None:
    of_partnership().when(replace(PLAIN, number=1, out_of=5)).refused(MorePeopleThanMeant, people=6, out_of=5)
    of_partnership().when(replace(PLAIN, number=1, out_of=6)).then(said(PlacesTaken, replace(PLAIN, out_of=6)))


def test_subsidised_places_say_who_paid_and_others_do_not() -> None:
    of_partnership(SUBSIDY).when(replace(TAKE, number=1, funder_id=None)).refused(SubsidisedByNobody)
    by_award = replace(TAKE, number=1, funder_id=None, award_id=AWARD)
    of_partnership(SUBSIDY).when(by_award).then(said(PlacesTaken, by_award))
    for named in ({"amount": gbp("1.00")}, {"funder_id": ODPM}, {"award_id": AWARD}, {"subsidy": 1}):
        of_partnership(SUBSIDY).when(replace(PLAIN, number=1, **named)).refused(SubsidyOfNoPlace)


def test_a_subsidy_is_not_more_than_the_places_cost() -> None:
    for amount in (gbp("7200.01"), Money.of("10.00", "EUR")):
        of_partnership(SUBSIDY).when(replace(TAKE, number=1, amount=amount)).refused(
            SubsidyAboveCost, amount=amount, cost=gbp("7200.00")
        )
    for field in ("amount", "cost"):
        nothing = replace(TAKE, number=1, **{field: gbp("0.00")})
        of_partnership(SUBSIDY).when(nothing).refused(PlaceMoneyNotPositive, field=field)
    all_of_it = replace(TAKE, number=1, amount=gbp("7200.00"))
    of_partnership(SUBSIDY).when(all_of_it).then(said(PlacesTaken, all_of_it))


def test_places_are_subsidised_while_the_subsidy_runs() -> None:
    of_partnership().when(replace(TAKE, number=1)).refused(EntryUnknown, entry="subsidy 1")
    early, late = replace(TAKE, number=1, on=When("2004-09-30")), replace(TAKE, number=1, on=LATER)
    of_partnership(SUBSIDY).when(early).refused(StepOutOfOrder)
    of_partnership(SUBSIDY).when(late).refused(SubsidyIsOver, number=1, until=LAST, on=LATER)
    on_the_last_day = replace(TAKE, number=1, on=LAST)
    of_partnership(SUBSIDY).when(on_the_last_day).then(said(PlacesTaken, on_the_last_day))


def test_a_subsidy_that_was_removed_pays_until_that_day() -> None:
    removed = replace(TAKE, number=1, on=When("2005-02-01"))
    of_partnership(SUBSIDY, ENDED).when(removed).refused(SubsidyIsOver, number=1, until=ENDED.on)
    of_partnership(SUBSIDY, ENDED).when(replace(TAKE, number=1)).then(TAKEN)
    # It may go on for longer than was intended.
    longer = replace(ENDED, on=When("2006-12-31"))
    late = replace(TAKE, number=1, on=LATER)
    of_partnership(SUBSIDY, longer).when(late).then(said(PlacesTaken, late))


def test_a_subsidy_does_not_end_before_the_places_that_it_paid_for() -> None:
    end = EndSubsidy(partnership_id=ACE, number=1, because="The budget is spent", on=When("2005-01-19"))
    of_partnership(SUBSIDY, TAKEN).when(end).refused(SubsidyIsOver, number=1, until=end.on, on=DAY)
    of_partnership(SUBSIDY, TAKEN).when(replace(end, on=ENDED.on)).then(ENDED)
    stated = replace(TAKEN, source=EVENTS["PlacesTaken"].source)
    of_partnership(SUBSIDY, stated).when(end).then(replace(ENDED, on=end.on))


# --- Who stays out ----------------------------------------------------------------------------------------------------


def test_an_authority_that_stays_out_says_why_and_whether_it_could_join() -> None:
    of_partnership().when(replace(DECLINE, number=1)).then(said(ParticipationDeclined, DECLINE))
    of_partnership().when(replace(DECLINE, number=1, because=" ")).refused(EntryTextEmpty, field="because")


# --- Sessions ---------------------------------------------------------------------------------------------------------


def test_a_session_lists_the_posts_that_attended() -> None:
    of_partnership().when(replace(HOLD, number=1)).then(HELD)
    of_partnership().when(replace(HOLD, number=1, attended=())).refused(SessionOfNobody)
    unnamed = replace(HOLD, number=1, attended=(Attendee(post=" ", organisation_id=CARLISLE),))
    of_partnership().when(unnamed).refused(AttendeeEmpty)
    twice = replace(HOLD, number=1, attended=(*HEADS, HEADS[0]))
    of_partnership().when(twice).refused(AttendeeTwice, post="Head of housing")


# --- Providers --------------------------------------------------------------------------------------------------------


def test_a_programme_moves_from_the_provider_that_has_it() -> None:
    of_partnership().when(replace(MOVE, number=1)).then(MOVED)
    of_partnership().when(replace(MOVE, number=1, to_provider_id=IDEA)).refused(TransferredToItself)
    again = replace(MOVE, number=2, on=LATER, to_provider_id=CUMBRIA)
    of_partnership(MOVED).when(again).refused(NotTheProvider, number=1)
    back = replace(again, from_provider_id=ODPM, to_provider_id=IDEA)
    of_partnership(MOVED).when(back).then(said(ProviderTransferred, back, 2))
    of_partnership(MOVED).when(replace(back, on=When("2005-01-19"))).refused(StepOutOfOrder)
    of_partnership().when(replace(MOVE, number=1, handed_over="")).refused(EntryTextEmpty, field="handed over")


# --- Numbers, and what they name --------------------------------------------------------------------------------------


def test_entries_without_a_number_get_the_next_of_their_kind() -> None:
    for command, kind in (
        (replace(SET, category="weak"), SubsidySet), (PLAIN, PlacesTaken), (DECLINE, ParticipationDeclined),
        (replace(HOLD, title="The second case"), SessionHeld),
    ):  # fmt: skip
        history = (FORMED, SUBSIDY, TAKEN, said(ParticipationDeclined, DECLINE), HELD)
        state = reduce(partnership.evolve, history, None)
        assert [said(kind, command, 2)] == partnership.decide(state, command)


REGISTERED = [
    one
    for organisation in (ODPM, CARLISLE, CUMBRIA, PARKS, IDEA)
    for one in at(organisation, replace(EVENTS["OrganisationRegistered"], code=organisation))
]
THERE = [*REGISTERED, *at(PROGRAMME, EVENTS["ProgrammeEstablished"]), *at(ACE, FORMED)]
OFFERED: Any = EVENTS["AwardOffered"]


def test_the_organisations_and_the_award_that_an_entry_names_must_exist() -> None:
    for command in (TAKE, DECLINE, HOLD, MOVE):
        given_log(*at(PROGRAMME, EVENTS["ProgrammeEstablished"]), *at(ACE, FORMED, SUBSIDY)).when(
            replace(command, number=1)
        ).refused(OrganisationUnknown)
    paid = replace(HOLD, number=1, award_id=AWARD)
    given_log(*THERE).when(paid).refused(AwardUnknown)
    given_log(*THERE, *at(AWARD, OFFERED)).when(paid).then(*at(ACE, said(SessionHeld, paid)))


def test_an_award_of_another_partnership_of_the_programme_may_pay_and_one_of_another_programme_not() -> None:
    neighbour: Any = replace(FORMED, partnership_id=SHROPSHIRE, code="shropshire")
    offered = at(AWARD, replace(OFFERED, partnership_id=SHROPSHIRE))
    paid = replace(TAKE, number=1, award_id=AWARD, funder_id=None)
    there = [*THERE, *at(ACE, SUBSIDY), *offered]
    given_log(*there, *at(SHROPSHIRE, neighbour)).when(paid).then(*at(ACE, said(PlacesTaken, paid)))
    elsewhere = replace(neighbour, programme_id=ProgrammeId("programme-other"))
    given_log(*there, *at(SHROPSHIRE, elsewhere)).when(paid).refused(AwardUnknown)


def test_the_money_of_places_is_in_the_currency_of_the_programme() -> None:
    euros = Money.of("10.00", "EUR")
    by_sum = replace(SET, number=1, share=None, per_place=euros)
    given_log(*THERE).when(by_sum).refused(BudgetCurrencyDiffers, budget="EUR", programme="GBP")
    given_log(*THERE).when(replace(PLAIN, number=1, cost=euros)).refused(BudgetCurrencyDiffers)


def test_a_date_is_not_corrected_so_that_places_come_before_their_subsidy() -> None:
    correct = CorrectDate(
        partnership_id=ACE, step="SubsidySet", number=1, date=When("2005-02-01"), because="Mistyped", on=LATER
    )
    given_log(*THERE, *at(ACE, SUBSIDY, TAKEN)).when(correct).refused(StepOutOfOrder)
    given_log(*THERE, *at(ACE, SUBSIDY)).when(replace(correct, date=LATER)).refused(EntryEndsBefore)
    late = replace(correct, step="PlacesTaken", date=LATER)
    given_log(*THERE, *at(ACE, SUBSIDY, TAKEN)).when(late).refused(SubsidyIsOver, number=1)


# --- The law ----------------------------------------------------------------------------------------------------------

ANY: dict[str, Any] = {"partnership_id": st.just(PartnershipId(ACE)), "on": DATES, "number": NUMBERS}
FEW = st.sampled_from((1, 2, 3, 0, -1, 10**18))
ORGANISATIONS = st.sampled_from((ODPM, IDEA, CARLISLE))
COMMANDS = st.one_of(
    st.builds(
        SetSubsidy, **ANY, category=st.none() | WORDS, share=st.none() | FEW, per_place=st.none() | MONEY,
        until=DATES | st.just(UNKNOWN), because=WORDS,
    ),
    st.builds(EndSubsidy, **ANY, because=WORDS),
    st.builds(
        TakePlaces, **ANY, organisation_id=ORGANISATIONS, people=FEW, places=FEW, subsidised=FEW,
        amount=st.none() | MONEY, cost=st.none() | MONEY, funder_id=st.none() | ORGANISATIONS,
        subsidy=st.none() | NUMBERS, out_of=st.none() | FEW,
    ),
    st.builds(
        HoldSession, **ANY, series=WORDS, title=WORDS,
        attended=st.lists(st.builds(Attendee, post=WORDS, organisation_id=ORGANISATIONS), max_size=3).map(tuple),
    ),
    st.builds(
        TransferProvider, **ANY, from_provider_id=ORGANISATIONS, to_provider_id=ORGANISATIONS, handed_over=WORDS
    ),
)  # fmt: skip


@hypothesis.given(st.lists(COMMANDS, max_size=30))
def test_whatever_is_asked_no_subsidy_exceeds_what_it_pays_for_and_there_is_one_provider(commands: list[Any]) -> None:
    history = what_happens(partnership, [FORMED], commands)
    providers = [(one.from_provider_id, one.to_provider_id) for one in history if isinstance(one, ProviderTransferred)]
    assert all(before[1] == after[0] for before, after in pairwise(providers))
    subsidies = {one.number: one for one in history if isinstance(one, SubsidySet)}
    for one in history:
        if isinstance(one, PlacesTaken):
            assert 0 <= one.subsidised <= one.places
            assert bool(one.subsidised) or one.amount is None
            assert one.amount is None or one.cost is None or one.amount <= one.cost
            assert one.subsidy is None or subsidies[one.subsidy].on.may_precede(one.on)
