"""What was recorded: the events and commands of every stream, and the log that keeps them, as a port."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import NamedTuple, Protocol, TypeAlias

from domain import (
    award,
    bid,
    books,
    delivery,
    discrepancy,
    funding_round,
    organisation,
    outcome,
    partnership,
    programme,
)
from domain.bank import account as bank_account
from domain.bank import entry as bank_entry
from domain.folded import States
from domain.stated_grant import MissGrant, StateGrant
from domain.values.fact import Fact, Record
from domain.values.frozen import frozen
from domain.values.ids import PartnershipId
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
    | bank_account.Command
    | bank_entry.Command
    | Record
    | StateGrant
    | MissGrant
)


class Recorded(NamedTuple):
    """An event as the log keeps it.

    *position* orders the whole log, *version* (from 1) the stream. *recorded_at* is the log's own clock: it never
    decreases as positions grow. *actor* gave the command, under *authority* where one is known.
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
    """A command as it is handed in.

    *command_id* is chosen by the caller: handed in again, it gets the first answer again. *said* is what the caller
    said, in a form that is the same each time; the same id with other words is refused.
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
    """What became of a command: the thing it was about, and the position that shows it.

    *recorded* says whether anything was: a command that finds things as it wants them records nothing, and then the
    event at *position* is somebody else's.
    """

    subject: str
    position: int
    replayed: bool
    recorded: bool = True


class Written(NamedTuple):
    """An event and the stream that it is for."""

    stream: str
    event: Fact


@frozen
class Decision:
    """What an order comes to. *seen* holds every stream read, written or not, with the version found (0: none)."""

    order: Order
    written: tuple[Written, ...]
    seen: dict[str, int]


class Reference(NamedTuple):
    """A name by which people find a thing. Within its kind it is taken once."""

    kind: str
    text: str
    subject: str


class ReferenceTaken(Refused):
    """This reference is taken. A reference belongs to one thing only."""


class CommandIdReused(Refused):
    """This command id was used before, for another command. Use a new id for each command."""


class StaleHistory(Exception):
    """A stream that the decision read has moved since: *stream*, where it is known which."""

    def __init__(self, stream: str | None = None) -> None:
        super().__init__(stream)
        self.stream = stream


class Histories(Protocol):
    """What was recorded, stream by stream."""

    def history(self, stream: str, after: int = 0) -> Sequence[Fact]:
        """The events of *stream* after version *after*, in order; none when it has not begun."""

    def histories(self, streams: Sequence[str]) -> dict[str, list[Fact]]:
        """The events of each of *streams*, read together; none for one that has not begun."""


class Log(Histories, Protocol):
    """Where events are kept. Nothing in it ever changes. *states* holds what streams were folded to before."""

    states: States

    def answers(self, orders: Sequence[Order]) -> dict[str, Answer]:
        """The answers that these orders were given before, by command id. Raises CommandIdReused."""

    def find(self, kind: str, text: str) -> str | None:
        """The id of the *kind* of thing that goes by the reference *text*; None when nothing does."""

    def turn(self, stream: str | None) -> AbstractContextManager[None]:
        """One's turn at *stream*: who takes turns does not decide side by side what only one of them can record.

        It saves futile attempts and no more: an append is refused when a stream has moved, turn or no turn.
        """

    def give_way(self, attempt: int) -> None:
        """Wait a little, longer with every *attempt*, while others who write to the same streams finish."""

    def append(self, decisions: Sequence[Decision]) -> Sequence[Answer]:
        """Record *decisions* in one transaction: all of them or none.

        Raises StaleHistory when a stream read has moved, ReferenceTaken and CommandIdReused.
        """


_NAMING: frozenset[type[Fact]] = frozenset(
    {
        programme.ProgrammeEstablished, programme.SchemeEstablished, funding_round.RoundOpened,
        organisation.OrganisationRegistered, partnership.PartnershipFormed, bank_account.BankAccountOpened,
        bid.BidDrafted, bid.BidSubmitted, bid.BidStated, award.AwardOffered, award.AwardStated,
    }
)  # fmt: skip


def references(stream: str, event: Fact) -> list[Reference]:
    """The names that *event* gives to things, by which people find them."""
    # Few events do, and all are asked.
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
            return [Reference("bankaccount", bank_account.plain(event.account), stream)]
        case bid.BidDrafted() | bid.BidSubmitted() | bid.BidStated():
            return [Reference("bid", event.reference, stream)]
        case award.AwardOffered():
            return [Reference("award", event.reference, stream)]
        case award.AwardStated():
            stated = [Reference("award", event.reference, stream)]
            if event.source is not None:
                # By this all that a register states is found, without a table beside the log.
                stated.append(Reference(stated_in(event.source.register), event.reference, stream))
            return stated
    return []


def stated_in(register: str) -> str:
    """The kind of reference under which the awards go that *register* states."""
    return f"stated in {register}"


def partnership_of(event: Fact) -> PartnershipId | None:
    """The partnership that *event* concerns; None for programmes, rounds, organisations and what is about them."""
    found: PartnershipId | None = getattr(event, "partnership_id", None)
    return found
