"""The schema: everything that clients can ask for. Its printed form is api/schema.graphql."""

from pathlib import Path

import strawberry
from graphql import GraphQLError
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from api.audit import AuditQuery
from api.awards import Award, find_award
from api.bids import Bid, find_bid
from api.commands import Mutation
from api.context import Info
from api.nodes import NodeQuery
from api.partnerships import RegisterQuery, one_of
from api.progress import LogQuery
from api.scalars import SCALARS, LogPosition
from api.subscription import Subscription
from api.timeline import ENTRIES

PRINTED = Path(__file__).parent / "schema.graphql"


@strawberry.type
class Query(NodeQuery, LogQuery, RegisterQuery, AuditQuery):
    @strawberry.field(description="One bid, by id or by reference.")
    async def bid(
        self,
        info: Info,
        id: strawberry.ID | None = None,  # noqa: A002 - the contract's name
        reference: str | None = None,
        at_least: LogPosition | None = None,
    ) -> Bid | None:
        column, value = one_of(id=id, reference=reference)
        await info.context.caught_up(at_least)
        return await find_bid(info, value, column)

    @strawberry.field(description="One award, by id or by reference.")
    async def award(
        self,
        info: Info,
        id: strawberry.ID | None = None,  # noqa: A002 - the contract's name
        reference: str | None = None,
        at_least: LogPosition | None = None,
    ) -> Award | None:
        column, value = one_of(id=id, reference=reference)
        await info.context.caught_up(at_least)
        return await find_award(info, value, column)


class Schema(strawberry.Schema):
    """Errors are told to clients by ``api.errors``, not logged as they come."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Leave the errors to the answer: what is internal is logged there, once."""


schema = Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=list(ENTRIES.values()),
    config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True),
    extensions=[lambda: ParserCache(maxsize=1000), lambda: ValidationCache(maxsize=1000)],
)
