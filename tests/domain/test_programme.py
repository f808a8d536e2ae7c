"""A programme has one currency; its schemes go by one code each; its budgets and criteria are of its own schemes."""

import hypothesis
import pytest
from hypothesis import strategies as st

from domain import programme
from domain.fact import Fact, Source
from domain.ids import SchemeId
from domain.money import Money
from domain.programme import (
    AllocateBudget,
    AssessmentCriteriaPublished,
    BudgetAllocated,
    BudgetCurrencyDiffers,
    BudgetNotPositive,
    CriteriaEmpty,
    EstablishProgramme,
    EstablishScheme,
    ProgrammeAlreadyEstablished,
    ProgrammeEstablished,
    ProgrammeUnknown,
    PublishCriteria,
    SchemeAlreadyEstablished,
    SchemeEstablished,
    SchemeUnknown,
)
from domain.when import When
from tests.domain.hostile import DATES, MONEY, WORDS
from tests.examples import DIRECT_SUPPORT, EVENTS, ODPM, PILOTS, PROGRAMME, stated
from tests.spec import gbp, given, what_happens

ON = When("2003-11")
SOURCE = stated("programmes.csv", "001_e3882102bbbe1f2a.txt:281-286")
ESTABLISHED = ProgrammeEstablished(code="cbp", name="Capacity Building Programme", currency="GBP", on=When("2003"))
SCHEME = SchemeEstablished(scheme_id=PILOTS, code="cbp-pilots", name="CBP Pilot Programme", kind="pilots", on=ON)
CRITERIA = ("Transferable lessons", "Impact evaluation")
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


def publish(*criteria: str, scheme_id: SchemeId = PILOTS) -> PublishCriteria:
    return PublishCriteria(programme_id=PROGRAMME, scheme_id=scheme_id, criteria=criteria, on=ON)


# --- Examples ---------------------------------------------------------------------------------------------------------


def test_a_programme_begins_with_everything_that_is_said_of_it() -> None:
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


def test_a_programme_that_stands_is_not_begun_again_under_another_code_or_in_another_currency() -> None:
    standing = given(programme, ESTABLISHED)
    standing.when(establish(code="cbp-two")).refused(ProgrammeAlreadyEstablished, code="cbp")
    standing.when(establish(currency="EUR")).refused(ProgrammeAlreadyEstablished, code="cbp")


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


def test_money_is_set_aside_for_a_scheme_and_again_when_said_again() -> None:
    given(programme, ESTABLISHED, SCHEME).when(allocate(gbp("2500000.00"), PILOTS)).then_each_time(
        BudgetAllocated(scheme_id=PILOTS, amount=gbp("2500000.00"), purpose="Pilots", on=ON)
    )


def test_money_is_set_aside_for_the_programme_as_a_whole() -> None:
    given(programme, ESTABLISHED).when(allocate(gbp("0.01"))).then_each_time(
        BudgetAllocated(amount=gbp("0.01"), purpose="Pilots", on=ON)
    )


@pytest.mark.parametrize("amount", ["0.00", "-0.01"])
def test_a_budget_of_nothing_or_less_is_refused(amount: str) -> None:
    given(programme, ESTABLISHED).when(allocate(gbp(amount))).refused(BudgetNotPositive, amount=gbp(amount))


def test_a_budget_in_another_currency_is_refused() -> None:
    given(programme, ESTABLISHED).when(allocate(Money.of("1.00", "EUR"))).refused(
        BudgetCurrencyDiffers, programme="GBP", budget="EUR"
    )


def test_no_money_is_set_aside_for_a_scheme_of_another_programme() -> None:
    given(programme, ESTABLISHED, SCHEME).when(allocate(gbp("1.00"), DIRECT_SUPPORT)).refused(
        SchemeUnknown, scheme=DIRECT_SUPPORT
    )


def test_the_criteria_of_a_scheme_are_published() -> None:
    given(programme, ESTABLISHED, SCHEME).when(publish(*CRITERIA)).then(PUBLISHED)


def test_other_criteria_are_published_in_place_of_the_old_ones_and_the_old_ones_again() -> None:
    other = AssessmentCriteriaPublished(scheme_id=PILOTS, criteria=("Transferable lessons",), on=ON)
    given(programme, ESTABLISHED, SCHEME, PUBLISHED).when(publish("Transferable lessons")).then(other)
    given(programme, ESTABLISHED, SCHEME, PUBLISHED, other).when(publish(*CRITERIA)).then(PUBLISHED)


def test_criteria_name_at_least_one_criterion() -> None:
    given(programme, ESTABLISHED, SCHEME).when(publish()).refused(CriteriaEmpty)


def test_no_criteria_are_published_for_a_scheme_of_another_programme() -> None:
    given(programme, ESTABLISHED, SCHEME).when(publish(*CRITERIA, scheme_id=DIRECT_SUPPORT)).refused(
        SchemeUnknown, scheme=DIRECT_SUPPORT
    )


@pytest.mark.parametrize("command", [begin_scheme(), allocate(gbp("1.00")), publish(*CRITERIA)])
def test_nothing_happens_to_a_programme_that_is_not_there(command: programme.Command) -> None:
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
    ],
)
def test_what_sources_state_of_a_programme_stands_beside_its_rules(name: str) -> None:
    given(programme, ESTABLISHED, EVENTS[name]).when(begin_scheme(source=SOURCE)).then(
        SchemeEstablished(
            scheme_id=PILOTS, code="cbp-pilots", name="CBP Pilot Programme", kind="pilots", on=ON, source=SOURCE
        )
    )


# --- The law ----------------------------------------------------------------------------------------------------------

SCHEMES = st.sampled_from((PILOTS, DIRECT_SUPPORT, SchemeId("scheme-3"), SchemeId("")))
COMMANDS = st.one_of(
    st.builds(establish, code=WORDS, currency=st.sampled_from(("GBP", "EUR"))),
    st.builds(begin_scheme, SCHEMES, WORDS),
    st.builds(begin_scheme, SCHEMES, WORDS),
    st.builds(allocate, MONEY, st.none() | SCHEMES),
    st.builds(
        PublishCriteria,
        programme_id=st.just(PROGRAMME),
        scheme_id=SCHEMES,
        criteria=st.lists(WORDS, max_size=2).map(tuple),
        on=DATES,
    ),
)


@hypothesis.given(st.booleans(), st.lists(COMMANDS, max_size=20))
def test_whatever_is_asked_schemes_stay_distinct_and_money_is_set_aside_only_in_the_programmes_currency(
    begun: bool, commands: list[programme.Command]
) -> None:
    history = what_happens(programme, [ESTABLISHED] if begun else [], commands, each_time=(AllocateBudget,))
    established = [event for event in history if isinstance(event, ProgrammeEstablished)]
    schemes = [event for event in history if isinstance(event, SchemeEstablished)]
    assert established == history[:1]
    assert len(schemes) == len({event.code for event in schemes}) == len({event.scheme_id for event in schemes})
    for place, event in enumerate(history):
        if isinstance(event, BudgetAllocated):
            assert event.amount > Money.zero(established[0].currency)
        if isinstance(event, BudgetAllocated | AssessmentCriteriaPublished):
            assert event.scheme_id in (*_schemes_before(history[:place]), None)


def _schemes_before(history: list[Fact]) -> set[SchemeId]:
    return {event.scheme_id for event in history if isinstance(event, SchemeEstablished)}
