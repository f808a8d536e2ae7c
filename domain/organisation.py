"""The organisation stream: councils, agencies and others, with their names, identifiers, ratings and support."""

import hashlib
import re
from collections.abc import Iterator
from datetime import date
from typing import ClassVar, TypeAlias

from domain.support import case as support
from domain.support.case import SupportCommand, SupportEvent
from domain.values.fact import DateCorrected, Fact, Source, StatementReplaced
from domain.values.frozen import frozen, replace
from domain.values.ids import OrganisationId
from domain.values.order import After, Step, Steps
from domain.values.plain import plain
from domain.values.refusal import Refused
from domain.values.when import When

# --- Events -----------------------------------------------------------------------------------------------------------


@frozen
class OrganisationRegistered(Fact):
    """An organisation was registered. *tier* and *region* are as the source prints them."""

    code: str
    name: str
    kind: str
    region: str | None = None
    tier: str | None = None
    notes: str | None = None


@frozen
class OrganisationRenamed(Fact):
    """The organisation changed its name."""

    name: str


@frozen
class NameStated(Fact):
    """A register used this name for the organisation. It may differ from its own name, and need not be new."""

    name: str


@frozen
class IdentifierRecorded(Fact):
    """The organisation has this identifier in a register such as GB-LAE or GB-CHC."""

    register: str
    value: str


@frozen
class AssessmentCategoryRecorded(Fact):
    """An assessment regime, such as CPA, put the organisation in a category.

    *method* is the version of its method. Categories by different methods are not compared.
    """

    regime: str
    category: str
    method: str | None = None


@frozen
class OrganisationsMerged(Fact):
    """One organisation ended and became part of another, which goes on. Both streams have the event."""

    organisation_id: OrganisationId
    merged_id: OrganisationId
    because: str


@frozen
class MergerUndone(Fact):
    """From this date on, the two organisations are two again. Both streams have the event.

    If the merger was recorded by mistake, the date is that of the merger: then they were never one.
    """

    organisation_id: OrganisationId
    merged_id: OrganisationId
    because: str


@frozen
class PayeeAccountChanged(Fact):
    """The organisation is to be paid into another account. Payments wait until another person has verified it.

    *account* is the digest of its number, *ends* its last four characters: the log does not hold the number.
    """

    account: str
    ends: str


@frozen
class PayeeAccountVerified(Fact):
    """Another person has verified the account, by *evidence*, such as a call to a number that was known before."""

    account: str
    evidence: str


Event: TypeAlias = (
    OrganisationRegistered
    | OrganisationRenamed
    | NameStated
    | IdentifierRecorded
    | AssessmentCategoryRecorded
    | OrganisationsMerged
    | MergerUndone
    | PayeeAccountChanged
    | PayeeAccountVerified
    | SupportEvent
    | DateCorrected
    | StatementReplaced
)

# How people call each step.
STEPS: Steps = {
    OrganisationRegistered: Step("registration of the organisation"),
    OrganisationRenamed: Step("change of the name"),
    IdentifierRecorded: Step("recording of an identifier"),
    PayeeAccountChanged: Step("change of the payee's account"),
    PayeeAccountVerified: Step("verification of the payee's account", (After(PayeeAccountChanged),)),
    OrganisationsMerged: Step("merger"),
    MergerUndone: Step("undoing of the merger"),
    **support.STEPS,
}

# --- State ------------------------------------------------------------------------------------------------------------


@frozen
class Merger:
    """*merged_id* became part of *organisation_id* on a date, until it was *undone*, if it was."""

    organisation_id: OrganisationId
    merged_id: OrganisationId
    on: When
    undone: When | None = None

    @property
    def first(self) -> date:
        """The first day on which the two are one."""
        return day_of_merger(self.on)

    def holds(self, day: date) -> bool:
        """Whether the two are one on a day."""
        return self.first <= day < self.until

    @property
    def until(self) -> date:
        """The first day on which they are two again; the last of all days while they are one."""
        return date.max if self.undone is None else day_of_merger(self.undone)


def day_of_merger(on: When) -> date:
    """The first day on which a merger or its undoing counts. A month or a year counts from its last day."""
    day = on.latest or on.earliest
    assert day is not None, "a merger has a date"
    return day


