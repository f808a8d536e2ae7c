"""The people behind accounts: a port, and for now a file in the home folder."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from infra.identity.caller import Account

FILE = "people.json"


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
        """The person with this id; None if there is none."""

    async def listed(self) -> Sequence[Person]:
        """Everybody who may be chosen in the menu of our own issuer, in the order to show them in."""

    async def signed_in(self, account: Account, groups: Sequence[str]) -> None:
        """Somebody has signed in on the pages with *account*; their issuer states these *groups*."""


class BadPeopleFile(Exception):
    """The file of people is not as it must be."""


class PeopleFile:
    """People in a JSON file: a list of objects with ``id``, ``name``, ``roles``, and ``accounts`` of issuers.

    An account is an object with ``issuer`` and ``subject``. Without the file there are no people. The file is read
    again after it has changed.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read_at: tuple[int, int] | None = None
        self._people: dict[str, Person] = {}
        self._of: dict[Account, str] = {}

    async def person_of(self, account: Account) -> str | None:
        """The id of the person whose *account* it is. Raises BadPeopleFile."""
        self._read()
        return self._of.get(account)

    async def named(self, person: str) -> Person | None:
        """The person with this id. Raises BadPeopleFile."""
        self._read()
        return self._people.get(person)

    async def listed(self) -> Sequence[Person]:
        """Everybody in the file, in its order. Raises BadPeopleFile."""
        self._read()
        return tuple(self._people.values())

    async def signed_in(self, account: Account, groups: Sequence[str]) -> None:
        """Nothing: a file has no roles that follow from groups."""

    def _read(self) -> None:
        try:
            state = self._file.stat()
        except FileNotFoundError:
            self._read_at, self._people, self._of = None, {}, {}
            return
        if self._read_at == (state.st_mtime_ns, state.st_size):
            return
        try:
            rows = json.loads(self._file.read_text(encoding="utf-8"))
            people = {row["id"]: Person(str(row["id"]), str(row["name"]), str(row.get("roles", ""))) for row in rows}
            of = {
                Account(str(one["issuer"]), str(one["subject"])): str(row["id"])
                for row in rows
                for one in row.get("accounts", ())
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadPeopleFile(f"{self._file.name} of the home folder is not a list of people.") from error
        self._people, self._of, self._read_at = people, of, (state.st_mtime_ns, state.st_size)


def people_of(home: Path) -> People:
    """The people of this installation."""
    return PeopleFile(home / FILE)
