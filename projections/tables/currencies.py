"""What depends on a currency, in SQL."""

from collections.abc import Mapping

from domain.values.money import MINOR_UNITS


def by_places(currency: str, told: Mapping[int, str]) -> str:
    """What is *told* for as many decimal places as the minor units of the *currency* in a column have.

    *told* has an expression for 0, 2 and 3 of them; two are those of any currency that is not known otherwise.
    """
    codes: dict[int, list[str]] = {}
    for code, places in MINOR_UNITS.items():
        codes.setdefault(places, []).append(f"'{code}'")
    others = " ".join(f"WHEN {currency} IN ({', '.join(of)}) THEN {told[places]}" for places, of in codes.items())
    # Pounds come first: for them PostgreSQL need not look through the others.
    return f"CASE WHEN {currency} = 'GBP' THEN {told[2]} {others} ELSE {told[2]} END"