@frozen
class Organisation:
    """What the rules need to know about an organisation.

    *names* are all names that it has had. *known_as* are all identifiers that it has had, as (register, value).
    *mergers* are those that held for a day at least: into it, and of it into another. *account* is the digest of the
    account that it is paid into, if one was recorded, *account_from* the date of its last change, *account_verified*
    whether payments may go there. *categories* are those that it was put into: by which regime, by which version of its
    method, and from when. *support* is what happened in its support cases.
    """

    code: str
    name: str
    names: frozenset[str]
    identifiers: dict[str, str]
    known_as: frozenset[tuple[str, str]] = frozenset()
    mergers: tuple[Merger, ...] = ()
    account: str | None = None
    account_from: When | None = None
    account_verified: bool = True
    categories: frozenset[tuple[str, str, str | None, When]] = frozenset()
    support: tuple[SupportEvent, ...] = ()

    def ends(self, organisation_id: OrganisationId) -> list[Merger]:
        """The mergers in which it ended: it has the id *organisation_id*."""
        return [merger for merger in self.mergers if merger.merged_id == organisation_id]

    def end(self, organisation_id: OrganisationId) -> Merger | None:
        """The merger in which it ended, if it has not been undone: it has the id *organisation_id*."""
        return next((merger for merger in self.ends(organisation_id) if merger.undone is None), None)


def evolve(organisation: Organisation | None, event: Event) -> Organisation:
    """The organisation after *event*."""
    if isinstance(event, OrganisationRegistered):
        return Organisation(code=event.code, name=event.name, names=frozenset({event.name}), identifiers={})
    assert organisation is not None
    match event:
        case OrganisationRenamed():
            return replace(organisation, name=event.name, names=organisation.names | {event.name})
        case NameStated():
            return replace(organisation, names=organisation.names | {event.name})
        case IdentifierRecorded():
            return replace(
                organisation,
                identifiers={**organisation.identifiers, event.register: event.value},
                known_as=organisation.known_as | {(event.register, event.value)},
            )
        case AssessmentCategoryRecorded():
            put = (event.regime, event.category, event.method, event.on)
            return replace(organisation, categories=organisation.categories | {put})
        case OrganisationsMerged():
            merger = Merger(organisation_id=event.organisation_id, merged_id=event.merged_id, on=event.on)
            return replace(organisation, mergers=(*organisation.mergers, merger))
        case MergerUndone():
            return replace(organisation, mergers=tuple(_undone(organisation.mergers, event)))
        case PayeeAccountChanged():
            return replace(organisation, account=event.account, account_from=event.on, account_verified=False)
        case PayeeAccountVerified():
            return replace(organisation, account_verified=True)
        case DateCorrected() | StatementReplaced():
            return organisation  # domain.reading folds the corrected history.
        case _:
            return replace(organisation, support=(*organisation.support, event))


def _undone(mergers: tuple[Merger, ...], event: MergerUndone) -> Iterator[Merger]:
    """*mergers* after one of them was undone, without it if it never held."""
    for merger in mergers:
        if merger.merged_id != event.merged_id or merger.undone is not None:
            yield merger
        elif merger.first < day_of_merger(event.on):
            yield replace(merger, undone=event.on)


# --- Commands ---------------------------------------------------------------------------------------------------------


@frozen
class RegisterOrganisation:
    """Register an organisation."""

    begins: ClassVar = "organisation_id"

    organisation_id: OrganisationId
    code: str
    name: str
    kind: str
    region: str | None = None
    tier: str | None = None
    notes: str | None = None
    on: When
    source: Source | None = None

    @property
    def stream(self) -> str:
        return self.organisation_id


@frozen
class RenameOrganisation:
    """Change the name of an organisation."""

    organisation_id: OrganisationId
    name: str
    on: When

    @property
    def stream(self) -> str:
        return self.organisation_id


@frozen
class RecordIdentifier:
    """Record the identifier of an organisation in a register."""

    organisation_id: OrganisationId
    register: str
    value: str
    on: When

    @property
    def stream(self) -> str:
        return self.organisation_id


@frozen
class RecordCategory:
    """Record the category into which a regime of assessment, such as CPA, put an organisation.

    *method* is the version of the method of the regime, such as 2005.
    """

    organisation_id: OrganisationId
    regime: str
    category: str
    method: str | None = None
    on: When

    @property
    def stream(self) -> str:
        return self.organisation_id


@frozen
class MergeOrganisations:
    """Record that one organisation ended and became part of another, with a reason.

    *organisation_id* is the one that goes on, *merged_id* the one that ended.
    """

    organisation_id: OrganisationId
    merged_id: OrganisationId
    on: When
    because: str

    @property
    def stream(self) -> str:
        return self.merged_id


@frozen
class UndoMerger:
    """Undo the merger in which an organisation ended, with a reason.

    If it was recorded by mistake, give the date of the merger. If the organisations separated, give the date from which
    they are two again.
    """

    merged_id: OrganisationId
    on: When
    because: str

    @property
    def stream(self) -> str:
        return self.merged_id


