"""The eligibility rules of schemes and rounds: events, commands and rules. They are part of the programme stream.

A rule has a code, and versions that each apply from a day. So it can always be seen which version a bid was tested by.
"""

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import TypeAlias

from domain.values.fact import Fact
from domain.values.frozen import frozen
from domain.values.ids import ProgrammeId, RoundId, SchemeId
from domain.values.refusal import Refused
from domain.values.when import When


class EligibilityKind(Enum):
    """What an eligibility rule asks for. A machine tests all kinds but OTHER, which a person judges."""

    MINIMUM_PARTNERS = "minimum partners"
    ORGANISATION_KIND = "kind of organisation"
    TIER = "tier"
    ASSESSMENT_CATEGORY = "assessment category"
    REGION = "region"
    DEADLINE = "deadline"
    REQUIRED_PLANS = "required plans"
    OTHER = "other"


# --- Events -----------------------------------------------------------------------------------------------------------


@frozen
class EligibilityRulePublished(Fact):
    """A version of an eligibility rule applies to bids that are submitted from this date on.

    Without *round_id* it is for every round of the scheme. *names* are the kinds, tiers, categories, regions or plans
    that it asks for. *least* is how many partners it needs at least: without it, every partner must be as asked.
    """

    scheme_id: SchemeId
    round_id: RoundId | None = None
    code: str
    version: int
    kind: EligibilityKind
    text: str
    least: int | None = None
    names: tuple[str, ...] = ()
    regime: str | None = None
    closes: When | None = None


@frozen
class EligibilityRuleEnded(Fact):
    """An eligibility rule no longer applies to bids that are submitted from this date on, for a reason."""

    scheme_id: SchemeId
    code: str
    version: int
    because: str


# The events of one rule, in order.
Versions: TypeAlias = tuple[EligibilityRulePublished | EligibilityRuleEnded, ...]
# The events of the rules of a programme, by the scheme and the code of the rule.
Published: TypeAlias = dict[tuple[SchemeId, str], Versions]


def with_version(rules: Published, event: EligibilityRulePublished | EligibilityRuleEnded) -> Published:
    """*rules* after *event*."""
    key = (event.scheme_id, event.code)
    return {**rules, key: (*rules.get(key, ()), event)}


def applying(
    rules: Published, scheme_id: SchemeId, round_id: RoundId | None, on: When
) -> list[EligibilityRulePublished]:
    """The rules for a bid to a round of a scheme that is submitted on the date *on*, each in its version of then.

    What a source states binds nobody until the office publishes it.
    """
    published = (
        [one for one in versions if one.source is None] for (of, _), versions in rules.items() if of == scheme_id
    )
    found = (_on(versions, on) for versions in published)
    return [one for one in found if isinstance(one, EligibilityRulePublished) and one.round_id in (None, round_id)]


def _on(
    versions: Sequence[EligibilityRulePublished | EligibilityRuleEnded], on: When
) -> EligibilityRulePublished | EligibilityRuleEnded | None:
    """The last of *versions* that applies on a date. One known in part may be any of its days."""
    return next((one for one in reversed(versions) if one.on.may_precede(on)), None)


# --- Commands ---------------------------------------------------------------------------------------------------------


@frozen
class PublishEligibilityRule:
    """Publish an eligibility rule of a scheme, or a new version of it, from the day on which it applies.

    *code* is what people call the rule, such as min-partners. *kind* is what it asks for. *text* is the rule in words.
    With *round_id* it is for bids to that round alone. *names* are the kinds, tiers, categories, regions or plans that
    it asks for. *least* is how many partners it needs at least: without it, every partner must be as asked. *regime*
    is the regime of an assessment category, such as CPA. *closes* is the last day of a deadline.
    """

    programme_id: ProgrammeId
    scheme_id: SchemeId
    round_id: RoundId | None = None
    code: str
    kind: EligibilityKind
    text: str
    least: int | None = None
    names: tuple[str, ...] = ()
    regime: str | None = None
    closes: When | None = None
    on: When

    @property
    def stream(self) -> str:
        return self.programme_id


@frozen
class EndEligibilityRule:
    """End an eligibility rule of a scheme, with a reason.

    *code* is what people call the rule.
    """

    programme_id: ProgrammeId
    scheme_id: SchemeId
    code: str
    because: str
    on: When

    @property
    def stream(self) -> str:
        return self.programme_id


