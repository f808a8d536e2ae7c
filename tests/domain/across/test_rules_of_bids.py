"""Eligibility rules, and criteria with weights, of schemes and rounds: published, and applied to bids."""

from dataclasses import replace
from typing import Any

import pytest

from domain import desk
from domain.across.eligibility import EligibilityRuleBroken, RoundNotOfScheme
from domain.across.grants import NoPartnerOfTheBid
from domain.award import Portion, StrandAgreed
from domain.between.pooling import ChargeAgreed, ChargeFor
from domain.bid import (
    AssessBid,
    BidAssessed,
    CheckEligibility,
    CriterionNotAdopted,
    EligibilityRuleTested,
    PartnerConsented,
    RecordConsent,
)
from domain.eligibility.rule import (
    EligibilityKind,
    EligibilityRuleDiffers,
    EligibilityRuleEnded,
    EligibilityRuleIncomplete,
    EligibilityRuleOutOfOrder,
    EligibilityRulePublished,
    EligibilityRuleUnknown,
    EndEligibilityRule,
    EndingUnexplained,
    PublishEligibilityRule,
)
from domain.funding_round import AdoptCriteria, CriteriaAdopted, CriteriaNotPublished
from domain.history import Written
from domain.organisation import AssessmentCategoryRecorded
from domain.partnership import PartnerJoined
from domain.programme import AssessmentCriteriaPublished, PublishCriteria, WeightsDoNotFit
from domain.reading import Reading
from domain.values.fact import Record, Source
from domain.values.when import UNKNOWN, When
from tests.domain.across.test_grants import (
    CARLISLE_KNOWN,
    OPENED,
    OTHER_ROUND,
    PARTNERSHIP,
    ROUND_OPEN,
    SUBMITTED,
    submit,
)
from tests.kit.examples import ACE, BID, CARLISLE, DIRECT_SUPPORT, PILOTS, PROGRAMME, ROUND
from tests.kit.spec import MemoryLog, at, given_log

SINCE = When("2004-01-01")
SOURCE = Source(register="limits.csv", row="row", cites="000:183")
TWO = EligibilityRulePublished(
    scheme_id=PILOTS, code="two", version=1, kind=EligibilityKind.MINIMUM_PARTNERS, text="Two partners", least=2,
    on=SINCE,
)  # fmt: skip
PUBLISH = PublishEligibilityRule(
    programme_id=PROGRAMME, scheme_id=PILOTS, code="two", kind=EligibilityKind.MINIMUM_PARTNERS, text="Two partners",
    least=2, on=SINCE,
)  # fmt: skip
END = EndEligibilityRule(programme_id=PROGRAMME, scheme_id=PILOTS, code="two", because="Not needed", on=When("2005"))
KNOWN = [*PARTNERSHIP, *ROUND_OPEN, *CARLISLE_KNOWN]
JOINED = at(ACE, PartnerJoined(partnership_id=ACE, organisation_id=CARLISLE, role="partner", on=When("2004-02-01")))


def found_by_two(met: bool, found: str, **more: Any) -> EligibilityRuleTested:
    """The test by the rule for two partners at the submission."""
    of: dict[str, Any] = {"rule": "two", "version": 1, "text": "Two partners", "on": SUBMITTED.on, "judged": False}
    return EligibilityRuleTested(partnership_id=ACE, met=met, found=found, **(of | more))


def rule(kind: EligibilityKind, **asks: Any) -> list[Written]:
    """One rule of the scheme of this *kind*."""
    return at(PROGRAMME, replace(TWO, kind=kind, text="As asked", least=asks.pop("least", None), **asks))


# --- The rules --------------------------------------------------------------------------------------------------------


