"""The test of a bid against an eligibility rule. Only what a machine can find out is tested here."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from domain.eligibility.rule import EligibilityKind, EligibilityRulePublished
from domain.values.frozen import frozen
from domain.values.shown import shown, shown_count
from domain.values.when import When


@frozen
class Bidding:
    """A partner of a bid as it was on the day: what it is, and its category by regime of assessment."""

    name: str
    kind: str
    tier: str | None
    region: str | None
    categories: dict[str, str]


@frozen
class Applying:
    """What a bid is tested by: its partners as they were on the date *on* of submission, and the plans that it has."""

    partners: tuple[Bidding, ...]
    plans: frozenset[str]
    on: When


class Result(NamedTuple):
    """Whether a rule is met, and what was found."""

    met: bool
    found: str


def tested(rule: EligibilityRulePublished, bid: Applying) -> Result | None:
    """The result of testing *bid* by *rule*; None where a person must judge it."""
    match rule.kind:
        case EligibilityKind.MINIMUM_PARTNERS:
            number = len(bid.partners)
            needed = rule.least or 1
            return Result(number >= needed, f"{shown_count(number, 'partner')}, at least {needed} needed")
        case EligibilityKind.ORGANISATION_KIND:
            return _each(rule, bid.partners, lambda one: one.kind)
        case EligibilityKind.TIER:
            return _each(rule, bid.partners, lambda one: one.tier)
        case EligibilityKind.REGION:
            return _each(rule, bid.partners, lambda one: one.region)
        case EligibilityKind.ASSESSMENT_CATEGORY:
            return _each(rule, bid.partners, lambda one: one.categories.get(rule.regime or ""))
        case EligibilityKind.DEADLINE:
            assert rule.closes is not None
            return Result(bid.on.may_precede(rule.closes), f"submitted {shown(bid.on)}, due by {shown(rule.closes)}")
        case EligibilityKind.REQUIRED_PLANS:
            missing = [name for name in rule.names if plain_word(name) not in {plain_word(one) for one in bid.plans}]
            return Result(not missing, f"missing: {', '.join(missing)}" if missing else "every plan is there")
        case EligibilityKind.OTHER:
            return None


def _each(rule: EligibilityRulePublished, partners: Sequence[Bidding], what: Callable[[Bidding], str | None]) -> Result:
    """Whether enough *partners* have one of the names that the rule asks for: its number of them, or every one."""
    wanted = {plain_word(name) for name in rule.names}
    others = [one for one in partners if plain_word(what(one) or "") not in wanted]
    number = len(partners) - len(others)
    needed = rule.least if rule.least is not None else max(len(partners), 1)
    found = f"{number} of {shown_count(len(partners), 'partner')} as asked, at least {needed} needed"
    if number < needed and others:
        named = ", ".join(f"{one.name}: {what(one) or 'not known'}" for one in others)
        found += f" ({named})"
    return Result(number >= needed, found)


def plain_word(word: str) -> str:
    """A word as rules compare it: without case, with single spaces."""
    return " ".join(word.casefold().split())
