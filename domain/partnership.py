"""The partnership stream: organisations that work together, their roles, and their governance."""

from typing import ClassVar, TypeAlias

from domain import joint
from domain.between import pooling
from domain.between.pooling import AgreeCharge, ChargeAgreed, DividePool, PoolDivided
from domain.between.strands import StrandAgreed
from domain.joint import JointCommand, JointEvent
from domain.values.fact import (
    DateCorrected,
    DelayReported,
    Fact,
    GovernanceBodyEstablished,
    HappeningNoted,
    InvolvementStated,
    Lane,
    RuleStated,
    Source,
    StatementReplaced,
)
from domain.values.frozen import frozen, replace
from domain.values.ids import OrganisationId, PartnershipId, ProgrammeId, SchemeId
from domain.values.money import Money
from domain.values.order import Step, Steps
from domain.values.refusal import Refused
from domain.values.when import When

# --- Events -----------------------------------------------------------------------------------------------------------


@frozen
class PartnershipFormed(Fact):
    """A partnership of organisations was formed under a scheme.

    *starts* and *ends* are the first and last dates of the funded work. *partners_stated* and *authorities_stated*
    count partners. All are as the source states them.
    """

    partnership_id: PartnershipId
    programme_id: ProgrammeId
    scheme_id: SchemeId
    code: str
    name: str
    kind: str
    lead_id: OrganisationId | None = None
    region: str | None = None
    theme: str | None = None
    starts: When | None = None
    ends: When | None = None
    partners_stated: int | None = None
    authorities_stated: int | None = None
    notes: str | None = None


@frozen
class PartnershipRenamed(Fact):
    """The partnership changed its name. *name* is None where the source does not give the names."""

    partnership_id: PartnershipId
    name: str | None = None
    summary: str | None = None


@frozen
class PartnerJoined(Fact):
    """An organisation became a partner in *role*."""

    partnership_id: PartnershipId
    organisation_id: OrganisationId
    role: str


@frozen
class PartnerLeft(Fact):
    """An organisation left the partnership, in all its roles: as a partner, and as an appointed supplier."""

    partnership_id: PartnershipId
    organisation_id: OrganisationId
    reason: str | None = None


@frozen
class LeadChanged(Fact):
    """Another partner became the lead."""

    partnership_id: PartnershipId
    organisation_id: OrganisationId


@frozen
class SupplierAppointed(Fact):
    """The partnership appointed an organisation to supply *work*, by the *brief*, after the *selection*."""

    partnership_id: PartnershipId
    organisation_id: OrganisationId
    work: str
    brief: str
    selection: str


@frozen
class PartnershipReclassified(Fact):
    """The funder changed the kind of the partnership."""

    partnership_id: PartnershipId
    kind: str | None = None
    summary: str


@frozen
class OriginRecorded(Fact):
    """The partnership grew from an earlier one, such as a pilot or a network. *because* says how."""

    partnership_id: PartnershipId
    origin_id: PartnershipId
    because: str


@frozen
class PilotListed(Fact):
    """The funder's list of pilots names the partnership under *number*."""

    partnership_id: PartnershipId
    number: int
    organisation: str
    activity: str | None = None
    level: str


@frozen
class TakeUpStated(Fact):
    """A source states how many authorities and people a national programme reached, at the date of the count."""

    partnership_id: PartnershipId
    name: str
    group: str
    provider_id: OrganisationId | None = None
    authorities: int | None = None
    participants: int | None = None
    subsidised_authorities: int | None = None
    subsidised_participants: int | None = None
    objective: str | None = None


@frozen
class SumStated(Fact):
    """A source states a sum that is not an award: a budget, charge, deployment or estimate.

    *basis* is the source's word for it. A component is part of a total that is stated with it, never extra money.
    """

    partnership_id: PartnershipId
    basis: str
    amount: Money
    purpose: str
    funder_id: OrganisationId | None = None
    remarks: str | None = None


@frozen
class PartnershipDissolved(Fact):
    """The partnership was dissolved."""

    partnership_id: PartnershipId
    reason: str | None = None