# --- Rules ------------------------------------------------------------------------------------------------------------


class EligibilityRuleIncomplete(Refused):
    """The rule says no {missing}. An eligibility rule has a code, a text, and what its kind needs to be tested."""


class EligibilityRuleUnknown(Refused):
    """No eligibility rule {code} applies here on that date. Name a rule of the scheme or the round."""


class EligibilityRuleDiffers(Refused):
    """Rule {code} is about: {kind}. A new version of a rule has its kind, and is for the same round or for all."""


class EligibilityRuleOutOfOrder(Refused):
    """Version {version} of rule {code} applies from {since}. The next version applies on that day or later."""


class EndingUnexplained(Refused):
    """No reason was given. Give a reason for ending the rule."""


# What people call the fields whose names do not say it.
_WORDS = {"least": "number of partners", "closes": "last day"}
# What each kind needs to be tested.
NEEDS: dict[EligibilityKind, tuple[str, ...]] = {
    EligibilityKind.MINIMUM_PARTNERS: ("least",),
    EligibilityKind.ORGANISATION_KIND: ("names",),
    EligibilityKind.TIER: ("names",),
    EligibilityKind.ASSESSMENT_CATEGORY: ("regime", "names"),
    EligibilityKind.REGION: ("names",),
    EligibilityKind.DEADLINE: ("closes",),
    EligibilityKind.REQUIRED_PLANS: ("names",),
    EligibilityKind.OTHER: (),
}


def publish(rules: Published, command: PublishEligibilityRule) -> list[EligibilityRulePublished]:
    """The version that *command* leads to; none if the rule is so already."""
    versions = rules.get((command.scheme_id, command.code), ())
    before = _last_published(versions)
    # The office may publish a rule just as a source states it.
    stands = before is not None and versions[-1] is before and before.source is None
    if before is not None and stands and _asks(before) == _asks(command) and before.on == command.on:
        return []
    _complete(command)
    if before is not None and (before.kind, before.round_id) != (command.kind, command.round_id):
        raise EligibilityRuleDiffers(code=command.code, kind=before.kind)
    _follows(versions, command.on)
    return [
        EligibilityRulePublished(
            scheme_id=command.scheme_id,
            round_id=command.round_id,
            code=command.code,
            version=before.version + 1 if before is not None else 1,
            kind=command.kind,
            text=command.text,
            least=command.least,
            names=command.names,
            regime=command.regime,
            closes=command.closes,
            on=command.on,
        )
    ]


def end(rules: Published, command: EndEligibilityRule) -> list[EligibilityRuleEnded]:
    """The end of a rule that *command* leads to; none if it has ended."""
    versions = rules.get((command.scheme_id, command.code), ())
    if not versions:
        raise EligibilityRuleUnknown(code=command.code)
    if isinstance(versions[-1], EligibilityRuleEnded):
        return []
    if not command.because.strip():
        raise EndingUnexplained
    _follows(versions, command.on)
    return [
        EligibilityRuleEnded(
            scheme_id=command.scheme_id,
            code=command.code,
            version=versions[-1].version,
            because=command.because,
            on=command.on,
        )
    ]


def _last_published(versions: Sequence[object]) -> EligibilityRulePublished | None:
    return next((one for one in reversed(versions) if isinstance(one, EligibilityRulePublished)), None)


def _asks(rule: EligibilityRulePublished | PublishEligibilityRule) -> tuple[object, ...]:
    return (rule.round_id, rule.kind, rule.text, rule.least, rule.names, rule.regime, rule.closes)


def _complete(command: PublishEligibilityRule) -> None:
    needed = ("code", "text", *NEEDS[command.kind])
    missing = [name for name in needed if _empty(getattr(command, name))]
    if command.least is not None and command.least < 1:
        missing.append("number of partners of at least 1")
    if missing:
        raise EligibilityRuleIncomplete(missing=_WORDS.get(missing[0], missing[0]))


def _empty(value: object) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, Iterable) and not [one for one in value if one.strip()])


def _follows(versions: Versions, on: When) -> None:
    if versions and not versions[-1].on.may_precede(on):
        last = versions[-1]
        raise EligibilityRuleOutOfOrder(code=last.code, version=last.version, since=last.on)
