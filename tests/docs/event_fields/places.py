"""At which places of the schema a field of an event is readable: there an answer holds its value."""

import re
from collections.abc import Iterable
from decimal import Decimal
from enum import Enum
from functools import partial
from typing import Any

from strawberry.utils.str_converters import to_camel_case

from domain.values.fact import Fact
from domain.values.money import Money
from domain.values.shown import shown_date, shown_money
from domain.values.when import When
from tests.docs.event_fields.answers import Shown
from tests.docs.event_fields.histories import History

# Read after the fields of a thing of its own: what an event, a timeline and the changes show of anything. Texts that
# only contain a value are last.
LATER = ("AuditEntry", "TimelineEntry", "Change", "ChangedValue")
CONTAINING = ("TimelineEntry.title", "ChangedValue.text", "ChangedValue.items", "Discrepancy.message")


def readable(histories: list[History], shown: dict[str, Shown]) -> dict[type[Fact], dict[str, list[str]]]:
    """For each kind of event and each of its fields the places that show it, the best first; none if it has no place.

    A place counts if it holds the value of the field in every history of the event, and not without the event: unless
    the object that shows it names the event.
    """
    found: dict[type[Fact], dict[str, set[str]]] = {}
    own: dict[type[Fact], dict[str, set[str]]] = {}
    for one in histories:
        for name, value in one.leaves.items():
            places = _places(shown[one.name].all, one, name, value)
            before = found.setdefault(one.event, {}).setdefault(name, places)
            if one.without:
                before -= places - own[one.event][name]
            else:
                before &= places
                own.setdefault(one.event, {})[name] = _places(shown[one.name].own, one, name, value)
    return {
        event: {name: sorted(places, key=partial(_rank, event, name)) for name, places in of.items()}
        for event, of in found.items()
    }


def _places(shown: dict[str, list[Any]], history: History, name: str, value: Any) -> set[str]:
    names = _names(history, name)
    return {
        place
        for place, values in shown.items()
        if any(_holds(place, one, value, names) for one in values)
        and not (isinstance(value, bool) and not _alike(place, name))
    }


def _names(history: History, name: str) -> list[str]:
    """How people read an organisation that a field names by its id."""
    value = history.leaves[name]
    return [
        getattr(one.event, "name", "") for one in history.written if one.stream == value and hasattr(one.event, "code")
    ]


def _holds(place: str, shown: Any, value: Any, names: Iterable[str]) -> bool:
    """Whether *shown* at *place* is *value*, or a text for people that contains it."""
    if place in CONTAINING and isinstance(shown, str):
        return _contains(shown, value, names)
    match value:
        case bool():
            return shown is value
        case Enum():
            return shown in (value.name, value.value)
        case Money() if isinstance(shown, dict):
            return shown.get("currency") == value.currency and Decimal(shown.get("amount", "NaN")) == value.amount
        case Money():
            return (
                isinstance(shown, str) and bool(re.fullmatch(r"-?\d+\.\d+", shown)) and Decimal(shown) == value.amount
            )
        case When():
            return shown == value.text or (isinstance(shown, dict) and shown.get("text") == value.text)
        case int():
            return shown == value or (isinstance(shown, dict) and shown.get("number") == value) or shown == f"{value}"
    return shown == value or (isinstance(shown, dict) and shown.get("id") == value)


def _contains(text: str, value: Any, names: Iterable[str]) -> bool:
    match value:
        case bool():
            return False
        case Enum():
            return f"{value.value}" in text
        case Money():
            return shown_money(value) in text or f"{value.amount} {value.currency}" in text
        case When():
            return shown_date(value) in text or value.text in text
        case int():
            return bool(re.search(rf"\b{value:,}\b|\b{value}\b", text))
    said = f"{value}".replace("_", " ").replace("-", " ")
    return value in text or said in text or any(name and name in text for name in names)


def _alike(place: str, name: str) -> bool:
    """Whether a place has the name of a field."""
    return place.partition(".")[2] == to_camel_case(name.rpartition(".")[2].removesuffix("_id"))


def _rank(event: type[Fact], name: str, place: str) -> tuple[int, bool, bool, str]:
    kind = place.partition(".")[0]
    rank = 1 + LATER.index(kind) if kind in LATER else 0
    return (len(LATER) if place in CONTAINING else rank), not _alike(place, name), kind not in event.__name__, place
