"""A programme has one currency. Each scheme has its own code. Budgets and criteria belong to its own schemes."""

from dataclasses import replace

import hypothesis
import pytest
from hypothesis import strategies as st

from domain import programme
from domain.programme import (
    AllocateBudget,
    AssessmentCriteriaPublished,
    AssignBudget,
    BudgetAllocated,
    BudgetAssigned,
    BudgetCurrencyDiffers,
    BudgetNotPositive,
    BudgetUnknown,
    BudgetVariationUnexplained,
    BudgetVaried,
    CalendarChosen,
    ChooseCalendar,
    CommitSchemeFunds,
    CriteriaEmpty,
    EstablishProgramme,
    EstablishScheme,
    ProgrammeAlreadyEstablished,
    ProgrammeBudgetExceeded,
    ProgrammeEstablished,
    ProgrammeNameStated,
    ProgrammeUnknown,
    PublishCriteria,
    SchemeAlreadyEstablished,
    SchemeBudgetExceeded,
    SchemeCommitmentNegative,
    SchemeEstablished,
    SchemeFundsCommitted,
    SchemeFundsReturned,
    SchemeUnknown,
    ServiceStandardSet,
    SetServiceStandard,
    StandardOutOfRange,
    VaryBudget,
)
from domain.values.fact import Fact, Source
from domain.values.ids import AwardId, RoundId, SchemeId
from domain.values.money import Money, total
from domain.values.waiting import Calendar, Days, Span
from domain.values.when import UNKNOWN, When
from tests.kit.examples import AWARD, DIRECT_SUPPORT, EVENTS, ODPM, OTHER_AWARD, PILOTS, PROGRAMME, ROUND, stated
from tests.kit.hostile_values import DATES, HUGE, MONEY, WORDS
from tests.kit.spec import gbp, given, what_happens

ON = When("2003-11")
SOURCE = stated("programmes.csv", "001_e3882102bbbe1f2a.txt:281-286")
ESTABLISHED = ProgrammeEstablished(code="cbp", name="Capacity Building Programme", currency="GBP", on=When("2003"))
SCHEME = SchemeEstablished(scheme_id=PILOTS, code="cbp-pilots", name="CBP Pilot Programme", kind="pilots", on=ON)
CRITERIA = ("Transferable lessons", "Impact evaluation")
SUPPORT = SchemeEstablished(scheme_id=DIRECT_SUPPORT, code="cbp-direct", name="Direct Support", kind="support", on=ON)
WHY = "Part of the money goes to Direct Support"
PUBLISHED = AssessmentCriteriaPublished(scheme_id=PILOTS, criteria=CRITERIA, on=ON)


def establish(*, code: str = "cbp", currency: str = "GBP") -> EstablishProgramme:
    return EstablishProgramme(
        programme_id=PROGRAMME, code=code, name="Capacity Building Programme", currency=currency, on=When("2003")
    )


def begin_scheme(
    scheme_id: SchemeId = PILOTS, code: str = "cbp-pilots", source: Source | None = None
) -> EstablishScheme:
    return EstablishScheme(
        programme_id=PROGRAMME,
        scheme_id=scheme_id,
        code=code,
        name="CBP Pilot Programme",
        kind="pilots",
        on=ON,
        source=source,
    )


def allocate(amount: Money, scheme_id: SchemeId | None = None) -> AllocateBudget:
    return AllocateBudget(programme_id=PROGRAMME, scheme_id=scheme_id, amount=amount, purpose="Pilots", on=ON)


def allocated(amount: str, scheme_id: SchemeId | None = None) -> BudgetAllocated:
    return BudgetAllocated(scheme_id=scheme_id, amount=gbp(amount), purpose="Pilots", on=ON)


def vary(change: Money, scheme_id: SchemeId | None = None, because: str = WHY) -> VaryBudget:
    return VaryBudget(programme_id=PROGRAMME, scheme_id=scheme_id, change=change, because=because, on=ON)


