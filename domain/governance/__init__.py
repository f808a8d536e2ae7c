"""The governance stream: who may decide what in a programme, under which limit, and which duties are separated.

Each programme has one: its boards, groups and posts, who sits on them, the limits delegated to them, and the exceptions
from the separation of duties. All of it has dates, so the authority for a past decision stays readable.
"""

from domain.governance.commands import *  # noqa: F403 - re-export the names of the stream
from domain.governance.events import *  # noqa: F403 - re-export the names of the stream
from domain.governance.refusals import *  # noqa: F403 - re-export the names of the stream
from domain.governance.rules import *  # noqa: F403 - re-export the names of the stream
from domain.governance.state import *  # noqa: F403 - re-export the names of the stream
