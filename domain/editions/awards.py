"""Events for what is new in a register's statement of an award."""

from collections import Counter
from collections.abc import Iterator
from typing import TypeAlias

from domain import award
from domain.editions.statement import Statement
from domain.editions.sums import restated
from domain.stated_grant import GrantIds, StatedGrant, StatedTransaction
from domain.values.fact import Source
from domain.values.frozen import replace
from domain.values.ids import OrganisationId
from domain.values.money import Money
from domain.values.when import UNKNOWN


def award_events(before: Statement | None, grant: StatedGrant, ids: GrantIds) -> Iterator[award.Event]:
    if before is None:
        yield award.AwardStated(
            partnership_id=ids.partnership_id,
            reference=grant.identifier,
            amount=grant.awarded,
            purpose=grant.title,
            basis=grant.basis,
            funder_id=_funder(grant, ids),
            remarks=grant.description,
            on=grant.awarded_on,
            source=grant.source,
        )
    elif not before.present:
        yield award.AwardStatedAgain(partnership_id=ids.partnership_id, on=UNKNOWN, source=grant.source)
    moved = before is not None and (before.partnership_id != ids.partnership_id or _has_new_funder(before, grant, ids))
    wanted = _wanted(grant, ids)
    if before is not None:
        yield from _unstated(before, None if moved else wanted, grant.source)
        yield from _amount_events(before, grant, ids, moved=moved)
    yield from _particulars_events(before, grant, ids)
    yield from _component_events(before, grant, ids)
    yield from _period_events(before, grant, ids, moved=moved)
    yield from _transaction_events(before, None if moved else before, wanted, grant, ids)


def _funder(grant: StatedGrant, ids: GrantIds) -> OrganisationId | None:
    return ids.organisations[grant.funder.code] if grant.funder is not None else None


def _has_new_funder(before: Statement, grant: StatedGrant, ids: GrantIds) -> bool:
    funder_id = _funder(grant, ids)
    return funder_id is not None and funder_id != before.funder_id


def _amount_events(before: Statement, grant: StatedGrant, ids: GrantIds, *, moved: bool) -> Iterator[award.Event]:
    if not moved and (before.amount, before.on) == (grant.awarded, grant.awarded_on):
        return
    for step in restated(before.amount, before.on, grant.awarded, grant.awarded_on, apart=moved):
        if moved and not step.goes:
            yield award.AwardReassigned(
                partnership_id=ids.partnership_id,
                before=before.partnership_id,
                funder_id=_funder(grant, ids) if _has_new_funder(before, grant, ids) else None,
                on=UNKNOWN,
                source=grant.source,
            )
        yield award.AwardRestated(
            partnership_id=before.partnership_id if step.goes else ids.partnership_id,
            amount=Money.zero(before.amount.currency) if step.goes else grant.awarded,
            change=step.change,
            on=step.on,
            source=grant.source,
        )


def _particulars_events(before: Statement | None, grant: StatedGrant, ids: GrantIds) -> Iterator[award.Event]:
    stated = award.ParticularsStated(
        partnership_id=ids.partnership_id,
        bid_id=ids.bid_id if grant.states_a_bid else None,
        title=grant.title,
        description=grant.description,
        disbursed=grant.disbursed,
        regrant=grant.regrant,
        related=grant.related,
        outcomes=tuple(ids.outcomes[result.key] for result in grant.results),
        modified=grant.modified,
        said=grant.said,
        on=UNKNOWN,
        source=grant.source,
    )
    known = before.particulars if before is not None else None
    if known is None or replace(stated, source=known.source, partnership_id=known.partnership_id) != known:
        yield stated


