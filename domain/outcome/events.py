"""The events of an outcome, and what they name."""

from enum import Enum
from typing import TypeAlias

from domain.values.fact import DateCorrected, Fact, StatementReplaced
from domain.values.frozen import frozen
from domain.values.ids import OutcomeId, PartnershipId
from domain.values.money import Money
from domain.values.order import Step, Steps
from domain.values.when import When

# --- What the events name ---------------------------------------------------------------------------------------------


class Priority(Enum):
    """Whose priority an outcome serves: that of central government, that of the area, or both."""

    CENTRAL = "central"
    LOCAL = "local"
    BOTH = "both"


class EvidenceKind(Enum):
    """What evidence is: what those concerned report, documents, statistics, counts of take-up, an inspection or other
    assessment, what an evaluator saw, or an account of those who did the work.
    """

    RESPONDENTS = "respondents"
    DOCUMENTS = "documents"
    STATISTICS = "statistics"
    TAKE_UP = "take_up"
    ASSESSMENT = "assessment"
    FIELDWORK = "fieldwork"
    OWN_ACCOUNT = "own_account"


class Confidence(Enum):
    """How sure a finding is: as stated, approximate, or no more than an anecdote."""

    STATED = "stated"
    APPROXIMATE = "approximate"
    ANECDOTAL = "anecdotal"


class Explanation(Enum):
    """What an explanation says: what the programme contributed, what else may have caused the result, why the result
    cannot be compared with others, or what others can learn from it.
    """

    CONTRIBUTION = "contribution"
    OTHER_CAUSE = "other_cause"
    NOT_COMPARABLE = "not_comparable"
    LESSON = "lesson"


class SavingKind(Enum):
    """Whether a saving is claimed, expected, or was worked out from figures."""

    CLAIMED = "claimed"
    EXPECTED = "expected"
    QUANTIFIED = "quantified"


# --- Events -----------------------------------------------------------------------------------------------------------


@frozen
class IndicatorAgreed(Fact):
    """Partnership and funder agreed an indicator of the impact, with its unit, baseline and target.

    *baseline_on* is the date for which the baseline was measured. *expected_by* is when the target is expected.
    """

    partnership_id: PartnershipId
    impact: str
    level: str
    indicator: str
    unit: str | None = None
    baseline: str | None = None
    target: str | None = None
    baseline_on: When | None = None
    expected_by: When | None = None
    priority: Priority | None = None


@frozen
class UnplannedOutcomeReported(Fact):
    """An outcome came about that nobody had agreed as a goal."""

    partnership_id: PartnershipId
    impact: str
    level: str
    indicator: str
    unit: str | None = None
    value: str


@frozen
class IndicatorRevised(Fact):
    """Something else is measured from now on, for a reason. The old indicator stays on record.

    *comparable* says whether results before and after can be compared.
    """

    partnership_id: PartnershipId
    indicator: str
    because: str
    comparable: bool


@frozen
class TargetRevised(Fact):
    """The target was changed for a reason. The old target stays on record."""

    partnership_id: PartnershipId
    target: str
    because: str


@frozen
class ResultReported(Fact):
    """The partnership reported a value, with its evidence."""

    partnership_id: PartnershipId
    value: str
    evidence: str | None = None


@frozen
class ResultVerified(Fact):
    """Somebody other than the partnership checked the latest result and confirmed it."""

    partnership_id: PartnershipId
    evidence: str


@frozen
class ResultRejected(Fact):
    """The latest result was rejected for a reason."""

    partnership_id: PartnershipId
    because: str


@frozen
class EvidenceGiven(Fact):
    """Evidence for what became of the indicator. *cites* is where it is written.

    *document* is the SHA-256 digest of the document, as 64 hexadecimal digits.
    """

    partnership_id: PartnershipId
    number: int
    kind: EvidenceKind
    text: str
    cites: str | None = None
    document: str | None = None
    confidence: Confidence


@frozen
class OutcomeExplained(Fact):
    """Somebody explained the outcome: what contributed to it, what else may have caused it, or what it teaches."""

    partnership_id: PartnershipId
    number: int
    kind: Explanation
    text: str


@frozen
class OutcomeLinked(Fact):
    """The outcome led to another one, such as a skill of a person to a change of an organisation."""

    partnership_id: PartnershipId
    number: int
    leads_to_id: OutcomeId
    because: str


@frozen
class SavingStated(Fact):
    """A saving that the outcome brings. *basis* is how the amount was found.

    *apart* is what buying separately would have cost, where the saving comes from buying together.
    """

    partnership_id: PartnershipId
    number: int
    kind: SavingKind
    amount: Money
    basis: str
    apart: Money | None = None


@frozen
class OutcomeStated(Fact):
    """A source states a result, a target or the absence of one, in its own words and units."""

    partnership_id: PartnershipId
    impact: str
    level: str
    indicator: str
    unit: str | None = None
    baseline: str | None = None
    target: str | None = None
    result: str | None = None
    status: str
    evidence: str | None = None


@frozen
class OutcomeRestated(Fact):
    """The source of the outcome now states these values. *status* says whether it still states the outcome."""

    partnership_id: PartnershipId
    unit: str | None = None
    baseline: str | None = None
    target: str | None = None
    result: str | None = None
    status: str
    evidence: str | None = None


# What is numbered below an outcome, each kind from 1.
Numbered: TypeAlias = EvidenceGiven | OutcomeExplained | OutcomeLinked | SavingStated

Event: TypeAlias = (
    IndicatorAgreed
    | UnplannedOutcomeReported
    | IndicatorRevised
    | TargetRevised
    | ResultReported
    | ResultVerified
    | ResultRejected
    | EvidenceGiven
    | OutcomeExplained
    | OutcomeLinked
    | SavingStated
    | OutcomeStated
    | OutcomeRestated
    | DateCorrected
    | StatementReplaced
)

# How people call each step.
STEPS: Steps = {
    IndicatorAgreed: Step("agreement of the indicator"),
    UnplannedOutcomeReported: Step("report of the outcome"),
    IndicatorRevised: Step("revision of the indicator"),
    TargetRevised: Step("revision of the target"),
    ResultReported: Step("report of a result"),
    ResultVerified: Step("verification of a result"),
    ResultRejected: Step("rejection of a result"),
    EvidenceGiven: Step("evidence {number}"),
    OutcomeExplained: Step("explanation {number}"),
    OutcomeLinked: Step("link {number} to another outcome"),
    SavingStated: Step("saving {number}"),
}
