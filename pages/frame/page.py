"""A page: its template and what the template shows; and the ways in which an address can be wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from pages.frame.forms import Form
from projections.behind.affected import Old


class NotThere(Exception):
    """What the address names does not exist. The message says what, and what is like it."""


class BadAddress(Exception):
    """The address asks for something that no page can show. The message says what and what to write."""


class Behind(Exception):
    """The read models do not show yet what the address asks about."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a page shows, as a table to download: each of *rows* has a value for each of *columns*."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Page:
    """A page called *title*, made by *template* from *values*. *section* is the entry of the navigation it is under.

    *trail* are the pages above it, as names and addresses. *path* is its own address without clocks, and *asked* are
    its own parameters in it. *forms* are those that can be sent now, *about* is what their commands are about: the
    names in the path are added to it. *withheld* are the titles of forms that its reader may not send, each with the
    reason. *after* is the path of the page that is shown once a form was recorded, by default itself. *sheet* is what
    can be downloaded. *money_of* are the awards, or the partnership, whose money it shows, by id; without any it may be
    that of every award. *old* says that events of these are not shown yet, because a read model has stopped.
    """

    template: str
    title: str
    section: str
    path: str
    values: dict[str, Any]
    trail: list[tuple[str, str]] = field(default_factory=list)
    asked: dict[str, str] = field(default_factory=dict)
    forms: tuple[Form, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)
    withheld: tuple[tuple[str, str], ...] = ()
    after: str = ""
    sheet: Sheet | None = None
    money_of: tuple[str, ...] = ()
    old: Old | None = None

    @property
    def address(self) -> str:
        """Its path as an address has it: codes may have any characters."""
        return quote(self.path)

    @property
    def address_after(self) -> str:
        """The address of the page that is shown once a form was recorded."""
        return quote(self.after or self.path)
