"""What ``awards.csv`` stated before, so that a corrected row restates its award instead of adding another.

A row is the same award if its key is the same: its partnership, its basis and its purpose.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TypeAlias

from domain import award
from domain.editions.statement import Statement, statement
from domain.editions.sums import restated
from domain.history import stated_in
from domain.values.fact import Fact, Source
from domain.values.financial_year import LineKind
from domain.values.ids import AwardId, OrganisationId
from domain.values.money import Money
from domain.values.when import UNKNOWN, When
from infra.log.postgres_log import PostgresLog

FILE = "awards.csv"
# Partnership, basis and purpose.
Key: TypeAlias = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class KnownAward:
    """An award that the file stated before. *row* is the digest of the row that it stated last.

    *left_out* are the kinds of budget lines that it was stated not to have.
    """

    award_id: AwardId
    key: Key
    statement: Statement
    row: str
    changes: int
    left_out: frozenset[LineKind] = frozenset()

    @property
    def name(self) -> str:
        """What the file stated, for people."""
        return f"Award stated: {self.key[2]}"


def known_awards(log: PostgresLog) -> dict[Key, KnownAward]:
    """The awards of the file by key. Awards that share a key are left out: nobody can tell which is meant."""
    with log.datastore.get_connection() as connection:
        found = connection.execute("SELECT subject FROM log.references WHERE kind = %s", (stated_in(FILE),)).fetchall()
    ids = [row["subject"] if isinstance(row, dict) else row[0] for row in found]
    histories = log.histories(ids)
    known = [one for award_id in ids if (one := _known(AwardId(award_id), histories[award_id])) is not None]
    number = Counter(one.key for one in known)
    return {one.key: one for one in known if number[one.key] == 1}


def _known(award_id: AwardId, history: Sequence[Fact]) -> KnownAward | None:
    first, stated = history[0], reduce(statement, history, None)
    if not isinstance(first, award.AwardStated) or stated is None:
        return None
    of_award = [
        one.source for one in history if isinstance(one, award.AwardStated | award.AwardRestated) and one.source
    ]
    key = (first.partnership_id, first.basis, first.purpose)
    left_out = frozenset(one.kind for one in history if isinstance(one, award.LineLeftOut))
    return KnownAward(award_id, key, stated, of_award[-1].row if of_award else "", len(history), left_out)


def award_again(
    known: KnownAward, amount: Money, on: When, funder_id: OrganisationId | None, remarks: str | None, source: Source
) -> Iterator[Fact]:
    """The events for a row with other particulars than its award had."""
    partnership_id, before = known.statement.partnership_id, known.statement
    if not before.present:
        yield award.AwardStatedAgain(partnership_id=partnership_id, on=UNKNOWN, source=source)
    for step in restated(before.amount, before.on, amount, on, apart=False):
        yield award.AwardRestated(
            partnership_id=partnership_id,
            amount=Money.zero(before.amount.currency) if step.goes else amount,
            change=step.change,
            on=step.on,
            source=source,
        )
    if funder_id != before.funder_id:
        yield award.AwardReassigned(
            partnership_id=partnership_id, before=partnership_id, funder_id=funder_id, on=UNKNOWN, source=source
        )
    yield award.ParticularsStated(
        partnership_id=partnership_id, title=known.key[2], description=remarks, on=UNKNOWN, source=source
    )


def removed(known: Iterable[KnownAward], stated: set[Key]) -> list[KnownAward]:
    """The awards that the file stated before, and of which it has no row any more."""
    return [one for one in known if one.statement.present and one.key not in stated]


def no_longer_stated(one: KnownAward) -> Fact:
    """The event for an award whose row was removed."""
    source = Source(register=FILE, row="", cites="the row was removed")
    return award.AwardNoLongerStated(partnership_id=one.statement.partnership_id, on=UNKNOWN, source=source)
