"""The mutations that cannot be made from one command.

``decideBid`` of the contract is two commands. A command about a discrepancy names its rule, subject and message, which
clients know only as the id of the discrepancy.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import strawberry

from api.commands.generated import AUTHORITY, input_type, mutation, plain_values, read_input, value_input
from api.commands.results import RESULTS, hand_in_command, refusal
from api.context import Info
from api.contract.errors import Problem
from api.contract.inputs import LONG, identity, words
from api.contract.scalars import LogPosition
from api.types.discrepancies import discrepancy_line
from domain import bid, discrepancy
from domain.commands import Field, fields_of, meaning
from domain.history import Command
from domain.values.frozen import replace
from domain.values.money import Money
from projections.discrepancies.explaining import NothingToExplain, may_be_explained


@strawberry.input(description="Decide a bid. Give approved to approve an amount, or declinedBecause to decline it.")
class DecideBidInput:
    command_id: strawberry.ID
    bid: strawberry.ID
    on: str
    approved: value_input(Money) | None = None  # type: ignore[valid-type]
    declined_because: str | None = None
    authority: str | None = strawberry.field(default=None, description=AUTHORITY)


async def decide_bid(info: Info, input: Any) -> Any:  # noqa: A002 - the contract's name
    """Approve a bid, or decline it with a reason."""
    if (input.approved is None) is (input.declined_because is None):
        given = "Neither" if input.approved is None else "Both"
        raise Problem(f"{given} of approved and declinedBecause is given. Give exactly one.")
    command: type[Any]
    if input.approved is not None:
        command, decided = bid.ApproveBid, {"approved": plain_values(input.approved)}
    else:
        command, decided = bid.DeclineBid, {"because": words("declinedBecause", input.declined_because, LONG)}
    values = {"bid_id": input.bid, "on": input.on, **decided}
    return await hand_in_command(
        info,
        ("decideBid", input),
        lambda: read_input(info.context.log, command, values),
        RESULTS[bid],
        authority=input.authority,
    )


# What a discrepancy itself says. Clients name it by its id; by default they have seen its current figures.
OF_DISCREPANCY = ("rule", "subject", "message")


def about_discrepancy(command: type[Any]) -> tuple[str, Any]:
    """The mutation that gives *command* about the discrepancy with an id, and its name."""
    name = command.__name__
    own = f"{name[0].lower()}{name[1:]}"
    known = fields_of(command)
    fields = {each: field for each, field in known.items() if each not in OF_DISCREPANCY}
    if "seen" in known:
        fields["seen"] = Field(LogPosition, optional=True, list=False, begun=False)
    takes = input_type(
        f"{name}Input", command, meaning(command), fields, command_id=strawberry.ID, discrepancy=strawberry.ID
    )

    async def resolve(info: Info, input: Any) -> Any:  # noqa: A002 - the contract's name
        found = await discrepancy_line(info, identity("discrepancy", "discrepancy", input.discrepancy))
        if found is None:
            return refusal(NothingToExplain())
        stated = {each: getattr(found, each) for each in OF_DISCREPANCY if each in known}
        values = dict.fromkeys(stated, "-") | ({"seen": found.figures} if "seen" in known else {})

        def read() -> Any:
            return replace(read_input(info.context.log, command, values | plain_values(input)), **stated)

        def check(given: Command) -> None:
            if isinstance(given, discrepancy.ExplainDiscrepancy | discrepancy.WaiveDiscrepancy):
                may_be_explained(found, given.seen)

        return await hand_in_command(info, (own, input), read, RESULTS[discrepancy], check)

    return own, mutation(resolve, takes, RESULTS[discrepancy], meaning(command), command)


BY_HAND: Mapping[str, Any] = MappingProxyType(
    {
        "decide_bid": mutation(
            decide_bid,
            DecideBidInput,
            RESULTS[bid],
            "Approve a bid, or decline it with a reason.",
            bid.ApproveBid,
            bid.DeclineBid,
        ),
        **dict(about_discrepancy(command) for command in discrepancy.Command.__args__),
    }
)
