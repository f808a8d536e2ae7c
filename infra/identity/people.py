"""The people behind accounts: a port, and the people of the log with their names in the directory."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from anyio.to_thread import run_sync

from api.context import Reads
from domain.history import Log
from domain.people.person import account_of
from infra.identity.caller import Account
from infra.identity.granting import follow_groups
from infra.identity.settings import IdentitySettings
from projections import progress
from projections.people.names import NamedPerson, people_called, people_listed, person_with
from projections.tables.present import today

# How many people the menu of our own issuer shows at most.
MENU = 500
# How long a sign-in waits until the read model shows what it recorded.
PATIENCE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Person:
    """A person as the menu shows them: *roles* is text."""

    id: str
    name: str
    roles: str


class People(Protocol):
    """Who the accounts of issuers belong to."""

    async def person_of(self, account: Account) -> str | None:
        """The id of the person whose *account* it is; None if it is nobody's."""

    async def named(self, person: str) -> Person | None:
        """The person with this id; None if there is none, or the person was erased."""

    async def listed(self) -> Sequence[Person]:
        """Everybody who may be chosen in the menu of our own issuer, in the order to show them in."""

    async def signed_in(self, account: Account, groups: Sequence[str]) -> None:
        """Somebody has signed in on the pages with *account*; their issuer states these *groups*."""


class RecordedPeople:
    """The people of the log, read from *reads*. What follows from a sign-in under *settings* is recorded in *log*."""

    def __init__(self, reads: Reads, log: Log, settings: IdentitySettings) -> None:
        self._reads = reads
        self._log = log
        self._settings = settings

    async def person_of(self, account: Account) -> str | None:
        """The id of the person whose *account* it is; None if it is nobody's, or that of an erased person."""
        async with self._reads.connection() as connection:
            return await person_with(connection, account_of(account.issuer, account.subject))

    async def named(self, person: str) -> Person | None:
        """The person with this id; None if there is none, or the person was erased."""
        if "\x00" in person:
            return None  # PostgreSQL stores no such text, so nobody has this id.
        async with self._reads.connection() as connection:
            found = await people_called(connection, [person], today())
        return next((_shown(one) for one in found if one.id == person and not one.is_erased), None)

    async def listed(self) -> Sequence[Person]:
        """The first people who were registered and not erased, at most MENU."""
        async with self._reads.connection() as connection:
            found = await people_listed(connection, today(), MENU)
        return tuple(_shown(one) for one in found if not one.is_erased)

    async def signed_in(self, account: Account, groups: Sequence[str]) -> None:
        """Record the roles that follow from *groups*, and wait until they are shown."""
        position = await run_sync(follow_groups, self._log, self._settings, account, groups)
        deadline = PATIENCE_SECONDS
        while position and deadline > 0:
            async with self._reads.connection() as connection:
                if dict(await progress.positions(connection))["people"] >= position:
                    return
            await self._reads.moved(0.25)
            deadline -= 0.25


def _shown(one: NamedPerson) -> Person:
    return Person(one.id, one.name, ", ".join(one.roles))
