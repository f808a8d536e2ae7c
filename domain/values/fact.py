"""The base class of events, and the events that state what sources say about a programme or partnership."""

import re
from collections.abc import Sequence
from enum import Enum
from typing import TypeVar

from domain.values.frozen import frozen, replace
from domain.values.ids import OrganisationId, PartnershipId, SchemeId
from domain.values.money import Money
from domain.values.refusal import Refused
from domain.values.when import When


@frozen
class Source:
    """Where a fact is stated by others.

    *register* is the file that it came in. *row* is the digest of the text of its row, because line numbers move and
    text does not. *cites* are the documents and lines that the row names.
    """

    register: str
    row: str
    cites: str


class Signed:
    """What the log keeps beside an event: *recorded_by*, the actor. It is no part of the stored body."""

    __slots__ = ("_by",)
    _by: str

    @property
    def recorded_by(self) -> str | None:
        """The actor who recorded it; None for an event that nobody has recorded."""
        return getattr(self, "_by", None)


@frozen
class Fact(Signed):
    """An event. *on* is when it took effect, as far as that is known; *source* is where others state it."""

    on: When
    source: Source | None = None


class Lane(Enum):
    """The part of a partnership's history that an event belongs to."""

    GOVERNANCE = "governance"
    BID = "bid"
    AWARD = "award"
    DISBURSEMENT = "disbursement"
    DELIVERY = "delivery"
    OUTCOME = "outcome"
    SUPPORT = "support"


@frozen
class HappeningNoted(Fact):
    """A source states something that has no event class of its own.

    *kind* is the source's word for it. *mentions* is a sum that the source names with it. That money is recorded
    elsewhere; it is never extra money.
    """

    partnership_id: PartnershipId | None = None
    scheme_id: SchemeId | None = None
    kind: str
    lane: Lane
    summary: str
    until: When | None = None
    mentions: Money | None = None
    organisation_id: OrganisationId | None = None


@frozen
class DelayReported(Fact):
    """A source states that a stage took long. The statement is shown, and is never part of a statistic.

    *min_days* and *max_days* are calendar days; None where the source gives no length.
    """

    partnership_id: PartnershipId | None = None
    scheme_id: SchemeId | None = None
    stage: str
    stated_length: str | None = None
    min_days: int | None = None
    max_days: int | None = None
    consequence: str


@frozen
class RuleStated(Fact):
    """A source states a limit, an eligibility rule or a condition for *body*. *limit* is a delegated limit."""

    partnership_id: PartnershipId | None = None
    scheme_id: SchemeId | None = None
    body: str
    rule: str
    limit: Money | None = None


@frozen
class InvolvementStated(Fact):
    """A source states that an organisation took part without being a partner: it was consulted, visited or advised."""

    partnership_id: PartnershipId | None = None
    scheme_id: SchemeId | None = None
    organisation_id: OrganisationId
    role: str


@frozen
class GovernanceBodyEstablished(Fact):
    """A board or group was established with this composition, remit and delegated limit."""

    partnership_id: PartnershipId | None = None
    scheme_id: SchemeId | None = None
    body: str
    role: str
    composition: str | None = None
    remit: str | None = None
    limit: Money | None = None


class Listed(Enum):
    """A list whose number of entries a source may state."""

    PILOTS = "pilots"


@frozen
class CountStated(Fact):
    """A source states the number of entries in a list of the scheme, separately from the list."""

    scheme_id: SchemeId
    listed: Listed
    number: int


@frozen
class DateCorrected(Fact):
    """A step was recorded with a wrong date: from now on it counts on *date*, no longer on *was*, for a reason.

    *version* is the place of the step in its stream (from 1), *step* the name of its event, *number* its number if it
    has one, *name* how people call it.
    """

    partnership_id: PartnershipId | None = None
    lane: Lane
    version: int
    step: str
    number: int | None = None
    name: str
    was: When
    date: When
    because: str


@frozen
class StatementReplaced(Fact):
    """The source of a fact now states it otherwise: the fact no longer counts. What it states now is recorded next.

    *version* is the place of the fact in its stream (from 1), *fact* the name of its event.
    """

    version: int
    fact: str


# The events that change how an earlier event of their stream counts.
CORRECTIONS = (DateCorrected, StatementReplaced)

F = TypeVar("F", bound=Fact)


def signed(event: F, by: str | None) -> F:
    """*event*, recorded by the actor *by*. It is signed once: as it is decided, or as it is read from the log."""
    if by is not None:
        object.__setattr__(event, "_by", by)
    return event


def dated(event: F, on: When) -> F:
    """*event* with the date *on*, by the same actor."""
    return signed(replace(event, on=on), event.recorded_by)


def with_right_date(history: Sequence[F], correction: DateCorrected) -> tuple[F, ...]:
    """*history* with the right date of the step that *correction* corrects."""
    place = correction.version - 1
    return (*history[:place], dated(history[place], correction.date), *history[place + 1 :])


def corrected(history: Sequence[F]) -> list[F]:
    """The events of a stream as they count now: with their right dates, and with what replaced a fact in its place.

    Each event keeps its place, except a replacement: the event that replaced the fact stands in both places of theirs.
    """
    found: list[F] = []
    moved: dict[int, int] = {}
    before: F | None = None
    for event in history:
        if isinstance(event, CORRECTIONS):
            place = moved.get(event.version, event.version) - 1
            found[place] = event if isinstance(event, StatementReplaced) else dated(found[place], event.date)
            found.append(event)
        elif isinstance(before, StatementReplaced) and before.fact == type(event).__name__:
            moved[len(found) + 1] = moved.get(before.version, before.version)
            found[moved[len(found) + 1] - 1] = event
            found.append(before)
        else:
            found.append(event)
        before = event
    return found


Stated = HappeningNoted | DelayReported | RuleStated | InvolvementStated | GovernanceBodyEstablished


_DIGEST = re.compile("[0-9a-f]{64}")


class DigestMalformed(Refused):
    """The digest of the document is {document}. A SHA-256 digest has 64 hexadecimal digits."""


def digested(document: str | None) -> None:
    """Check the SHA-256 digest of a document, if there is one. Raises DigestMalformed."""
    if document is not None and not _DIGEST.fullmatch(document):
        raise DigestMalformed(document=document)


class SourceMissing(Refused):
    """No source was named. A fact that others recorded must name its source."""


class NothingThere(Refused):
    """Nothing is recorded under the id {stream}. A fact is recorded only about something that exists."""


class AlreadyThere(Refused):
    """Something is already recorded under the id {stream}. Its beginning is recorded only once."""


@frozen
class Record:
    """Record what a source states. *fact* becomes an event of *stream*, unchanged.

    It is recorded even where it breaks a rule of the live programme: that is a discrepancy, not a refusal. It adds no
    step, date or person that the source does not name.
    """

    stream: str
    fact: Fact
