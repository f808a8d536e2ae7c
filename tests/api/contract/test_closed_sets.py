"""A field whose values are a closed set is an enumeration, so that programs can list them and clients are generated."""

from collections.abc import Iterator

import pytest
from graphql import (
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    is_enum_type,
)

from api.schema import schema

# Names of fields that hold one of a few words.
NAMES = {
    "basis", "condition", "counted", "decision", "ending", "figure", "group", "kind", "level", "measure", "outcome",
    "owner", "role", "rule", "rung", "severity", "span", "stage", "standing", "state", "status", "step", "waitingFor",
}  # fmt: skip
# The names of the stages of a bid and of the links of a chain are such words too.
PLACES = {"Stage.name", "ChainLink.name"}
# Fields that may hold any text, and why.
OPEN = {
    "AppointMemberInput.role": "the words of an office",
    "AgreeIndicatorInput.level": "the words of a programme",
    "AssignDiscrepancyInput.owner": "the name of a person",
    "FileFollowOnPlanInput.owner": "the name of a person or body",
    "FollowOnPlan.owner": "the name of a person or body",
    "Attention.rule": "the name of a need, a rule or a document, in words",
    "Award.basis": "the words of a source",
    "Body.kind": "the words of an office",
    "CheckEligibilityInput.rule": "the code of a rule of a scheme",
    "CorrectDateInput.step": "the name of an event; events are added",
    "DividePoolInput.basis": "the words of a partnership",
    "PoolDivision.basis": "the words of a partnership",
    "ConsultationQuestion.decision": "what was decided, in words",
    "DecideQuestionInput.decision": "what was decided, in words",
    "Decision.level": "the words of a partnership",
    "TakeDecisionInput.level": "the words of a partnership",
    "CapacityPlan.measure": "what a sum is divided by, in words",
    "SetFundingFormulaInput.measure": "what a sum is divided by, in words",
    "Learning.outcome": "what was learnt, in words",
    "EndLearningInput.outcome": "what was learnt, in words",
    "DelaySummary.group": "a code, a kind or a period",
    "Discrepancy.owner": "the name of a person",
    "Discrepancy.rule": "rules are added; discrepancyRules lists them",
    "DiscrepancyFilter.owner": "the name of a person",
    "DiscrepancyFilter.rule": "rules are added; discrepancyRules lists them",
    "EstablishBodyInput.kind": "the words of an office",
    "EstablishSchemeInput.kind": "the words of a programme",
    "ReclassifyPartnershipInput.kind": "the words of a programme",
    "FormPartnershipInput.kind": "the words of a programme",
    "JoinPartnershipInput.role": "the words of a programme",
    "Member.role": "the words of an office",
    "Organisation.kind": "the words of a programme",
    "HeldRole.role": "the words of a source",
    "Involvement.role": "the words of a source",
    "Support.role": "the words of a source",
    "OrganisationRole.role": "the words of a source",
    "FrameworkCell.level": "the words of a source",
    "TakeUp.group": "the words of a source",
    "Outcome.level": "the words of a source",
    "Outcome.status": "the words of a source",
    "OutcomeFilter.level": "the words of a source",
    "OutcomeFilter.status": "the words of a source",
    "ReportUnplannedOutcomeInput.level": "the words of a programme",
    "Saving.basis": "how an amount was found, in words",
    "StateSavingInput.basis": "how an amount was found, in words",
    "Partner.role": "the words of a source",
    "Partnership.kind": "the words of a programme",
    "PartnershipFilter.kind": "the words of a programme",
    "PartnershipKind.kind": "the words of a programme",
    "ProposedPlan.kind": "the words of a bidder",
    "ProposedPlanInput.kind": "the words of a bidder",
    "RecordActivityInput.kind": "what people call it",
    "RegisterOrganisationInput.kind": "the words of a programme",
    "Refusal.rule": "rules are added; docs/refusals.md lists them",
    "RuleTest.rule": "the code of a rule of a scheme",
    "Scheme.kind": "the words of a programme",
    "StatedDelay.stage": "the words of a source",
    "StatedResult.level": "the words of a source",
    "StatedResult.status": "the words of a source",
}
KINDS = GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType
# The kind of an entry of a timeline is the name of its event. Events are added.
ENTRIES = "Entry.kind"


def texts(known: GraphQLSchema) -> Iterator[str]:
    """The fields that hold one of a few words as a text, and are not deprecated."""
    for name, kind in known.type_map.items():
        if name.startswith("__") or not isinstance(kind, KINDS):
            continue
        for field, of in kind.fields.items():
            place = f"{name}.{field}"
            if (field in NAMES or place in PLACES) and get_named_type(of.type).name == "String":
                if of.deprecation_reason is None:
                    yield place
                else:
                    beside = of.deprecation_reason.removeprefix("From 2026-11-29: use ").removesuffix(".")
                    assert is_enum_type(get_named_type(kind.fields[beside].type)), place


def test_every_closed_set_is_an_enumeration() -> None:
    found = {place for place in texts(schema._schema) if not place.endswith(ENTRIES)}
    assert set(OPEN) == found, "make it an enumeration, or list it with the reason why it may hold any text"


@pytest.mark.parametrize("field", ["status: String!", "kind: [String!]!"])
def test_a_text_with_a_closed_set_would_be_found(field: str) -> None:
    """The control."""
    name = field.partition(":")[0]
    assert ["Query." + name] == list(texts(build_schema(f"type Query {{ {field} }}")))
    wanted = f"type Query {{ x(filter: Filter): Int }} input Filter {{ {field} }}"
    assert ["Filter." + name] == list(texts(build_schema(wanted)))
