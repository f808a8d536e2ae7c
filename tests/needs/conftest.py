"""The programme with an office, bids, awards and money at every stage, which the needs are asked of."""

from collections.abc import Iterator
from typing import Any

import pytest

from domain import award, bid
from domain.organisation import RenameOrganisation
from domain.partnership import AppointSupplier, JoinPartnership, LeavePartnership
from domain.programme import SetServiceStandard
from domain.values.ids import AwardId, OrganisationId, PartnershipId, ProgrammeId
from domain.values.waiting import Days, Span
from domain.values.when import When
from infra.database.postgres import Database
from infra.feeding.projector import project_all
from tests.conftest import copy_of
from tests.kit import beside
from tests.kit.grown import grown
from tests.kit.jointly import acted
from tests.kit.money import Desk, desk, gbp
from tests.kit.office import opened_office
from tests.kit.outcomes import found
from tests.kit.places import placed
from tests.kit.plans import planned
from tests.kit.rounds import opened_round
from tests.kit.support import concerned, supported
from tests.kit.web.served import Api, served


@pytest.fixture(scope="session")
def asked(server: Database, programme_template: str) -> Iterator[Api]:
    """The application to ask. Its read models have everything that was recorded."""
    database = copy_of(server, programme_template)
    with desk(database) as at:
        grown(at)
        _bids(at)
        _money(at)
        planned(at)
        found(at)
        supported(at, concerned(at))
        acted(at)
        beside.recorded(at)
        beside.required(at)
        placed(at)
        opened_round(at)
        # From now on decisions take an authority.
        opened_office(at)
    project_all(database)
    with served(database) as api:
        yield api


def _bids(at: Desk) -> None:
    """A bid that is late, one with an adviser who also supplies, and a name that changed."""
    programme_id, scheme_id = (
        ProgrammeId(at.find("programme", "cbp")),
        at.find("scheme", "cbp-improvement-partnerships"),
    )
    standard: dict[str, Any] = {"days": Days.CALENDAR, "limit": 60, "on": When("2004-01-01")}
    at.do(SetServiceStandard(programme_id=programme_id, scheme_id=scheme_id, span=Span.TO_DECISION, **standard))
    at.submitted_bid("silence", "2004-06-01")
    advised = at.submitted_bid("advised", "2004-06-02")
    lga = OrganisationId(at.find("organisation", "lga"))
    at.do(bid.RecordAdviser(bid_id=advised, organisation_id=lga, part="author", on=When("2004-06-03")))
    dip = PartnershipId(at.find("partnership", "dip"))
    supplied: dict[str, Any] = {"work": "Training", "brief": "Ten days", "selection": "One of three tenders"}
    at.do(AppointSupplier(partnership_id=dip, organisation_id=lga, on=When("2004-09-01"), **supplied))
    at.do(RenameOrganisation(organisation_id=lga, name="The new name", on=When("2005-04-01")))


def _money(at: Desk) -> None:
    """An award of 1,000 with a plan, a condition and payments."""
    paid = AwardId(at.accepted_award("paid", "1000.00"))
    for number, due in ((1, "2004-07-01"), (2, "2004-12-01")):
        on = When("2004-06-20")
        at.do(award.ScheduleInstalment(award_id=paid, number=number, amount=gbp("500.00"), due=When(due), on=on))
    at.pay(paid, 1, "400.00", "2004-08-15")
    at.do(award.SetCondition(award_id=paid, number=1, text="An evaluation plan", precedent=True, on=When("2004-09-01")))
    # Money that goes on to another partnership, and a partner that comes and goes.
    source = AwardId(at.accepted_award("source", "500.00"))
    at.accepted_award("passed-on", "200.00", partnership="lrip", funded_from=source)
    of: dict[str, Any] = {"partnership_id": PartnershipId(at.find("partnership", "lrip"))}
    odpm = OrganisationId(at.find("organisation", "odpm"))
    at.do(JoinPartnership(**of, organisation_id=odpm, role="observer", on=When("2004-05-01")))
    at.do(LeavePartnership(**of, organisation_id=odpm, reason="It was merged away", on=When("2005-05-01")))
