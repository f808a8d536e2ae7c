"""Pages of the programme with the whole lives of three awards and bids that wait, or of the example; and Chromium."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from infra.cli.run.demo import restore_example
from infra.database.postgres import Database
from infra.feeding.projector import project_all
from tests.conftest import TEMPLATE, copy_of
from tests.kit import beside
from tests.kit.banked import banked
from tests.kit.jointly import acted
from tests.kit.life import called, lived
from tests.kit.money import desk
from tests.kit.office import approved, erased, opened_office
from tests.kit.plans import planned
from tests.kit.rounds import opened_round
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
        opened_round(at)
        planned(at)
        acted(at)
        beside.recorded(at)
        opened_office(at)
        approved(at, "B-office", "900.00")
        erased(at)
    project_all(database)
    with served(database, projector=False) as api:
        yield api


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        assert "FUNDTRAIL_CI" not in os.environ, "chromium is not installed"
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def example(server: Database) -> Iterator[Api]:
    """The application with the example programme."""
    database = copy_of(server, TEMPLATE)
    restore_example(database)
    project_all(database)
    with served(database, projector=False) as api:
        yield api
