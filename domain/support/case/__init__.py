"""Support cases: help for an organisation, and what else is done about it. They are part of the organisation stream."""

from domain.support.case.commands import *  # noqa: F403 - re-export the names of the part
from domain.support.case.events import *  # noqa: F403 - re-export the names of the part
from domain.support.case.refusals import *  # noqa: F403 - re-export the names of the part
from domain.support.case.rules import *  # noqa: F403 - re-export the names of the part
