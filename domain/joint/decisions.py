"""What a partnership decides, the documents that a decision rests on, and the outputs that it shares with others."""

from enum import Enum
from typing import TypeAlias, assert_never

from domain.entries import Done, begun, followed, made, named
from domain.joint.base import OfPartners, OfPartnership
from domain.values.fact import digested
from domain.values.frozen import frozen
from domain.values.ids import AwardId, BidId, OrganisationId
from domain.values.order import After, Step, Steps
from domain.values.refusal import Refused

# --- Events -----------------------------------------------------------------------------------------------------------


class DecisionSort(Enum):
    """What a decision of a partnership is about."""

    STRATEGIC = "strategic"
    """Aims, members and money: what a board decides."""
    OPERATIONAL = "operational"
    """How work is done."""
    ROLL_OUT = "roll_out"
    """Whether what was tried in one place is to be done in others."""


class GroundSort(Enum):
    """What a decision rests on."""

    DEMAND = "demand"
    POTENTIAL = "potential"
    COST = "cost"
    OTHER = "other"


@frozen
class Ground:
    """What a decision rests on: evidence of a *sort*, in words."""

    sort: GroundSort
    text: str


@frozen
class DecisionTaken(OfPartners):
    """A *body* of the partnership, at its *level* of governance, decided something.

    *present* people took part, of whom *elected* are elected members. Without them nobody counted. *grounds* are what
    the decision rests on.
    """

    sort: DecisionSort
    body: str
    level: str
    text: str
    grounds: tuple[Ground, ...] = ()
    present: int | None = None
    elected: int | None = None


class DocumentSort(Enum):
    """What a document is."""

    BID = "bid"
    PLAN = "plan"
    MINUTES = "minutes"
    AGREEMENT = "agreement"
    CERTIFICATE = "certificate"
    OTHER = "other"


@frozen
class DocumentAttached(OfPartners):
    """A document was attached to what it supports: a decision, a bid or an award.

    *digest* is the SHA-256 digest of its bytes, as 64 hexadecimal digits: the file itself stays where it is kept.
    """

    sort: DocumentSort
    title: str
    digest: str
    decision: int | None = None
    bid_id: BidId | None = None
    award_id: AwardId | None = None


class OutputSort(Enum):
    """What an output is that others may use."""

    TOOLKIT = "toolkit"
    DESIGN = "design"
    """Material from which another partnership can make its own project."""
    GOOD_PRACTICE = "good_practice"
    TRAINING = "training"
    REPORT = "report"


class PermittedUse(Enum):
    """Who may use an output, and how."""

    ANYBODY = "anybody"
    LOCAL_GOVERNMENT = "local_government"
    PARTNERS = "partners"
    BY_AGREEMENT = "by_agreement"


@frozen
class OutputShared(OfPartners):
    """The partnership shares an output. *owner_id* owns it, and *use* is what others may do with it.

    *address* is where it can be had, *digest* the SHA-256 digest of its file, where they
    are given.
    """

    sort: OutputSort
    title: str
    theme: str
    text: str
    owner_id: OrganisationId
    use: PermittedUse
    address: str | None = None
    digest: str | None = None


@frozen
class OutputReused(OfPartners):
    """An organisation used a shared output, for what *text* says."""

    organisation_id: OrganisationId
    text: str


DecisionEvent: TypeAlias = DecisionTaken | DocumentAttached | OutputShared | OutputReused

STEPS: Steps = {
    DecisionTaken: Step("decision {number}"),
    DocumentAttached: Step("document {number}"),
    OutputShared: Step("output {number}"),
    OutputReused: Step("use of output {number}", (After(OutputShared, mine="number"),)),
}

# --- Commands ---------------------------------------------------------------------------------------------------------


