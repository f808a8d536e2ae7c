"""A decision rests on what is named; a document supports something; an output has an owner and a permitted use."""

from typing import Any

import pytest

from domain import partnership
from domain.award import AwardUnknown
from domain.bid import BidUnknown
from domain.desk import decide as decided
from domain.entries import EntryNumberTaken, EntryTextEmpty, EntryUnknown
from domain.joint import decisions as d
from domain.organisation import OrganisationUnknown
from domain.reading import Reading
from domain.values.fact import DigestMalformed
from domain.values.ids import AwardId, BidId, OrganisationId
from domain.values.when import When
from tests.kit.examples import ACE, CARLISLE, CUMBRIA, EVENTS
from tests.kit.examples_joint import DIGEST
from tests.kit.spec import MemoryLog, at, given

FORMED = EVENTS["PartnershipFormed"]
ON = When("2005-02-01")
OF: dict[str, Any] = {"partnership_id": ACE, "number": 1, "on": ON}
DEMAND = d.Ground(sort=d.GroundSort.DEMAND, text="Five of six asked")
POTENTIAL = d.Ground(sort=d.GroundSort.POTENTIAL, text="Absence fell")
SAID: dict[str, Any] = {"body": "Board", "level": "county", "text": "All districts join"}


def decide(sort: d.DecisionSort = d.DecisionSort.STRATEGIC, **changes: Any) -> d.TakeDecision:
    return d.TakeDecision(sort=sort, **SAID | OF | changes)


def test_strategic_and_operational_decisions_are_told_apart() -> None:
    for sort in (d.DecisionSort.STRATEGIC, d.DecisionSort.OPERATIONAL):
        given(partnership, FORMED).when(decide(sort)).then(d.DecisionTaken(sort=sort, **SAID, **OF))
    taken = d.DecisionTaken(sort=d.DecisionSort.STRATEGIC, **SAID, **OF)
    given(partnership, FORMED, taken).when(decide(d.DecisionSort.OPERATIONAL)).refused(EntryNumberTaken)
    given(partnership, FORMED).when(decide(level="")).refused(EntryTextEmpty, field="level")


def test_a_roll_out_rests_on_evidence_of_demand_and_of_potential() -> None:
    out, formed = d.DecisionSort.ROLL_OUT, given(partnership, FORMED)
    formed.when(decide(out, grounds=(DEMAND, POTENTIAL))).then(
        d.DecisionTaken(sort=out, grounds=(DEMAND, POTENTIAL), **SAID, **OF)
    )
    formed.when(decide(out, grounds=(DEMAND,))).refused(d.GroundsMissing, missing="potential")
    formed.when(decide(out, grounds=(POTENTIAL,))).refused(d.GroundsMissing, missing="demand")
    empty = d.Ground(sort=d.GroundSort.OTHER, text=" ")
    formed.when(decide(grounds=(empty,))).refused(d.GroundEmpty)


def test_no_more_elected_members_than_people_are_present() -> None:
    formed = given(partnership, FORMED)
    formed.when(decide(present=9, elected=4)).then(
        d.DecisionTaken(sort=d.DecisionSort.STRATEGIC, present=9, elected=4, **SAID, **OF)
    )
    formed.when(decide(present=3, elected=4)).refused(d.PresenceNotPossible, present=3, elected=4)
    formed.when(decide(present=-1)).refused(d.PresenceNotPossible)
    formed.when(decide(elected=1)).refused(d.PresenceNotPossible, present=0, elected=1)


def attach(**changes: Any) -> d.AttachDocument:
    said: dict[str, Any] = {"sort": d.DocumentSort.MINUTES, "title": "Minutes", "digest": DIGEST}
    return d.AttachDocument(**said | OF | changes)


def test_a_document_supports_a_decision_a_bid_or_an_award() -> None:
    taken = d.DecisionTaken(sort=d.DecisionSort.STRATEGIC, **SAID, **OF)
    decided = given(partnership, FORMED, taken)
    said: dict[str, Any] = {"sort": d.DocumentSort.MINUTES, "title": "Minutes", "digest": DIGEST}
    decided.when(attach(decision=1)).then(d.DocumentAttached(decision=1, **said, **OF))
    decided.when(attach()).refused(d.DocumentOfNothing)
    decided.when(attach(decision=2)).refused(EntryUnknown, entry="decision 2")
    decided.when(attach(decision=1, digest=DIGEST.upper())).refused(DigestMalformed, document=DIGEST.upper())


def test_a_bid_or_award_that_a_document_supports_is_one_of_the_partnership() -> None:
    log = MemoryLog(*at(ACE, FORMED))
    with pytest.raises(BidUnknown):
        decided(Reading(log), attach(bid_id=BidId("bid-9")))
    with pytest.raises(AwardUnknown):
        decided(Reading(log), attach(award_id=AwardId("award-9")))


def share(**changes: Any) -> d.ShareOutput:
    said: dict[str, Any] = {
        "sort": d.OutputSort.TOOLKIT, "title": "Toolkit", "theme": "Workforce", "text": "Forms and a course",
        "owner_id": CARLISLE, "use": d.PermittedUse.LOCAL_GOVERNMENT,
    }  # fmt: skip
    return d.ShareOutput(**said | OF | changes)


def test_an_output_has_an_owner_and_a_permitted_use_and_others_use_it() -> None:
    shared = d.OutputShared(
        sort=d.OutputSort.TOOLKIT, title="Toolkit", theme="Workforce", text="Forms and a course", owner_id=CARLISLE,
        use=d.PermittedUse.LOCAL_GOVERNMENT, **OF,
    )  # fmt: skip
    given(partnership, FORMED).when(share()).then(shared)
    given(partnership, FORMED).when(share(digest="12")).refused(DigestMalformed, document="12")
    given(partnership, FORMED).when(share(theme=" ")).refused(EntryTextEmpty, field="theme")
    reuse = d.ReuseOutput(organisation_id=CUMBRIA, text="Its own course", **OF)
    given(partnership, FORMED, shared).when(reuse).then(
        d.OutputReused(organisation_id=CUMBRIA, text="Its own course", **OF)
    )
    given(partnership, FORMED).when(reuse).refused(EntryUnknown, entry="output 1")


def test_the_owner_of_an_output_is_a_known_organisation() -> None:
    with pytest.raises(OrganisationUnknown):
        decided(Reading(MemoryLog(*at(ACE, FORMED))), share(owner_id=OrganisationId("organisation-9")))