Event: TypeAlias = (
    PartnershipFormed
    | PartnershipRenamed
    | PartnerJoined
    | PartnerLeft
    | LeadChanged
    | SupplierAppointed
    | PartnershipReclassified
    | OriginRecorded
    | PilotListed
    | TakeUpStated
    | SumStated
    | ChargeAgreed
    | PoolDivided
    | StrandAgreed
    | JointEvent
    | PartnershipDissolved
    | HappeningNoted
    | DelayReported
    | RuleStated
    | InvolvementStated
    | GovernanceBodyEstablished
    | DateCorrected
    | StatementReplaced
)

# How people call each step.
STEPS: Steps = {
    PartnershipFormed: Step("forming of the partnership"),
    PartnerJoined: Step("joining of a partner"),
    PartnerLeft: Step("leaving of a partner"),
    LeadChanged: Step("change of the lead"),
    SupplierAppointed: Step("appointment of a supplier"),
    PartnershipReclassified: Step("reclassification"),
    OriginRecorded: Step("origin of the partnership"),
    ChargeAgreed: Step("charge {number}"),
    PoolDivided: Step("division {number} of pooled money"),
    **joint.STEPS,
    PartnershipDissolved: Step("end of the partnership"),
}

# --- State ------------------------------------------------------------------------------------------------------------


@frozen
class Partnership:
    """What the rules need to know about a partnership: its scheme, who belongs to it, and whether it was dissolved.

    *suppliers* were appointed: each with its work, brief and selection. *stated_suppliers* are those a source names.
    *origins* are the partnerships that it grew from, *noted* what was noted of it, in which lane and of which date.
    *joint* is all that the partners did jointly: what they agreed, decided and shared.
    """

    partnership_id: PartnershipId
    programme_id: ProgrammeId
    scheme_id: SchemeId
    code: str
    lead_id: OrganisationId | None
    partners: frozenset[tuple[OrganisationId, str]]
    dissolved: bool
    suppliers: frozenset[tuple[OrganisationId, str, str, str]] = frozenset()
    stated_suppliers: frozenset[OrganisationId] = frozenset()
    charges: dict[int, ChargeAgreed]
    divisions: dict[int, PoolDivided]
    kind: str = ""
    name: str = ""
    noted: frozenset[tuple[str, Lane, When]] = frozenset()
    origins: frozenset[PartnershipId] = frozenset()
    joint: tuple[JointEvent, ...] = ()

    def has(self, organisation_id: OrganisationId) -> bool:
        """Whether the organisation is a partner in any role."""
        return self.lead_id == organisation_id or any(one == organisation_id for one, _ in self.partners)

    def is_supplied_by(self, organisation_id: OrganisationId) -> bool:
        """Whether the organisation supplies work to it: by an appointment, or as a source states."""
        appointed = {one for one, *_ in self.suppliers}
        return organisation_id in appointed or organisation_id in self.stated_suppliers


def evolve(partnership: Partnership | None, event: Event) -> Partnership:  # noqa: C901 - a case for each event
    """The partnership after *event*."""
    if isinstance(event, PartnershipFormed):
        return Partnership(
            partnership_id=event.partnership_id,
            programme_id=event.programme_id,
            scheme_id=event.scheme_id,
            code=event.code,
            lead_id=event.lead_id,
            partners=frozenset(),
            dissolved=False,
            charges={},
            divisions={},
            kind=event.kind,
            name=event.name,
        )
    assert partnership is not None
    match event:
        case PartnerJoined():
            return replace(partnership, partners=partnership.partners | {(event.organisation_id, event.role)})
        case PartnerLeft():
            return replace(
                partnership,
                partners=frozenset(p for p in partnership.partners if p[0] != event.organisation_id),
                suppliers=frozenset(s for s in partnership.suppliers if s[0] != event.organisation_id),
                lead_id=None if partnership.lead_id == event.organisation_id else partnership.lead_id,
            )
        case LeadChanged():
            return replace(partnership, lead_id=event.organisation_id)
        case SupplierAppointed():
            appointed = (event.organisation_id, event.work, event.brief, event.selection)
            return replace(partnership, suppliers=partnership.suppliers | {appointed})
        case InvolvementStated(role="supplier"):
            return replace(partnership, stated_suppliers=partnership.stated_suppliers | {event.organisation_id})
        case ChargeAgreed():
            return replace(partnership, charges={**partnership.charges, event.number: event})
        case PoolDivided():
            return replace(partnership, divisions={**partnership.divisions, event.number: event})
        case PartnershipDissolved():
            return replace(partnership, dissolved=True)
        case PartnershipReclassified():
            return replace(partnership, kind=event.kind or partnership.kind)
        case PartnershipRenamed():
            return replace(partnership, name=event.name or partnership.name)
        case OriginRecorded():
            return replace(partnership, origins=partnership.origins | {event.origin_id})
        case PilotListed() | TakeUpStated() | SumStated() | StrandAgreed():
            return partnership
        case HappeningNoted():
            return replace(partnership, noted=partnership.noted | {(event.summary, event.lane, event.on)})
        case DelayReported() | RuleStated() | InvolvementStated() | GovernanceBodyEstablished():
            return partnership
        case DateCorrected() | StatementReplaced():
            return partnership  # domain.reading folds the corrected history.
        case _:
            return replace(partnership, joint=(*partnership.joint, event))


