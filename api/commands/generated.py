"""The inputs and mutations of GraphQL, made from the commands of the domain.

A field ``bid_id`` becomes ``bid: ID!``; the id of what the command begins stays ``bidId: ID``. Money becomes
MoneyInput, a date String, a tuple a list, and a value with fields an input. A new command needs nothing here.
"""

import re
from collections.abc import Mapping
from dataclasses import MISSING
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from types import MappingProxyType
from typing import Any

import strawberry
from strawberry.utils.str_converters import to_camel_case as camel

from api.commands.reading import UnknownName, read
from api.commands.refusals import REFUSALS
from api.commands.results import Result, hand_in_command, result_of
from api.context import Info
from api.contract.enums import ENUMS, enum_of, plain
from api.contract.scalars import LogPosition
from api.contract.words import words_of_input
from domain.across.authority import DECIDING
from domain.bid import SubmitBid
from domain.books import ClosePeriod
from domain.commands import CALLED_BY, COMMANDS, Field, fields_of, meaning
from domain.funding_round import RoundUnknown
from domain.history import Command, Log
from domain.partnership import PartnershipUnknown
from domain.programme import ProgrammeUnknown
from domain.values.refusal import Refused
from domain.values.when import When

# What the first release named otherwise than the domain: commands, values, fields.
NAMES = {
    "MatchEntry": "MatchBankEntry", "SetEntryAside": "SetBankEntryAside", "RejectMatch": "RejectBankMatch",
    "ReopenEntry": "ReopenBankEntry", "Share": "BankPayment", "shares": "payments", **ENUMS,
}  # fmt: skip
# The types that the first release gave to fields, where the rules above give others.
TYPES: Mapping[tuple[str, str], Any] = {
    ("SubmitBid", "partnership_id"): str, ("SubmitBid", "round_id"): str, ("ClosePeriod", "programme_id"): str,
    ("ClosePeriod", "starts"): date, ("ClosePeriod", "ends"): date,
}  # fmt: skip
# The two commands for which a code that nothing has was a refusal, not an error, in the first release.
REFUSED = (SubmitBid, ClosePeriod)
UNKNOWN: dict[str, type[Refused]] = {
    "partnership": PartnershipUnknown, "round": RoundUnknown, "programme": ProgrammeUnknown,
}  # fmt: skip

SCALARS: dict[Any, Any] = {When: str} | {kind: kind for kind in (str, int, bool, Decimal, LogPosition)}


def spelled(name: str, field: Field) -> str:
    """The name of a field in an input, as Python writes it."""
    return name if field.begun else NAMES.get(name, name).removesuffix("_id")


@cache
def value_input(kind: Any) -> Any:
    """The GraphQL input for a value with fields, such as an amount or a budget line."""
    name = f"{NAMES.get(kind.__name__, kind.__name__)}Input"
    return input_type(name, kind, plain(meaning(kind)), fields_of(kind))


def input_type(name: str, given: Any, description: str, fields: Mapping[str, Field], **more: Any) -> Any:
    """The GraphQL input *name* with *fields* of *given*, a command or value; *more* are required fields by name."""
    annotations: dict[str, Any] = dict(more)
    body: dict[str, Any] = {}
    for domain_name, field in fields.items():
        own = spelled(domain_name, field)
        kind = TYPES.get((given.__name__, domain_name)) or _type(field)
        annotations[own] = kind | None if field.optional else kind
        default = None if field.optional else MISSING
        body[own] = strawberry.field(default=default, description=_described(name, given, domain_name, field))
    made: Any = strawberry.input(type(name, (), {"__annotations__": annotations, **body}), description=description)
    made.stands_for = {spelled(domain_name, field): domain_name for domain_name, field in fields.items()}
    return made


AUTHORITY = (
    "The delegated authority for the decision: its id or code. If you leave it out, the narrowest that suffices is"
    " taken. Where none was delegated, it is the authority in your words."
)


