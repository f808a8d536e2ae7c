"""What a partnership does jointly, on its own stream: it agrees, decides, learns and shares. Each file has one subject.

``domain.entries`` has the rules that all of them share.
"""

from typing import TypeAlias, get_args

from domain.entries import Done
from domain.joint import agreements, capacity, decisions, learning
from domain.joint.agreements import AgreementCommand, AgreementEvent
from domain.joint.capacity import CapacityCommand, CapacityEvent
from domain.joint.decisions import DecisionCommand, DecisionEvent
from domain.joint.learning import LearningCommand, LearningEvent
from domain.values.order import Steps

JointEvent: TypeAlias = AgreementEvent | DecisionEvent | CapacityEvent | LearningEvent
JointCommand: TypeAlias = AgreementCommand | DecisionCommand | CapacityCommand | LearningCommand
STEPS: Steps = {**agreements.STEPS, **decisions.STEPS, **capacity.STEPS, **learning.STEPS}
EVENTS: tuple[type, ...] = get_args(JointEvent)
COMMANDS: tuple[type, ...] = get_args(JointCommand)


def decide(done: Done, command: JointCommand) -> list[JointEvent]:
    """The events that *command* leads to. Raises the Refused subclass of the rule that it breaks."""
    if isinstance(command, AgreementCommand):
        return [*agreements.decide(done, command)]
    if isinstance(command, DecisionCommand):
        return [*decisions.decide(done, command)]
    if isinstance(command, CapacityCommand):
        return [*capacity.decide(done, command)]
    return [*learning.decide(done, command)]
