"""Values written in a document: an invalid one is reported with its place, and with its argument or variable."""

from collections.abc import Sequence
from typing import Any

from graphql import (
    ArgumentNode,
    ASTValidationRule,
    GraphQLError,
    GraphQLInputType,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    ValueNode,
    ValuesOfCorrectTypeRule,
    VariableDefinitionNode,
    VisitorAction,
)
from graphql.language import SKIP
from graphql.utilities.validate_input_value import validate_input_literal

from api.contract.invalid_values import message_at

# Python does not read longer numbers, and its error would be reported as internal.
MOST_DIGITS = 4_300


class PlacedValues(ValuesOfCorrectTypeRule):
    """graphql-core's rule of values, with the place and the argument of the value in each message."""

    _given = "Value"

    def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
        """Remember the argument of the next value."""
        self._given = f"Argument {node.name.value}"

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: Any) -> None:
        """Remember the variable whose default is the next value."""
        self._given = f"Default of variable {node.variable.name.value}"

    def is_valid_value_node(self, node: ValueNode, input_type: GraphQLInputType | None) -> VisitorAction:
        """Report what is invalid in *node* as a value of *input_type*."""

        def report(error: GraphQLError, path: list[str | int]) -> None:
            self.report_error(self._placed(error, _within(node, path), path))

        if input_type:
            validate_input_literal(node, input_type, report, None, None, self.context.hide_suggestions)
        return SKIP

    def _placed(self, error: GraphQLError, node: ValueNode, path: list[str | int]) -> GraphQLError:
        if isinstance(node, IntValueNode) and len(node.value) >= MOST_DIGITS:
            digits = len(node.value.lstrip("-"))
            fact = f"The number has {digits:,} digits. At most {MOST_DIGITS - 1:,} are allowed."
            return GraphQLError(message_at(self._given, path, fact), node)
        return GraphQLError(
            message_at(self._given, path, error.message),
            error.nodes or node,
            original_error=error.original_error,
            extensions=error.extensions,
        )


def placing(rules: Sequence[type[ASTValidationRule]]) -> tuple[type[ASTValidationRule], ...]:
    """*rules* with PlacedValues as the rule of values."""
    return tuple(PlacedValues if rule is ValuesOfCorrectTypeRule else rule for rule in rules)


def _within(node: ValueNode, path: Sequence[str | int]) -> ValueNode:
    """The node in *node* at *path*, or the nearest one above it."""
    for step in path:
        if isinstance(node, ListValueNode) and isinstance(step, int):
            node = node.values[step]
        elif isinstance(node, ObjectValueNode):
            node = next((field.value for field in node.fields if field.name.value == step), node)
    return node