def varied(change: str, scheme_id: SchemeId | None = None) -> BudgetVaried:
    return BudgetVaried(scheme_id=scheme_id, change=gbp(change), because=WHY, on=ON)


def assign(amount: Money, round_id: RoundId = ROUND, scheme_id: SchemeId = PILOTS) -> AssignBudget:
    return AssignBudget(programme_id=PROGRAMME, scheme_id=scheme_id, round_id=round_id, amount=amount, on=ON)


def assigned(amount: str) -> BudgetAssigned:
    return BudgetAssigned(scheme_id=PILOTS, round_id=ROUND, amount=gbp(amount), on=ON)


def commit(total: Money, award_id: AwardId = AWARD, scheme_id: SchemeId = PILOTS) -> CommitSchemeFunds:
    return CommitSchemeFunds(programme_id=PROGRAMME, scheme_id=scheme_id, award_id=award_id, total=total, on=ON)


def committed(amount: str, award_id: AwardId = AWARD) -> SchemeFundsCommitted:
    return SchemeFundsCommitted(scheme_id=PILOTS, award_id=award_id, amount=gbp(amount), on=ON)


def returned(amount: str) -> SchemeFundsReturned:
    return SchemeFundsReturned(scheme_id=PILOTS, award_id=AWARD, amount=gbp(amount), on=ON)


def publish(*criteria: str, scheme_id: SchemeId = PILOTS) -> PublishCriteria:
    return PublishCriteria(programme_id=PROGRAMME, scheme_id=scheme_id, criteria=criteria, on=ON)


# --- Examples ---------------------------------------------------------------------------------------------------------


def test_a_programme_is_established_with_all_its_details() -> None:
    given(programme).when(
        EstablishProgramme(
            programme_id=PROGRAMME,
            code="cbp",
            name="Capacity Building Programme",
            currency="GBP",
            country="England",
            funder_id=ODPM,
            description="Joint initiative of central government and the LGA",
            on=When("2003"),
            until=When("2008"),
            source=SOURCE,
        )
    ).then(
        ProgrammeEstablished(
            code="cbp",
            name="Capacity Building Programme",
            currency="GBP",
            country="England",
            funder_id=ODPM,
            description="Joint initiative of central government and the LGA",
            on=When("2003"),
            until=When("2008"),
            source=SOURCE,
        )
    )


def test_a_programme_is_not_established_again_under_another_code_or_in_another_currency() -> None:
    established = given(programme, ESTABLISHED)
    established.when(establish(code="cbp-two")).refused(ProgrammeAlreadyEstablished, code="cbp")
    established.when(establish(currency="EUR")).refused(ProgrammeAlreadyEstablished, code="cbp")


def test_a_source_may_call_a_programme_or_scheme_by_another_name_and_each_name_is_recorded_once() -> None:
    known = given(programme, ESTABLISHED, SCHEME)
    programme_again = replace(establish(), name="Capacity Fund", source=SOURCE)
    scheme_again = replace(begin_scheme(), name="Pathfinders", source=SOURCE)
    named = ProgrammeNameStated(name="Capacity Fund", on=UNKNOWN, source=SOURCE)
    scheme_named = ProgrammeNameStated(scheme_id=PILOTS, name="Pathfinders", on=UNKNOWN, source=SOURCE)
    known.when(programme_again).then(named)
    known.when(scheme_again).then(scheme_named)
    both = given(programme, ESTABLISHED, SCHEME, named, scheme_named)
    for repeated in (programme_again, scheme_again, establish(), begin_scheme()):
        both.when(repeated).then()


def test_we_ourselves_do_not_establish_a_programme_or_scheme_again_under_another_name() -> None:
    known = given(programme, ESTABLISHED, SCHEME)
    known.when(replace(establish(), name="Capacity Fund")).refused(ProgrammeAlreadyEstablished, code="cbp")
    known.when(replace(begin_scheme(), name="Pathfinders")).refused(SchemeAlreadyEstablished, code="cbp-pilots")


