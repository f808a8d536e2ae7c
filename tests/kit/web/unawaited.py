"""Marks for tests that make graphql-core fail. What it leaves behind warns in them, not in tests of other files."""

import pytest

# When a non-null field fails at once, graphql-core does not await the fields next to it that it has begun. They warn
# when they are collected, which may be much later: so the module collects them at its end.
UNAWAITED = [
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.usefixtures("nothing_unawaited"),
]
