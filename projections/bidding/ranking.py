"""The ranking of the bids to a round by their weighted scores. Bids are ranked, never authorities.

The score of a criterion is the moderated one, or else the mean of the last scores of its assessors. The total is out of
100: the sum of the scores out of 10, each times its weight in per cent.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from domain.values.when import When
from projections.bidding.events import events_of
from projections.parts.reading import PartLine, parts_of_kinds
from projections.rounds import RoundLine
from projections.tables.effect import counts_from
from projections.tables.paging import Connection

# The places to which scores and totals are rounded, half up, when they are shown and ranked.
PLACES = Decimal("0.01")
# What a score is out of.
HIGHEST = 10
_RANKED = ("submitted", "approved", "declined", "awarded")


@dataclass(frozen=True, slots=True)
class Scored:
    """The score of a bid for a criterion, from the *given* scores and the *moderation*, if there was one.

    *score* is None while nobody has scored it. *points* is what it adds to the total.
    """

    criterion: str
    weight: int
    score: Decimal | None
    given: tuple[PartLine, ...]
    moderation: PartLine | None

    @property
    def shown(self) -> Decimal | None:
        """The score as it is shown."""
        return _rounded(self.score) if self.score is not None else None

    @property
    def points(self) -> Decimal | None:
        """The part of the total, out of the weight."""
        return _rounded(self.exact) if self.exact is not None else None

    @property
    def exact(self) -> Decimal | None:
        """The part of the total before it is rounded."""
        return self.score * self.weight / HIGHEST if self.score is not None else None


@dataclass(frozen=True, slots=True)
class Ranked:
    """A bid with its *total* and its *rank* from 1, both None while a criterion has no score.

    Equal totals share a rank.
    """

    bid_id: str
    total: Decimal | None
    rank: int | None
    scores: tuple[Scored, ...]


async def ranking_of(connection: Connection, call: RoundLine, *, as_at: date, known: int | None) -> list[Ranked]:
    """The bids to a round from the best total down, then those without a total, as at a day and as known then.

    It is empty where the criteria of the round have no weights.
    """
    if not call.weights:
        return []
    cursor = await connection.execute(
        "SELECT id FROM bids WHERE round_id = %(round)s AND status = ANY (%(ranked)s)"
        " AND (%(known)s::bigint IS NULL OR position <= %(known)s) ORDER BY position",
        {"round": call.id, "ranked": list(_RANKED), "known": known},
    )
    ids = [bid_id for (bid_id,) in await cursor.fetchall()]
    parts: dict[str, list[PartLine]] = {bid_id: [] for bid_id in ids}
    since = await _resubmitted(connection, ids, as_at, known)
    kinds = ("assessment", "moderation")
    for part in await parts_of_kinds(connection, "stream", ids, kinds=kinds, as_at=as_at, known=known):
        # What was scored of an earlier submission does not count for this one.
        if part.number > since.get(part.stream, 0):
            parts[part.stream].append(part)
    weights = dict(call.weighted)
    return ranked({bid_id: scored(weights, found) for bid_id, found in parts.items()})


async def _resubmitted(
    connection: Connection, bid_ids: Sequence[str], as_at: date, known: int | None
) -> dict[str, int]:
    """The version of the last resubmission of each bid that has one."""
    lines = await events_of(connection, "stream", bid_ids, known=known, names=("BidResubmitted",))
    return {line.stream: line.version for line in lines if counts_from(When(line.effective)) <= as_at}


def scored(weights: Mapping[str, int], parts: Iterable[PartLine]) -> tuple[Scored, ...]:
    """The score for each criterion of *weights*, from the assessments and moderations *parts* of a bid."""
    given: dict[str, dict[str, PartLine]] = {criterion: {} for criterion in weights}
    moderated: dict[str, PartLine] = {}
    for part in sorted(parts, key=lambda one: one.number):
        criterion = part.facts["criterion"]
        if criterion not in given:
            continue
        if part.kind == "moderation":
            moderated[criterion] = part
        else:
            given[criterion][part.by] = part
    return tuple(
        _scored(criterion, weight, tuple(given[criterion].values()), moderated.get(criterion))
        for criterion, weight in weights.items()
    )


def _scored(criterion: str, weight: int, given: tuple[PartLine, ...], moderation: PartLine | None) -> Scored:
    score = None
    if moderation is not None:
        score = Decimal(moderation.facts["score"])
    elif given:
        score = sum((Decimal(one.facts["score"]) for one in given), Decimal(0)) / len(given)
    return Scored(criterion, weight, score, given, moderation)


def ranked(scores: Mapping[str, tuple[Scored, ...]]) -> list[Ranked]:
    """The bids by id, from the best total down. Bids with equal totals have the same rank."""
    totals = {bid_id: _total(of) for bid_id, of in scores.items()}
    known = [total for total in totals.values() if total is not None]
    found = [
        Ranked(bid_id, total, 1 + sum(other > total for other in known) if total is not None else None, scores[bid_id])
        for bid_id, total in totals.items()
    ]
    return sorted(found, key=lambda one: (one.rank is None, one.rank or 0))


def _total(scores: tuple[Scored, ...]) -> Decimal | None:
    exact = [one.exact for one in scores]
    known = [one for one in exact if one is not None]
    return _rounded(sum(known, Decimal(0))) if len(known) == len(exact) else None


def _rounded(number: Decimal) -> Decimal:
    return number.quantize(PLACES, ROUND_HALF_UP)