def with_authority(takes: Any) -> Any:
    """The input *takes* of a decision, with an optional field that names the authority for it."""
    field = strawberry.field(default=None, description=AUTHORITY)
    named = {"__annotations__": {"authority": str | None}, "authority": field}
    made: Any = strawberry.input(
        type(takes.__name__, (takes,), named), description=takes.__strawberry_definition__.description
    )
    return made


def _type(field: Field) -> Any:
    kind = field.kind
    if field.named is not None:
        found: Any = strawberry.ID
    elif isinstance(kind, type) and issubclass(kind, Enum):
        found = enum_of(kind)
    else:
        found = SCALARS.get(kind) or value_input(kind)
    return list[found] if field.list else found


def _described(owner: str, given: Any, name: str, field: Field) -> str | None:
    """What a field means: the words of the contract (None: they are added later), else of its type or a docstring."""
    assigned = field.optional and name in ("number", "part")
    if words_of_input(owner, camel(spelled(name, field)), general=field.named is None and not assigned):
        return None
    if assigned:
        return f"The {name}, from 1. If you leave it out, it is the next free one."
    if field.begun:
        return f"The global id for the new {field.thing}. If you leave it out, the service makes one."
    if field.named is not None:
        return f"The {field.thing}: its global id{f' or {CALLED_BY[field.named]}' if field.named in CALLED_BY else ''}."
    sentences = re.split(r"(?<=\.) ", " ".join((given.__doc__ or "").split()))
    return plain(" ".join(one for one in sentences if f"*{name}*" in one)) or f"The {name.replace('_', ' ')}."


def plain_values(given: Any) -> Any:
    """What an input says, in the plain values that ``read`` takes, by the names of the domain."""
    match given:
        case Decimal():
            return f"{given:f}"
        case Enum():
            return given.value
        case date():
            return given.isoformat()
        case list():
            return [plain_values(one) for one in given]
        case _ if hasattr(given, "stands_for"):
            values = {name: getattr(given, own) for own, name in given.stands_for.items()}
            return {name: plain_values(value) for name, value in values.items() if value is not None}
    return given


def read_input(log: Log, command: type[Any], values: Mapping[str, Any]) -> Command:
    """The *command* with these plain values. Raises Problem, and Refused for an unknown code of a REFUSED command."""
    known = fields_of(command)
    try:
        return read(log, command, values, lambda name: camel(spelled(name, known.get(name, NESTED))))
    except UnknownName as error:
        if command in REFUSED and error.kind in UNKNOWN:
            raise UNKNOWN[error.kind](code=error.code) from error
        raise


NESTED = Field(None, optional=False, list=False, begun=False)


def mutation_of(command: type[Any]) -> tuple[str, Any]:
    """The name of the mutation that gives *command*, and its field."""
    name = NAMES.get(command.__name__, command.__name__)
    description = plain(meaning(command))
    takes = input_type(f"{name}Input", command, description, fields_of(command), command_id=strawberry.ID)
    takes = with_authority(takes) if command in DECIDING else takes
    result = result_of(command)
    own = f"{name[0].lower()}{name[1:]}"

    async def resolve(info: Info, input: Any) -> Any:  # noqa: A002 - the contract's name
        values = plain_values(input)
        named = input.authority if command in DECIDING else None
        return await hand_in_command(
            info, (own, input), lambda: read_input(info.context.log, command, values), result, authority=named
        )

    return own, mutation(resolve, takes, result, description, command)


def mutation(resolve: Any, takes: Any, result: Result, description: str, *commands: type) -> Any:
    """The field of a mutation that takes an input and answers with a result. It gives one of *commands*.

    Its description names the rules that can refuse them.
    """
    rules = sorted({rule for each in commands for rule in REFUSALS.get(each.__name__, ())})
    if rules:
        description = f"{description} Rules that can refuse it: {', '.join(rules)}."
    resolve.__annotations__ = {"info": Info, "input": takes, "return": result.union}
    return strawberry.mutation(resolver=resolve, description=description)


MUTATIONS: Mapping[str, Any] = MappingProxyType(dict(mutation_of(command) for command in COMMANDS.values()))
