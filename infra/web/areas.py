"""Whether whoever sent a request may read what it asks for: a page, an export, the metrics."""

from collections.abc import Iterable

from fastapi import Request
from starlette.exceptions import HTTPException

from domain.across.permissions import Area
from infra.identity.caller import caller_in
from infra.identity.roles import Connect


class NotSeen(HTTPException):
    """The roles of the caller do not let them read this."""


async def refuse_unseen(request: Request, connect: Connect, areas: Iterable[Area], what: str) -> None:
    """Refuse a request for *what*, such as "this page", unless its sender reads all of *areas*. Raises NotSeen."""
    sees: frozenset[Area] = await request.app.state.roles.areas(connect, caller_in(request.scope))
    for area in areas:
        if area not in sees:
            raise NotSeen(403, f"your roles do not let you read {what}. It belongs to the area {area.value}")