def test_a_scheme_begins_within_its_programme() -> None:
    given(programme, ESTABLISHED).when(
        EstablishScheme(
            programme_id=PROGRAMME,
            scheme_id=PILOTS,
            code="cbp-pilots",
            name="CBP Pilot Programme",
            kind="pilots",
            funder_id=ODPM,
            description="Locally shaped projects",
            on=ON,
            source=SOURCE,
        )
    ).then(
        SchemeEstablished(
            scheme_id=PILOTS,
            code="cbp-pilots",
            name="CBP Pilot Programme",
            kind="pilots",
            funder_id=ODPM,
            description="Locally shaped projects",
            on=ON,
            source=SOURCE,
        )
    )


def test_two_schemes_of_a_programme_do_not_share_a_code() -> None:
    given(programme, ESTABLISHED, SCHEME).when(begin_scheme(DIRECT_SUPPORT)).refused(
        SchemeAlreadyEstablished, code="cbp-pilots"
    )


def test_a_scheme_does_not_take_another_code() -> None:
    given(programme, ESTABLISHED, SCHEME).when(begin_scheme(code="cbp-direct-support")).refused(
        SchemeAlreadyEstablished, code="cbp-direct-support"
    )


def test_a_budget_is_allocated_to_a_scheme_and_increased_by_a_second_allocation() -> None:
    given(programme, ESTABLISHED, SCHEME).when(allocate(gbp("2500000.00"), PILOTS)).then_each_time(
        BudgetAllocated(scheme_id=PILOTS, amount=gbp("2500000.00"), purpose="Pilots", on=ON)
    )


def test_a_budget_is_allocated_to_the_programme_as_a_whole() -> None:
    given(programme, ESTABLISHED).when(allocate(gbp("0.01"))).then_each_time(
        BudgetAllocated(amount=gbp("0.01"), purpose="Pilots", on=ON)
    )


@pytest.mark.parametrize("amount", ["0.00", "-0.01"])
def test_a_budget_of_0_or_less_is_refused(amount: str) -> None:
    given(programme, ESTABLISHED).when(allocate(gbp(amount))).refused(BudgetNotPositive, amount=gbp(amount))


def test_a_budget_in_another_currency_is_refused() -> None:
    given(programme, ESTABLISHED).when(allocate(Money.of("1.00", "EUR"))).refused(
        BudgetCurrencyDiffers, programme="GBP", budget="EUR"
    )


def test_no_budget_is_allocated_to_a_scheme_of_another_programme() -> None:
    given(programme, ESTABLISHED, SCHEME).when(allocate(gbp("1.00"), DIRECT_SUPPORT)).refused(
        SchemeUnknown, scheme=DIRECT_SUPPORT
    )


# --- Budgets of programme and schemes ---------------------------------------------------------------------------------

BUDGETED = (ESTABLISHED, SCHEME, SUPPORT, allocated("1000.00"))


def test_the_budgets_of_the_schemes_add_up_to_the_programmes_budget_at_most() -> None:
    begun = given(programme, *BUDGETED, allocated("400.00", DIRECT_SUPPORT))
    begun.when(allocate(gbp("600.01"), PILOTS)).refused(
        ProgrammeBudgetExceeded, available=gbp("600.00"), wanted=gbp("600.01")
    )
    assert [allocated("600.00", PILOTS)] == programme.decide(
        _state(*BUDGETED, allocated("400.00", DIRECT_SUPPORT)), allocate(gbp("600.00"), PILOTS)
    )


def test_a_programme_without_a_budget_does_not_limit_its_schemes() -> None:
    given(programme, ESTABLISHED, SCHEME).when(allocate(gbp("999999999.99"), PILOTS)).then_each_time(
        allocated("999999999.99", PILOTS)
    )


@pytest.mark.parametrize(("scheme_id", "change"), [(None, "1.00"), (PILOTS, "1.00"), (PILOTS, "-1.00")])
def test_a_budget_is_varied_with_the_reason(scheme_id: SchemeId | None, change: str) -> None:
    given(programme, *BUDGETED, allocated("400.00", PILOTS)).when(vary(gbp(change), scheme_id)).then_each_time(
        varied(change, scheme_id)
    )


