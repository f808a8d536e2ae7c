"""The example programme of the demo: invented, and told by live commands under a set clock.

``make example`` records it in a database of its own and writes its log into ``demo/example/log.jsonl``. Each command
has the moment at which it is recorded, so that the second clock has a past. There is a person for each role, who
gives what that role may; the names in ``demo/example/people.csv`` are those of posts.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from domain import award, bid, books, delivery, funding_round, organisation, outcome, partnership, programme
from domain.bank.account import BankEntry, OpenBankAccount, RecordStatement, Statement, account_identity
from domain.history import Command
from domain.people import person
from domain.people.person import Role
from domain.values.ids import (
    AwardId,
    BidId,
    DeliveryId,
    OrganisationId,
    OutcomeId,
    PartnershipId,
    PersonId,
    ProgrammeId,
    RoundId,
    SchemeId,
)
from domain.values.money import Money
from domain.values.waiting import Days, Span
from domain.values.when import When

# The day on which the story stops: what waits, waits as at this day.
LAST = "2026-11-27"
PROGRAMME, SCHEME = ProgrammeId("programme-example"), SchemeId("scheme-example")
OWNER = "the owner of the database"
IBAN = "GB33BUKB20201555555555"
ACCOUNT = account_identity(IBAN)


def person_of(role: Role) -> PersonId:
    """The person of the story who has *role*."""
    return PersonId(f"person-example-{role.value.replace(' ', '-')}")


BIDDER, PARTNER, ASSESSOR, BOARD, OFFICER, RELEASER, _, _, OFFICE, ADMINISTRATOR = map(person_of, Role)

COUNCILS = {
    "northshire": ("Northshire Council (invented)", "council"),
    "harbour-college": ("Harbour College (invented)", "college"),
    "moorland": ("Moorland District Council (invented)", "council"),
    "valley": ("Valley Borough Council (invented)", "council"),
    "estuary": ("Estuary City Council (invented)", "council"),
    "hillside": ("Hillside County Council (invented)", "council"),
}
PARTNERSHIPS = {
    "coastal-skills": ("Coastal skills partnership", "northshire"),
    "estuary-food": ("Estuary food network", "estuary"),
    "moorland-transport": ("Moorland transport partnership", "moorland"),
    "valley-libraries": ("Valley libraries together", "valley"),
    "hill-farms": ("Hill farms online", "hillside"),
    "rural-apprenticeships": ("Rural apprenticeships", "hillside"),
    "older-people": ("Older people at home", "estuary"),
    "market-towns": ("Market towns partnership", "valley"),
    "digital-doors": ("Digital front doors", "northshire"),
}


class Step(NamedTuple):
    """A *command* that an *actor* hands in at a moment, under an *authority* if one is named."""

    moment: datetime
    actor: str
    command: Command
    authority: str | None = None


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def on(day: str) -> dict[str, Any]:
    return {"on": When(day)}


def gbp(amount: str) -> Money:
    return Money.of(amount, "GBP")


def partnership_id(code: str) -> PartnershipId:
    return PartnershipId(f"partnership-example-{code}")


# The case officer of bids, by the number of the bid.
CASES = {
    "009": "grants officer one", "018": "grants officer one", "012": "grants officer two", "021": "grants officer two",
    "031": "grants officer two",
}  # fmt: skip


def steps() -> list[Step]:
    """The whole story, in the order in which it is recorded."""
    return sorted([*_people(), *_programme(), *_coastal(), *_others()], key=lambda step: step.moment)


def _people() -> Iterator[Step]:
    """The owner of the database appoints the administrator, who registers the others."""
    day = on("2025-03-03")
    for nth, role in enumerate((Role.ADMINISTRATOR, *(one for one in Role if one is not Role.ADMINISTRATOR))):
        by = ADMINISTRATOR if nth else OWNER
        moment = at("2025-03-03T08:00") + timedelta(minutes=2 * nth)
        code = role.value.replace(" ", "-")
        yield Step(moment, by, person.RegisterPerson(person_id=person_of(role), code=code, **day))
        yield Step(moment + timedelta(minutes=1), by, person.GrantRole(person_id=person_of(role), role=role, **day))


def _programme() -> Iterator[Step]:
    funder = OrganisationId("organisation-example-funder")
    begun = at("2025-03-03T09:00")
    yield Step(
        begun,
        OFFICE,
        organisation.RegisterOrganisation(
            organisation_id=funder,
            code="example-funder",
            name="Example Funder (invented)",
            kind="department",
            **on("2025-03-03"),
        ),
    )
    for nth, (code, (name, kind)) in enumerate(COUNCILS.items(), 1):
        yield Step(
            begun + timedelta(minutes=nth),
            OFFICE,
            organisation.RegisterOrganisation(
                organisation_id=OrganisationId(f"organisation-example-{code}"),
                code=f"example-{code}",
                name=name,
                kind=kind,
                **on("2025-03-03"),
            ),
        )
    yield Step(
        at("2025-03-03T10:00"),
        ADMINISTRATOR,
        programme.EstablishProgramme(
            programme_id=PROGRAMME,
            code="example",
            name="Example programme (invented)",
            currency="GBP",
            funder_id=funder,
            description="Invented, to show what the pages look like.",
            **on("2025-03-03"),
        ),
    )
    yield Step(
        at("2025-03-03T10:05"),
        ADMINISTRATOR,
        programme.EstablishScheme(
            programme_id=PROGRAMME,
            scheme_id=SCHEME,
            code="example-skills",
            name="Skills scheme (invented)",
            kind="grants",
            **on("2025-03-03"),
        ),
    )
    yield Step(
        at("2025-03-04T09:00"),
        ADMINISTRATOR,
        programme.AllocateBudget(
            programme_id=PROGRAMME,
            scheme_id=SCHEME,
            amount=gbp("2000000.00"),
            purpose="Grants for skills",
            **on("2025-03-04"),
        ),
        "Budget of 2025",
    )
    for nth, (span, limit) in enumerate(((Span.ACKNOWLEDGEMENT, 5), (Span.ASSESSMENT, 20), (Span.TO_DECISION, 40))):
        yield Step(
            at("2025-03-05T09:00") + timedelta(minutes=nth),
            ADMINISTRATOR,
            programme.SetServiceStandard(
                programme_id=PROGRAMME,
                scheme_id=None,
                span=span,
                limit=limit,
                days=Days.WORKING,
                **on("2025-03-05"),
            ),
        )
    yield Step(
        at("2025-03-05T09:10"),
        ADMINISTRATOR,
        programme.PublishCriteria(
            programme_id=PROGRAMME,
            scheme_id=SCHEME,
            criteria=("Need", "Partnership", "Value"),
            weights=(40, 30, 30),
            **on("2025-03-05"),
        ),
    )
    for nth, year in enumerate((2025, 2026)):
        of: dict[str, Any] = {"round_id": RoundId(f"round-example-{year}")}
        yield Step(
            at(f"{year}-04-01T09:00"),
            OFFICE,
            funding_round.OpenRound(
                **of,
                programme_id=PROGRAMME,
                scheme_id=SCHEME,
                code=f"EX-{year}",
                name=f"Skills round {year}",
                budget=gbp("600000.00" if nth == 0 else "900000.00"),
                closes=When(f"{year}-12-31"),
                closes_time="17:00",
                **on(f"{year}-04-01"),
            ),
        )
        yield Step(
            at(f"{year}-04-01T09:10"),
            OFFICE,
            funding_round.AdoptCriteria(**of, criteria=("Need", "Partnership", "Value"), **on(f"{year}-04-01")),
        )
    yield Step(
        at("2026-04-01T09:20"),
        OFFICE,
        funding_round.SetRingFence(
            round_id=RoundId("round-example-2026"), name="Rural", amount=gbp("250000.00"), **on("2026-04-01")
        ),
    )
    for nth, (code, (name, lead)) in enumerate(PARTNERSHIPS.items()):
        day = at("2025-04-02T09:00") + timedelta(days=7 * nth)
        yield Step(
            day,
            OFFICE,
            partnership.FormPartnership(
                partnership_id=partnership_id(code),
                programme_id=PROGRAMME,
                scheme_id=SCHEME,
                code=code,
                name=f"{name} (invented)",
                kind="partnership",
                lead_id=OrganisationId(f"organisation-example-{lead}"),
                **on(f"{day:%Y-%m-%d}"),
            ),
        )
    yield Step(
        at("2025-07-07T11:00"),
        OFFICE,
        partnership.JoinPartnership(
            partnership_id=partnership_id("coastal-skills"),
            role="provider",
            organisation_id=OrganisationId("organisation-example-harbour-college"),
            **on("2025-06"),
        ),
    )


def _coastal() -> Iterator[Step]:
    """A life from the bid to a recovery, with a payment that was reversed after its year had closed."""
    bid_id, award_id = BidId("bid-example-014"), AwardId("award-example-014")
    of_bid: dict[str, Any] = {"bid_id": bid_id}
    of: dict[str, Any] = {"award_id": award_id}
    coastal = partnership_id("coastal-skills")
    yield Step(
        at("2025-05-12T16:20"),
        BIDDER,
        bid.SubmitBid(
            **of_bid,
            partnership_id=coastal,
            reference="EX-2025-014",
            title="Skills for the coast",
            requested=gbp("240000.00"),
            round_id=RoundId("round-example-2025"),
            time="16:05",
            **on("2025-05-12"),
        ),
    )
    yield Step(at("2025-05-14T09:30"), OFFICE, bid.AcknowledgeBid(**of_bid, **on("2025-05-14")))
    yield Step(
        at("2025-06-03T10:00"),
        ASSESSOR,
        bid.RequestClarification(**of_bid, number=1, question="Who pays for the second trainer?", **on("2025-06-03")),
    )
    yield Step(at("2025-06-17T15:00"), BIDDER, bid.ReceiveClarification(**of_bid, number=1, **on("2025-06-16")))
    yield Step(at("2025-06-20T10:00"), ASSESSOR, bid.CheckEligibility(**of_bid, eligible=True, **on("2025-06-20")))
    scores = (
        ("Need", 4, "Long waits for places"),
        ("Partnership", 5, "A college has joined"),
        ("Value", 3, "Dear rooms"),
    )
    for nth, (criterion, score, why) in enumerate(scores):
        yield Step(
            at("2025-07-14T14:00") + timedelta(minutes=nth),
            ASSESSOR,
            bid.AssessBid(**of_bid, criterion=criterion, score=score, justification=why, **on("2025-07-14")),
        )
    yield Step(
        at("2025-07-28T17:00"),
        BOARD,
        bid.ApproveBid(**of_bid, approved=gbp("200000.00"), **on("2025-07-28")),
        "Grants board, minute 14",
    )
    yield Step(at("2025-07-30T09:00"), OFFICE, bid.NotifyDecision(**of_bid, **on("2025-07-30")))
    yield Step(
        at("2025-10-01T11:00"),
        BOARD,
        award.OfferAward(**of, bid_id=bid_id, reference="EXA-2025-014", amount=gbp("200000.00"), **on("2025-10-01")),
    )
    yield Step(at("2025-10-09T10:00"), BIDDER, award.AcceptOffer(**of, **on("2025-10-09")))
    yield Step(
        at("2025-10-10T09:00"),
        OFFICE,
        award.SetCondition(
            **of, number=1, text="A signed agreement with the college", precedent=True, **on("2025-10-10")
        ),
    )
    yield Step(
        at("2025-10-10T09:01"),
        OFFICE,
        award.SetCondition(**of, number=2, text="An independent evaluation", precedent=False, **on("2025-10-10")),
    )
    yield Step(at("2025-11-03T09:00"), OFFICE, award.MeetCondition(**of, number=1, **on("2025-10-31")))
    for number, amount, due in (
        (1, "60000.00", "2025-11-28"),
        (2, "60000.00", "2026-02-20"),
        (3, "80000.00", "2026-09"),
    ):
        yield Step(
            at("2025-10-13T09:00") + timedelta(minutes=number),
            OFFICE,
            award.ScheduleInstalment(**of, number=number, amount=gbp(amount), due=When(due), **on("2025-10-13")),
        )
    yield from _delivery(award_id, coastal)
    yield from _payment(of, 1, "60000.00", "2025-11-28", "EX 1")
    yield from _payment(of, 2, "60000.00", "2026-02-20", "EX 2")
    yield Step(
        at("2026-03-10T16:50"),
        BOARD,
        bid.VaryApproval(
            **of_bid, approved=gbp("215000.00"), because="A second cohort of learners", **on("2026-03-10")
        ),
        "Grants board, minute 31",
    )
    yield Step(
        at("2026-03-10T17:00"),
        BOARD,
        award.VaryAward(
            **of,
            number=1,
            kind=award.Variation.UPLIFT,
            change=gbp("15000.00"),
            because="A second cohort of learners",
            **on("2026-03-10"),
        ),
        "Grants board, minute 31",
    )
    yield from _payment(of, 3, "30000.00", "2026-03-20", "EX 3")
    yield Step(
        at("2026-04-08T09:00"),
        OFFICE,
        books.ClosePeriod(
            programme_id=PROGRAMME,
            name="2025-26",
            starts=When("2025-04-01"),
            ends=When("2026-03-31"),
            **on("2026-04-08"),
        ),
    )
    yield Step(
        at("2026-04-14T10:30"),
        OFFICER,
        award.ReversePayment(**of, number=3, because="Paid to a closed account", **on("2026-03-24")),
    )
    yield Step(
        at("2026-04-16T09:10"),
        BIDDER,
        award.RequestPayment(**of, number=4, amount=gbp("25000.00"), corrects=3, **on("2026-04-15")),
    )
    yield Step(at("2026-04-16T11:00"), OFFICER, award.ApprovePayment(**of, number=4, **on("2026-04-16")))
    yield Step(
        at("2026-04-16T15:00"),
        RELEASER,
        award.ReleasePayment(**of, number=4, bank_reference="EX 4", **on("2026-04-16")),
    )
    yield Step(
        at("2026-07-09T09:00"),
        BIDDER,
        award.ReportExpenditure(
            **of, number=1, amount=gbp("71300.00"), description="Trainers and rooms to 31 March", **on("2026-03-31")
        ),
    )
    yield Step(
        at("2026-07-09T09:05"),
        BIDDER,
        award.ReportExpenditure(
            **of, number=2, amount=gbp("47100.00"), description="Trainers and rooms to 30 June", **on("2026-06-30")
        ),
    )
    yield Step(
        at("2026-07-02T10:00"),
        OFFICER,
        award.RaiseRecovery(
            **of, number=1, amount=gbp("5000.00"), because="Equipment that was not bought", **on("2026-07-02")
        ),
    )
    yield Step(at("2026-07-20T10:00"), BOARD, award.ApproveRecovery(**of, number=1, **on("2026-07-20")))
    yield Step(
        at("2026-09-01T09:00"),
        OFFICE,
        award.RequireReturn(
            **of, number=1, covers="July to September 2026", due=When("2026-10-31"), **on("2026-09-01")
        ),
    )
    yield Step(
        at("2026-11-16T09:30"),
        BIDDER,
        award.RequestPayment(**of, number=5, amount=gbp("40000.00"), **on("2026-11-16")),
    )
    yield Step(
        at("2026-11-24T09:30"),
        BIDDER,
        award.RequestPayment(**of, number=6, amount=gbp("12500.00"), **on("2026-11-24")),
    )
    yield Step(at("2026-11-18T14:00"), OFFICER, award.ApprovePayment(**of, number=5, **on("2026-11-18")))
    yield from _bank()


def _payment(of: dict[str, Any], number: int, amount: str, day: str, reference: str) -> Iterator[Step]:
    released = at(f"{day}T15:00")
    yield Step(
        released - timedelta(days=4),
        BIDDER,
        award.RequestPayment(**of, number=number, amount=gbp(amount), **on(f"{released - timedelta(days=4):%Y-%m-%d}")),
    )
    yield Step(
        released - timedelta(days=1),
        OFFICER,
        award.ApprovePayment(**of, number=number, **on(f"{released - timedelta(days=1):%Y-%m-%d}")),
    )
    yield Step(released, RELEASER, award.ReleasePayment(**of, number=number, bank_reference=reference, **on(day)))


def _delivery(award_id: AwardId, coastal: PartnershipId) -> Iterator[Step]:
    plan: dict[str, Any] = {"delivery_id": DeliveryId("delivery-example-014")}
    yield Step(
        at("2025-11-14T12:00"),
        OFFICE,
        delivery.AgreePlan(
            **plan,
            partnership_id=coastal,
            award_id=award_id,
            title="Skills for the coast",
            milestones=("Skills audit", "Shared academy", "First cohort"),
            until=When("2027-03~"),
            **on("2025-11-03"),
        ),
    )
    yield Step(
        at("2026-03-03T12:00"), PARTNER, delivery.ReachMilestone(**plan, milestone="Skills audit", **on("2026-02"))
    )
    yield Step(
        at("2026-05-21T12:00"),
        OFFICE,
        delivery.RedesignPlan(
            **plan,
            because="The building was not ready",
            milestones=("Shared academy", "First cohort", "Second cohort"),
            until=When("2027-06~"),
            **on("2026-05-20"),
        ),
    )
    yield Step(
        at("2026-07-22T16:00"),
        OFFICE,
        delivery.RecordVisit(
            **plan,
            visitor="programme office",
            findings="Rooms are in use, records are in order",
            action="Send the attendance list",
            due=When("2026-08-14"),
            **on("2026-07-21"),
        ),
    )
    yield Step(
        at("2026-09-30T12:00"), PARTNER, delivery.ReachMilestone(**plan, milestone="Shared academy", **on("2026-08~"))
    )
    learners: dict[str, Any] = {"outcome_id": OutcomeId("outcome-example-014")}
    yield Step(
        at("2025-12-05T12:00"),
        OFFICE,
        outcome.AgreeIndicator(
            **learners,
            partnership_id=coastal,
            impact="skills",
            level="individual",
            indicator="Learners who find work",
            unit="%",
            baseline="34",
            target="60",
            **on("2025-11"),
        ),
    )
    yield Step(
        at("2026-07-09T12:00"),
        PARTNER,
        outcome.ReportResult(**learners, value="51", evidence="Survey of 112 learners", **on("2026-06")),
    )
    yield Step(
        at("2026-08-04T12:00"),
        OFFICE,
        outcome.VerifyResult(**learners, evidence="Sample of 20 called back", **on("2026-08-03")),
    )


def _bank() -> Iterator[Step]:
    """A statement with an entry for a payment, one that nothing explains, and a fee."""

    def entry(amount: str, day: str, reference: str, **said: Any) -> BankEntry:
        return BankEntry(reference=reference, nth=1, amount=gbp(amount), booked=When(day), **said)

    yield Step(
        at("2026-04-20T09:00"),
        OFFICER,
        OpenBankAccount(
            account_id=ACCOUNT, account=IBAN, name="Grants account (invented)", currency="GBP", **on("2025-04-01")
        ),
    )
    entries = (
        entry("-25000.00", "2026-04-17", "E1", end_to_end="EX 4", counterparty="Northshire Council (invented)"),
        entry("-1250.00", "2026-04-21", "E2", counterparty="Northshire Council (invented)", remittance="Room hire"),
        entry("-4.50", "2026-04-30", "E3", remittance="Charges"),
    )
    stated = Statement(
        identifier="2026-04",
        since=When("2026-04-01"),
        until=When("2026-04-30"),
        opening=gbp("500000.00"),
        closing=gbp("473745.50"),
        entries=entries,
    )
    yield Step(
        at("2026-05-05T09:00"),
        OFFICER,
        RecordStatement(account_id=ACCOUNT, account=IBAN, statement=stated, **on("2026-05-05")),
    )


def _others() -> Iterator[Step]:
    """Bids at every stage: late, due soon, stopped, known in part, declined and handed in again, and a duplicate."""
    yield from _bid("moorland-transport", "031", "80000.00", "2026-11-25")
    yield from _bid("valley-libraries", "029", "42500.00", "2026-11-20")
    yield from _bid("estuary-food", "018", "120000.00", "2026-09-28", acknowledged="2026-10-01")
    yield from _bid("hill-farms", "024", "65000.00", "2026-11-09", acknowledged="2026-11-11")
    yield from _bid(
        "market-towns", "026", "55000.00", "2026-10", recorded="2026-11-02T09:00", acknowledged="2026-11-02"
    )
    yield from _bid("rural-apprenticeships", "021", "90000.00", "2026-10-19", acknowledged="2026-10-21")
    yield Step(
        at("2026-11-16T10:00"),
        ASSESSOR,
        bid.RequestClarification(
            bid_id=BidId("bid-example-021"), number=1, question="How many places are rural?", **on("2026-11-16")
        ),
    )
    yield from _bid("older-people", "009", "210000.00", "2026-09-07", acknowledged="2026-09-09")
    for nth, criterion in enumerate(("Need", "Partnership", "Value")):
        yield Step(
            at("2026-10-05T10:00") + timedelta(minutes=nth),
            ASSESSOR,
            bid.AssessBid(
                bid_id=BidId("bid-example-009"),
                criterion=criterion,
                score=4,
                justification="As described",
                **on("2026-10-05"),
            ),
        )
    yield from _bid("digital-doors", "012", "99000.00", "2026-06-01", acknowledged="2026-06-03")
    doors: dict[str, Any] = {"bid_id": BidId("bid-example-012")}
    yield Step(
        at("2026-07-06T17:00"),
        BOARD,
        bid.DeclineBid(**doors, because="No partner outside the county", **on("2026-07-06")),
        "Grants board, minute 40",
    )
    yield Step(
        at("2026-10-05T12:00"),
        BIDDER,
        bid.ResubmitBid(
            **doors,
            title="Digital front doors, with two counties",
            requested=gbp("84000.00"),
            round_id=RoundId("round-example-2026"),
            time="11:40",
            **on("2026-10-05"),
        ),
    )
    yield Step(at("2026-10-07T12:00"), OFFICE, bid.AcknowledgeBid(**doors, **on("2026-10-07")))
    yield from _cases()


def _cases() -> Iterator[Step]:
    """Who has which case, and the number by which a college is found."""
    for nth, (number, officer) in enumerate(CASES.items()):
        yield Step(
            at("2026-11-26T09:00") + timedelta(minutes=nth),
            OFFICE,
            bid.AssignCaseOfficer(bid_id=BidId(f"bid-example-{number}"), officer=officer, **on("2026-11-26")),
        )
    yield Step(
        at("2026-11-26T10:00"),
        OFFICE,
        organisation.RecordIdentifier(
            organisation_id=OrganisationId("organisation-example-harbour-college"),
            register="GB-CHC",
            value="9900014",
            **on("2026-11-26"),
        ),
    )


def _bid(
    code: str, number: str, amount: str, day: str, *, acknowledged: str | None = None, recorded: str | None = None
) -> Iterator[Step]:
    bid_id = BidId(f"bid-example-{number}")
    yield Step(
        at(recorded or f"{day}T12:00"),
        BIDDER,
        bid.SubmitBid(
            bid_id=bid_id,
            partnership_id=partnership_id(code),
            reference=f"EX-2026-{number}",
            title=PARTNERSHIPS[code][0],
            requested=gbp(amount),
            round_id=RoundId("round-example-2026"),
            **on(day),
        ),
    )
    if acknowledged is not None:
        yield Step(at(f"{acknowledged}T09:00"), OFFICE, bid.AcknowledgeBid(bid_id=bid_id, **on(acknowledged)))
