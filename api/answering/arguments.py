"""The arguments of a field, as its resolver gets them."""

from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    ListValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    get_argument_values,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField


class Arguments:
    """The arguments of one field of a document. Without variables they are read once."""

    def __init__(self, schema: Any, definition: GraphQLField, node: FieldNode) -> None:
        self._schema, self._definition, self._node = schema, definition, node
        varying = any(_varies(argument.value) for argument in node.arguments or ())
        self._fixed = None if varying else self._read(None)

    def of(self, variables: Any) -> dict[str, Any]:
        """The arguments by Python name, with *variables* as graphql-core reads them."""
        return self._read(variables) if self._fixed is None else self._fixed

    def _read(self, variables: Any) -> dict[str, Any]:
        field: StrawberryField = self._definition.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
        return convert_arguments(
            get_argument_values(self._definition, self._node, variables),
            field.arguments,
            self._schema.schema_converter.scalar_registry,
            self._schema.config,
        )


def _varies(value: ValueNode) -> bool:
    match value:
        case VariableNode():
            return True
        case ListValueNode():
            return any(map(_varies, value.values))
        case ObjectValueNode():
            return any(_varies(field.value) for field in value.fields)
        case _:
            return False
