"""The test suites that the eventsourcing package ships for recorders, run on our recorder."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from eventsourcing.tests.persistence import ApplicationRecorderTestCase, NonInterleavingNotificationIDsBaseCase

from infra.database.postgres import Database
from infra.log.recorder import LogDatastore, LogRecorder
from tests.kit.database.writing import ask


class OnOurs:
    """Creates the recorder that a suite needs, on a database for this test alone."""

    @pytest.fixture(autouse=True)
    def _opened(self, database: Database) -> Iterator[None]:
        # The suites count versions from 0. Ours begin with 1, which a constraint of the database checks.
        ask(database, "ALTER TABLE log.events DROP CONSTRAINT events_originator_version_check")
        self.datastore = LogDatastore(database, pool_size=20)
        yield
        self.datastore.close()

    def create_recorder(self) -> LogRecorder:
        """The recorder to test."""
        return LogRecorder(self.datastore)

    def new_originator_id(self) -> str:
        """An id of a stream, which is text like ours."""
        return f"stream-{uuid4()}"


class TestAsAnApplicationRecorder(OnOurs, ApplicationRecorderTestCase[Any]):
    """Inserting, selecting, notifying, and writers at once."""


class TestAgainstInterleaving(OnOurs, NonInterleavingNotificationIDsBaseCase):
    """The positions of one append are consecutive, whatever others append."""
