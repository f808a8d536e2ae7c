"""What a person may read and do now, by the roles in the read models."""

import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from domain.across.permissions import EVERYTHING, Seen, held_now, seen_by
from domain.people.person import Held, Role, Scope
from domain.values.ids import PartnershipId, ProgrammeId, SchemeId
from domain.values.when import When
from infra.identity.caller import Caller
from projections.people import reading as people
from projections.people.reading import ROLES, RoleLine
from projections.tables.paging import Connection
from projections.tables.present import today

# Gives a connection to the read models.
Connect = Callable[[], AbstractAsyncContextManager[Connection]]

# For how long a person's roles are remembered, in seconds. A role that is revoked counts for so long.
REMEMBERED = 1.0
# How many people are remembered.
MOST = 10_000


class Roles:
    """The roles of people, each remembered for a moment."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, tuple[Held, ...]]] = {}

    async def held(self, connect: Connect, person: str) -> tuple[Held, ...]:
        """The roles that *person* has today."""
        now = time.monotonic()
        at, held = self._known.get(person, (0.0, ()))
        if person in self._known and now - at < REMEMBERED:
            return held
        async with connect() as connection:
            lines: list[RoleLine] = await people.held_by(connection, "person_id", [person], of=ROLES)
        standing = (_held(line) for line in lines if line.ended_position is None)
        held = tuple(held_now(standing, When(today().isoformat())))
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[person] = (now, held)
        return held

    def forget(self, person: str) -> None:
        """Read the roles of *person* again when they are next asked for."""
        self._known.pop(person, None)

    async def seen(self, connect: Connect, caller: Caller) -> Seen:
        """What *caller* may read. The owner of this machine, who is no person, reads everything."""
        return EVERYTHING if caller.account is None else seen_by(await self.held(connect, caller.person or ""))


def _held(line: RoleLine) -> Held:
    scope = Scope(
        programme_id=ProgrammeId(line.programme_id) if line.programme_id else None,
        scheme_id=SchemeId(line.scheme_id) if line.scheme_id else None,
        partnership_id=PartnershipId(line.partnership_id) if line.partnership_id else None,
    )
    until = When(line.until) if line.until else None
    return Held(role=Role(line.role), scope=scope, since=When(line.since), until=until)
