"""What whoever sent a request may read: the rows that they see, and whether they may read a page or an export."""

from collections.abc import Iterable
from typing import NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from api.context import Reads
from domain.across.permissions import Area, Seen
from infra.identity.caller import Caller, caller_in


class NotSeen(HTTPException):
    """The roles of the caller do not let them read this."""


class Allowed(NamedTuple):
    """The read models as a caller sees them, and what that is."""

    reads: Reads
    seen: Seen


async def allowed(request: HTTPConnection, caller: Caller | None = None) -> Allowed:
    """What *caller* may read, which is who sent the *request*. Each client has a share of the connections.

    A client is a person, or an actor at an address.
    """
    scope = request.scope
    caller = caller or caller_in(scope)
    address, state = scope.get("client"), scope["app"].state
    client, pooled = caller.person or f"{address[0] if address else ''} {caller.actor}", state.reads
    # The roles are not read by the share of the client, who could keep it busy.
    seen: Seen = await state.roles.seen(pooled.connection, caller)
    if seen.is_limited:
        return Allowed(pooled.for_places(client, seen, caller.actor), seen)
    return Allowed(pooled.for_client(client, caller.actor), seen)


def refuse_unseen(seen: Seen, areas: Iterable[Area], what: str) -> None:
    """Refuse *what*, such as "this page", to somebody who does not see all of *areas*. Raises NotSeen."""
    for area in areas:
        if area not in seen.areas:
            raise NotSeen(403, f"your roles do not let you read {what}. It belongs to the area {area.value}")
