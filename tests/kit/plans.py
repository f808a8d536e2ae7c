"""Four partnerships with plans: one in trouble with its suppliers, two peers of it, and one that has ended."""

from typing import Any

from domain import delivery as d
from domain.partnership import FormPartnership, JoinPartnership
from domain.values.ids import DeliveryId, OrganisationId, PartnershipId, ProgrammeId, SchemeId
from domain.values.when import When
from tests.kit.money import Desk, gbp


def planned(at: Desk) -> None:
    """Record the plans, and what became of them."""
    for name, formed in (("one", "2004-03-01"), ("two", "2004-02-01"), ("three", "2004-01-15"), ("four", "2004-01-10")):
        _form(at, f"needs-{name}", formed)
    _peers(at)
    _stages(at)
    _suppliers(at)
    _progress(at)
    _ended(at)


def _form(at: Desk, code: str, on: str) -> None:
    at.do(
        FormPartnership(
            partnership_id=_of(code), programme_id=ProgrammeId(at.find("programme", "cbp")),
            scheme_id=SchemeId(at.find("scheme", "cbp-improvement-partnerships")), code=code, name=code,
            kind="improvement-partnership", on=When(on),
        )
    )  # fmt: skip


def _of(code: str) -> PartnershipId:
    return PartnershipId(f"partnership-{code}")


def _plan(at: Desk, code: str, title: str, on: str, stages: tuple[d.PlannedStage, ...] = (), **more: Any) -> DeliveryId:
    delivery_id = DeliveryId(f"delivery-{code}")
    at.do(
        d.AgreePlan(
            delivery_id=delivery_id, partnership_id=_of(code), title=title, stages=stages, on=When(on), **more
        )
    )  # fmt: skip
    return delivery_id


def _stage(name: str, due: str, **more: Any) -> d.PlannedStage:
    return d.PlannedStage(name=name, due=When(due), **more)


def _reach(at: Desk, of: DeliveryId, milestone: str, on: str) -> None:
    at.do(d.ReachMilestone(delivery_id=of, milestone=milestone, on=When(on)))


def _peers(at: Desk) -> None:
    begins = _stage("Delivery begins", "2004-10-31", begins_delivery=True)
    ends = When("2005-12-31")
    one = _plan(at, "needs-one", "Plan of one", "2004-04-01", (begins,), until=ends)
    _reach(at, one, "Delivery begins", "2004-11-15")
    two = _plan(at, "needs-two", "Second plan", "2004-03-01", (begins,), until=ends)
    _reach(at, two, "Delivery begins", "2004-07-01")
    at.do(
        d.FileFollowOnPlan(
            delivery_id=one, number=1, sort=d.FollowOn.CONTINUATION, owner="The county", text="The councils pay",
            until=When("2006-03-31"), cost=gbp("12000.00"), on=When("2005-02-15"),
        )
    )  # fmt: skip


def _stages(at: Desk) -> None:
    kent = OrganisationId(at.find("organisation", "kent-county-council"))
    sets = _stage("Learning sets", "2004-08-31", organisation_id=kent, quick_win=True)
    of = _plan(at, "needs-three", "First year", "2004-07-01", (sets, _stage("Skills audit", "2004-09-30")))
    _reach(at, of, "Learning sets", "2004-08-15")
    moved: dict[str, Any] = {"milestone": "Skills audit", "due": When("2004-10-30"), "because": "No tutor"}
    at.do(d.MoveMilestone(delivery_id=of, on=When("2004-09-01"), **moved))
    joined: dict[str, Any] = {"organisation_id": kent, "role": "partner", "on": When("2004-10-01")}
    at.do(JoinPartnership(partnership_id=_of("needs-three"), **joined))
    stages = (_stage("Work begins", "2005-01-15", begins_delivery=True), _stage("Report", "2005-03-31"))
    because = "The first stage won no cooperation"
    at.do(d.RedesignPlan(delivery_id=of, because=because, stages=stages, on=When("2004-11-01")))
    _reach(at, of, "Work begins", "2004-12-20")
    at.do(
        d.FileFollowOnPlan(
            delivery_id=of, number=1, sort=d.FollowOn.EXIT, owner="The board", text="The staff return",
            until=When("2005-06-30"), stages=(_stage("Posts end", "2005-05-31"),), on=When("2005-01-15"),
        )
    )  # fmt: skip