# --- Commands ---------------------------------------------------------------------------------------------------------


@frozen
class FormPartnership:
    """Form a partnership under a scheme."""

    begins: ClassVar = "partnership_id"

    partnership_id: PartnershipId
    programme_id: ProgrammeId
    scheme_id: SchemeId
    code: str
    name: str
    kind: str
    lead_id: OrganisationId | None = None
    region: str | None = None
    theme: str | None = None
    starts: When | None = None
    ends: When | None = None
    partners_stated: int | None = None
    authorities_stated: int | None = None
    notes: str | None = None
    on: When
    source: Source | None = None

    @property
    def stream(self) -> str:
        return self.partnership_id


@frozen
class JoinPartnership:
    """Add an organisation to a partnership in a role."""

    partnership_id: PartnershipId
    organisation_id: OrganisationId
    role: str
    on: When
    source: Source | None = None

    @property
    def stream(self) -> str:
        return self.partnership_id


@frozen
class AppointSupplier:
    """Appoint an organisation as a supplier of a partnership, with the brief, and how it was selected.

    *work* is what it is appointed for. *brief* is what it was asked to do. *selection* is how it was selected.
    """

    partnership_id: PartnershipId
    organisation_id: OrganisationId
    work: str
    brief: str
    selection: str
    on: When

    @property
    def stream(self) -> str:
        return self.partnership_id


@frozen
class LeavePartnership:
    """Remove an organisation from a partnership, in all its roles: as a partner, and as an appointed supplier."""

    partnership_id: PartnershipId
    organisation_id: OrganisationId
    reason: str | None = None
    on: When

    @property
    def stream(self) -> str:
        return self.partnership_id


@frozen
class ChangeLead:
    """Make another partner the lead of a partnership."""

    partnership_id: PartnershipId
    organisation_id: OrganisationId
    on: When

    @property
    def stream(self) -> str:
        return self.partnership_id


@frozen
class RenamePartnership:
    """Change the name of a partnership."""

    partnership_id: PartnershipId
    name: str
    on: When

    @property
    def stream(self) -> str:
        return self.partnership_id


@frozen
class NoteHappening:
    """Note on the timeline of a partnership what has no command of its own, such as a new head of the funder.

    *happened* says what happened, in one sentence. *lane* is the part of the timeline that it belongs to.
    """

    partnership_id: PartnershipId
    happened: str
    lane: Lane = Lane.GOVERNANCE
    organisation_id: OrganisationId | None = None
    until: When | None = None
    on: When

    @property
    def stream(self) -> str:
        return self.partnership_id


@frozen
class ReclassifyPartnership:
    """Change the kind of a partnership, such as from a local pilot to a national one, with a reason."""

    partnership_id: PartnershipId
    kind: str
    because: str
    on: When

    @property
    def stream(self) -> str:
        return self.partnership_id