def test_a_rule_has_versions_that_apply_one_after_the_other_until_it_ends() -> None:
    given_log(*PARTNERSHIP).when(PUBLISH).then(Written(PROGRAMME, TWO))
    later = replace(PUBLISH, least=3, on=When("2005-01-01"))
    third = replace(TWO, least=3, version=2, on=When("2005-01-01"))
    given_log(*PARTNERSHIP, *at(PROGRAMME, TWO)).when(later).then(Written(PROGRAMME, third))
    ended = EligibilityRuleEnded(scheme_id=PILOTS, code="two", version=1, because="Not needed", on=When("2005"))
    given_log(*PARTNERSHIP, *at(PROGRAMME, TWO)).when(END).then(Written(PROGRAMME, ended))
    early = replace(PUBLISH, least=3, on=When("2003-12-31"))
    given_log(*PARTNERSHIP, *at(PROGRAMME, TWO)).when(early).refused(EligibilityRuleOutOfOrder)


@pytest.mark.parametrize(
    "incomplete", [{"least": None}, {"least": 0}, {"text": " "}, {"code": ""}, {"kind": EligibilityKind.REGION}]
)
def test_a_rule_that_cannot_be_tested_is_not_published(incomplete: dict[str, Any]) -> None:
    given_log(*PARTNERSHIP).when(replace(PUBLISH, **incomplete)).refused(EligibilityRuleIncomplete)


def test_a_version_has_the_kind_and_the_round_of_its_rule() -> None:
    other = replace(PUBLISH, kind=EligibilityKind.OTHER)
    given_log(*PARTNERSHIP, *at(PROGRAMME, TWO)).when(other).refused(EligibilityRuleDiffers)
    of_round = replace(PUBLISH, round_id=OTHER_ROUND)
    direct = at(OTHER_ROUND, replace(OPENED, scheme_id=DIRECT_SUPPORT, code="cbp-direct-1"))
    given_log(*PARTNERSHIP, *direct).when(of_round).refused(RoundNotOfScheme)


def test_only_a_known_rule_ends_and_with_a_reason() -> None:
    given_log(*PARTNERSHIP).when(END).refused(EligibilityRuleUnknown)
    given_log(*PARTNERSHIP, *at(PROGRAMME, TWO)).when(replace(END, because=" ")).refused(EndingUnexplained)


# --- The test of a bid ------------------------------------------------------------------------------------------------


def test_a_bid_that_does_not_meet_a_rule_is_refused_or_admitted_with_a_reason() -> None:
    history = [*KNOWN, *at(PROGRAMME, TWO), *JOINED]
    given_log(*history).when(submit()).refused(
        EligibilityRuleBroken, rules="two (version 1)", missing="Two partners: 1 partner, at least 2 needed"
    )
    given_log(*history).when(replace(submit(), admitted_because="A pilot")).then(
        Written(BID, replace(SUBMITTED, admitted_because="A pilot")),
        Written(BID, found_by_two(False, "1 partner, at least 2 needed", admitted_because="A pilot")),
    )


def test_a_bid_is_tested_by_the_version_of_the_day_on_which_it_was_submitted() -> None:
    one = replace(TWO, least=1)
    later = replace(TWO, version=2, on=When("2004-03-30"))
    given_log(*KNOWN, *at(PROGRAMME, one, later), *JOINED).when(submit()).then(
        Written(BID, SUBMITTED), Written(BID, found_by_two(True, "1 partner, at least 1 needed"))
    )
    ended = EligibilityRuleEnded(scheme_id=PILOTS, code="two", version=1, because="Not needed", on=When("2004-03-01"))
    given_log(*KNOWN, *at(PROGRAMME, TWO, ended)).when(submit()).then(Written(BID, SUBMITTED))


def test_a_partner_that_joined_after_the_submission_does_not_count() -> None:
    after = at(ACE, PartnerJoined(partnership_id=ACE, organisation_id=CARLISLE, role="partner", on=When("2004-04-01")))
    one = at(PROGRAMME, replace(TWO, least=1))
    given_log(*KNOWN, *one, *after).when(submit()).refused(EligibilityRuleBroken)


