"""A supplier is chosen in the open: from a specification through a tender to a contract, and replaced for a reason."""

from typing import Any

import pytest

from domain import delivery
from domain.delivery import (
    AgreeDeliverable,
    DecideDeliverable,
    DeliverableAgreed,
    DeliverableAlreadyAccepted,
    DeliverableAlreadyAgreed,
    DeliverableDecided,
    DeliverableDueBeforeAgreed,
    DeliverableRejectionUnexplained,
    DeliverableUnknown,
    DeliverableUnsaid,
    EngagementIncomplete,
    EngageSupplier,
    ProcurementStage,
    ProcurementStepPassed,
    ProcurementStepTaken,
    ProcurementStepUnsaid,
    ProcurementUnknown,
    ProcurementWithoutSupplier,
    ReplacementUnexplained,
    ReplaceSupplier,
    SupplierEngaged,
    SupplierNotEngaged,
    SupplierNotSelected,
    SupplierReplaced,
    SupplierReplacesItself,
    TakeProcurementStep,
)
from domain.values.order import StepOutOfOrder
from domain.values.when import When
from tests.domain.test_plans import PLAN
from tests.kit.examples import ACE, CARLISLE, DELIVERY, IDEA
from tests.kit.spec import given

SPECIFIED, ADVERTISED, SELECTED, CONTRACTED = (
    ProcurementStage.SPECIFIED, ProcurementStage.ADVERTISED, ProcurementStage.SELECTED, ProcurementStage.CONTRACTED,
)  # fmt: skip
SAYS = {
    SPECIFIED: "Ten days of training", ADVERTISED: "In the official journal", SELECTED: "The best of three",
    CONTRACTED: "Training for one year",
}  # fmt: skip
ON = {SPECIFIED: "2004-07-01", ADVERTISED: "2004-08-01", SELECTED: "2004-09-01", CONTRACTED: "2004-10-01"}


def take(step: ProcurementStage, number: int | None = 1, **more: Any) -> TakeProcurementStep:
    supplier = IDEA if step in (SELECTED, CONTRACTED) else None
    values: dict[str, Any] = {"text": SAYS[step], "organisation_id": supplier, "on": When(ON[step])}
    return TakeProcurementStep(delivery_id=DELIVERY, number=number, step=step, **values | more)


def taken(step: ProcurementStage, number: int = 1, **more: Any) -> ProcurementStepTaken:
    supplier = IDEA if step in (SELECTED, CONTRACTED) else None
    values: dict[str, Any] = {"text": SAYS[step], "organisation_id": supplier, "on": When(ON[step])}
    return ProcurementStepTaken(partnership_id=ACE, number=number, step=step, **values | more)


def engaged(by: str | None = None, selection: str = SAYS[SELECTED]) -> SupplierEngaged:
    return SupplierEngaged(
        partnership_id=ACE, organisation_id=IDEA, summary=SAYS[CONTRACTED], brief=SAYS[SPECIFIED],
        selection=selection, steer=by, on=When(ON[CONTRACTED]),
    )  # fmt: skip


# --- From a specification to a contract -------------------------------------------------------------------------------


def test_a_contract_engages_the_supplier_by_the_specification_and_the_selection() -> None:
    given(delivery, PLAN).when(take(SPECIFIED)).then(taken(SPECIFIED))
    tendered = [taken(SPECIFIED), taken(ADVERTISED), taken(SELECTED, steer="The funder named it")]
    given(delivery, PLAN, *tendered).when(take(CONTRACTED)).then(taken(CONTRACTED), engaged("The funder named it"))
    given(delivery, PLAN, *tendered, taken(CONTRACTED)).when(take(CONTRACTED)).then()
    given(delivery, PLAN, taken(SPECIFIED)).when(take(SPECIFIED, 2)).then(taken(SPECIFIED, 2))


@pytest.mark.parametrize(
    ("before", "selection"),
    [((), "Without a tender"), ((taken(ADVERTISED),), SAYS[ADVERTISED])],
)
def test_a_contract_without_a_selection_says_how_far_the_procurement_came(before: Any, selection: str) -> None:
    decided = given(delivery, PLAN, taken(SPECIFIED), *before).when(take(CONTRACTED))
    decided.then(taken(CONTRACTED), engaged(selection=selection))


def test_a_step_of_a_procurement_that_breaks_a_rule_is_refused() -> None:
    now = given(delivery, PLAN, taken(SPECIFIED), taken(SELECTED))
    now.when(take(SPECIFIED, text=" ", number=2)).refused(ProcurementStepUnsaid)
    now.when(take(ADVERTISED, 2)).refused(ProcurementUnknown)
    now.when(take(SPECIFIED, text="Another brief")).refused(ProcurementStepPassed)
    now.when(take(SELECTED, organisation_id=CARLISLE, text="Another")).refused(ProcurementStepPassed)
    now.when(take(CONTRACTED, organisation_id=None)).refused(ProcurementWithoutSupplier)
    now.when(take(CONTRACTED, organisation_id=CARLISLE)).refused(SupplierNotSelected)
    now.when(take(CONTRACTED, on=When("2004-08-31"))).refused(StepOutOfOrder)


