"""The lists that can be taken away."""

from collections.abc import AsyncIterator, Callable
from typing import Any

from infra.standards.reading import Wanted
from projections.export import LISTS as OF_READ_MODELS
from projections.export import Row
from projections.paging import Connection

LISTS: dict[str, Any] = dict(OF_READ_MODELS)
LISTS_OF_AWARDS: dict[str, Callable[[Connection, Wanted], AsyncIterator[Row]]] = {}
