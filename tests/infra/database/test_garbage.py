"""During bulk work Python collects cycles rarely. Afterwards its thresholds are as they were."""

import gc
from contextlib import ExitStack

from infra.database.garbage import RARE_THRESHOLD, collecting_rarely


def test_the_thresholds_are_as_before_when_the_last_block_ends_in_any_order() -> None:
    before = gc.get_threshold()
    first, second = ExitStack(), ExitStack()
    first.enter_context(collecting_rarely())
    second.enter_context(collecting_rarely())
    first.close()
    assert max(RARE_THRESHOLD, before[0]) == gc.get_threshold()[0]
    second.close()
    assert before == gc.get_threshold()


def test_an_error_leaves_the_thresholds_as_they_were() -> None:
    before = gc.get_threshold()
    try:
        with collecting_rarely():
            raise LookupError
    except LookupError:
        assert before == gc.get_threshold()
