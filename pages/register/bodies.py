"""The bodies of a partnership and their limits, as sources state them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from domain.values.fact import GovernanceBodyEstablished, RuleStated
from projections.audit import reading as audit
from projections.tables.paging import Connection
from projections.timeline.reading import Entry

KINDS = (GovernanceBodyEstablished.__name__, RuleStated.__name__)


@dataclass(frozen=True, slots=True)
class Body:
    """What a source states of a body: its *role* and what it is for, or a *rule* for it, and its *limit*."""

    name: str
    role: str
    composition: str
    remit: str
    rule: str
    limit: tuple[Decimal, str] | None
    on: str
    position: int


async def bodies(connection: Connection, entries: Iterable[Entry]) -> list[Body]:
    """The bodies and rules among the *entries* of a timeline, by name of the body."""
    dates = {entry.position: entry.on for entry in entries if entry.kind in KINDS}
    events = await audit.events_at(connection, "position", list(dates)) if dates else []
    found = [_body(json.loads(event.data), dates[event.position], event.position) for event in events]
    return sorted(found, key=lambda one: (one.name, one.rule != "", one.position))


def _body(stated: dict[str, Any], on: str, position: int) -> Body:
    limit = stated.get("limit")
    return Body(
        name=stated["body"],
        role=stated.get("role") or "",
        composition=stated.get("composition") or "",
        remit=stated.get("remit") or "",
        rule=stated.get("rule") or "",
        limit=(Decimal(limit["amount"]), limit["currency"]) if limit else None,
        on=on,
        position=position,
    )
