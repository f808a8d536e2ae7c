"""The sealer: it adds each recorded event to the tree, in the order of the log, and signs what the tree is then."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, LiteralString

import psycopg
from psycopg.rows import TupleRow

from domain.values.portable import Portable
from infra.database.postgres import SEALER, Database, NoDatabase
from infra.log.recorder import CHANNEL
from infra.seals.checkpoints import Epoch, Sealed, keep, newest, present_epoch, state_that
from infra.seals.entries import SELECT, StoredEvent, leaf_of
from infra.seals.folder import Folder
from infra.seals.merkle import EMPTY
from infra.seals.notes import BadNote, Checkpoint, Signer, origin_of
from infra.seals.settings import SealSettings
from infra.seals.tiles import HEIGHT, WIDTH, Edge, Tile, store, stored_edge, stored_tile, stored_tree
from infra.seals.witnesses import Witnesses

logger = logging.getLogger("fundtrail.sealer")

# One sealer at a time: the key of its advisory lock.
LOCK = 4611004752013
# How many events are sealed in one transaction.
PAGE = 5000
# A missed NOTIFY delays the sealer at most this long. Two checkpoints are at least as long apart.
PAUSE_SECONDS = 1.0
RETRY_SECONDS = 1.0

_NEXT: LiteralString = SELECT + " WHERE notification_id > %s ORDER BY notification_id LIMIT %s"


class NotSealed(Portable):
    """The sealer may not sign this log, because it is not what was sealed before. The message says how it differs."""


class Sealing:
    """One sealer at work, on one connection. Raises NotSealed if the database is not what was sealed before."""

    def __init__(self, connection: psycopg.Connection[TupleRow], signer: Signer, folder: Folder) -> None:
        self._connection, self._signer, self._folder = connection, signer, folder
        folder.publish_key(signer.verifier)
        outside = folder.epochs()
        self.epoch: Epoch = present_epoch(connection, max(outside, default=0))
        last = newest(connection)
        self.position = last.position if last else 0
        self._edge = self._stored_edge(last)
        if self.epoch.epoch in outside:
            self._refuse_other_than_outside(last)

    @property
    def size(self) -> int:
        """How many events are sealed."""
        return self._edge.size

    def seal(self, stopping: Callable[[], bool] = lambda: False) -> Sealed | None:
        """Seal what has been recorded since, and publish the checkpoint. None where nothing has. Raises OSError."""
        sealed = None
        while not stopping() and (page := self._page()) is not None:
            sealed = page
            if sealed.size % PAGE:  # The page was not full.
                break
        if sealed is None:
            sealed = self._begun_epoch()
        if sealed is not None or self._is_unpublished():
            self.publish()
        return sealed

    def _page(self) -> Sealed | None:
        """Seal the next page of events in one transaction. None at the end of the log."""
        wanted = PAGE - self._edge.size % PAGE
        with self._connection.transaction(), self._connection.cursor(binary=True) as cursor:
            rows = cursor.execute(_NEXT, (self.position, wanted), prepare=True).fetchall()
            if not rows:
                return None
            tiles = list[Tile]()
            for event in map(StoredEvent._make, rows):
                tiles += self._edge.add(leaf_of(event), event.position)
            store(self._connection, [*tiles, *self._edge.partial()])
            return self._sign(event.position)

    def _begun_epoch(self) -> Sealed | None:
        """Sign what the log is as a new epoch of it begins. None where its first checkpoint is there already."""
        last = newest(self._connection)
        if last is None or last.epoch == self.epoch.epoch:
            return None
        with self._connection.transaction():
            return self._sign(self.position)

    def _sign(self, position: int) -> Sealed:
        root = self._edge.root()
        origin = origin_of(self._signer.name, self.epoch.epoch)
        note = self._signer.sign(Checkpoint(origin, self.size, root).text)
        sealed = Sealed(self.epoch.epoch, self.size, position, root, note, datetime.now(UTC))
        keep(self._connection, sealed)
        self.position = position
        return sealed

    # --- Publishing ---------------------------------------------------------------------------------------------------

    def publish(self) -> None:
        """Copy the newest checkpoint, and the tiles that the folder lacks, into the folder. Raises OSError."""
        sealed = newest(self._connection)
        if sealed is None or sealed.epoch != self.epoch.epoch:
            return
        known = self._outside()
        tiles = (
            _as_of(stored_tile(self._connection, level, number), sealed.size)
            for level, number in _changed(known.size if known else 0, sealed.size)
        )
        self._folder.publish(sealed, tiles)

    def _is_unpublished(self) -> bool:
        sealed = newest(self._connection)
        return sealed is not None and sealed.epoch == self.epoch.epoch and self._folder.note(sealed.epoch) is None

    def _outside(self) -> Checkpoint | None:
        return self._folder.checkpoint(self.epoch.epoch, [self._signer.verifier])

    # --- What was sealed before ---------------------------------------------------------------------------------------

    def _stored_edge(self, last: Sealed | None) -> Edge:
        if last is None:
            return Edge(0, ())
        try:
            edge = stored_edge(self._connection, last.size)
            root = edge.root() if edge.size else EMPTY
        except (LookupError, ValueError) as error:
            raise NotSealed(f"The stored tree is not that of the newest checkpoint: {error}.") from error
        if root != last.root:
            raise NotSealed(f"The stored tree is not that of the newest checkpoint, which has {last.size:,} events.")
        return edge

    def _refuse_other_than_outside(self, last: Sealed | None) -> None:
        """Refuse a database that does not continue what was published of this epoch."""
        try:
            known = self._outside()
        except BadNote as error:
            raise NotSealed(f"The checkpoint in the folder is not ours: {error}") from error
        if known is None or not known.size:
            return
        if last is None or last.size < known.size:
            raise NotSealed(
                f"The folder has a checkpoint of {known.size:,} events, and the database one of"
                f" {last.size if last else 0:,}. The database is an older one, or was changed."
            )
        try:
            root = stored_tree(self._connection, known.size).root()
        except LookupError as error:
            raise NotSealed(f"The stored tree is not whole: {error}.") from error
        if root != known.root:
            raise NotSealed(
                f"The stored tree is not the one whose checkpoint of {known.size:,} events is in the folder."
            )


def _changed(before: int, size: int) -> list[tuple[int, int]]:
    """The tiles, by level and number, that a tree of *size* leaves has and the one of *before* leaves has otherwise."""
    found, level = list[tuple[int, int]](), 0
    while size >> HEIGHT * level:
        first, last = (before >> HEIGHT * level) // WIDTH, ((size >> HEIGHT * level) - 1) // WIDTH
        found += [(level, number) for number in range(first, last + 1)]
        level += 1
    return found


def _as_of(tile: Tile, size: int) -> Tile:
    """The part of *tile* that a tree of *size* leaves has."""
    width = min(WIDTH, (size >> HEIGHT * tile.level) - tile.number * WIDTH)
    return tile._replace(hashes=tile.hashes[: width * 32])


class Sealer:
    """Seals the log until it is stopped. Of several sealers one works, and another takes over when it is gone."""

    def __init__(self, database: Database, settings: SealSettings) -> None:
        self._database, self._signer = database, settings.signer()
        self._folder = Folder(settings.folder)
        self._witnesses = Witnesses(database, self._folder, settings.witnesses)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sealer", daemon=True)

    def __enter__(self) -> "Sealer":
        self._thread.start()
        self._witnesses.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._witnesses.stop()
        self._thread.join()

    def wait(self, over: Callable[[], bool] = lambda: False) -> None:
        """Return once it has been stopped, or *over* is true."""
        while not self._stopping.wait(PAUSE_SECONDS) and not over():
            pass

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with self._database.connect(SEALER) as connection:
                    self._seal(connection)
            except (psycopg.Error, NoDatabase) as error:
                logger.warning("the sealer lost the database: %s", error)
            self._stopping.wait(RETRY_SECONDS)

    def _seal(self, connection: psycopg.Connection[Any]) -> None:
        if not _leads(connection):
            return
        try:
            sealing = Sealing(connection, self._signer, self._folder)
            connection.execute(f"LISTEN {CHANNEL}".encode())
            while not self._stopping.is_set():
                began = time.monotonic()
                sealed = sealing.seal(self._stopping.is_set)
                state_that(connection, None)
                if sealed is not None:
                    self._witnesses.show(sealed)
                self._stopping.wait(max(0.0, PAUSE_SECONDS - (time.monotonic() - began)))
                for _ in connection.notifies(timeout=PAUSE_SECONDS, stop_after=1):
                    pass
        except NotSealed as error:
            _stop_at(connection, str(error))
        except OSError as error:
            _stop_at(connection, f"The folder of the checkpoints cannot be written: {error.strerror}.")


def _stop_at(connection: psycopg.Connection[Any], sentence: str) -> None:
    logger.error("nothing is sealed: %s", sentence)
    state_that(connection, sentence)


def _leads(connection: psycopg.Connection[Any]) -> bool:
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,)).fetchone()
    return bool(row and row[0])


def seal_all(database: Database, settings: SealSettings) -> Sealed | None:
    """Seal everything that was recorded so far, at once. Return the newest checkpoint.

    Raises NotSealed, also while another sealer works, and OSError.
    """
    with database.connect(SEALER) as connection:
        if not _leads(connection):
            raise NotSealed("Another sealer works on this database.")
        Sealing(connection, settings.signer(), Folder(settings.folder)).seal()
        state_that(connection, None)
        return newest(connection)
