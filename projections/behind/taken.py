"""Which events each read model takes in. A read model may take in fewer of them than are named here, never others."""

from collections.abc import Mapping
from typing import Any, get_args

from domain import award, bid, funding_round, outcome
from domain.books import PeriodClosed
from domain.history import Event
from domain.values.fact import CORRECTIONS, Fact
from projections.people import offices
from projections.read_models import ReadModel
from projections.support import concerns
from projections.untold import UNTOLD

EVERY: frozenset[type[Fact]] = frozenset(get_args(Event))


def _of(*unions: Any) -> frozenset[type[Fact]]:
    return frozenset(kind for union in unions for kind in get_args(union)) | {*CORRECTIONS}


# Read models that are not named here may take in every event.
_TAKEN: Mapping[str, frozenset[type[Fact]]] = {
    "rounds": _of(funding_round.Event),
    "awards": _of(award.Event),
    "bids": _of(bid.Event),
    "outcomes": _of(outcome.Event),
    "periods": frozenset({PeriodClosed}),
    "people": frozenset(offices.WRITERS),
    "concerns": frozenset(concerns.WRITERS),
    "timeline": EVERY - {kind for kind in UNTOLD if kind not in CORRECTIONS},
}


def taken_by(model: ReadModel) -> frozenset[type[Fact]]:
    """The events that *model* takes in."""
    return _TAKEN.get(model.NAME, EVERY)