def test_a_budget_variation_needs_a_reason_and_the_currency_of_the_programme() -> None:
    given(programme, *BUDGETED).when(vary(gbp("1.00"), because=" ")).refused(BudgetVariationUnexplained)
    given(programme, *BUDGETED).when(vary(Money.of("1.00", "EUR"))).refused(
        BudgetCurrencyDiffers, programme="GBP", budget="EUR"
    )


def test_a_budget_that_nobody_allocated_is_not_varied() -> None:
    given(programme, ESTABLISHED, SCHEME, allocated("1.00", PILOTS)).when(vary(gbp("1.00"))).refused(BudgetUnknown)
    given(programme, *BUDGETED).when(vary(gbp("1.00"), PILOTS)).refused(BudgetUnknown, scheme=PILOTS)


def test_a_budget_that_is_varied_by_nothing_stays_as_it_is() -> None:
    given(programme, *BUDGETED).when(vary(gbp("0.00"))).then()
    given(programme, *BUDGETED, allocated("400.00", PILOTS)).when(vary(gbp("0.00"), PILOTS)).then()


def test_a_programmes_budget_is_cut_to_what_its_schemes_have_and_not_below() -> None:
    history = (*BUDGETED, allocated("400.00", PILOTS))
    assert [varied("-600.00")] == programme.decide(_state(*history), vary(gbp("-600.00")))
    given(programme, *history).when(vary(gbp("-600.01"))).refused(ProgrammeBudgetExceeded, allocated=gbp("400.00"))


def test_a_schemes_budget_is_raised_within_the_programmes_budget_only() -> None:
    history = (*BUDGETED, allocated("400.00", PILOTS))
    assert [varied("600.00", PILOTS)] == programme.decide(_state(*history), vary(gbp("600.00"), PILOTS))
    given(programme, *history).when(vary(gbp("600.01"), PILOTS)).refused(
        ProgrammeBudgetExceeded, available=gbp("600.00"), wanted=gbp("600.01")
    )


def test_a_schemes_budget_is_not_cut_below_its_commitments() -> None:
    history = (*BUDGETED, allocated("400.00", PILOTS), assigned("250.00"), committed("100.00"))
    assert [varied("-50.00", PILOTS)] == programme.decide(_state(*history), vary(gbp("-50.00"), PILOTS))
    given(programme, *history).when(vary(gbp("-50.01"), PILOTS)).refused(
        SchemeBudgetExceeded, available=gbp("50.00"), wanted=gbp("50.01")
    )


def test_the_budgets_of_rounds_are_kept_round_by_round() -> None:
    other = RoundId("round-other")
    both = (assigned("250.00"), replace(assigned("100.00"), round_id=other))
    history = (ESTABLISHED, SCHEME, allocated("400.00", PILOTS), *both)
    given(programme, *history).when(assign(gbp("250.00"))).then()
    given(programme, *history).when(assign(gbp("100.00"), other)).then()
    assert gbp("50.00") == _state(*history).available(PILOTS)


def test_a_programmes_budget_is_not_allocated_below_what_its_schemes_have() -> None:
    history = (ESTABLISHED, SCHEME, allocated("400.00", PILOTS))
    assert [allocated("400.00")] == programme.decide(_state(*history), allocate(gbp("400.00")))
    given(programme, ESTABLISHED, SCHEME, allocated("400.00", PILOTS)).when(allocate(gbp("399.99"))).refused(
        ProgrammeBudgetExceeded, allocated=gbp("400.00"), budget=gbp("399.99")
    )


def test_a_schemes_budget_may_be_cut_where_the_schemes_have_too_much() -> None:
    history = (ESTABLISHED, SCHEME, allocated("400.00", PILOTS), allocated("300.00"))
    assert [varied("-50.00", PILOTS)] == programme.decide(_state(*history), vary(gbp("-50.00"), PILOTS))


