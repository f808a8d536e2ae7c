"""The award stream, from offer to close.

Its page is a folder, in the order of every stream: events (those of other people's registers in ``stated``), state,
commands, refusals, rules (of the award itself, of payments, of variations, of recoveries). ``from domain import award``
has all its words.
"""

from domain.award.commands import *  # noqa: F403 - the stream's words, as one module has them
from domain.award.events import *  # noqa: F403 - the stream's words, as one module has them
from domain.award.refusals import *  # noqa: F403 - the stream's words, as one module has them
from domain.award.rules import *  # noqa: F403 - the stream's words, as one module has them
from domain.award.state import *  # noqa: F403 - the stream's words, as one module has them
from domain.award.stated import *  # noqa: F403 - the stream's words, as one module has them
