"""Backups are taken under load and restored, again and again. Nothing that a backup must have is missing."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from domain.desk import submit
from infra.backups.archiving import archiving
from infra.backups.fingerprint import fingerprint
from infra.backups.restoring import Source
from infra.backups.taking import take
from infra.log.postgres_log import PostgresLog
from tests.kit.database.backed_up import BackedUp, all_archived, backed_up
from tests.kit.database.feeding import feeding, rebuilt
from tests.kit.database.writing import eventually, order, read_tables, register
from tests.kit.length import times

ROUNDS, WRITERS = times(2, 20), 3


@contextmanager
def under_load(made: BackedUp, first: int) -> Iterator[list[int]]:
    """Meanwhile writers record and a projector feeds. The positions are those that were acknowledged so far."""
    stopping, acknowledged = threading.Event(), list[int]()

    def write(writer: int) -> None:
        number = first + writer * 100_000
        with PostgresLog(made.database) as log:
            while not stopping.is_set():
                number += 1
                acknowledged.append(submit(log, order(register(number), f"load-{number}")).position)
                # More would load the machine, not the backup.
                stopping.wait(0.05)

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(WRITERS)]
    with feeding(made.database):
        for thread in threads:
            thread.start()
        try:
            yield acknowledged
        finally:
            stopping.set()
            for thread in threads:
                thread.join()


def more(acknowledged: list[int], count: int = 20) -> None:
    """Wait until the writers have recorded more."""
    enough = len(acknowledged) + count
    eventually(lambda: len(acknowledged) >= enough, "the writers have recorded more")


def test_backups_under_load_have_everything_that_was_acknowledged_before_they_began() -> None:
    with backed_up() as made, archiving(made.database, made.folder, synchronous=False) as archive:
        for nth in range(ROUNDS):
            with under_load(made, 1_000_000 * nth) as acknowledged:
                more(acknowledged)
                before = max(acknowledged)
                taken = take(made.database, made.folder, incremental=nth % 5 > 0)
                during = max(acknowledged)
                more(acknowledged)
            assert before < during, "the backup held the writers up"
            all_archived(archive, made.database)
            alone, _ = made.restore(source=Source(made.folder, taken.name, archive=False))
            assert taken.about.began.position <= alone.position
            assert before <= alone.position <= taken.about.ended.position
            found, restored = made.restore()
            assert max(acknowledged) == found.position
            assert fingerprint(made.database, found.position) == fingerprint(restored, found.position)
            if nth == ROUNDS - 1:  # What was verified in each round is compared row by row in the last one.
                assert read_tables(restored) == rebuilt(restored)
            made.forget()
            sys.stdout.write(
                f"round {nth + 1}: {taken.name}, {found.position:,} events, {alone.position:,} in the backup\n"
            )