@pytest.mark.parametrize("again", [allocate(gbp(HUGE), PILOTS), vary(gbp(HUGE), PILOTS)], ids=["allocated", "varied"])
def test_a_huge_budget_that_is_set_aside_twice_leaves_the_programme_readable(again: programme.Command) -> None:
    what_happens(programme, [ESTABLISHED, SCHEME, allocated(HUGE, PILOTS)], [again], (AllocateBudget, VaryBudget))


def test_part_of_a_schemes_budget_is_for_a_round_to_award() -> None:
    budgeted = given(programme, ESTABLISHED, SCHEME, allocated("400.00", PILOTS))
    budgeted.when(assign(gbp("400.00"))).then(assigned("400.00"))
    budgeted.when(assign(gbp("400.01"))).refused(SchemeBudgetExceeded, available=gbp("400.00"), wanted=gbp("400.01"))


def test_a_scheme_without_a_budget_does_not_limit_rounds_and_awards() -> None:
    given(programme, ESTABLISHED, SCHEME).when(assign(gbp("999999.99"))).then(assigned("999999.99"))
    given(programme, ESTABLISHED, SCHEME).when(commit(gbp("999999.99"))).then(committed("999999.99"))


def test_awards_outside_any_round_stay_within_the_schemes_budget_to_the_last_penny() -> None:
    history = (ESTABLISHED, SCHEME, allocated("400.00", PILOTS), assigned("250.00"))
    given(programme, *history).when(commit(gbp("150.00"))).then(committed("150.00"))
    given(programme, *history).when(commit(gbp("150.01"))).refused(
        SchemeBudgetExceeded, available=gbp("150.00"), wanted=gbp("150.01")
    )
    given(programme, *history, committed("150.00", OTHER_AWARD)).when(commit(gbp("0.01"))).refused(
        SchemeBudgetExceeded, available=gbp("0.00"), wanted=gbp("0.01")
    )


def test_the_total_for_an_award_is_given_and_the_scheme_commits_the_difference() -> None:
    bound = given(programme, ESTABLISHED, SCHEME, allocated("400.00", PILOTS), committed("150.00"))
    bound.when(commit(gbp("150.00"))).then()
    bound.when(commit(gbp("400.00"))).then(committed("250.00"))
    bound.when(commit(gbp("100.00"))).then(returned("50.00"))
    bound.when(commit(gbp("0.00"))).then(returned("150.00"))


def test_the_commitments_of_several_awards_are_kept_award_by_award() -> None:
    history = (ESTABLISHED, SCHEME, allocated("400.00", PILOTS), committed("150.00"), committed("100.00", OTHER_AWARD))
    given(programme, *history).when(commit(gbp("150.00"))).then()
    given(programme, *history).when(commit(gbp("300.01"))).refused(SchemeBudgetExceeded, available=gbp("150.00"))


def test_a_negative_commitment_and_one_in_another_currency_are_refused() -> None:
    bound = given(programme, ESTABLISHED, SCHEME, allocated("400.00", PILOTS), committed("150.00"))
    bound.when(commit(gbp("-0.01"))).refused(SchemeCommitmentNegative, total=gbp("-0.01"))
    bound.when(commit(Money.of("1.00", "EUR"))).refused(BudgetCurrencyDiffers, programme="GBP", budget="EUR")
    given(programme, ESTABLISHED, SCHEME).when(commit(gbp("0.00"))).then()


def _state(*history: programme.Event) -> programme.Programme:
    state = None
    for event in history:
        state = programme.evolve(state, event)
    assert state is not None
    return state


# --- Criteria ---------------------------------------------------------------------------------------------------------


def test_the_criteria_of_a_scheme_are_published() -> None:
    given(programme, ESTABLISHED, SCHEME).when(publish(*CRITERIA)).then(PUBLISHED)


