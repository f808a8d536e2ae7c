"""SQL expressions that depend on a currency."""

from collections.abc import Mapping

from domain.values.money import MINOR_UNITS


def by_places(currency: str, expressions: Mapping[int, str]) -> str:
    """The SQL expression that picks one of *expressions* by the decimal places of the currency in column *currency*.

    *expressions* has one each for 0, 2 and 3 decimal places. A currency without an entry in MINOR_UNITS has 2.
    """
    codes: dict[int, list[str]] = {}
    for code, places in MINOR_UNITS.items():
        codes.setdefault(places, []).append(f"'{code}'")
    others = " ".join(
        f"WHEN {currency} IN ({', '.join(of)}) THEN {expressions[places]}" for places, of in codes.items()
    )
    # Pounds come first, so that PostgreSQL need not compare the others.
    return f"CASE WHEN {currency} = 'GBP' THEN {expressions[2]} {others} ELSE {expressions[2]} END"
