"""The rules of suppliers: how they are chosen, engaged and replaced, and what they hand over."""

from domain.delivery.commands import (
    AgreeDeliverable,
    DecideDeliverable,
    EngageSupplier,
    ReplaceSupplier,
    TakeProcurementStep,
)
from domain.delivery.events import (
    STEPS,
    DeliverableAgreed,
    DeliverableDecided,
    Event,
    ProcurementStage,
    ProcurementStepTaken,
    SupplierEngaged,
    SupplierReplaced,
)
from domain.delivery.refusals import (
    DeliverableAlreadyAccepted,
    DeliverableAlreadyAgreed,
    DeliverableDueBeforeAgreed,
    DeliverableRejectionUnexplained,
    DeliverableUnknown,
    DeliverableUnsaid,
    EngagementIncomplete,
    ProcurementStepPassed,
    ProcurementStepUnsaid,
    ProcurementUnknown,
    ProcurementWithoutSupplier,
    ReplacementUnexplained,
    SupplierNotEngaged,
    SupplierNotSelected,
    SupplierReplacesItself,
)
from domain.delivery.state import Delivery
from domain.values.numbers import given_or_next
from domain.values.order import in_order

_ORDER = list(ProcurementStage)
_WITH_SUPPLIER = (ProcurementStage.SELECTED, ProcurementStage.CONTRACTED)


def procure(delivery: Delivery, command: TakeProcurementStep) -> list[Event]:
    """A step of a procurement. A contract engages the supplier. It may come after the end of the work."""
    number = given_or_next(command.number, (one.number for one in delivery.procured))
    taken = ProcurementStepTaken(
        partnership_id=delivery.partnership_id,
        number=number,
        step=command.step,
        text=command.text,
        organisation_id=command.organisation_id,
        steer=command.steer,
        on=command.on,
    )
    steps = [one for one in delivery.procured if one.number == number]
    if taken in steps:
        return []
    if not command.text.strip():
        raise ProcurementStepUnsaid
    if not steps and command.step is not ProcurementStage.SPECIFIED:
        raise ProcurementUnknown(number=number)
    if steps and _ORDER.index(command.step) <= _ORDER.index(steps[-1].step):
        raise ProcurementStepPassed(number=number, reached=steps[-1].step)
    if command.step in _WITH_SUPPLIER and command.organisation_id is None:
        raise ProcurementWithoutSupplier
    in_order(STEPS, steps, [taken])
    return [taken] if command.step is not ProcurementStage.CONTRACTED else [taken, _engaged(steps, taken)]


def _engaged(steps: list[ProcurementStepTaken], contract: ProcurementStepTaken) -> SupplierEngaged:
    """The engagement that follows from a contract: the brief is the specification."""
    by_step = {one.step: one for one in steps}
    selected = by_step.get(ProcurementStage.SELECTED)
    if selected is not None and selected.organisation_id != contract.organisation_id:
        raise SupplierNotSelected(number=contract.number)
    how = selected or by_step.get(ProcurementStage.TENDERED) or by_step.get(ProcurementStage.ADVERTISED)
    return SupplierEngaged(
        partnership_id=contract.partnership_id,
        organisation_id=contract.organisation_id,
        summary=contract.text,
        brief=by_step[ProcurementStage.SPECIFIED].text,
        selection=how.text if how is not None else "Without a tender",
        steer=contract.steer or (selected.steer if selected is not None else None),
        on=contract.on,
    )


def engage(delivery: Delivery, command: EngageSupplier) -> list[Event]:
    engaged = SupplierEngaged(
        partnership_id=delivery.partnership_id,
        organisation_id=command.organisation_id,
        summary=command.work,
        brief=command.brief,
        selection=command.selection,
        steer=command.steer,
        on=command.on,
    )
    if engaged in delivery.engaged:
        return []
    _complete(command)
    return [engaged]


def replace_supplier(delivery: Delivery, command: ReplaceSupplier) -> list[Event]:
    replaced = SupplierReplaced(
        partnership_id=delivery.partnership_id,
        organisation_id=command.organisation_id,
        summary=command.work,
        replaced_id=command.replaced_id,
        because=command.because,
        brief=command.brief,
        selection=command.selection,
        steer=command.steer,
        on=command.on,
    )
    if replaced in delivery.replaced:
        return []
    if not command.because.strip():
        raise ReplacementUnexplained
    _complete(command)
    if command.replaced_id == command.organisation_id:
        raise SupplierReplacesItself
    if command.replaced_id not in delivery.suppliers:
        raise SupplierNotEngaged
    return [replaced]


def _complete(command: EngageSupplier | ReplaceSupplier) -> None:
    if not (command.work.strip() and command.brief.strip() and command.selection.strip()):
        raise EngagementIncomplete


def agree_deliverable(delivery: Delivery, command: AgreeDeliverable) -> list[Event]:
    number = given_or_next(command.number, (one.number for one in delivery.deliverables))
    agreed = DeliverableAgreed(
        partnership_id=delivery.partnership_id,
        number=number,
        organisation_id=command.organisation_id,
        text=command.text,
        due=command.due,
        on=command.on,
    )
    if agreed in delivery.deliverables:
        return []
    if any(one.number == number for one in delivery.deliverables):
        raise DeliverableAlreadyAgreed(number=number)
    if not command.text.strip():
        raise DeliverableUnsaid
    if command.organisation_id not in delivery.suppliers:
        raise SupplierNotEngaged
    if not command.on.may_precede(command.due):
        raise DeliverableDueBeforeAgreed(due=command.due, agreed=command.on)
    return [agreed]


def decide_deliverable(delivery: Delivery, command: DecideDeliverable) -> list[Event]:
    """What was rejected may be accepted later: the supplier hands it over again."""
    agreed = next((one for one in delivery.deliverables if one.number == command.number), None)
    if agreed is None:
        raise DeliverableUnknown(number=command.number)
    decided = DeliverableDecided(
        partnership_id=delivery.partnership_id,
        number=command.number,
        accepted=command.accepted,
        because=command.because,
        on=command.on,
    )
    if decided in delivery.decided:
        return []
    if any(one.accepted for one in delivery.decided if one.number == command.number):
        raise DeliverableAlreadyAccepted(number=command.number)
    if not command.accepted and not (command.because or "").strip():
        raise DeliverableRejectionUnexplained
    in_order(STEPS, [agreed], [decided])
    return [decided]
