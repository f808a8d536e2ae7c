"""A programme whose log is sealed."""

from pathlib import Path

import pytest

from infra.database.postgres import Database
from tests.kit.sealing import Sealed, sealing


@pytest.fixture
def sealed(programme: Database, tmp_path: Path) -> Sealed:
    """The Capacity Building Programme, sealed, in a database of this test alone."""
    made = Sealed(programme, sealing(tmp_path))
    made.seal()
    return made
