"""A process that reads a file of grants and measures the memory that this takes."""

from multiprocessing.connection import Connection
from pathlib import Path

from infra.files import bounded
from infra.imports import iati
from infra.imports.editions.edition import _read
from infra.imports.editions.spool import Spool
from infra.imports.rows.parsing import Dates
from infra.imports.three_sixty import tables


def read_file(path: Path, without_the_bound: bool, answer: Connection) -> None:
    """Read *path* to its end without a database; send how that ended and how many kilobytes of memory it took."""
    if without_the_bound:
        bounded.LONGEST_ROW = 10**12
    reader = iati.reader() if path.suffix == ".xml" else tables.reader(path, Dates.ISO)
    # The highest so far, of what was imported, is forgotten.
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before = _highest()
    try:
        with Spool() as spool:
            _read(path, reader, spool, lambda *_: None)
        ended = "read"
    except bounded.UnreadableFile as error:
        ended = error.code
    answer.send((ended, _highest() - before))


def _highest() -> int:
    """The most memory that this process has had, in kilobytes."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