def test_other_criteria_are_published_in_place_of_the_old_ones_and_the_old_ones_again() -> None:
    other = AssessmentCriteriaPublished(scheme_id=PILOTS, criteria=("Transferable lessons",), on=ON)
    given(programme, ESTABLISHED, SCHEME, PUBLISHED).when(publish("Transferable lessons")).then(other)
    given(programme, ESTABLISHED, SCHEME, PUBLISHED, other).when(publish(*CRITERIA)).then(PUBLISHED)


def test_each_scheme_keeps_its_own_criteria() -> None:
    others = replace(PUBLISHED, scheme_id=DIRECT_SUPPORT, criteria=("Impact evaluation",))
    given(programme, ESTABLISHED, SCHEME, SUPPORT, PUBLISHED, others).when(publish(*CRITERIA)).then()


def test_criteria_name_at_least_one_criterion() -> None:
    given(programme, ESTABLISHED, SCHEME).when(publish()).refused(CriteriaEmpty)


def test_no_criteria_are_published_for_a_scheme_of_another_programme() -> None:
    given(programme, ESTABLISHED, SCHEME).when(publish(*CRITERIA, scheme_id=DIRECT_SUPPORT)).refused(
        SchemeUnknown, scheme=DIRECT_SUPPORT
    )


@pytest.mark.parametrize(
    "command",
    [
        begin_scheme(),
        allocate(gbp("1.00")),
        vary(gbp("1.00")),
        assign(gbp("1.00")),
        commit(gbp("1.00")),
        publish(*CRITERIA),
    ],
)
def test_a_command_for_a_programme_that_does_not_exist_is_refused(command: programme.Command) -> None:
    given(programme).when(command).refused(ProgrammeUnknown)


@pytest.mark.parametrize(
    "name",
    [
        "ProgrammeResultStated",
        "HappeningNoted",
        "DelayReported",
        "RuleStated",
        "InvolvementStated",
        "GovernanceBodyEstablished",
        "CountStated",
        "DateCorrected",
        "StatementReplaced",
    ],
)
def test_statements_of_sources_and_corrections_do_not_change_what_the_rules_of_a_programme_know(name: str) -> None:
    given(programme, ESTABLISHED, EVENTS[name]).when(begin_scheme(source=SOURCE)).then(
        SchemeEstablished(
            scheme_id=PILOTS, code="cbp-pilots", name="CBP Pilot Programme", kind="pilots", on=ON, source=SOURCE
        )
    )


# --- The law ----------------------------------------------------------------------------------------------------------

# Leaves out totals that are larger than Money can hold.
SUMS = MONEY.filter(lambda amount: gbp("-1000000.00").amount < amount.amount < gbp("1000000.00").amount)
SCHEMES = st.sampled_from((PILOTS, DIRECT_SUPPORT, SchemeId("scheme-3"), SchemeId("")))
AWARDS = st.sampled_from((AWARD, OTHER_AWARD))
COMMANDS = st.one_of(
    st.builds(establish, code=WORDS, currency=st.sampled_from(("GBP", "EUR"))),
    st.builds(begin_scheme, SCHEMES, WORDS),
    st.builds(begin_scheme, SCHEMES, WORDS),
    st.builds(allocate, SUMS, st.none() | SCHEMES),
    st.builds(vary, SUMS, st.none() | SCHEMES, WORDS),
    st.builds(commit, SUMS, AWARDS),
    st.builds(
        PublishCriteria,
        programme_id=st.just(PROGRAMME),
        scheme_id=SCHEMES,
        criteria=st.lists(WORDS, max_size=2).map(tuple),
        on=DATES,
    ),
)
BUDGETS = st.sampled_from(([], [ESTABLISHED], [*BUDGETED, allocated("500.00", PILOTS)]))


