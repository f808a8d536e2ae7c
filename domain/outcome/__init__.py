"""The outcome stream: one indicator, its target, its results with their evidence, and how they are explained."""

from domain.outcome.commands import *  # noqa: F403 - re-export the names of the stream
from domain.outcome.events import *  # noqa: F403 - re-export the names of the stream
from domain.outcome.refusals import *  # noqa: F403 - re-export the names of the stream
from domain.outcome.rules import *  # noqa: F403 - re-export the names of the stream
from domain.outcome.state import *  # noqa: F403 - re-export the names of the stream