@frozen
class TakeDecision(OfPartnership):
    """Record what a body of a partnership decided, and what that rests on.

    *sort* tells strategic from operational decisions; a decision to roll out rests on evidence of demand and of
    potential. *body* is the body that decided. *level* is its level of governance, such as district or region.
    *grounds* are what it rests on. *present* is how many people took part. *elected* is how many of them are elected
    members.
    """

    number: int | None = None
    sort: DecisionSort
    body: str
    level: str
    text: str
    grounds: tuple[Ground, ...] = ()
    present: int | None = None
    elected: int | None = None


@frozen
class AttachDocument(OfPartnership):
    """Attach a document to what it supports: a decision, a bid or an award of the partnership.

    *digest* is the SHA-256 digest of its bytes, as 64 hexadecimal digits. *decision* is the number of the decision that
    it supports.
    """

    number: int | None = None
    sort: DocumentSort
    title: str
    digest: str
    decision: int | None = None
    bid_id: BidId | None = None
    award_id: AwardId | None = None


@frozen
class ShareOutput(OfPartnership):
    """Share an output of a partnership, with its owner, and what others may do with it.

    *theme* is what it is about, in a word or two. *text* says what it is good for. *owner_id* is the organisation that
    owns it. *use* is who may use it. *address* is where it can be had. *digest* is the SHA-256 digest of its file.
    """

    number: int | None = None
    sort: OutputSort
    title: str
    theme: str
    text: str
    owner_id: OrganisationId
    use: PermittedUse
    address: str | None = None
    digest: str | None = None


@frozen
class ReuseOutput(OfPartnership):
    """Record that an organisation used an output that a partnership shares.

    *text* says what it used it for.
    """

    number: int
    organisation_id: OrganisationId
    text: str


DecisionCommand: TypeAlias = TakeDecision | AttachDocument | ShareOutput | ReuseOutput

# --- Rules ------------------------------------------------------------------------------------------------------------


class GroundsMissing(Refused):
    """The decision to roll out names no {missing}. It rests on evidence of demand and of potential."""


class GroundEmpty(Refused):
    """A ground of the decision has no text. Say what it is."""


class PresenceNotPossible(Refused):
    """{elected} of {present} people present are elected members. Both are 0 or more, and no more are elected than are
    present.
    """


class DocumentOfNothing(Refused):
    """The document is attached to nothing. Name the decision, the bid or the award that it supports."""


def decide(done: Done, command: DecisionCommand) -> list[DecisionEvent]:
    """The events that *command* leads to. Raises the Refused subclass of the rule that it breaks."""
    match command:
        case TakeDecision():
            return [*begun(STEPS, done, made(DecisionTaken, done, command), _grounded, _counted)]
        case AttachDocument():
            return [*begun(STEPS, done, made(DocumentAttached, done, command), _digested, _attached)]
        case ShareOutput():
            return [*begun(STEPS, done, made(OutputShared, done, command), _digested)]
        case ReuseOutput():
            return [*followed(STEPS, done, made(OutputReused, done, command), OutputShared)]
        case _:
            assert_never(command)


def _grounded(_: Done, event: DecisionTaken) -> None:
    if not all(ground.text.strip() for ground in event.grounds):
        raise GroundEmpty
    if event.sort is DecisionSort.ROLL_OUT:
        given = {ground.sort for ground in event.grounds}
        for needed in (GroundSort.DEMAND, GroundSort.POTENTIAL):
            if needed not in given:
                raise GroundsMissing(missing=needed.value)


def _counted(_: Done, event: DecisionTaken) -> None:
    present, elected = event.present or 0, event.elected or 0
    if not 0 <= elected <= present:
        raise PresenceNotPossible(elected=elected, present=present)


def _digested(_: Done, event: DocumentAttached | OutputShared) -> None:
    digested(event.digest)


def _attached(done: Done, event: DocumentAttached) -> None:
    if event.decision is None and event.bid_id is None and event.award_id is None:
        raise DocumentOfNothing
    named(done, DecisionTaken, event.decision, STEPS)
