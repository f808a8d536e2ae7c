"""Running numbers: the payments of an award, the questions about a bid, and so on, are numbered from 1."""

from collections.abc import Iterable

# The largest whole number that every client can read (GraphQL's Int).
LAST = 2**31 - 1


def given_or_next(number: int | None, taken: Iterable[int]) -> int:
    """*number*; without one, the number after all those *taken*."""
    return max((one for one in taken if one < LAST), default=0) + 1 if number is None else number