@pytest.mark.parametrize(
    ("met", "broken"),
    [
        (rule(EligibilityKind.ORGANISATION_KIND, names=("Council",)),
         rule(EligibilityKind.ORGANISATION_KIND, names=("charity",))),
        (rule(EligibilityKind.ASSESSMENT_CATEGORY, names=("poor", "weak"), regime="CPA 2002"),
         rule(EligibilityKind.ASSESSMENT_CATEGORY, names=("good",), regime="CPA 2002")),
        (rule(EligibilityKind.ORGANISATION_KIND, names=("council",), least=1),
         rule(EligibilityKind.REGION, names=("NW",))),
        (rule(EligibilityKind.DEADLINE, closes=When("2004-03-29")),
         rule(EligibilityKind.DEADLINE, closes=When("2004-03-28"))),
        (rule(EligibilityKind.OTHER), rule(EligibilityKind.TIER, names=("district",))),
        (rule(EligibilityKind.OTHER), rule(EligibilityKind.REQUIRED_PLANS, names=("evaluation plan",))),
    ],
)  # fmt: skip
def test_each_kind_of_rule_is_tested_by_what_is_known_on_the_day(met: list[Written], broken: list[Written]) -> None:
    categories = at(
        CARLISLE,
        AssessmentCategoryRecorded(regime="CPA 2002", category="Weak", on=When("2002-12")),
        AssessmentCategoryRecorded(regime="CPA 2002", category="Good", on=When("2004-12")),
    )
    given_log(*KNOWN, *categories, *JOINED, *broken).when(submit()).refused(EligibilityRuleBroken)
    log = MemoryLog(*KNOWN, *categories, *JOINED, *met)
    taken = [one.event for one in desk.decide(Reading(log), submit())]
    assert all(one.met for one in taken if isinstance(one, EligibilityRuleTested))


def test_a_person_records_whether_a_bid_meets_a_rule_of_its_day() -> None:
    other = rule(EligibilityKind.OTHER)
    check = CheckEligibility(bid_id=BID, rule="two", eligible=True, because="As shown", on=When("2004-04-01"))
    found = found_by_two(True, "As shown", text="As asked", judged=True, on=When("2004-04-01"))
    given_log(*KNOWN, *other, *at(BID, SUBMITTED)).when(check).then(Written(BID, found))
    given_log(*KNOWN, *at(BID, SUBMITTED)).when(check).refused(EligibilityRuleUnknown, code="two")


# --- Criteria ---------------------------------------------------------------------------------------------------------

WEIGHTED = AssessmentCriteriaPublished(scheme_id=PILOTS, criteria=("Need", "Value"), weights=(60, 40), on=SINCE)
ADOPT = AdoptCriteria(round_id=ROUND, criteria=("Need", "Value"), on=When("2004-01-05"))
ADOPTED = CriteriaAdopted(criteria=("Need", "Value"), weights=(60, 40), on=When("2004-01-05"))


@pytest.mark.parametrize("weights", [(60, 41), (100,), (100, 0), (60, 30, 10)])
def test_the_weights_of_criteria_add_up_to_100(weights: tuple[int, ...]) -> None:
    of: dict[str, Any] = {"programme_id": PROGRAMME, "scheme_id": PILOTS, "criteria": ("Need", "Value"), "on": SINCE}
    given_log(*PARTNERSHIP).when(PublishCriteria(**of, weights=(60, 40))).then(Written(PROGRAMME, WEIGHTED))
    given_log(*PARTNERSHIP).when(PublishCriteria(**of, weights=weights)).refused(WeightsDoNotFit)


def test_a_round_adopts_the_criteria_that_were_published_before_it_opened_with_their_weights() -> None:
    history = [*KNOWN, *at(PROGRAMME, WEIGHTED)]
    given_log(*history).when(ADOPT).then(Written(ROUND, ADOPTED))
    given_log(*KNOWN).when(ADOPT).refused(CriteriaNotPublished)
    late = at(PROGRAMME, replace(WEIGHTED, on=When("2004-01-06")))
    given_log(*KNOWN, *late).when(ADOPT).refused(CriteriaNotPublished)
    given_log(*history).when(replace(ADOPT, criteria=("Need",))).refused(CriteriaNotPublished)
    given_log(*history).when(replace(ADOPT, criteria=("Looks",))).refused(CriteriaNotPublished)