# --- Suppliers --------------------------------------------------------------------------------------------------------


def engage(**more: Any) -> EngageSupplier:
    values: dict[str, Any] = {"work": SAYS[CONTRACTED], "brief": SAYS[SPECIFIED], "selection": SAYS[SELECTED]}
    return EngageSupplier(delivery_id=DELIVERY, organisation_id=IDEA, **values | more, on=When(ON[CONTRACTED]))


def replace(**more: Any) -> ReplaceSupplier:
    values: dict[str, Any] = {
        "replaced_id": IDEA, "organisation_id": CARLISLE, "because": "Nobody came", "work": "Training", "brief": "Days",
        "selection": "The second tender",
    }  # fmt: skip
    return ReplaceSupplier(delivery_id=DELIVERY, **values | more, on=When("2004-12-01"))


REPLACED = SupplierReplaced(
    partnership_id=ACE, organisation_id=CARLISLE, summary="Training", replaced_id=IDEA, because="Nobody came",
    brief="Days", selection="The second tender", on=When("2004-12-01"),
)  # fmt: skip


def test_a_supplier_is_engaged_and_replaced_with_the_brief_the_selection_and_the_reason() -> None:
    given(delivery, PLAN).when(engage()).then(engaged())
    given(delivery, PLAN, engaged()).when(engage()).then()
    given(delivery, PLAN, engaged()).when(replace()).then(REPLACED)
    given(delivery, PLAN, engaged(), REPLACED).when(replace()).then()
    given(delivery, PLAN, engaged(), REPLACED).when(replace(because="Again")).refused(SupplierNotEngaged)


def test_an_engagement_that_breaks_a_rule_is_refused() -> None:
    now = given(delivery, PLAN, taken(SPECIFIED), engaged("Nobody"))
    now.when(engage(brief="")).refused(EngagementIncomplete)
    now.when(engage(work=" ")).refused(EngagementIncomplete)
    now.when(replace(selection=" ")).refused(EngagementIncomplete)
    now.when(replace(because="")).refused(ReplacementUnexplained)
    now.when(replace(organisation_id=IDEA)).refused(SupplierReplacesItself)
    now.when(replace(replaced_id=CARLISLE, organisation_id=IDEA)).refused(SupplierNotEngaged)


# --- Deliverables -----------------------------------------------------------------------------------------------------


def owe(number: int | None = None, **more: Any) -> AgreeDeliverable:
    values: dict[str, Any] = {"organisation_id": IDEA, "text": "A report", "due": When("2005-01-31")}
    return AgreeDeliverable(delivery_id=DELIVERY, number=number, **values | more, on=When("2004-10-01"))


OWED = DeliverableAgreed(
    partnership_id=ACE, number=1, organisation_id=IDEA, text="A report", due=When("2005-01-31"), on=When("2004-10-01")
)


def judge(number: int = 1, *, accepted: bool = True, because: str | None = None, on: str = "2005-02-01") -> Any:
    return DecideDeliverable(delivery_id=DELIVERY, number=number, accepted=accepted, because=because, on=When(on))


def judged(*, accepted: bool, because: str | None = None, on: str = "2005-02-01") -> DeliverableDecided:
    return DeliverableDecided(partnership_id=ACE, number=1, accepted=accepted, because=because, on=When(on))


def test_a_deliverable_is_agreed_rejected_with_a_reason_and_accepted_later() -> None:
    given(delivery, PLAN, engaged()).when(owe(1)).then(OWED)
    given(delivery, PLAN, engaged(), OWED).when(owe(1)).then()
    rejected = judged(accepted=False, because="Two districts are missing")
    now = given(delivery, PLAN, engaged(), OWED)
    now.when(judge(accepted=False, because="Two districts are missing")).then(rejected)
    accepted = judged(accepted=True, on="2005-03-01")
    given(delivery, PLAN, engaged(), OWED, rejected).when(judge(on="2005-03-01")).then(accepted)
    given(delivery, PLAN, engaged(), OWED, rejected, accepted).when(judge(on="2005-03-01")).then()
    given(delivery, PLAN, engaged(), OWED, accepted).when(judge(on="2005-03-02")).refused(DeliverableAlreadyAccepted)


def test_a_deliverable_that_breaks_a_rule_is_refused() -> None:
    now = given(delivery, PLAN, engaged(), OWED)
    now.when(owe(1, text="Another")).refused(DeliverableAlreadyAgreed)
    now.when(owe(text=" ")).refused(DeliverableUnsaid)
    now.when(owe(organisation_id=CARLISLE)).refused(SupplierNotEngaged)
    now.when(owe(due=When("2004-09-30"))).refused(DeliverableDueBeforeAgreed)
    now.when(judge(2)).refused(DeliverableUnknown)
    now.when(judge(accepted=False)).refused(DeliverableRejectionUnexplained)
    now.when(judge(on="2004-09-30")).refused(StepOutOfOrder)
