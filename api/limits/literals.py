"""Values that are written into a document: one that cannot be meant is told with its place and what it was given as."""

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
from graphql.pyutils import print_path_list
from graphql.utilities.validate_input_value import validate_input_literal

# Python reads no longer ones, and raises an error that looks as if it were ours.
MOST_DIGITS = 4_300


class PlacedValues(ValuesOfCorrectTypeRule):
    """graphql-core's rule, under which a scalar that refuses a literal names neither its place nor its argument."""

    _given = "Value"

    def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
        """Remember which argument the next value is of."""
        self._given = f"Argument '{node.name.value}' has invalid value"

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: Any) -> None:
        """Remember which variable the next value is the default of."""
        self._given = f"Variable '${node.variable.name.value}' has invalid default value"

    def is_valid_value_node(self, node: ValueNode, input_type: GraphQLInputType | None) -> VisitorAction:
        """Report what *node* holds that is no value of *input_type*."""

        def report(error: GraphQLError, path: list[str | int]) -> None:
            self.report_error(self._placed(error, _within(node, path), path))

        if input_type:
            validate_input_literal(node, input_type, report, None, None, self.context.hide_suggestions)
        return SKIP

    def _placed(self, error: GraphQLError, node: ValueNode, path: list[str | int]) -> GraphQLError:
        if isinstance(node, IntValueNode) and len(node.value) >= MOST_DIGITS:
            message = f"a number of {len(node.value.lstrip('-')):,} digits cannot be meant."
            return GraphQLError(f"{self._given}{print_path_list(path)}: {message}", node)
        if error.nodes:
            return error
        message = f"{self._given}{print_path_list(path)}: {error.message}"
        return GraphQLError(message, node, extensions=error.extensions)


def placing(rules: Sequence[type[ASTValidationRule]]) -> tuple[type[ASTValidationRule], ...]:
    """*rules*, of which that of values tells where they stand."""
    return tuple(PlacedValues if rule is ValuesOfCorrectTypeRule else rule for rule in rules)


def _within(node: ValueNode, path: Sequence[str | int]) -> ValueNode:
    """What stands in *node* at *path*; as near to it as there is something."""
    for step in path:
        if isinstance(node, ListValueNode) and isinstance(step, int):
            node = node.values[step]
        elif isinstance(node, ObjectValueNode):
            node = next((field.value for field in node.fields if field.name.value == step), node)
    return node
