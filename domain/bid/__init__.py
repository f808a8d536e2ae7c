"""The bid stream, from first draft to decision, notification and award.

Its page is a folder, in the order of every stream: events, state, commands, refusals, rules.
"""

from domain.bid.commands import *  # noqa: F403 - the stream's words, as one module has them
from domain.bid.events import *  # noqa: F403 - the stream's words, as one module has them
from domain.bid.refusals import *  # noqa: F403 - the stream's words, as one module has them
from domain.bid.rules import *  # noqa: F403 - the stream's words, as one module has them
from domain.bid.state import *  # noqa: F403 - the stream's words, as one module has them
