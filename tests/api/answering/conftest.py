"""The programme with a story of everything that can be asked for, and with odd rows."""

import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import pytest

from api.limits.weighing import Limits
from domain import award, bid, delivery, discrepancy, funding_round, outcome, programme
from domain.books import ClosePeriod
from domain.organisation import MergeOrganisations, RegisterOrganisation, RenameOrganisation
from domain.partnership import JoinPartnership, LeavePartnership
from domain.values.ids import (
    AwardId,
    DeliveryId,
    OrganisationId,
    OutcomeId,
    PartnershipId,
    ProgrammeId,
    RoundId,
    SchemeId,
)
from domain.values.refusal import Refused
from domain.values.when import When
from infra.database.postgres import Database
from infra.feeding.projector import project_all
from infra.imports.bank import statements as bank_import
from tests.conftest import copy_of
from tests.infra.imports.test_bank import Office, a_month, opened_account, recover
from tests.kit import beside
from tests.kit.files.camt import booked, camt, statement
from tests.kit.grown import grown
from tests.kit.jointly import acted
from tests.kit.life import called, lived
from tests.kit.money import Desk, desk, gbp
from tests.kit.office import DIRECTOR, SECOND, approved, erased, opened_office
from tests.kit.outcomes import found
from tests.kit.places import placed
from tests.kit.plans import planned
from tests.kit.rounds import opened_round
from tests.kit.support import supported
from tests.kit.web.odd import BANK, CURRENCIES, ENDED, NO_LADDER, ODD, OUTCOMES, SPREAD
from tests.kit.web.served import Api, served
from tests.projections.delays.test_delays_as_known import some_command


