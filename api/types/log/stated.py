"""Fields of the stored event: what many kinds of events say, each in one typed place. They are read from its body."""

from collections.abc import Callable
from typing import Any, TypeVar

import orjson
import strawberry

from api.answering.shapes import FORM, Form, Json, Rows, money, when
from api.context import Info
from api.contract.values import Money, When
from domain.values import money as amounts

T = TypeVar("T")

# Why, and what else is said: the first of these fields that an event has.
BECAUSE = ("because", "reason", "consequence")
REMARKS = ("remarks", "notes", "description", "evidence", "objective", "composition", "summary", "purpose")
ORGANISATION = ("organisation_id", "provider_id", "payer_id", "funder_id")
ITEMS = ("milestones", "criteria", "related", "outcomes")
SUMS = ("mentions", "limit", "disbursed")


def _first(root: Any, names: tuple[str, ...]) -> Any:
    body = orjson.loads(root.data)
    return next((body[name] for name in names if body.get(name) is not None), None)


def _text(*names: str) -> str:
    found = ", ".join(f"event.data::json ->> '{name}'" for name in names)
    return f"coalesce({found})"


def _field(kind: Any, names: tuple[str, ...], description: str, form: Form, read: Callable[[Any], Any]) -> Any:
    def resolve(root: Any) -> Any:
        found = _first(root, names)
        return read(found) if found is not None else None

    resolve.__annotations__ = {"root": Any, "return": kind}
    return strawberry.field(resolver=resolve, description=description, metadata={FORM: form})


def text(names: tuple[str, ...], description: str) -> Any:
    """A text in the first of these fields that the event has."""
    return _field(str | None, names, description, _text(*names), str)


def number(name: str, description: str) -> Any:
    """A number in a field."""
    return _field(int | None, (name,), description, f"({_text(name)})::integer", int)


def date(names: tuple[str, ...], description: str) -> Any:
    """A date in the first of these fields that the event has."""
    return _field(When | None, names, description, when(_text(*names)), When.read)


def sum_in(names: tuple[str, ...], description: str) -> Any:
    """A sum of money in the first of these fields that has one."""

    def read(root: Any) -> Money | None:
        body = orjson.loads(root.data)
        found = next((body[name] for name in names if isinstance(body.get(name), dict)), None)
        return Money.of(amounts.Money.of(found["amount"], found["currency"])) if found else None

    read.__annotations__ = {"root": Any, "return": Money | None}
    part = [
        ", ".join(f"event.data::json -> '{name}' ->> '{part}'" for name in names) for part in ("amount", "currency")
    ]
    form = money(f"coalesce({part[0]})::numeric", f"coalesce({part[1]})")
    return strawberry.field(resolver=read, description=description, metadata={FORM: form})


def texts(names: tuple[str, ...], description: str) -> Any:
    """The texts of the first of these lists that the event has; none if it has no list."""

    def read(root: Any) -> list[str]:
        return _first(root, names) or []

    read.__annotations__ = {"root": Any, "return": list[str]}
    found = ", ".join(f"event.data::json -> '{name}'" for name in names)
    form = Json(f"coalesce({found}, '[]'::json)::text")
    return strawberry.field(resolver=read, description=description, metadata={FORM: form})


def of_source(name: str, description: str) -> Any:
    """A text of the source that states the event."""

    def read(root: Any) -> str | None:
        source = orjson.loads(root.data).get("source")
        return source[name] if source else None

    read.__annotations__ = {"root": Any, "return": str | None}
    form = f"(event.data::json -> 'source' ->> '{name}')"
    return strawberry.field(resolver=read, description=description, metadata={FORM: form})


def thing(kind: Any, names: tuple[str, ...], rows: str, find: Callable[[], Any], description: str) -> Any:
    """The thing whose id is in the first of these fields that the event has.

    *rows* is the SQL of its rows by that id. *find* returns the function that finds it for graphql-core.
    """

    async def resolve(root: Any, info: Info) -> Any:
        found = _first(root, names)
        return await find()(info, found) if found is not None else None

    resolve.__annotations__ = {"root": Any, "info": Info, "return": kind}
    form = Rows(f"{rows} = {_text(*names)}")
    return strawberry.field(resolver=resolve, description=description, metadata={FORM: form})
