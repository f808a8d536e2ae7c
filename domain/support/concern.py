"""The concern stream: something that worries somebody about a partnership or an organisation.

Until it is shared, only its readers know of it: nobody else is shown its events (``OPEN`` has the exceptions). Whoever
raises it is a reader. ``domain.across.readers`` checks who gives a command.
"""

from typing import ClassVar, TypeAlias, assert_never

from domain.values.fact import Fact
from domain.values.frozen import frozen, replace
from domain.values.ids import ConcernId, OrganisationId, PartnershipId, PersonId
from domain.values.refusal import Refused
from domain.values.when import When

# The ids of concerns, and so the names of their streams, begin so.
PREFIX = "concern-"

# --- Events -----------------------------------------------------------------------------------------------------------


@frozen
class ConcernRaised(Fact):
    """Somebody raised a concern. *heard_from* is where it comes from, in the words of whoever raised it.

    The readers are *readers* and whoever raised it.
    """

    partnership_id: PartnershipId | None = None
    organisation_id: OrganisationId | None = None
    text: str
    heard_from: str
    readers: tuple[PersonId, ...] = ()


@frozen
class ReadersChanged(Fact):
    """From now on *added* may read the concern, and *removed* may not."""

    added: tuple[PersonId, ...] = ()
    removed: tuple[PersonId, ...] = ()
    because: str


@frozen
class ConcernRead(Fact):
    """A reader was shown the text. The log has who it was."""


@frozen
class ConcernClosed(Fact):
    """The concern was closed before it was shared. *conclusion* is what became of it."""

    conclusion: str


@frozen
class ConcernShared(Fact):
    """Everybody may know of the concern from now on. *agreed_by* is who of the authority agreed to that.

    *agreed_by* is None for a concern that was never confidential. *heard_from* is None if only its readers may know it.
    """

    partnership_id: PartnershipId | None = None
    organisation_id: OrganisationId | None = None
    text: str
    heard_from: str | None = None
    raised: When
    agreed_by: str | None = None


@frozen
class SharedConcernClosed(Fact):
    """A concern that was shared was closed. *conclusion* is what became of it."""

    partnership_id: PartnershipId | None = None
    organisation_id: OrganisationId | None = None
    conclusion: str


Event: TypeAlias = ConcernRaised | ReadersChanged | ConcernRead | ConcernClosed | ConcernShared | SharedConcernClosed

# The events that everybody sees as any other. The others are for the readers alone, also after the concern is shared:
# the authority agreed to share what the concern is, not who read it.
OPEN = (ConcernShared, SharedConcernClosed)

# --- State ------------------------------------------------------------------------------------------------------------


@frozen
class Concern:
    """What the rules need to know about a concern. *readers* are the actors who may read it."""

    partnership_id: PartnershipId | None
    organisation_id: OrganisationId | None
    text: str
    heard_from: str
    raised: When
    readers: frozenset[str]
    shared: bool = False
    conclusion: str | None = None


def evolve(concern: Concern | None, event: Event) -> Concern:
    """The concern after *event*."""
    if isinstance(event, ConcernRaised):
        return Concern(
            partnership_id=event.partnership_id,
            organisation_id=event.organisation_id,
            text=event.text,
            heard_from=event.heard_from,
            raised=event.on,
            readers=frozenset((*event.readers, *filter(None, [event.recorded_by]))),
        )
    assert concern is not None
    match event:
        case ReadersChanged():
            return replace(concern, readers=(concern.readers | {*event.added}) - {*event.removed})
        case ConcernRead():
            return concern
        case ConcernShared():
            return replace(concern, shared=True)
        case ConcernClosed() | SharedConcernClosed():
            return replace(concern, conclusion=event.conclusion)
        case _:
            assert_never(event)


# --- Commands ---------------------------------------------------------------------------------------------------------


@frozen
class _OfConcern:
    """A command that is decided on the stream of the concern."""

    concern_id: ConcernId
    on: When

    @property
    def stream(self) -> str:
        """The id of the stream that decides the command."""
        return self.concern_id


@frozen
class RaiseConcern(_OfConcern):
    """Raise a concern about a partnership or an organisation. Whoever raises it is a reader of it.

    *heard_from* is where it comes from, in your words. A *confidential* concern is known to its *readers* alone, until
    it is shared.
    """

    begins: ClassVar = "concern_id"

    partnership_id: PartnershipId | None = None
    organisation_id: OrganisationId | None = None
    text: str
    heard_from: str
    confidential: bool
    readers: tuple[PersonId, ...] = ()


@frozen
class ChangeReaders(_OfConcern):
    """Let people read a concern, or no longer, with a reason. Only a reader of the concern does this."""

    added: tuple[PersonId, ...] = ()
    removed: tuple[PersonId, ...] = ()
    because: str


@frozen
class ReadConcern(_OfConcern):
    """Read a concern. Only a reader of the concern does this, and each reading is recorded."""


@frozen
class ShareConcern(_OfConcern):
    """Let everybody know of a concern, because the authority agreed. Only a reader of the concern does this.

    *agreed_by* is who of the authority agreed. With *names_source* everybody also learns where the concern comes from.
    """

    agreed_by: str
    names_source: bool = False


@frozen
class CloseConcern(_OfConcern):
    """Close a concern, and say what became of it. Only a reader of the concern does this."""

    conclusion: str


