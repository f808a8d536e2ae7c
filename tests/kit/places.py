"""The places of a national programme: two subsidies, who took part, who stayed out, and a new provider."""

from typing import Any

from domain.joint import places as p
from domain.values.ids import OrganisationId, PartnershipId
from domain.values.when import When
from tests.kit import beside
from tests.kit.money import Desk, gbp

CODE = "np-advanced-leadership"


def placed(at: Desk) -> None:
    """Record the places. It needs the award of ``tests.kit.beside``."""
    of: dict[str, Any] = {"partnership_id": PartnershipId(at.find("partnership", CODE))}
    lambeth, kent, idea, lga, odpm, portsmouth, swindon = (
        OrganisationId(at.find("organisation", code))
        for code in (
            "lambeth", "kent-county-council", "idea", "lga", "odpm", "portsmouth-city-council",
            "swindon-borough-council",
        )
    )  # fmt: skip
    _subsidised(at, of)
    _taken(at, of, lambeth, kent, odpm)
    for organisation_id, reason, could_not, because in (
        (portsmouth, p.DeclineReason.COST, True, "Its share of the fee is too high"),
        (swindon, p.DeclineReason.CONFIDENCE, False, "It doubts that the programme fits its needs"),
    ):
        declined: dict[str, Any] = {"reason": reason, "could_not": could_not, "because": because}
        at.do(p.DeclineParticipation(organisation_id=organisation_id, on=When("2005-01-10"), **declined, **of))
    _met(at, of, lambeth, kent)
    moved: dict[str, Any] = {"from_provider_id": idea, "to_provider_id": lga}
    handed_over = "The list of members, and the evaluations of two years"
    at.do(p.TransferProvider(handed_over=handed_over, on=When("2006-04-01"), **moved, **of))


def _subsidised(at: Desk, of: dict[str, Any]) -> None:
    """One subsidy for poor authorities that runs to March 2006, and one for all that was removed before its time."""
    poor: dict[str, Any] = {"category": "poor", "per_place": gbp("600.00"), "until": When("2006-03-31")}
    at.do(p.SetSubsidy(because="They have the least money", on=When("2004-10-01"), **poor, **of))
    every: dict[str, Any] = {"share": 25, "until": When("2005-12-31")}
    at.do(p.SetSubsidy(because="To win early members", on=When("2005-01-01"), **every, **of))
    at.do(p.EndSubsidy(number=2, because="The budget is spent", on=When("2005-09-30"), **of))


def _taken(at: Desk, of: dict[str, Any], lambeth: OrganisationId, kent: OrganisationId, odpm: OrganisationId) -> None:
    subsidised: dict[str, Any] = {"subsidised": 4, "amount": gbp("2400.00"), "subsidy": 1, "award_id": beside.AWARD}
    taken: dict[str, Any] = {"people": 6, "places": 8, "cost": gbp("7200.00"), "residential": True, "out_of": 52}
    at.do(p.TakePlaces(organisation_id=lambeth, on=When("2005-01-20"), **subsidised, **taken, **of))
    few: dict[str, Any] = {"people": 3, "places": 3, "subsidised": 1, "amount": gbp("125.00"), "subsidy": 2}
    at.do(p.TakePlaces(organisation_id=kent, funder_id=odpm, cost=gbp("1000.00"), on=When("2005-03-01"), **few, **of))
    at.do(p.TakePlaces(organisation_id=kent, people=1, places=1, on=When("2006-01-15"), **of))


def _met(at: Desk, of: dict[str, Any], lambeth: OrganisationId, kent: OrganisationId) -> None:
    """In the second session somebody attends in place of the head of housing, and the leader brings an assistant."""
    housing, policy = (p.Attendee(post=post, organisation_id=lambeth) for post in ("Head of housing", "Policy officer"))
    leader, assistant = (p.Attendee(post=post, organisation_id=kent) for post in ("Leader", "Assistant"))
    for title, on, attended in (
        ("The first case", "2005-02-03", (housing, leader)),
        ("The second case", "2005-03-03", (policy, leader, assistant)),
    ):
        held: dict[str, Any] = {"series": "Action learning set 2", "title": title, "attended": attended}
        at.do(p.HoldSession(award_id=beside.AWARD, on=When(on), **held, **of))
