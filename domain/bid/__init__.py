"""The bid stream, from first draft to decision, notification and award.

The package has the parts of every stream: events, state, commands, refusals and rules. ``from domain import bid`` gives
all public names.
"""

from domain.bid.commands import *  # noqa: F403 - re-export the names of the stream
from domain.bid.events import *  # noqa: F403 - re-export the names of the stream
from domain.bid.proposal import *  # noqa: F403 - re-export the names of the stream
from domain.bid.refusals import *  # noqa: F403 - re-export the names of the stream
from domain.bid.rules import *  # noqa: F403 - re-export the names of the stream
from domain.bid.state import *  # noqa: F403 - re-export the names of the stream
