"""The profile of an award says how much of it is to be paid in each financial year. It adds up to the award."""

from domain import award
from domain.award import (
    AgreeProfile,
    AwardIsOver,
    AwardVaried,
    ChangeProfile,
    CurrencyDiffers,
    ProfileAgreed,
    ProfileAlreadyAgreed,
    ProfileChanged,
    ProfileLine,
    ProfileNotAgreed,
    ProfileUnequalToAward,
    ReasonEmpty,
    Variation,
)
from domain.values.financial_year import Spending
from domain.values.money import Money
from tests.kit.awards import ACCEPTED, CLOSED, CLOSED_ON, LATER, OFFERED, ON, WHY
from tests.kit.examples import ACE, AWARD
from tests.kit.spec import gbp, given


def lines(**by_year: str) -> tuple[ProfileLine, ...]:
    """A line for each year, such as y2004_05."""
    return tuple(
        ProfileLine(year=year[1:].replace("_", "-"), amount=gbp(amount), spending=Spending.REVENUE)
        for year, amount in by_year.items()
    )


TWO_YEARS = lines(y2004_05="600.00", y2005_06="400.00")
LATER_YEARS = lines(y2004_05="450.00", y2005_06="550.00")
AGREED = ProfileAgreed(partnership_id=ACE, lines=TWO_YEARS, on=ON)
CHANGED = ProfileChanged(partnership_id=ACE, number=2, lines=LATER_YEARS, because=WHY, on=LATER)


def agree(profile: tuple[ProfileLine, ...] = TWO_YEARS) -> AgreeProfile:
    return AgreeProfile(award_id=AWARD, lines=profile, on=ON)


def change(profile: tuple[ProfileLine, ...] = LATER_YEARS, because: str = WHY) -> ChangeProfile:
    return ChangeProfile(award_id=AWARD, lines=profile, because=because, on=LATER)


def test_a_profile_is_agreed_with_the_offer_or_after_it_is_accepted() -> None:
    given(award, OFFERED).when(agree()).then(AGREED)
    given(award, OFFERED, ACCEPTED).when(agree()).then(AGREED)


def test_a_profile_that_does_not_add_up_to_the_award_to_the_penny_is_refused() -> None:
    short = lines(y2004_05="600.00", y2005_06="399.99")
    given(award, OFFERED).when(agree(short)).refused(ProfileUnequalToAward, award=gbp("1000.00"), profile=gbp("999.99"))
    given(award, OFFERED).when(agree(())).refused(ProfileUnequalToAward, profile=gbp("0.00"))


def test_a_profile_has_one_line_for_a_year_and_kind_of_spending_and_each_is_of_more_than_nothing() -> None:
    twice = (*lines(y2004_05="600.00"), *lines(y2004_05="400.00"))
    given(award, OFFERED).when(agree(twice)).refused(ProfileUnequalToAward)
    given(award, OFFERED).when(agree(lines(y2004_05="1000.00", y2005_06="0.00"))).refused(ProfileUnequalToAward)
    capital = ProfileLine(year="2004-05", amount=gbp("400.00"), spending=Spending.CAPITAL)
    both = (*lines(y2004_05="600.00"), capital)
    given(award, OFFERED).when(agree(both)).then(ProfileAgreed(partnership_id=ACE, lines=both, on=ON))


def test_a_profile_is_in_the_currency_of_the_award() -> None:
    euros = (ProfileLine(year="2004-05", amount=Money.of("1000.00", "EUR")),)
    given(award, OFFERED).when(agree(euros)).refused(CurrencyDiffers, award="GBP", given="EUR")


def test_a_profile_is_agreed_once_and_changed_with_a_reason() -> None:
    given(award, OFFERED, ACCEPTED).when(change()).refused(ProfileNotAgreed)
    given(award, OFFERED, ACCEPTED, AGREED).when(agree(LATER_YEARS)).refused(ProfileAlreadyAgreed)
    given(award, OFFERED, ACCEPTED, AGREED).when(change(because=" ")).refused(ReasonEmpty)
    given(award, OFFERED, ACCEPTED, AGREED).when(change()).then(CHANGED)
    given(award, OFFERED, ACCEPTED, AGREED).when(change(TWO_YEARS)).then()


def test_after_the_award_is_varied_a_new_profile_adds_up_to_what_it_is_then() -> None:
    raised = AwardVaried(
        partnership_id=ACE, number=1, kind=Variation.UPLIFT, change=gbp("50.00"), because=WHY, on=LATER
    )
    given(award, OFFERED, ACCEPTED, AGREED, raised).when(change()).refused(ProfileUnequalToAward, award=gbp("1050.00"))
    wider = lines(y2004_05="450.00", y2005_06="600.00")
    given(award, OFFERED, ACCEPTED, AGREED, raised).when(change(wider)).then(
        ProfileChanged(partnership_id=ACE, number=2, lines=wider, because=WHY, on=LATER)
    )


def test_the_profile_of_an_award_that_has_ended_stays_as_it_is() -> None:
    ended = ChangeProfile(award_id=AWARD, lines=LATER_YEARS, because=WHY, on=CLOSED_ON)
    given(award, OFFERED, ACCEPTED, AGREED, CLOSED).when(ended).refused(AwardIsOver)
