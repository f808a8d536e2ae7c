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
from infra.seals.checkpoints import (
    Epoch,
    Sealed,
    begin_epoch,
    forget_all,
    keep,
    newest,
    present_epoch,
    state_that,
)
from infra.seals.entries import SELECT, leaf_of, stored_event
from infra.seals.folder import Folder
from infra.seals.notes import BadNote, Checkpoint, Signer, checkpoint_of, origin_of
from infra.seals.settings import SealSettings
from infra.seals.tiles import HEIGHT, WIDTH, Edge, Tile, hashes_in, store, stored_edge, stored_tile, stored_tree
from infra.seals.witnesses import Witnesses

logger = logging.getLogger("fundtrail.sealer")

# One sealer at a time: the key of its advisory lock.
LOCK = 4611004752013
# How many events are sealed in one transaction.
PAGE = 5000
# How often it looks for new events. It does not listen for them: waking it at each append would make appends slower.
PAUSE_SECONDS = 1.0
RETRY_SECONDS = 1.0

_AT: LiteralString = SELECT + " WHERE notification_id = %s"
_NEXT: LiteralString = SELECT + " WHERE notification_id > %s ORDER BY notification_id LIMIT %s"


class NotSealed(Portable):
    """The sealer may not sign this log, because it is not what was sealed before. The message says how it differs."""


class Sealing:
    """One sealer at work, on one connection, while it has the lock of *folder*.

    Raises NotSealed if the database is not what was sealed before.
    """

    def __init__(self, connection: psycopg.Connection[TupleRow], signer: Signer, folder: Folder) -> None:
        self._connection, self._signer, self._folder = connection, signer, folder
        outside = folder.epochs()
        last = newest(connection)
        if last is not None and not outside and not self._is_signed(last):
            # The key was changed, and the old folder was moved away: everything is sealed anew.
            self._begin_anew()
            last = None
        self._last = last
        self.epoch: Epoch = present_epoch(connection, max(outside, default=0))
        if last is not None and not self._is_signed(last):
            raise NotSealed("The newest checkpoint in the database is not signed by the key of this sealer.")
        folder.publish_key(signer.verifier)
        self._edge = self._stored_edge(last)
        # The checkpoint of this epoch that is known to be in the folder, and to be one of this tree.
        self._published: Checkpoint | None = None
        self._refuse_other_than_outside()

    @property
    def size(self) -> int:
        """How many events are sealed."""
        return self._edge.size

    def seal(self, stopping: Callable[[], bool] = lambda: False) -> Sealed | None:
        """Seal what has been recorded since, and publish the checkpoint. None where nothing has.

        Raises OSError, and NotSealed where the folder has a checkpoint of another tree.
        """
        sealed = None
        while not stopping() and (page := self._page()) is not None:
            sealed = page
            if sealed.size % PAGE:  # The page was not full.
                break
        if sealed is None:
            sealed = self._begun_epoch()
        self.publish()
        return sealed

    def _page(self) -> Sealed | None:
        """Seal the next page of events in one transaction. None at the end of the log."""
        wanted = PAGE - self._edge.size % PAGE
        before = self._last.position if self._last else 0
        with self._connection.transaction(), self._connection.cursor(binary=True) as cursor:
            rows = cursor.execute(_NEXT, (before, wanted), prepare=True).fetchall()
            if not rows:
                return None
            self._refuse_other_than_outside()
            tiles = list[Tile]()
            for event in map(stored_event, rows):
                tiles += self._edge.add(leaf_of(event), event.position)
            store(self._connection, [*tiles, *self._edge.partial()])
            return self._sign(event.position)

    def _begun_epoch(self) -> Sealed | None:
        """Sign what the log is as a new epoch of it begins. None where its first checkpoint is there already."""
        if self._last is None or self._last.epoch == self.epoch.epoch:
            return None
        with self._connection.transaction():
            return self._sign(self._last.position)

    def _sign(self, position: int) -> Sealed:
        root = self._edge.root()
        note = self._signer.sign(Checkpoint(self._origin(self.epoch.epoch), self.size, root).text)
        sealed = Sealed(self.epoch.epoch, self.size, position, root, note, datetime.now(UTC))
        keep(self._connection, sealed)
        self._last = sealed
        return sealed

    def _origin(self, epoch: int) -> str:
        return origin_of(self._signer.name, epoch)

    def _begin_anew(self) -> None:
        with self._connection.transaction():
            begin_epoch(self._connection)
            forget_all(self._connection)

    # --- Publishing ---------------------------------------------------------------------------------------------------

    def publish(self) -> None:
        """Copy the newest checkpoint, and the tiles that the folder lacks, into the folder. Raises OSError."""
        sealed = self._last
        if sealed is None or sealed.epoch != self.epoch.epoch:
            return
        self._refuse_other_than_outside()
        known = self._published
        if known is not None and known.size == sealed.size:
            return
        tiles = (
            stored_tile(self._connection, level, number).as_of(sealed.size)
            for level, number in _changed(known.size if known else 0, sealed.size)
        )
        self._folder.publish(sealed, tiles)

    # --- What was sealed before ---------------------------------------------------------------------------------------

    def _is_signed(self, last: Sealed) -> bool:
        """Whether our key signed *last* as what it says."""
        try:
            found = checkpoint_of(last.note, [self._signer.verifier])
        except BadNote:
            return False
        return found == Checkpoint(self._origin(last.epoch), last.size, last.root)

    def _stored_edge(self, last: Sealed | None) -> Edge:
        """The right edge of the stored tree. Raises NotSealed unless it is that of *last*, up to its position."""
        if last is None or not last.size:
            return Edge(0, ())
        try:
            edge = stored_edge(self._connection, last.size)
            number, place = divmod(last.size - 1, WIDTH)
            tile = stored_tile(self._connection, 0, number)
            ends_there = tile.positions[place] == last.position
            leaf = hashes_in(tile.hashes)[place]
            root = edge.root()
        except (LookupError, ValueError) as error:
            raise NotSealed(f"The stored tree is not that of the newest checkpoint: {error}.") from error
        if root != last.root:
            raise NotSealed(f"The stored tree is not that of the newest checkpoint, which has {last.size:,} events.")
        row = self._connection.execute(_AT, (last.position,)).fetchone()
        if not ends_there or row is None or leaf_of(stored_event(row)) != leaf:
            raise NotSealed(f"Position {last.position:,} is not that of the last event that was sealed.")
        return edge

    def _refuse_other_than_outside(self) -> None:
        """Refuse to go on where the folder has a checkpoint of this epoch that is not one of this tree."""
        try:
            known = self._folder.checkpoint(self.epoch.epoch, [self._signer.verifier])
        except BadNote as error:
            raise NotSealed(f"The checkpoint in the folder is not ours: {error}") from error
        if known == self._published or known is None:
            self._published = known
            return
        if known.size > self.size:
            raise NotSealed(
                f"The folder has a checkpoint of {known.size:,} events, and the database one of {self.size:,}."
                " The database is an older one, or was changed."
            )
        try:
            root = stored_tree(self._connection, known.size).root()
        except LookupError as error:
            raise NotSealed(f"The stored tree is not whole: {error}.") from error
        if root != known.root or known.origin != self._origin(self.epoch.epoch):
            raise NotSealed(
                f"The stored tree is not the one whose checkpoint of {known.size:,} events is in the folder."
            )
        self._published = known