def _component_events(before: Statement | None, grant: StatedGrant, ids: GrantIds) -> Iterator[award.Event]:
    known = before.components if before is not None else {}
    stated = {component.purpose: component for component in grant.components}
    for purpose, component in stated.items():
        if before is None:
            yield award.ComponentStated(
                partnership_id=ids.partnership_id,
                amount=component.amount,
                purpose=purpose,
                on=component.on,
                source=grant.source,
            )
        elif known.get(purpose) != component.amount:
            yield award.ComponentRestated(
                partnership_id=ids.partnership_id,
                purpose=purpose,
                amount=component.amount,
                on=component.on,
                source=grant.source,
            )
    for purpose in known:
        if purpose not in stated:
            yield award.ComponentRestated(
                partnership_id=ids.partnership_id, purpose=purpose, on=UNKNOWN, source=grant.source
            )


def _period_events(
    before: Statement | None, grant: StatedGrant, ids: GrantIds, *, moved: bool
) -> Iterator[award.Event]:
    nothing = (UNKNOWN, None)
    known = {key: (held.on, held.until) for key, held in (before.periods if before is not None else {}).items()}
    stated = {(period.sense, period.number): (period.on, period.until) for period in grant.periods}
    for key in dict.fromkeys([*stated, *known]):
        on, until = stated.get(key, nothing)
        again = moved and (on, until) != nothing
        if (on, until) == known.get(key, nothing) and not again:
            continue
        yield award.PeriodStated(
            partnership_id=ids.partnership_id,
            sense=key[0],
            number=key[1],
            until=until,
            on=on,
            source=grant.source,
        )


Content: TypeAlias = tuple[object, ...]


def _wanted(grant: StatedGrant, ids: GrantIds) -> list[tuple[Content, StatedTransaction]]:
    """The transactions of the row, each with the content that identifies it."""
    return [(_content_of(one, ids), one) for one in grant.transactions]


def _content_of(one: StatedTransaction, ids: GrantIds) -> Content:
    payer = ids.organisations[one.payer] if one.payer is not None else None
    payee = ids.organisations[one.payee] if one.payee is not None else None
    return (one.kind, one.amount, one.on, one.until, one.reference, payer, payee, one.description, one.sense)


def _content(event: award.TransactionStated) -> Content:
    return (
        event.kind, event.amount, event.on, event.until, event.reference, event.payer_id, event.payee_id,
        event.description, event.sense,
    )  # fmt: skip


def _unstated(
    before: Statement, wanted: list[tuple[Content, StatedTransaction]] | None, source: Source
) -> Iterator[award.Event]:
    """Events for transactions that the row no longer states; for all of them if *wanted* is None."""
    left = Counter(content for content, _ in wanted or ())
    references = {one.reference for _, one in wanted or () if one.reference is not None}
    for number, held in before.transactions.items():
        content = _content(held)
        if left[content]:
            left[content] -= 1
            continue
        changed = wanted is None or held.reference in references or held.kind is award.Transaction.DISBURSED_IN_ALL
        yield award.TransactionUnstated(
            partnership_id=before.partnership_id,
            number=number,
            kind=held.kind,
            amount=held.amount,
            because="stated otherwise since" if changed else "no longer stated",
            on=held.on,
            source=source,
        )


def _transaction_events(
    ever: Statement | None,
    before: Statement | None,
    wanted: list[tuple[Content, StatedTransaction]],
    grant: StatedGrant,
    ids: GrantIds,
) -> Iterator[award.Event]:
    """Events for new transactions. Their numbers follow those of all transactions that the award ever had."""
    held = Counter(_content(event) for event in before.transactions.values()) if before is not None else Counter()
    number = ever.numbers if ever is not None else 0
    for content, one in wanted:
        if held[content]:
            held[content] -= 1
            continue
        number += 1
        yield award.TransactionStated(
            partnership_id=ids.partnership_id,
            number=number,
            kind=one.kind,
            amount=one.amount,
            reference=one.reference,
            payer_id=ids.organisations[one.payer] if one.payer is not None else None,
            payee_id=ids.organisations[one.payee] if one.payee is not None else None,
            description=one.description,
            sense=one.sense,
            until=one.until,
            on=one.on,
            source=grant.source,
        )