@frozen
class ChangePayeeAccount:
    """Change the bank account that an organisation is paid into. Payments wait until another person verifies it.

    The log keeps a digest of the number and its last four characters.
    """

    organisation_id: OrganisationId
    account: str
    on: When

    @property
    def stream(self) -> str:
        return self.organisation_id


@frozen
class VerifyPayeeAccount:
    """Verify the changed account of an organisation, with the evidence. Another person than the one who changed it."""

    organisation_id: OrganisationId
    account: str
    evidence: str
    on: When

    @property
    def stream(self) -> str:
        return self.organisation_id


Command: TypeAlias = (
    RegisterOrganisation
    | RenameOrganisation
    | RecordIdentifier
    | RecordCategory
    | MergeOrganisations
    | UndoMerger
    | ChangePayeeAccount
    | VerifyPayeeAccount
    | SupportCommand
)

# A number of an account has at least so many characters.
SHORTEST_ACCOUNT = 6

# --- Identifiers ------------------------------------------------------------------------------------------------------

# Companies House numbers have eight characters: digits, or two letters and digits.
COMPANIES, COMPANY_NUMBER = "GB-COH", re.compile(r"([A-Z]{0,2})([0-9]{1,8})")
# An identifier of org-id.guide begins with its list. In small letters only the lists of Britain and of IATI are
# recognised, because a code of another kind may look like one.
_PREFIXED = re.compile(r"([A-Z]{2,3}-[A-Z0-9_]+|(?i:GB-[A-Z]{2,8}|XI-IATI|XM-DAC))\s*-\s*(.+)", re.DOTALL)


def one_form(register: str, value: str) -> tuple[str, str]:
    """The identifier *value* in *register* in one form, whatever the case, the spaces and the zeros before it."""
    register, value = register.strip().upper(), "".join(value.split()).upper()
    number = COMPANY_NUMBER.fullmatch(value)
    if register == COMPANIES and number is not None:
        value = number[1] + number[2].rjust(8 - len(number[1]), "0")
    return register, value


def one_code(code: str) -> str:
    """The *code* of an organisation in one form, if it is an identifier of org-id.guide. Others are only trimmed."""
    prefixed = _PREFIXED.fullmatch(code.strip())
    return "-".join(one_form(prefixed[1], prefixed[2])) if prefixed is not None else code.strip()


# --- Rules ------------------------------------------------------------------------------------------------------------


class OrganisationUnknown(Refused):
    """There is no organisation with this id or code."""


class OrganisationAlreadyRegistered(Refused):
    """Organisation {code} was registered under this id, with other details. Use another id for another
    organisation.
    """


class NameEmpty(Refused):
    """The name is empty. Give a name."""


class CategoryEmpty(Refused):
    """The regime or the category is empty. Give both."""


class MergerUnexplained(Refused):
    """No reason was given. Give a reason for a merger, and for undoing one."""


class MergerUndated(Refused):
    """The date is not known. There are two organisations before it and one from it on: give the day, month or year."""


class MergedAlready(Refused):
    """Organisation {code} ended on {since}, when it merged into another. It merges again only after that is undone."""


class MergedBeforeEarlier(Refused):
    """The merger ({on}) is earlier than another merger of organisation {code}, or than its undoing ({since}). An
    organisation ends after all that happened to it.
    """


class NotMerged(Refused):
    """Organisation {code} has not merged into another. Only a merger that holds can be undone."""


class UndoneBeforeMerged(Refused):
    """The date ({on}) is earlier than the merger ({since}). A merger is undone on or after its own date."""


class PayeeAccountEmpty(Refused):
    """The number of the account has fewer than 6 characters. Give the whole number, such as an IBAN."""


class PayeeAccountDiffers(Refused):
    """This is not the account that the organisation is to be paid into. Verify the account as it was changed."""


class AccountEvidenceMissing(Refused):
    """No evidence was given. Say how the account was verified."""


class PayeeAccountUnverified(Refused):
    """The account of {organisation} was changed and nobody has verified it. Payments wait until another person has."""


def decide(organisation: Organisation | None, command: Command) -> list[Event]:
    """The events that *command* leads to. Raises the Refused subclass of the rule that it breaks."""
    match command:
        case RegisterOrganisation():
            return register(organisation, command)
        case RenameOrganisation():
            return rename(known(organisation), command)
        case RecordIdentifier():
            return record_identifier(known(organisation), command)
        case RecordCategory():
            return record_category(known(organisation), command)
        case MergeOrganisations():
            return merge(known(organisation), command)
        case UndoMerger():
            return undo_merger(known(organisation), command)
        case ChangePayeeAccount():
            return change_account(known(organisation), command)
        case VerifyPayeeAccount():
            return verify_account(known(organisation), command)
        case _:
            return [*support.decide(known(organisation).support, command)]