def test_a_bid_is_scored_only_by_the_criteria_that_its_round_adopted() -> None:
    score = AssessBid(bid_id=BID, criterion="Need", score=8, justification="Clear", on=When("2004-04-01"))
    of: dict[str, Any] = {"score": 8, "justification": "Clear", "on": When("2004-04-01")}
    assessed = BidAssessed(partnership_id=ACE, criterion="Need", **of)
    history = [*KNOWN, *at(ROUND, ADOPTED), *at(BID, SUBMITTED)]
    given_log(*history).when(score).then(Written(BID, assessed))
    given_log(*history).when(replace(score, criterion="Looks")).refused(CriterionNotAdopted, criterion="Looks")
    given_log(*KNOWN, *at(BID, SUBMITTED)).when(replace(score, criterion="Looks")).then(
        Written(BID, replace(assessed, criterion="Looks"))
    )


# --- Consents ---------------------------------------------------------------------------------------------------------


def test_only_a_partner_of_the_partnership_or_of_the_proposal_agrees_to_a_bid() -> None:
    consent = RecordConsent(bid_id=BID, organisation_id=CARLISLE, on=When("2004-03-01"))
    given = PartnerConsented(partnership_id=ACE, number=1, organisation_id=CARLISLE, on=When("2004-03-01"))
    given_log(*KNOWN, *at(BID, SUBMITTED)).when(consent).refused(NoPartnerOfTheBid)
    given_log(*KNOWN, *JOINED, *at(BID, SUBMITTED)).when(consent).then(Written(BID, given))
    named = replace(SUBMITTED, partners=(CARLISLE,))
    given_log(*KNOWN, *at(BID, named)).when(consent).then(Written(BID, given))


# --- What a source states ---------------------------------------------------------------------------------------------

STATED = replace(TWO, on=UNKNOWN, source=SOURCE)


def test_a_source_states_an_eligibility_rule_of_a_scheme() -> None:
    given_log(*PARTNERSHIP).when(Record(stream=PROGRAMME, fact=STATED)).then_each_time(Written(PROGRAMME, STATED))


def test_a_rule_that_only_a_source_states_binds_no_bid() -> None:
    """The bid has one partner. The source states that two are needed, and the office has published no such rule."""
    given_log(*KNOWN, *at(PROGRAMME, STATED), *JOINED).when(submit()).then(Written(BID, SUBMITTED))
    published = at(PROGRAMME, STATED, replace(TWO, version=2))
    given_log(*KNOWN, *published, *JOINED).when(submit()).refused(
        EligibilityRuleBroken, rules="two (version 2)", missing="Two partners: 1 partner, at least 2 needed"
    )


def test_the_office_publishes_a_rule_just_as_a_source_states_it() -> None:
    history = [*PARTNERSHIP, *at(PROGRAMME, STATED)]
    given_log(*history).when(PUBLISH).then(Written(PROGRAMME, replace(TWO, version=2)))
    as_stated = replace(PUBLISH, on=UNKNOWN)
    given_log(*history).when(as_stated).then(Written(PROGRAMME, replace(TWO, version=2, on=UNKNOWN)))


def test_a_source_states_a_charge_and_a_strand_of_a_partnership() -> None:
    charge = ChargeAgreed(
        partnership_id=ACE, number=1, payer_id=CARLISLE, payee_id=CARLISLE, charged_for=ChargeFor.SERVICE,
        purpose="To itself: no rule refuses what a source states", on=UNKNOWN, source=SOURCE,
    )  # fmt: skip
    strand = StrandAgreed(
        partnership_id=ACE, number=1, name="Training", lines=(), share=Portion(part=1, of=3), on=UNKNOWN, source=SOURCE
    )
    for fact in (charge, strand):
        given_log(*KNOWN).when(Record(stream=ACE, fact=fact)).then_each_time(Written(ACE, fact))
