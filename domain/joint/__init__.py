"""What a partnership does jointly, on its own stream: it agrees, decides, offers places, learns and shares.

Each file has one subject. ``domain.entries`` has the rules that all of them share.
"""

from collections.abc import Sequence
from typing import TypeAlias, get_args

from domain import entries
from domain.entries import Done
from domain.joint import agreements, capacity, decisions, learning, places
from domain.joint.agreements import AgreementCommand, AgreementEvent
from domain.joint.capacity import CapacityCommand, CapacityEvent
from domain.joint.decisions import DecisionCommand, DecisionEvent
from domain.joint.learning import LearningCommand, LearningEvent
from domain.joint.places import PlaceCommand, PlaceEvent
from domain.values.fact import Fact
from domain.values.order import Steps

JointEvent: TypeAlias = AgreementEvent | DecisionEvent | PlaceEvent | CapacityEvent | LearningEvent
JointCommand: TypeAlias = AgreementCommand | DecisionCommand | PlaceCommand | CapacityCommand | LearningCommand
STEPS: Steps = {**agreements.STEPS, **decisions.STEPS, **places.STEPS, **capacity.STEPS, **learning.STEPS}
EVENTS: tuple[type, ...] = get_args(JointEvent)
COMMANDS: tuple[type, ...] = get_args(JointCommand)


def decide(done: Done, command: JointCommand) -> list[JointEvent]:
    """The events that *command* leads to. Raises the Refused subclass of the rule that it breaks."""
    if isinstance(command, AgreementCommand):
        return [*agreements.decide(done, command)]
    if isinstance(command, DecisionCommand):
        return [*decisions.decide(done, command)]
    if isinstance(command, PlaceCommand):
        return [*places.decide(done, command)]
    if isinstance(command, CapacityCommand):
        return [*capacity.decide(done, command)]
    return [*learning.decide(done, command)]


def dated(history: Sequence[Fact]) -> None:
    """Check the days of the entries that people recorded, as the commands do. Raises EntryEndsBefore, SubsidyIsOver."""
    entries.dated(history)
    places.dated([one for one in history if isinstance(one, entries.OfEntry)])