def known(organisation: Organisation | None) -> Organisation:
    """The organisation, which must exist. Raises OrganisationUnknown."""
    if organisation is None:
        raise OrganisationUnknown
    return organisation


def register(organisation: Organisation | None, command: RegisterOrganisation) -> list[Event]:
    code = one_code(command.code)
    if organisation is not None:
        if (one_code(organisation.code), organisation.name) == (code, command.name):
            return []
        raise OrganisationAlreadyRegistered(code=organisation.code)
    if not command.name.strip():
        raise NameEmpty
    return [
        OrganisationRegistered(
            code=code,
            name=command.name,
            kind=command.kind,
            region=command.region,
            tier=command.tier,
            notes=command.notes,
            on=command.on,
            source=command.source,
        )
    ]


def rename(organisation: Organisation, command: RenameOrganisation) -> list[Event]:
    if not command.name.strip():
        raise NameEmpty
    if organisation.name == command.name:
        return []
    return [OrganisationRenamed(name=command.name, on=command.on)]


def record_identifier(organisation: Organisation, command: RecordIdentifier) -> list[Event]:
    register, value = one_form(command.register, command.value)
    held = {one_form(*each) for each in organisation.identifiers.items()}
    if (register, value) in held:
        return []
    return [IdentifierRecorded(register=register, value=value, on=command.on)]


def record_category(organisation: Organisation, command: RecordCategory) -> list[Event]:
    if (command.regime, command.category, command.method, command.on) in organisation.categories:
        return []
    if not (command.regime.strip() and command.category.strip()):
        raise CategoryEmpty
    return [
        AssessmentCategoryRecorded(
            regime=command.regime, category=command.category, method=command.method, on=command.on
        )
    ]


def merge(organisation: Organisation, command: MergeOrganisations) -> list[Event]:
    """The end of *organisation*. What the one that goes on refuses is in ``domain.across.mergers``."""
    end = organisation.end(command.merged_id)
    if end is not None and (end.organisation_id, end.on) == (command.organisation_id, command.on):
        return []
    _explained(command.because, command.on)
    if end is not None:
        raise MergedAlready(code=organisation.code, since=end.on)
    for earlier in organisation.mergers:
        since = earlier.undone if earlier.merged_id == command.merged_id else earlier.on
        if since is not None and day_of_merger(command.on) < day_of_merger(since):
            raise MergedBeforeEarlier(on=command.on, code=organisation.code, since=since)
    return [
        OrganisationsMerged(
            organisation_id=command.organisation_id, merged_id=command.merged_id, because=command.because, on=command.on
        )
    ]


def undo_merger(organisation: Organisation, command: UndoMerger) -> list[Event]:
    """The end of the merger in which *organisation* ended. The one that went on is in ``domain.across.mergers``."""
    _explained(command.because, command.on)
    end = organisation.end(command.merged_id)
    if end is None:
        raise NotMerged(code=organisation.code)
    if day_of_merger(command.on) < end.first:
        raise UndoneBeforeMerged(on=command.on, since=end.on)
    return [
        MergerUndone(
            organisation_id=end.organisation_id, merged_id=command.merged_id, because=command.because, on=command.on
        )
    ]


def _explained(because: str, on: When) -> None:
    if not because.strip():
        raise MergerUnexplained
    if not on.is_known:
        raise MergerUndated


def account_digest(account: str) -> str:
    """The digest of a number of a bank account, whatever the spaces and the case of its letters."""
    return hashlib.sha256(plain(account).encode()).hexdigest()


def change_account(organisation: Organisation, command: ChangePayeeAccount) -> list[Event]:
    number = plain(command.account)
    if len(number) < SHORTEST_ACCOUNT:
        raise PayeeAccountEmpty
    digest = account_digest(number)
    if organisation.account == digest:
        return []
    return [PayeeAccountChanged(account=digest, ends=number[-4:], on=command.on)]


def verify_account(organisation: Organisation, command: VerifyPayeeAccount) -> list[Event]:
    if account_digest(command.account) != organisation.account:
        raise PayeeAccountDiffers
    if organisation.account_verified:
        return []
    if not command.evidence.strip():
        raise AccountEvidenceMissing
    return [PayeeAccountVerified(account=organisation.account, evidence=command.evidence, on=command.on)]
