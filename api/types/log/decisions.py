"""The decisions on a bid or an award in GraphQL: the events by which it was decided, with who may decide so."""

from typing import Any

import strawberry

from api.answering.shapes import FORM, Rows
from api.context import Info
from api.types.log.audit import AuditEntry
from projections.audit import reading as audit


def decisions_on(row: str, description: str) -> Any:
    """A field with the events that decided the bid or award in *row*, in the order of the log."""

    async def resolve(root: Any, info: Info) -> Any:
        lines = await info.context.lines(audit.decisions_by, "stream", f"{root.id}")
        return [AuditEntry.of(line) for line in lines]

    resolve.__annotations__ = {"root": Any, "info": Info, "return": list[AuditEntry]}
    source = f"({audit.EVENT} WHERE e.originator_id = {row}.id AND {audit.DECIDES}) event"
    form = Rows(source, order="event.position")
    return strawberry.field(resolver=resolve, description=description, metadata={FORM: form})
