"""The organisation stream: councils, agencies and others, with their names, identifiers and ratings."""

import re
from typing import ClassVar, TypeAlias, assert_never

from domain.values.fact import DateCorrected, Fact, Source, StatementReplaced
from domain.values.frozen import frozen, replace
from domain.values.ids import OrganisationId
from domain.values.order import Step, Steps
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
    """An assessment regime, such as CPA, put the organisation in a category."""

    regime: str
    category: str


Event: TypeAlias = (
    OrganisationRegistered
    | OrganisationRenamed
    | NameStated
    | IdentifierRecorded
    | AssessmentCategoryRecorded
    | DateCorrected
    | StatementReplaced
)

# How people call each step.
STEPS: Steps = {
    OrganisationRegistered: Step("registration of the organisation"),
    OrganisationRenamed: Step("change of the name"),
    IdentifierRecorded: Step("recording of an identifier"),
}

# --- State ------------------------------------------------------------------------------------------------------------


@frozen
class Organisation:
    """What the rules need to know about an organisation.

    *names* are all names that it has had. *known_as* are all identifiers that it has had, as (register, value).
    """

    code: str
    name: str
    names: frozenset[str]
    identifiers: dict[str, str]
    known_as: frozenset[tuple[str, str]] = frozenset()


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
            return organisation
        case DateCorrected() | StatementReplaced():
            return organisation  # domain.reading folds the corrected history.
        case _:
            assert_never(event)


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


Command: TypeAlias = RegisterOrganisation | RenameOrganisation | RecordIdentifier

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


def decide(organisation: Organisation | None, command: Command) -> list[Event]:
    """The events that *command* leads to. Raises the Refused subclass of the rule that it breaks."""
    match command:
        case RegisterOrganisation():
            return register(organisation, command)
        case RenameOrganisation():
            return rename(known(organisation), command)
        case RecordIdentifier():
            return record_identifier(known(organisation), command)
        case _:
            assert_never(command)


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