def _changed(before: int, size: int) -> list[tuple[int, int]]:
    """The tiles, by level and number, that a tree of *size* leaves has and the one of *before* leaves has otherwise."""
    found, level = list[tuple[int, int]](), 0
    while size >> HEIGHT * level:
        first, last = (before >> HEIGHT * level) // WIDTH, ((size >> HEIGHT * level) - 1) // WIDTH
        found += [(level, number) for number in range(first, last + 1)]
        level += 1
    return found


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
                    self._seal_or_say(connection)
            except (psycopg.Error, NoDatabase) as error:
                logger.warning("the sealer lost the database: %s", error)
            self._stopping.wait(RETRY_SECONDS)

    def _seal_or_say(self, connection: psycopg.Connection[Any]) -> None:
        """Seal, or state why nothing is sealed. Whatever is wrong, the sealer tries again."""
        if not _leads(connection):
            return
        try:
            with self._folder.locked() as is_ours:
                if is_ours:
                    self._seal(connection)
                else:
                    _stop_at(connection, OTHERS)
        except NotSealed as error:
            _stop_at(connection, str(error))
        except OSError as error:
            _stop_at(connection, f"The folder of the checkpoints cannot be written: {error.strerror}.")
        except (psycopg.OperationalError, psycopg.InterfaceError):
            raise
        except Exception as error:
            logger.exception("the sealer cannot go on")
            _stop_at(connection, f"The log or the stored tree cannot be read ({type(error).__name__}).")

    def _seal(self, connection: psycopg.Connection[Any]) -> None:
        sealing, works = Sealing(connection, self._signer, self._folder), False
        while not self._stopping.is_set():
            began = time.monotonic()
            sealed = sealing.seal(self._stopping.is_set)
            if not works:
                state_that(connection, None)
                works = True
            if sealed is not None:
                self._witnesses.show(sealed)
            self._stopping.wait(max(0.0, PAUSE_SECONDS - (time.monotonic() - began)))


OTHERS = "Another sealer writes into the folder of the checkpoints."


def _stop_at(connection: psycopg.Connection[Any], sentence: str) -> None:
    # It tries again each second. What it has said already is not said again.
    if state_that(connection, sentence):
        logger.error("nothing is sealed: %s", sentence)


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
        folder = Folder(settings.folder)
        with folder.locked() as is_ours:
            if not is_ours:
                raise NotSealed(OTHERS)
            Sealing(connection, settings.signer(), folder).seal()
        state_that(connection, None)
        return newest(connection)
