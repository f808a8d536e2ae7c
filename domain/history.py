"""The events and commands of all streams, and the log that stores them, as a port."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import NamedTuple, Protocol, TypeAlias

from domain import (
    award,
    bid,
    books,
    delivery,
    discrepancy,
    funding_round,
    governance,
    organisation,
    outcome,
    partnership,
    programme,
)
from domain.bank import account as bank_account
from domain.bank import entry as bank_entry
from domain.folded import States
from domain.people import person
from domain.stated_grant import MissGrant, StateGrant
from domain.support import concern
from domain.values.correction import CorrectDate
from domain.values.fact import Fact, Record
from domain.values.frozen import frozen
from domain.values.ids import PartnershipId
from domain.values.plain import plain
from domain.values.portable import Portable
from domain.values.refusal import Refused

Event: TypeAlias = (
    programme.Event
    | funding_round.Event
    | organisation.Event
    | partnership.Event
    | bid.Event
    | award.Event
    | delivery.Event
    | outcome.Event
    | discrepancy.Event
    | books.Event
    | governance.Event
    | person.Event
    | concern.Event
    | bank_account.Event
    | bank_entry.Event
)
Command: TypeAlias = (
    programme.Command
    | funding_round.Command
    | organisation.Command
    | partnership.Command
    | bid.Command
    | award.Command
    | delivery.Command
    | outcome.Command
    | discrepancy.Command
    | books.Command
    | governance.Command
    | person.Command
    | concern.Command
    | bank_account.Command
    | bank_entry.Command
    | CorrectDate
    | Record
    | StateGrant
    | MissGrant
)


class Recorded(NamedTuple):
    """An event as the log stores it.

    *position* is its place in the whole log, *version* (from 1) its place in the stream. *recorded_at* is set by the
    log and never decreases as positions grow. *actor* gave the command, under *authority* where one is known.
    """

    position: int
    stream: str
    version: int
    event_id: str
    recorded_at: datetime
    actor: str
    authority: str | None
    command_id: str
    correlation_id: str
    causation_id: str | None
    event: Fact


@frozen
class Order:
    """A command as it is submitted.

    The caller chooses *command_id*. The same id submitted again gets the first answer again. *said* is the content of
    the request in a canonical form; the same id with other content is refused.
    """

    command_id: str
    command: Command
    said: str
    actor: str
    authority: str | None = None
    correlation_id: str | None = None
    causation_id: str | None = None


@frozen
class Answer:
    """The answer to a command: the id of its subject, and the log position that includes its result.

    *replayed* says that the command was answered before. *recorded* is False where the command changed nothing; then
    the event at *position* belongs to another command.
    """

    subject: str
    position: int
    replayed: bool
    recorded: bool = True


class Written(NamedTuple):
    """An event and the stream that it belongs to."""

    stream: str
    event: Fact


def written_to(stream: str, events: Iterable[Fact]) -> list[Written]:
    """*events*, for *stream*."""
    return [Written(stream, event) for event in events]


class Reference(NamedTuple):
    """A name by which people find a thing. It is unique within its kind."""

    kind: str
    text: str
    subject: str


@frozen
class Decision:
    """An order and its events. *seen* holds every stream that was read, with the version found (0: no events).

    *duties* are those that the actor takes with it: the kind is the matter, the text the actor, the subject the duty.
    So the log refuses a second duty of an actor in one matter.
    """

    order: Order
    written: tuple[Written, ...]
    seen: dict[str, int]
    duties: tuple[Reference, ...] = ()


class ReferenceTaken(Refused):
    """This reference is taken. A reference belongs to one thing only."""


class CommandIdReused(Refused):
    """This command id was used before, for another command. Use a new id for each command."""


class StaleHistory(Portable):
    """Another writer changed a stream after the decision read it: *stream*, or None where it is not known which."""

    def __init__(self, stream: str | None = None) -> None:
        super().__init__(stream)
        self.stream = stream


class Histories(Protocol):
    """The recorded events, stream by stream."""

    def history(self, stream: str, after: int = 0) -> Sequence[Fact]:
        """The events of *stream* after version *after*, in order; empty when the stream does not exist."""

    def histories(self, streams: Sequence[str]) -> dict[str, list[Fact]]:
        """The events of each of *streams*, read together; empty for a stream that does not exist."""


class Log(Histories, Protocol):
    """The store of events. Nothing in it ever changes. *states* is the cache of the states of its streams."""

    states: States

    def answers(self, orders: Sequence[Order]) -> dict[str, Answer]:
        """The earlier answers to those of *orders* that were answered before, by command id. Raises CommandIdReused."""

    def find(self, kind: str, text: str) -> str | None:
        """The id of the thing of *kind* with the reference *text*; None when there is none."""

    def today(self) -> date:
        """The day of recording: the current day in the time zone of the programme."""

    def turn(self, stream: str | None) -> AbstractContextManager[None]:
        """A turn at *stream*: while one writer has it, the others that ask for a turn wait.

        It only saves futile attempts: an append is refused when a stream has changed, with or without a turn.
        """

    def give_way(self, attempt: int) -> None:
        """Wait briefly, longer with every *attempt*, so that other writers to the same streams can finish."""

    def append(self, decisions: Sequence[Decision]) -> Sequence[Answer]:
        """Record *decisions* in one transaction: all of them or none.

        Raises StaleHistory when a stream that was read has changed, ReferenceTaken and CommandIdReused.
        """


_NAMING: frozenset[type[Fact]] = frozenset(
    {
        programme.ProgrammeEstablished, programme.SchemeEstablished, funding_round.RoundOpened,
        organisation.OrganisationRegistered, partnership.PartnershipFormed, bank_account.BankAccountOpened,
        person.PersonRegistered, person.AccountLinked, governance.BodyEstablished, governance.DelegationGranted,
        bid.BidDrafted, bid.BidSubmitted, bid.BidStated, award.AwardOffered, award.AwardStated,
    }
)  # fmt: skip


def references(stream: str, event: Fact) -> list[Reference]:
    """The names that *event* gives to things, by which people find them."""
    # This runs for every event, and few give names: a fast way out.
    if type(event) not in _NAMING:
        return []
    match event:
        case programme.ProgrammeEstablished():
            return [Reference("programme", event.code, stream)]
        case programme.SchemeEstablished():
            return [Reference("scheme", event.code, event.scheme_id)]
        case funding_round.RoundOpened():
            return [Reference("round", event.code, stream)]
        case organisation.OrganisationRegistered():
            return [Reference("organisation", event.code, stream)]
        case partnership.PartnershipFormed():
            return [Reference("partnership", event.code, stream)]
        case bank_account.BankAccountOpened():
            return [Reference("bankaccount", plain(event.account), stream)]
        case person.PersonRegistered():
            return [Reference("person", event.code, stream)]
        case person.AccountLinked():
            return [Reference("account", event.account, stream)]
        case governance.BodyEstablished():
            return [Reference("body", event.code, event.body_id)]
        case governance.DelegationGranted():
            return [Reference("delegation", event.code, event.delegation_id)]
        case bid.BidDrafted() | bid.BidSubmitted() | bid.BidStated():
            return [Reference("bid", event.reference, stream)]
        case award.AwardOffered():
            return [Reference("award", event.reference, stream)]
        case award.AwardStated():
            stated = [Reference("award", event.reference, stream)]
            if event.source is not None:
                # This reference finds all awards that a register states, without a table of their own.
                stated.append(Reference(stated_in(event.source.register), event.reference, stream))
            return stated
    return []


def stated_in(register: str) -> str:
    """The kind of the references to the awards that *register* states."""
    return f"stated in {register}"


def partnership_of(event: Fact) -> PartnershipId | None:
    """The partnership that *event* concerns; None for events of programmes, rounds and organisations."""
    found: PartnershipId | None = getattr(event, "partnership_id", None)
    return found
