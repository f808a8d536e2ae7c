"""The suites that the eventsourcing package ships for recorders, on ours."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from eventsourcing.tests.persistence import ApplicationRecorderTestCase, NonInterleavingNotificationIDsBaseCase

from infra.database.postgres import Database
from infra.log.recorder import LogDatastore, LogRecorder
from tests.kit.database.writing import ask


class OnOurs:
    """Makes the recorder that a suite asks for, on a database of the test's own."""

    @pytest.fixture(autouse=True)
    def _opened(self, database: Database) -> Iterator[None]:
        # The suites count versions from 0; ours begin with 1, and the database sees to it.
        ask(database, "ALTER TABLE log.events DROP CONSTRAINT events_originator_version_check")
        self.datastore = LogDatastore(database, pool_size=20)
        yield
        self.datastore.close()

    def create_recorder(self) -> LogRecorder:
        """The recorder that is held to the suite."""
        return LogRecorder(self.datastore)

    def new_originator_id(self) -> str:
        """An id as ours are: text."""
        return f"stream-{uuid4()}"


class TestAsAnApplicationRecorder(OnOurs, ApplicationRecorderTestCase[Any]):
    """Inserting, selecting, notifying, and writers at once."""


class TestAgainstInterleaving(OnOurs, NonInterleavingNotificationIDsBaseCase):
    """The positions of one append follow each other, whoever else appends."""
