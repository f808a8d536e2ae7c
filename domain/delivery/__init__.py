"""The delivery stream: the work that was planned for the money, the work that was done, and its suppliers."""

from domain.delivery.commands import *  # noqa: F403 - re-export the names of the stream
from domain.delivery.events import *  # noqa: F403 - re-export the names of the stream
from domain.delivery.refusals import *  # noqa: F403 - re-export the names of the stream
from domain.delivery.rules import *  # noqa: F403 - re-export the names of the stream
from domain.delivery.state import *  # noqa: F403 - re-export the names of the stream
