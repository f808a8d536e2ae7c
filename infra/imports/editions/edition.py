"""Bringing in an edition of a register: read to its end, then recorded, then asked what it lacks."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from infra.database.garbage import collecting_rarely
from infra.files.bounded import BoundedFile, UnreadableFile, opened
from infra.imports.editions.recording import Edition, Recording
from infra.imports.editions.report import EditionReport, Form, Quarantine, RowReport
from infra.imports.editions.spool import Spool
from infra.imports.rows.row import RowRead
from infra.log.postgres_log import PostgresLog

# Where more than half of what a register had stated is missing, and more than a handful, somebody has to say so.
HANDFUL = 10
# What goes on: reading (bytes done of all) or recording (rows done of all).
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a file is to be brought in.

    *part* says that the file is a part of its edition, *whole* that all that it lacks is gone, however much that is.
    """

    dry_run: bool = False
    part: bool = False
    whole: bool = False
    actor: str = "import"
    report: Path | None = None
    quarantine: Path | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """How a file becomes rows, and in which *form* rows are written that are put aside, known once it has been read."""

    rows: Callable[[BoundedFile], Iterator[RowRead]]
    form: Callable[[], Form]


def _nothing(what: str, done: int, of: int) -> None:
    """Nobody is told."""


@collecting_rarely()
def bring_in(
    log: PostgresLog, path: Path, reader: Reader, wanted: Wanted, progress: Progress = _nothing
) -> EditionReport:
    """Bring in the file at *path*. Raises UnreadableFile, and then nothing of it is recorded."""
    began = time.monotonic()
    report = EditionReport(file=path.name, dry_run=wanted.dry_run)
    with Spool() as spool:
        report.digest = _read(path, reader, spool, progress)
        report.registers = spool.registers()
        edition = Edition(name=path.name, digest=report.digest, actor=wanted.actor)
        recording = Recording(log, spool, edition, dry=wanted.dry_run)
        with RowReport(wanted.report) as rows, Quarantine(wanted.quarantine, reader.form()) as quarantine:
            of = len(spool)
            for outcome in recording.rows():
                report.count(outcome)
                rows.write(outcome)
                quarantine.write(outcome)
                progress("Recording", report.rows, of)
            report.not_judged = _why_not(spool, recording, wanted)
            if report.not_judged is None:
                for register in report.registers:
                    for outcome in recording.gone(register):
                        report.count(outcome)
                        rows.write(outcome)
    report.seconds = time.monotonic() - began
    return report


def _read(path: Path, reader: Reader, spool: Spool, progress: Progress) -> str:
    """Read the file into the spool; give its digest."""
    try:
        size = path.stat().st_size
    except OSError:
        size = 0
    with opened(path, lambda done: progress("Reading", done, size)) as file:
        spool.fill(reader.rows(file))
        file.rest()
        return file.digest


def _why_not(spool: Spool, recording: Recording, wanted: Wanted) -> str | None:
    """Why nothing is to be said of what the file lacks; None where its edition is whole."""
    if wanted.part:
        return "The file is a part of its edition."
    nameless = spool.nameless()
    if nameless:
        return f"{nameless} rows do not say which grant they are about: any that is missing may be among them."
    if not wanted.whole:
        for register in spool.registers():
            before, lacking = recording.lacking(register)
            if lacking > HANDFUL and lacking * 2 > before:
                return (
                    f"The file lacks {lacking} of the {before} grants that {register} stated before."
                    " If it is a part of the register, import it with --part; if all of them are gone, with --whole."
                )
    return None


__all__ = ["BoundedFile", "Reader", "UnreadableFile", "Wanted", "bring_in"]
