"""A primary and its standby for the tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.kit.database.standby import Pair, pair


@pytest.fixture(scope="module")
def replicated() -> Iterator[Pair]:
    """A primary and its standby, of this module alone. Each test leaves the standby replaying."""
    with pair() as made:
        yield made
