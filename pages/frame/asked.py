"""What the address of a page asks for: amounts, values of a list, and things by their names."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from pages.frame.amounts import amount_in
from pages.frame.page import BadAddress
from projections import awards
from projections.awards import AwardLine
from projections.register import reading as register
from projections.tables.paging import Connection


def amount_asked(asked: Mapping[str, str], name: str) -> Decimal | None:
    """The amount that the parameter *name* gives; None without it. Raises BadAddress."""
    text = asked.get(name, "").strip()
    if not text:
        return None
    amount = amount_in(text)
    if amount is None:
        raise BadAddress(f'"{text[:40]}" is not an amount. Write {name} so: 1,250.00.')
    return amount


def one_of(asked: Mapping[str, str], name: str, known: Sequence[str], called: str) -> str | None:
    """The value of the parameter *name*, which must be one of *known*; None without it. Raises BadAddress.

    *called* is what a value is, such as "state".
    """
    text = asked.get(name, "").strip()
    if text and text not in known:
        raise BadAddress(f'"{text[:40]}" is no {called}. Choose one of: {", ".join(known)}.')
    return text or None


async def thing_asked(connection: Connection, asked: Mapping[str, str], name: str, kind: str) -> str | None:
    """The id of the thing of a *kind* that the parameter *name* names; None without it. Raises BadAddress.

    *kind* is award, which is named by its id or reference, or another kind that is named by its id or code:
    programme, scheme, partnership or organisation.
    """
    text = asked.get(name, "").strip()
    if not text:
        return None
    hint = ""
    if kind == "award":
        award = await award_named(connection, text)
        if award is not None:
            return award.id
    else:
        found = await register.things_by(connection, "name", [text], kind=kind)
        if found:
            return found[0].id
        near = await register.codes_like(connection, kind, text[:40])
        hint = f" Codes that are like it: {', '.join(near)}." if near else ""
    raise BadAddress(f'There is no {kind} "{text[:80]}".{hint}')


async def award_named(connection: Connection, text: str) -> AwardLine | None:
    """The award whose id or reference is *text*; None if there is none."""
    for column in ("id", "reference"):
        found = await awards.awards_by(connection, column, [text])
        if found:
            return found[0]
    return None
