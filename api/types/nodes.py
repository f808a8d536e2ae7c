"""Find any item by its global id."""

import asyncio
from collections.abc import Awaitable, Callable

import strawberry

from api.context import Info
from api.contract.cursor import MOST
from api.contract.errors import Problem
from api.contract.scalars import LogPosition
from api.contract.values import Node
from api.types.awards import find_award
from api.types.bank import find_bank_account, find_bank_entry
from api.types.bids import find_bid
from api.types.discrepancies import find_discrepancy
from api.types.log.audit import find_event
from api.types.outcomes import find_outcome
from api.types.partnerships import find_organisation, find_partnership, find_programme, find_scheme
from api.types.parts.kinds import KINDS as PARTS
from api.types.parts.kinds import find_part
from api.types.people.bodies import find_body, find_delegation
from api.types.people.concerns import find_concern
from api.types.people.people import find_person
from api.types.rounds import find_round
from api.types.timeline import find_entry

# The first part of an id is the kind of item.
KINDS: dict[str, Callable[[Info, str], Awaitable[Node | None]]] = {
    "programme": find_programme,
    "scheme": find_scheme,
    "organisation": find_organisation,
    "partnership": find_partnership,
    "round": find_round,
    "bid": find_bid,
    "award": find_award,
    "outcome": find_outcome,
    "person": find_person,
    "concern": find_concern,
    "body": find_body,
    "delegation": find_delegation,
    "discrepancy": find_discrepancy,
    "bankaccount": find_bank_account,
    "bankentry": find_bank_entry,
    "event": find_event,
    "entry": find_entry,
    **dict.fromkeys(PARTS, find_part),
}


async def find(info: Info, global_id: str) -> Node | None:
    """The item with this id; None if there is none."""
    finder = KINDS.get(global_id.partition("-")[0])
    return await finder(info, global_id) if finder else None


@strawberry.type
class NodeQuery:
    @strawberry.field(description="Any item by its id. null if no item has it.")
    async def node(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002 - the contract's name
        at_least: LogPosition | None = None,
    ) -> Node | None:
        await info.context.caught_up(at_least)
        return await find(info, id)

    @strawberry.field(description="Up to 100 items, in the order of the ids. null in the place of an unknown id.")
    async def nodes(
        self, info: Info, ids: list[strawberry.ID], at_least: LogPosition | None = None
    ) -> list[Node | None]:
        if len(ids) > MOST:
            raise Problem(f"ids has {len(ids):,} entries. Ask for at most {MOST} at a time.")
        await info.context.caught_up(at_least)
        return list(await asyncio.gather(*(find(info, one) for one in ids)))