def _suppliers(at: Desk) -> None:
    of: dict[str, Any] = {"delivery_id": DeliveryId("delivery-needs-three")}
    idea, kent = (OrganisationId(at.find("organisation", code)) for code in ("idea", "kent-county-council"))
    steps = d.ProcurementStage
    for step, on, text, supplier, steer in (
        (steps.SPECIFIED, "2004-07-05", "Ten days of training", None, None),
        (steps.TENDERED, "2004-07-20", "Three tenders", None, None),
        (steps.SELECTED, "2004-08-01", "The best of three tenders", idea, "The funder named the agency"),
        (steps.CONTRACTED, "2004-08-10", "Training", idea, None),
    ):
        step_of: dict[str, Any] = {"step": step, "text": text, "organisation_id": supplier, "steer": steer}
        at.do(d.TakeProcurementStep(number=1, on=When(on), **of, **step_of))
    for number, text, due in ((1, "A handbook", "2004-12-31"), (2, "A report", "2005-01-31")):
        owed: dict[str, Any] = {"organisation_id": idea, "text": text, "due": When(due)}
        at.do(d.AgreeDeliverable(number=number, on=When("2004-09-01"), **of, **owed))
    at.do(d.DecideDeliverable(number=1, accepted=True, on=When("2004-12-20"), **of))
    because = "It leaves out two districts"
    at.do(d.DecideDeliverable(number=2, accepted=False, because=because, on=When("2005-02-01"), **of))
    at.do(
        d.ReplaceSupplier(
            replaced_id=idea, organisation_id=kent, because="Nobody came to the training", work="Training",
            brief="Five days", selection="The second tender", on=When("2005-01-10"), **of,
        )
    )  # fmt: skip


def _progress(at: Desk) -> None:
    of: dict[str, Any] = {"delivery_id": DeliveryId("delivery-needs-three")}
    for strand, light, on in (
        ("Training", "AMBER", "2004-10-01"), ("Training", "RED", "2004-12-01"), ("Audit", "GREEN", "2004-10-01"),
        ("Audit", "RED", "2004-11-01"), ("Audit", "GREEN", "2004-12-01"),
    ):  # fmt: skip
        at.do(d.ReportStatus(strand=strand, light=d.TrafficLight[light], because="As seen", on=When(on), **of))
    for number, stage, cause, on in (
        (1, d.HoldUpStage.AGREEMENT, d.HoldUpCause.CENTRAL_MONEY, "2004-07-01"),
        (2, d.HoldUpStage.DELIVERY, d.HoldUpCause.PARTNER_CAPACITY, "2004-12-15"),
    ):
        at.do(d.ReportHoldUp(number=number, stage=stage, cause=cause, because="As told", on=When(on), **of))
    at.do(d.EndHoldUp(number=1, because="The money came", on=When("2004-08-01"), **of))


def _ended(at: Desk) -> None:
    """A post that is agreed two days after the end of the work, and a supplier before it."""
    of = _plan(at, "needs-four", "Plan of four", "2004-07-01")
    idea = OrganisationId(at.find("organisation", "idea"))
    given: dict[str, Any] = {"organisation_id": idea, "brief": "Two officers", "selection": "As before"}
    at.do(d.EngageSupplier(delivery_id=of, work="Training", on=When("2004-08-01"), **given))
    at.do(d.EndDelivery(delivery_id=of, summary="The work ends.", on=When("2005-04-30")))
    at.do(d.EngageSupplier(delivery_id=of, work="New posts", on=When("2005-05-02"), **given))
