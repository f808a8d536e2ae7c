"""The award stream, from offer to close.

The package has the parts of every stream: events (in ``stated`` those that registers of others state), state, commands,
refusals and rules (of the award itself, payments, variations, recoveries, returns and the bank). ``from domain import
award`` gives all public names.
"""

from domain.award.beside.commands import *  # noqa: F403 - re-export the names of the stream
from domain.award.beside.events import *  # noqa: F403 - re-export the names of the stream
from domain.award.beside.refusals import *  # noqa: F403 - re-export the names of the stream
from domain.award.certified.commands import *  # noqa: F403 - re-export the names of the stream
from domain.award.certified.events import *  # noqa: F403 - re-export the names of the stream
from domain.award.certified.refusals import *  # noqa: F403 - re-export the names of the stream
from domain.award.commands import *  # noqa: F403 - re-export the names of the stream
from domain.award.events import *  # noqa: F403 - re-export the names of the stream
from domain.award.refusals import *  # noqa: F403 - re-export the names of the stream
from domain.award.rules import *  # noqa: F403 - re-export the names of the stream
from domain.award.state import *  # noqa: F403 - re-export the names of the stream
from domain.award.stated import *  # noqa: F403 - re-export the names of the stream
from domain.between.strands import *  # noqa: F403 - a strand is of an award, or of a partnership
