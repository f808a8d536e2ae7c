"""Closed sets of the domain as GraphQL enumerations."""

import re
from enum import Enum
from functools import cache
from typing import Any

import strawberry
from strawberry.utils.str_converters import to_camel_case as camel

from api.contract.values import Lane
from api.contract.words import PLACES
from domain.commands import meaning

# What the first release named otherwise than the domain.
ENUMS = {"Aside": "BankAside"}


@cache
def enum_of(kind: Any) -> Any:
    """The GraphQL enumeration of *kind*: a copy, so that the domain stays without GraphQL. Lane is in the contract."""
    if kind is Lane:
        return kind
    name = ENUMS.get(kind.__name__, kind.__name__)
    values = {
        one.name: one.value
        if f"{name}.{one.name}" in PLACES
        else strawberry.enum_value(one.value, description=f"{one.value.replace('_', ' ').capitalize()}.")
        for one in kind
    }
    copy: Any = Enum(name, values)  # type: ignore[misc]
    return strawberry.enum(copy, description=plain(meaning(kind)))


def plain(text: str) -> str:
    """A docstring without the asterisks around the names of fields."""
    return re.sub(r"\*(\w+)\*", lambda name: camel(name[1]), text)
