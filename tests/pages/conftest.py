"""Pages of the programme with the whole lives of three awards, and bids that wait."""

from collections.abc import Iterator

import pytest

from infra.database.postgres import Database
from infra.feeding.projector import project_all
from tests.conftest import copy_of
from tests.kit.banked import banked
from tests.kit.life import called, lived
from tests.kit.money import desk
from tests.kit.web.served import Api, served
from tests.pages.test_periods import closed


@pytest.fixture(scope="module")
def lives(server: Database, programme_template: str) -> Iterator[Api]:
    """The application with lived awards. Its read models stay as they are, so that its tests only read."""
    database = copy_of(server, programme_template)
    with desk(database) as at:
        for name, partnership in (("lived", "dip"), ("lived-too", "worcestershire-partnership"), ("more", "lrip")):
            lived(at, name, partnership)
            called(at, name)
            if name == "lived":
                closed(at, "2004-05", "2004-04-01", "2005-03-31")
        banked(at)
    project_all(database)
    with served(database, projector=False) as api:
        yield api