@pytest.fixture(scope="module")
def odd_api(server: Database, programme_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The application with the story and the odd rows. Its read models stay as they are."""
    database = copy_of(server, programme_template)
    with desk(database) as at:
        _bank(at, database, tmp_path_factory.mktemp("bank"))
        _books(at)
        _clocks(at)
        _delivery(at)
        _names_and_roles(at)
        for name, partnership in (("lived", "dip"), ("lived-too", "worcestershire-partnership"), ("more", "lrip")):
            lived(at, name, partnership)
            called(at, name)
            called(at, f"{name}-again")
        at.do(funding_round.CloseRound(round_id=RoundId("round-more"), time="16:59", on=When("2004-06-01")))
        grown(at)
        planned(at)
        found(at)
        supported(at)
        acted(at)
        beside.recorded(at)
        placed(at)
        opened_round(at)
        _opinions(at, database)
        _office(at)
    project_all(database)
    with database.connect() as connection:
        for rows in (BANK, OUTCOMES, SPREAD, ODD, ENDED, CURRENCIES, NO_LADDER):
            connection.execute(cast(Any, rows))
    counts: dict[str, int] = {"aliases": 500, "directives": 500, "depth": 30, "fields": 100_000, "tokens": 50_000}
    # The larger operations take graphql-core more than 10 seconds on a busy machine.
    limits = Limits(cost=1_000_000, operation_seconds=90, statement_seconds=60, **counts)
    with served(database, projector=False, limits=limits) as api:
        yield api


def _bank(at: Desk, database: Database, folder: Path) -> None:
    """A month of bank statements, and an award that funds another one."""
    opened_account(at)
    office = Office(at, database, folder, at.accepted_award("bank", "1000.00"))
    at.accepted_award("onward", "100.00", partnership="lrip", funded_from=office.award_id)
    file = camt(folder / "july.xml", a_month(office))
    bank_import.import_statements(database, at.log, file.name, bank_import.read(file), actor="accountant", dry=False)
    repaying = Office(at, database, folder, at.accepted_award("repaid", "1000.00"))
    recover(repaying, *((f"{amount}.00", f"REC {amount}" if amount < 26 else None) for amount in range(21, 31)))
    entries = [
        booked(f"{amount}.00", f"2004-07-{amount - 12:02}", f"NWB9{amount}", f"rec{amount}")
        if amount < 26
        else booked(f"{amount}.00", f"2004-07-{amount - 12:02}", f"NWB9{amount}")
        for amount in range(21, 31)
    ]
    repaying.take_in(statement(entries, "598.50", "853.50", identifier="2004-07, repayments"))


def _books(at: Desk) -> None:
    """A closed year, of which a payment is reversed since, and the budget of a scheme."""
    scheme_id, programme_id = (
        at.find("scheme", "cbp-improvement-partnerships"),
        ProgrammeId(at.find("programme", "cbp")),
    )
    budget: dict[str, Any] = {"amount": gbp("5000000.00"), "purpose": "Grants", "on": When("2003-12-01")}
    at.do(programme.AllocateBudget(programme_id=programme_id, scheme_id=scheme_id, **budget))
    award_id = at.accepted_award("late", "100.00")
    at.pay(award_id, 1, "60.00", "2004-09-01")
    days = {"starts": When("2004-04-01"), "ends": When("2005-03-31"), "on": When("2005-05-02")}
    at.do(ClosePeriod(programme_id=programme_id, name="2004-05", **days), "Director of Finance")
    at.do(award.ReversePayment(award_id=award_id, number=1, because="Of another award", on=When("2004-09-01")))


def _clocks(at: Desk) -> None:
    """Bids at all stages, with questions and service standards."""
    chance = random.Random(3)
    ids = (ProgrammeId(at.find("programme", "cbp")), SchemeId(at.find("scheme", "cbp-improvement-partnerships")))
    bid_id = at.submitted_bid("asked", "2004-01-05")
    at.do(bid.RequestClarification(bid_id=bid_id, number=1, question="Who?", on=When("2004-01-20")))
    at.do(bid.ReceiveClarification(bid_id=bid_id, number=1, on=When("2004-02")))
    at.do(bid.DeclineBid(bid_id=bid_id, because="Thin", on=When("2004-03-02")))
    at.do(bid.NotifyDecision(bid_id=bid_id, on=When("2004-03")))
    for _ in range(120):
        with suppress(Refused):
            at.do(some_command(chance, chance.randrange(6), at, ids))


def _delivery(at: Desk) -> None:
    """A plan of delivery, with money paid after its beginning, and an indicator with a verified result."""
    partnership_id = PartnershipId(at.find("partnership", "dip"))
    plan: dict[str, Any] = {"title": "Sites", "milestones": ("First",), "until": When("2005-03-31")}
    delivery_id, begun = DeliveryId("delivery-told"), When("2004-07-01")
    at.do(delivery.AgreePlan(delivery_id=delivery_id, partnership_id=partnership_id, on=begun, **plan))
    at.do(delivery.ReachMilestone(delivery_id=delivery_id, milestone="First", on=When("2004-11-05")))
    at.pay(at.accepted_award("delivered", "100.00"), 1, "60.00", "2004-09-01")
    outcome_id, day = OutcomeId("outcome-told"), When("2004-06")
    words: dict[str, Any] = {"impact": "Better", "level": "authority", "indicator": "Sites"}
    at.do(
        outcome.AgreeIndicator(
            outcome_id=outcome_id, partnership_id=partnership_id, baseline="0", target="12", on=day, **words
        )
    )
    at.do(outcome.ReportResult(outcome_id=outcome_id, value="5", on=day))
    at.do(outcome.VerifyResult(outcome_id=outcome_id, evidence="A visit", on=day))


def _names_and_roles(at: Desk) -> None:
    """Organisations that were renamed, and whose roles ended."""
    dip = PartnershipId(at.find("partnership", "dip"))
    for code in ("lga", "idea", "odpm"):
        of: dict[str, Any] = {"organisation_id": OrganisationId(at.find("organisation", code))}
        at.do(RenameOrganisation(**of, name=f'{code} "again"', on=When("2005-04")))
        at.do(JoinPartnership(**of, partnership_id=dip, role="host", on=When("2005-04-01")))
        at.do(LeavePartnership(**of, partnership_id=dip, on=When("2005-09-30")))


def _office(at: Desk) -> None:
    """People, bodies and limits, a bid that was approved under one of them, and an interest in it."""
    opened_office(at)
    bid_id = approved(at, "B-office", "900.00")
    offer: dict[str, Any] = {"award_id": AwardId("award-office"), "reference": "A-office", "on": When("2005-05-04")}
    at.do(award.OfferAward(bid_id=bid_id, amount=gbp("900.00"), **offer), DIRECTOR)
    idea = OrganisationId(at.find("organisation", "idea"))
    at.do(
        bid.DeclareInterest(
            bid_id=bid_id, person_id=SECOND, nature="a relative bids", organisation_id=idea, on=When("2005-05-03")
        )
    )
    at.do(award.AcceptOffer(award_id=offer["award_id"], on=offer["on"]))
    of: dict[str, Any] = {"award_id": offer["award_id"], "number": 1, "on": offer["on"]}
    at.do(award.RequireReturn(covers="a year", due=When("2005-12"), **of))
    at.do(award.PrepareReturn(**of))
    for code in ("office-old", "office-new"):
        found: dict[str, Any] = {"organisation_id": OrganisationId(f"organisation-{code}"), "code": code}
        at.do(RegisterOrganisation(name=f"Office {code}", kind="council", on=offer["on"], **found))
    merged = OrganisationId("organisation-office-old")
    at.do(
        MergeOrganisations(
            organisation_id=found["organisation_id"], merged_id=merged, because="The Order", on=offer["on"]
        )
    )
    erased(at)


def _opinions(at: Desk, database: Database) -> None:
    """Discrepancies that are explained, waived and assigned."""
    project_all(database)
    with database.connect() as connection:
        rows: list[Any] = connection.execute(
            "SELECT rule, subject, figures, message FROM read.discrepancies ORDER BY opened, id LIMIT 3"
        ).fetchall()
    for nth, (rule, subject, seen, message) in enumerate(rows):
        about: dict[str, Any] = {
            "rule": rule, "subject": subject, "on": When("2005-01-05"),
        }  # fmt: skip
        shown = about | {"seen": seen, "message": message, "because": 'So "it" be'}
        if nth == 0:
            at.do(discrepancy.ExplainDiscrepancy(**shown))
        else:
            at.do(discrepancy.WaiveDiscrepancy(authority="Section 151 officer", **shown))
    at.do(discrepancy.AssignDiscrepancy(owner="Accountant", **about))