@frozen
class RecordOrigin:
    """Record that a partnership grew from an earlier one, such as a pilot or a network, and how."""

    partnership_id: PartnershipId
    origin_id: PartnershipId
    because: str
    on: When

    @property
    def stream(self) -> str:
        return self.partnership_id


@frozen
class DissolvePartnership:
    """Dissolve a partnership."""

    partnership_id: PartnershipId
    reason: str | None = None
    on: When

    @property
    def stream(self) -> str:
        return self.partnership_id


Command: TypeAlias = (
    FormPartnership
    | JoinPartnership
    | AppointSupplier
    | LeavePartnership
    | ChangeLead
    | RenamePartnership
    | NoteHappening
    | ReclassifyPartnership
    | RecordOrigin
    | AgreeCharge
    | DividePool
    | JointCommand
    | DissolvePartnership
)

# --- Rules ------------------------------------------------------------------------------------------------------------


class PartnershipUnknown(Refused):
    """There is no partnership with this id or code."""


class PartnershipAlreadyFormed(Refused):
    """Partnership {code} was formed under this id, with other details. Use another id for another partnership."""


class PartnershipEndsBeforeItStarts(Refused):
    """The funded work starts on {starts} and ends on {ends}. Funded work must not end before it starts."""


class PartnershipIsDissolved(Refused):
    """The partnership was dissolved. A dissolved partnership can no longer change."""


class AppointmentIncomplete(Refused):
    """The work, the brief or the selection is empty. An appointment gives all three."""


class NotAPartner(Refused):
    """The organisation is not a partner. Only a partner can lead the partnership."""


class PartnershipNameEmpty(Refused):
    """The name is empty. Give a name."""


class HappeningEmpty(Refused):
    """Nothing is said of what happened. Say it in one sentence."""


class HappeningEndsBefore(Refused):
    """It began on {on} and ended on {until}. What happens must not end before it begins."""


class KindEmpty(Refused):
    """The kind or the reason is empty. A partnership is put into another kind with a reason."""


class OriginIsLater(Refused):
    """{origin} is the partnership itself, or grew from it. A partnership grows from another, earlier one."""


class OriginUnexplained(Refused):
    """No reason was given. Say how the partnership grew from the earlier one."""


def decide(partnership: Partnership | None, command: Command) -> list[Event]:
    """The events that *command* leads to. Raises the Refused subclass of the rule that it breaks."""
    match command:
        case FormPartnership():
            return form(partnership, command)
        case JoinPartnership():
            return join(standing(partnership), command)
        case AppointSupplier():
            return appoint(standing(partnership), command)
        case LeavePartnership():
            return leave(standing(partnership), command)
        case ChangeLead():
            return change_lead(standing(partnership), command)
        case RenamePartnership():
            return rename(standing(partnership), command)
        case NoteHappening():
            return note(known(partnership), command)
        case ReclassifyPartnership():
            return reclassify(standing(partnership), command)
        case RecordOrigin():
            return record_origin(known(partnership), command)
        case AgreeCharge():
            return [*pooling.agree_charge(known(partnership).charges, command)]
        case DividePool():
            return [*pooling.divide(known(partnership).divisions, command)]
        case DissolvePartnership():
            return dissolve(known(partnership), command)
        case _:
            return [*joint.decide(known(partnership).joint, command)]


def known(partnership: Partnership | None) -> Partnership:
    """The partnership, which must exist. Raises PartnershipUnknown."""
    if partnership is None:
        raise PartnershipUnknown
    return partnership


def standing(partnership: Partnership | None) -> Partnership:
    """The partnership, which must not be dissolved. Raises PartnershipUnknown and PartnershipIsDissolved."""
    if known(partnership).dissolved:
        raise PartnershipIsDissolved
    return known(partnership)