Command: TypeAlias = RaiseConcern | ChangeReaders | ReadConcern | ShareConcern | CloseConcern
# The commands that only a reader of the concern gives.
OF_READERS = (ChangeReaders, ReadConcern, ShareConcern, CloseConcern)

# --- Rules ------------------------------------------------------------------------------------------------------------


class ConcernUnknown(Refused):
    """There is no concern with this id that names you as a reader. Only a reader reads a concern, changes its readers,
    shares it or closes it.
    """


class ConcernAlreadyRaised(Refused):
    """This id is taken. Use another id for another concern."""


class ConcernAboutNothing(Refused):
    """Neither a partnership nor an organisation was named. A concern is about one of them, or both."""


class ConcernEmpty(Refused):
    """The text is empty, or where the concern comes from. Give both."""


class ConcernDatedBefore(Refused):
    """The date {on} is before the concern was raised ({raised}). A step is dated no earlier than the concern."""


class ReadersUnexplained(Refused):
    """No reason was given. Give a reason for changing the readers."""


class ReadersUnchanged(Refused):
    """Nobody was named. Name whom to add or to remove."""


class ReaderAddedAndRemoved(Refused):
    """{person} is both added and removed. Do one of them."""


class LastReader(Refused):
    """Nobody would be left who reads the concern. A concern keeps at least one reader."""


class AgreementMissing(Refused):
    """Nobody was named who agreed. A concern is shared only after somebody of the authority agreed."""


class ConcernIsClosed(Refused):
    """The concern is closed. A closed concern is neither shared nor closed again."""


class ConclusionEmpty(Refused):
    """The conclusion is empty. Say what became of the concern."""


def decide(concern: Concern | None, command: Command) -> list[Event]:
    """The events that *command* leads to. Raises the Refused subclass of the rule that it breaks."""
    match command:
        case RaiseConcern():
            return raise_concern(concern, command)
        case ChangeReaders():
            return change_readers(_dated(concern, command), command)
        case ReadConcern():
            # What everybody may read is read without a record.
            return [] if _dated(concern, command).shared else [ConcernRead(on=command.on)]
        case ShareConcern():
            return share(_dated(concern, command), command)
        case CloseConcern():
            return close(_dated(concern, command), command)
        case _:
            assert_never(command)


def _dated(concern: Concern | None, command: ChangeReaders | ReadConcern | ShareConcern | CloseConcern) -> Concern:
    """The concern, which must exist on the day of the command. Raises ConcernUnknown and ConcernDatedBefore."""
    if concern is None:
        raise ConcernUnknown
    if not concern.raised.may_precede(command.on):
        raise ConcernDatedBefore(on=command.on, raised=concern.raised)
    return concern


def raise_concern(concern: Concern | None, command: RaiseConcern) -> list[Event]:
    about = (command.partnership_id, command.organisation_id, command.text, command.heard_from, command.on)
    if concern is not None:
        if about == (
            concern.partnership_id, concern.organisation_id, concern.text, concern.heard_from, concern.raised
        ):  # fmt: skip
            return []
        raise ConcernAlreadyRaised
    if command.partnership_id is None and command.organisation_id is None:
        raise ConcernAboutNothing
    if not (command.text.strip() and command.heard_from.strip()):
        raise ConcernEmpty
    raised = ConcernRaised(
        partnership_id=command.partnership_id,
        organisation_id=command.organisation_id,
        text=command.text,
        heard_from=command.heard_from,
        readers=command.readers,
        on=command.on,
    )
    if command.confidential:
        return [raised]
    return [raised, _shared(evolve(None, raised), command.on, agreed_by=None, names_source=True)]


def change_readers(concern: Concern, command: ChangeReaders) -> list[Event]:
    if not (command.added or command.removed):
        raise ReadersUnchanged
    if not command.because.strip():
        raise ReadersUnexplained
    for person in command.removed:
        if person in command.added:
            raise ReaderAddedAndRemoved(person=person)
    added = tuple(one for one in dict.fromkeys(command.added) if one not in concern.readers)
    removed = tuple(one for one in dict.fromkeys(command.removed) if one in concern.readers)
    if not (concern.readers | {*added}) - {*removed}:
        raise LastReader
    if not (added or removed):
        return []
    return [ReadersChanged(added=added, removed=removed, because=command.because, on=command.on)]


def share(concern: Concern, command: ShareConcern) -> list[Event]:
    if concern.shared:
        return []
    if concern.conclusion is not None:
        raise ConcernIsClosed
    if not command.agreed_by.strip():
        raise AgreementMissing
    return [_shared(concern, command.on, agreed_by=command.agreed_by, names_source=command.names_source)]


def _shared(concern: Concern, on: When, *, agreed_by: str | None, names_source: bool) -> ConcernShared:
    return ConcernShared(
        partnership_id=concern.partnership_id,
        organisation_id=concern.organisation_id,
        text=concern.text,
        heard_from=concern.heard_from if names_source else None,
        raised=concern.raised,
        agreed_by=agreed_by,
        on=on,
    )


def close(concern: Concern, command: CloseConcern) -> list[Event]:
    if concern.conclusion == command.conclusion:
        return []
    if concern.conclusion is not None:
        raise ConcernIsClosed
    if not command.conclusion.strip():
        raise ConclusionEmpty
    if not concern.shared:
        return [ConcernClosed(conclusion=command.conclusion, on=command.on)]
    return [
        SharedConcernClosed(
            partnership_id=concern.partnership_id,
            organisation_id=concern.organisation_id,
            conclusion=command.conclusion,
            on=command.on,
        )
    ]
