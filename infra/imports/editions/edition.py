"""Import an edition of a register: read the whole file, record its rows, then find the grants that it lacks."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from infra.database.garbage import collecting_rarely
from infra.files.bounded import BoundedFile, UnreadableFile, opened
from infra.imports.editions.recording import Edition, Recording
from infra.imports.editions.report import EditionReport, Form, Quarantine, RowReport
from infra.imports.editions.spool import Spool
from infra.imports.rows.quarantine import RowRead
from infra.log.postgres_log import PostgresLog

# Called with the step ("Reading" in bytes, "Recording" in rows), how much is done, and how much there is.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """The options of an import.

    *part*: the file is a part of its edition, so grants that it lacks are not gone. *whole*: all grants that it lacks
    are gone, however many there are. *report* and *quarantine* are the files to write.
    """

    dry_run: bool = False
    part: bool = False
    whole: bool = False
    actor: str = "import"
    report: Path | None = None
    quarantine: Path | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """How a file is read as *rows*, and the *form* of the quarantine file, which is known after reading."""

    rows: Callable[[BoundedFile], Iterator[RowRead]]
    form: Callable[[], Form]


def _no_progress(step: str, done: int, total: int) -> None:
    """Report no progress."""


@collecting_rarely()
def import_edition(
    log: PostgresLog, path: Path, reader: Reader, options: ImportOptions, progress: Progress = _no_progress
) -> EditionReport:
    """Import the file at *path*. Raises UnreadableFile; then nothing of it is recorded."""
    started = time.monotonic()
    report = EditionReport(file=path.name, dry_run=options.dry_run)
    with Spool() as spool:
        report.digest = _read(path, reader, spool, progress)
        report.registers = spool.registers()
        edition = Edition(name=path.name, digest=report.digest, actor=options.actor)
        recording = Recording(log, spool, edition, dry=options.dry_run)
        with RowReport(options.report) as rows, Quarantine(options.quarantine, reader.form()) as quarantine:
            total = len(spool)
            for outcome in recording.rows():
                report.count(outcome)
                rows.write(outcome)
                quarantine.write(outcome)
                progress("Recording", report.rows, total)
            report.not_judged = _why_not_judged(spool, recording, options)
            if report.not_judged is None:
                for register in report.registers:
                    for outcome in recording.gone(register):
                        report.count(outcome)
                        rows.write(outcome)
    report.seconds = time.monotonic() - started
    return report


def _read(path: Path, reader: Reader, spool: Spool, progress: Progress) -> str:
    """Read the file into the spool and return its digest."""
    try:
        size = path.stat().st_size
    except OSError:
        size = 0
    with opened(path, lambda done: progress("Reading", done, size)) as file:
        spool.fill(reader.rows(file))
        file.rest()
        return file.digest


def _why_not_judged(spool: Spool, recording: Recording, options: ImportOptions) -> str | None:
    """Why it is not known which grants are gone; None where the edition is complete.

    If more than half of a register is missing, a person has to confirm it.
    """
    if not len(spool):
        return "The file has no rows, so nothing is recorded and nothing is gone. Is it the right file?"
    if options.part:
        return "The file is a part of its edition."
    nameless = spool.nameless()
    if nameless:
        rows = "1 row does" if nameless == 1 else f"{nameless:,} rows do"
        return f"{rows} not say which grant is meant. A missing grant may be among them."
    if not options.whole:
        for register in spool.registers():
            before, lacking = recording.lacking(register)
            if lacking * 2 > before:
                return (
                    f"The file lacks {lacking:,} of the {before:,} grants that {register} stated before."
                    " If the file is a part of the register, import it with --part."
                    " If those grants are gone, import it with --whole."
                )
    return None


__all__ = ["BoundedFile", "ImportOptions", "Reader", "UnreadableFile", "import_edition"]