def form(partnership: Partnership | None, command: FormPartnership) -> list[Event]:
    if partnership is not None:
        if (partnership.code, partnership.scheme_id) == (command.code, command.scheme_id):
            return []
        raise PartnershipAlreadyFormed(code=partnership.code)
    if command.starts is not None and command.ends is not None and not command.starts.may_precede(command.ends):
        raise PartnershipEndsBeforeItStarts(starts=command.starts, ends=command.ends)
    return [
        PartnershipFormed(
            partnership_id=command.partnership_id,
            programme_id=command.programme_id,
            scheme_id=command.scheme_id,
            code=command.code,
            name=command.name,
            kind=command.kind,
            lead_id=command.lead_id,
            region=command.region,
            theme=command.theme,
            starts=command.starts,
            ends=command.ends,
            partners_stated=command.partners_stated,
            authorities_stated=command.authorities_stated,
            notes=command.notes,
            on=command.on,
            source=command.source,
        )
    ]


def join(partnership: Partnership, command: JoinPartnership) -> list[Event]:
    if (command.organisation_id, command.role) in partnership.partners:
        return []
    return [
        PartnerJoined(
            partnership_id=command.partnership_id,
            organisation_id=command.organisation_id,
            role=command.role,
            on=command.on,
            source=command.source,
        )
    ]


def appoint(partnership: Partnership, command: AppointSupplier) -> list[Event]:
    if (command.organisation_id, command.work, command.brief, command.selection) in partnership.suppliers:
        return []
    if not (command.work.strip() and command.brief.strip() and command.selection.strip()):
        raise AppointmentIncomplete
    return [
        SupplierAppointed(
            partnership_id=command.partnership_id,
            organisation_id=command.organisation_id,
            work=command.work,
            brief=command.brief,
            selection=command.selection,
            on=command.on,
        )
    ]


def leave(partnership: Partnership, command: LeavePartnership) -> list[Event]:
    supplies = any(one == command.organisation_id for one, *_ in partnership.suppliers)
    if not partnership.has(command.organisation_id) and not supplies:
        return []
    return [
        PartnerLeft(
            partnership_id=command.partnership_id,
            organisation_id=command.organisation_id,
            reason=command.reason,
            on=command.on,
        )
    ]


def change_lead(partnership: Partnership, command: ChangeLead) -> list[Event]:
    if partnership.lead_id == command.organisation_id:
        return []
    if not partnership.has(command.organisation_id):
        raise NotAPartner(organisation=command.organisation_id)
    return [LeadChanged(partnership_id=command.partnership_id, organisation_id=command.organisation_id, on=command.on)]


def rename(partnership: Partnership, command: RenamePartnership) -> list[Event]:
    if partnership.name == command.name:
        return []
    if not command.name.strip():
        raise PartnershipNameEmpty
    return [PartnershipRenamed(partnership_id=command.partnership_id, name=command.name, on=command.on)]


def note(partnership: Partnership, command: NoteHappening) -> list[Event]:
    """What happened, also after the end of the partnership."""
    if (command.happened, command.lane, command.on) in partnership.noted:
        return []
    if not command.happened.strip():
        raise HappeningEmpty
    if command.until is not None and not command.on.may_precede(command.until):
        raise HappeningEndsBefore(on=command.on, until=command.until)
    return [
        HappeningNoted(
            partnership_id=partnership.partnership_id,
            kind="note",
            lane=command.lane,
            summary=command.happened,
            until=command.until,
            organisation_id=command.organisation_id,
            on=command.on,
        )
    ]


def reclassify(partnership: Partnership, command: ReclassifyPartnership) -> list[Event]:
    if partnership.kind == command.kind:
        return []
    if not (command.kind.strip() and command.because.strip()):
        raise KindEmpty
    return [
        PartnershipReclassified(
            partnership_id=command.partnership_id, kind=command.kind, summary=command.because, on=command.on
        )
    ]


def record_origin(partnership: Partnership, command: RecordOrigin) -> list[Event]:
    """An origin of the partnership. ``domain.across.grants`` checks that the origin did not grow from it."""
    if command.origin_id in partnership.origins:
        return []
    if not command.because.strip():
        raise OriginUnexplained
    return [
        OriginRecorded(
            partnership_id=command.partnership_id,
            origin_id=command.origin_id,
            because=command.because,
            on=command.on,
        )
    ]


def dissolve(partnership: Partnership, command: DissolvePartnership) -> list[Event]:
    if partnership.dissolved:
        return []
    return [PartnershipDissolved(partnership_id=command.partnership_id, reason=command.reason, on=command.on)]
