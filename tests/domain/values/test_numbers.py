"""Running numbers: what has no number is given the next one."""

import pytest

from domain.values.numbers import LAST, given_or_next


@pytest.mark.parametrize(
    ("given", "taken", "number"),
    [(None, [], 1), (None, [1, 2], 3), (None, [5], 6), (2, [5], 2), (None, [2, LAST], 3), (0, [], 0)],
)
def test_the_next_number_follows_all_that_clients_can_read(given: int | None, taken: list[int], number: int) -> None:
    assert number == given_or_next(given, taken)
