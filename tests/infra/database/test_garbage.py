"""Who goes through much lets Python look for garbage seldom, together with others, and leaves that as it was."""

import gc
from contextlib import ExitStack

from infra.database.garbage import RARE_THRESHOLD, collecting_rarely


def test_it_is_as_before_once_the_last_who_asked_is_done_in_whatever_order_they_end() -> None:
    before = gc.get_threshold()
    first, second = ExitStack(), ExitStack()
    first.enter_context(collecting_rarely())
    second.enter_context(collecting_rarely())
    first.close()
    assert max(RARE_THRESHOLD, before[0]) == gc.get_threshold()[0]
    second.close()
    assert before == gc.get_threshold()


def test_an_error_leaves_it_as_it_was() -> None:
    before = gc.get_threshold()
    try:
        with collecting_rarely():
            raise LookupError
    except LookupError:
        assert before == gc.get_threshold()
