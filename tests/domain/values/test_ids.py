"""Ids are new each time, and near one another in the order in which they are made."""

import time
from uuid import RFC_4122

from domain.values.ids import uuid7


def test_a_uuid_of_version_7_has_its_time_and_74_random_bits() -> None:
    before = time.time_ns() // 1_000_000
    made = [uuid7() for _ in range(500)]
    after = time.time_ns() // 1_000_000
    for one in made:
        assert (7, RFC_4122) == (one.version, one.variant)
        assert before <= one.int >> 80 <= after
    # Each random bit is sometimes set and sometimes not, and no two ids are alike.
    for bit in (*range(62), *range(64, 76)):
        assert {0, 1} == {one.int >> bit & 1 for one in made}, bit
    assert len(made) == len(set(made))
