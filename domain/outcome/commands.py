"""The commands that people give to an outcome. No number stands for the next free one."""

from typing import ClassVar, TypeAlias

from domain.outcome.events import Confidence, EvidenceKind, Explanation, Priority, SavingKind
from domain.values.frozen import frozen
from domain.values.ids import OutcomeId, PartnershipId
from domain.values.money import Money
from domain.values.when import When


@frozen
class _OfOutcome:
    """A command that is decided on the outcome."""

    outcome_id: OutcomeId
    on: When

    @property
    def stream(self) -> str:
        """The id of the stream that decides the command."""
        return self.outcome_id


# --- Goals and results ------------------------------------------------------------------------------------------------


@frozen
class AgreeIndicator(_OfOutcome):
    """Agree an indicator with a partnership: what is measured, from which baseline to which target.

    *level* is individual, team, authority, partnership, sector or community. *baseline_on* is the date for which the
    baseline was measured. *expected_by* is when the target is expected. *priority* says whose priority it is.
    """

    begins: ClassVar = "outcome_id"

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
class ReportUnplannedOutcome(_OfOutcome):
    """Report an outcome that nobody had agreed as a goal, with what was found.

    *value* is that of the *indicator*. *level* is individual, team, authority, partnership, sector or community.
    """

    begins: ClassVar = "outcome_id"

    partnership_id: PartnershipId
    impact: str
    level: str
    indicator: str
    unit: str | None = None
    value: str


@frozen
class ReviseIndicator(_OfOutcome):
    """Measure something else from now on, with a reason.

    *comparable* says whether results before and after can be compared.
    """

    indicator: str
    because: str
    comparable: bool


@frozen
class ReviseTarget(_OfOutcome):
    """Change the target, with a reason."""

    target: str
    because: str


@frozen
class ReportResult(_OfOutcome):
    """Report a result."""

    value: str
    evidence: str | None = None


@frozen
class VerifyResult(_OfOutcome):
    """Verify the latest result, with evidence."""

    evidence: str


@frozen
class RejectResult(_OfOutcome):
    """Reject the latest result, with a reason."""

    because: str


# --- What stands behind a result --------------------------------------------------------------------------------------


@frozen
class GiveEvidence(_OfOutcome):
    """Give evidence for what became of the indicator.

    *cites* is where it is written. *document* is the SHA-256 digest of the document, as 64 hexadecimal digits.
    """

    number: int | None = None
    kind: EvidenceKind
    text: str
    cites: str | None = None
    document: str | None = None
    confidence: Confidence


@frozen
class ExplainOutcome(_OfOutcome):
    """Explain an outcome: what contributed to it, what else may have caused it, why it cannot be compared with others,
    or what others can learn from it.
    """

    number: int | None = None
    kind: Explanation
    text: str


@frozen
class LinkOutcome(_OfOutcome):
    """Record that an outcome led to another one, and how.

    *leads_to_id* is the later outcome.
    """

    number: int | None = None
    leads_to_id: OutcomeId
    because: str


@frozen
class StateSaving(_OfOutcome):
    """State a saving that the outcome brings.

    *basis* is how the amount was found. *apart* is what buying separately would have cost, where the saving comes from
    buying together.
    """

    number: int | None = None
    kind: SavingKind
    amount: Money
    basis: str
    apart: Money | None = None


# The commands whose events are numbered below the outcome.
Numbering: TypeAlias = GiveEvidence | ExplainOutcome | LinkOutcome | StateSaving

Command: TypeAlias = (
    AgreeIndicator
    | ReportUnplannedOutcome
    | ReviseIndicator
    | ReviseTarget
    | ReportResult
    | VerifyResult
    | RejectResult
    | GiveEvidence
    | ExplainOutcome
    | LinkOutcome
    | StateSaving
)