@hypothesis.given(BUDGETS, st.lists(COMMANDS, max_size=20))
def test_after_any_commands_schemes_stay_distinct_and_budgets_are_in_the_programmes_currency(
    begun: list[Fact], commands: list[programme.Command]
) -> None:
    history = what_happens(programme, begun, commands, each_time=(AllocateBudget, VaryBudget))
    established = [event for event in history if isinstance(event, ProgrammeEstablished)]
    schemes = [event for event in history if isinstance(event, SchemeEstablished)]
    assert established == history[:1]
    assert len(schemes) == len({event.code for event in schemes}) == len({event.scheme_id for event in schemes})
    for place, event in enumerate(history):
        if isinstance(event, BudgetAllocated):
            assert event.amount > Money.zero(established[0].currency)
        if isinstance(event, BudgetAllocated | BudgetVaried | AssessmentCriteriaPublished):
            assert event.scheme_id in (*_schemes_before(history[:place]), None)


@hypothesis.given(st.lists(COMMANDS, max_size=20))
def test_after_any_commands_commitments_stay_within_the_schemes_budget(
    commands: list[programme.Command],
) -> None:
    history = what_happens(
        programme, [*BUDGETED, allocated("500.00", PILOTS)], commands, each_time=(AllocateBudget, VaryBudget)
    )
    for place in range(len(BUDGETED) + 1, len(history) + 1):
        set_aside, bound = _of_pilots(history[:place])
        assert set_aside >= bound >= gbp("0.00")


def _of_pilots(history: list[Fact]) -> tuple[Money, Money]:
    """The budget of the pilots, and the part of it that is committed."""
    of_pilots = [event for event in history if getattr(event, "scheme_id", None) == PILOTS]
    set_aside = [event.amount for event in of_pilots if isinstance(event, BudgetAllocated)]
    set_aside += [event.change for event in of_pilots if isinstance(event, BudgetVaried)]
    bound = [event.amount for event in of_pilots if isinstance(event, SchemeFundsCommitted)]
    free = [event.amount for event in of_pilots if isinstance(event, SchemeFundsReturned)]
    return total(set_aside, "GBP"), total(bound, "GBP") - total(free, "GBP")


def _schemes_before(history: list[Fact]) -> set[SchemeId]:
    return {event.scheme_id for event in history if isinstance(event, SchemeEstablished)}


# --- Service standards ------------------------------------------------------------------------------------------------

PROMISED = ServiceStandardSet(scheme_id=PILOTS, span=Span.TO_DECISION, limit=60, days=Days.WORKING, on=ON)
BEGUN = (ESTABLISHED, SCHEME)


def promise(limit: int = 60, scheme_id: SchemeId | None = PILOTS) -> SetServiceStandard:
    return SetServiceStandard(
        programme_id=PROGRAMME, scheme_id=scheme_id, span=Span.TO_DECISION, limit=limit, days=Days.WORKING, on=ON
    )


def test_a_service_standard_is_set_for_a_scheme_or_the_whole_programme_and_may_be_set_again() -> None:
    given(programme, *BEGUN).when(promise()).then(PROMISED)
    given(programme, *BEGUN).when(promise(scheme_id=None)).then(replace(PROMISED, scheme_id=None))
    given(programme, *BEGUN, PROMISED).when(promise(45)).then(replace(PROMISED, limit=45))
    given(programme, *BEGUN, PROMISED, replace(PROMISED, scheme_id=None)).when(promise()).then()


def test_a_service_standard_is_between_1_and_3660_days_and_for_a_scheme_that_exists() -> None:
    given(programme, *BEGUN).when(promise(0)).refused(StandardOutOfRange, limit=0)
    given(programme, *BEGUN).when(promise(1)).then(replace(PROMISED, limit=1))
    given(programme, *BEGUN).when(promise(3660)).then(replace(PROMISED, limit=3660))
    given(programme, *BEGUN).when(promise(3661)).refused(StandardOutOfRange, limit=3661)
    given(programme, ESTABLISHED).when(promise()).refused(SchemeUnknown, scheme=PILOTS)


def test_a_programme_chooses_whose_bank_holidays_count() -> None:
    choose = ChooseCalendar(programme_id=PROGRAMME, calendar=Calendar.SCOTLAND, on=ON)
    given(programme, ESTABLISHED).when(choose).then(CalendarChosen(calendar=Calendar.SCOTLAND, on=ON))
