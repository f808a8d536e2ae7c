"""The command line: ``fundtrail``. The table lists every command; each is a module that is imported when it runs."""

import errno
import os
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from infra import journal, unsaid
from infra.cli.lazy import Entry, group_of
from infra.cli.stopping import ending
from infra.cli.terminal import BROKEN, UNUSABLE, fail

HELP = "Fundtrail: where each pound of a grant programme came from, who decided it, and when."
GROUPS = {
    "backup": "Take a backup into FOLDER (`fundtrail backup FOLDER --help`), archive the log, list what there is.",
    "import": "Record history from the files of other bodies.",
    "bank": "Bank accounts, what their entries may settle, and their reconciliation.",
    "log": "The log: its streams and events, and the whole of it as a file.",
    "people": "Who acts, what they are called, and in which roles; without a command, a list of them.",
    "seal": "Seals: signed checkpoints of the log; without a command, seal what is recorded until stopped.",
    "projections": "The read models: how far they have got, and how to build them again.",
}
COMMANDS = {
    "demo": Entry("run.demo:demo", "Load the demo's programme, print a timeline, serve the API on loopback."),
    "serve": Entry("run.serving:serve", "Serve the pages and the API; off loopback only with an issuer."),
    "migrate": Entry("run.serving:migrate", "Create or update the database's tables."),
    "project": Entry("run.serving:project", "Keep the read models up to date until stopped."),
    "seal": Entry("prove.seal:seal", "Seal what is recorded until stopped, so that any later change of it shows."),
    "seal key": Entry("prove.seal:key", "Print the public key, by which others check the seals."),
    "seal status": Entry("prove.seal:status", "Print how far sealing is behind the log."),
    "seal receipt": Entry("prove.seal:receipt", "Print the proof that an event is in the log."),
    "witness": Entry("prove.witness:witness", "Sign the checkpoints of others, each if it continues the last one."),
    "token": Entry("run.token:token", "Print a token for a person, where Fundtrail is its own issuer."),
    "timeline": Entry("ask.timeline:timeline", "Print what happened to a partnership, in order of date."),
    "awards": Entry("ask.listed:awards", "List awards, with their funders, states and totals."),
    "bids": Entry("ask.listed:bids", "List bids, with what was requested and approved."),
    "payments": Entry("ask.listed:payments", "List payments: payee, bank reference, and who decided them."),
    "recoveries": Entry("ask.listed:recoveries", "List money that is claimed back, and what is outstanding."),
    "rounds": Entry("ask.listed:rounds", "List rounds, with what of their budgets is committed and free."),
    "organisation": Entry("ask.organisation:organisation", "Show an organisation: names, roles, awards that match."),
    "funding": Entry("ask.money.funding:funding", "Print the funding ladder, from requested to available."),
    "years": Entry("ask.money.years:years", "Print the funding ladder by financial year or quarter."),
    "year-end": Entry("ask.money.years:year_end", "Print what was earned by the end of a year and not paid by then."),
    "delays": Entry("ask.delays:delays", "Show how long bids took, which ones wait now, and for whom."),
    "digest": Entry("ask.digest:digest", "Print what waits and for whom, as text for an e-mail."),
    "attention": Entry("ask.attention:attention", "Show what is late, due or waiting, and who must act."),
    "discrepancies": Entry("ask.discrepancies:discrepancies", "Show what does not add up, and who is to clear it up."),
    "period": Entry("ask.money.periods:period", "Show closed periods, or the figures of one period."),
    "authority": Entry("ask.people.authority:authority", "Print who may decide what on a day, up to which amount."),
    "audit": Entry("ask.audit:audit", "Print who recorded what, when, and under which authority."),
    "changes": Entry("ask.changes:changes", "Print what changed between two moments, who recorded it and why."),
    "export": Entry("ask.export:export", "Write a whole list, a 360Giving file or an IATI file."),
    "bank open": Entry("record.bank:open_account", "Open a bank account, or give one another name."),
    "bank matches": Entry("ask.bank:matches", "Show entries to decide, and payments not seen at the bank."),
    "bank report": Entry("ask.bank:report", "Reconcile a bank account over a period, from balance to balance."),
    "hand-in": Entry("record.hand_in:hand_in", "Give commands from a file: open a round, decide a bid, and so on."),
    "commands": Entry("record.commands:commands", "List the commands that hand-in accepts, or the fields of one."),
    "import cbp": Entry("record.cbp:import_cbp", "Record the Capacity Building Programme; again, it adds nothing."),
    "import 360giving": Entry("record.registers:import_360", "Record a 360Giving file, or what a new edition changes."),
    "import iati": Entry("record.registers:import_iati", "Record an IATI file, or what a new edition changes."),
    "import register": Entry("record.registers:import_register", "Record a CSV or XLSX register, read by a mapping."),
    "import bank": Entry("record.bank:import_bank", "Record bank statements, and match the entries that fit exactly."),
    "people": Entry("record.people:listed", "List people, with their names and roles."),
    "people add": Entry("record.people:add", "Register a person, and keep the name outside the log."),
    "people name": Entry("record.people:name", "Keep another name and contact of a person."),
    "people erase": Entry("record.people:erase", "Erase a person's name and contact; what they did stays."),
    "people grant": Entry("record.people:grant", "Give a person a role."),
    "people revoke": Entry("record.people:revoke", "Take a role from a person."),
    "appoint": Entry("record.people:appoint", "Make a person the first administrator, as the owner of the database."),
    "log streams": Entry("operate.browse:streams", "List the streams of the log."),
    "log events": Entry("operate.browse:events", "Print the events of a stream, or from one position to another."),
    "log event": Entry("operate.browse:event", "Print an event, what led to it and what it led to."),
    "log fold": Entry("operate.fold:fold", "Print the state of a stream after one of its versions."),
    "log export": Entry("run.log_files:export", "Write the whole log into a file."),
    "log restore": Entry("run.log_files:restore", "Record a log from a file, in an empty database."),
    "verify": Entry("prove.verify:check", "Check the log, its guards and the read models; write a report."),
    "backup": Entry("keep.backup:backup", "Take a backup of the database while it is in use, and check it."),
    "backup list": Entry("keep.backup:listed", "List the backups in a folder, and check that each is whole."),
    "backup archive": Entry("keep.backup:archive", "Receive the write-ahead log as it is written, until stopped."),
    "restore": Entry("keep.restore:restored_into", "Restore a backup into an empty home, up to an instant."),
    "rehearse": Entry("keep.rehearse:rehearsed", "Restore the newest backup elsewhere, verify it, and remove it."),
    "evidence": Entry("prove.evidence:evidence", "Write a zip file that proves figures, to be checked offline."),
    "permissions": Entry("ask.people.permissions:permissions", "Print which roles may give and read what."),
    "licences": Entry("ask.licences:licences", "List the packages that Fundtrail runs with, and their licences."),
    "projections step": Entry("operate.step:step", "Show the rows that each event of a slice changes, in a copy."),
    "projections affected": Entry("operate.affected:affected", "Show which awards a read model shows old."),
    "projections pause": Entry("operate.pausing:pause", "Pause one read model where it is; the others go on."),
    "projections start": Entry("operate.pausing:start", "Let a paused read model go on from where it is."),
    "projections status": Entry("run.projections:status", "Print how far each read model has got."),
    "projections retry": Entry("run.projections:try_again", "Let stopped read models try again at that event."),
    "projections rebuild": Entry("run.projections:rebuild", "Build read models again; readers see no gap."),
}  # fmt: skip

# The disk is full, this user's share of it is full, or the file may not grow.
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

app = group_of("fundtrail", COMMANDS, GROUPS, HELP)


def main() -> None:
    """Run the command line. Every foreseeable failure ends in one sentence and an exit code."""
    journal.begin(unsaid.secrets_in(os.environ))
    _refuse_other_than_text(sys.argv[1:])
    try:
        _run()
    except OSError as error:
        _end_without_output(error)
    except Exception as error:
        from infra.cli.failures import sentence_of  # noqa: PLC0415 - it needs whatever may fail

        foreseen = sentence_of(error)
        if foreseen is None:
            raise
        fail(*foreseen)


def _run() -> None:
    try:
        with ending(signal.SIGTERM, signal.SIGHUP):
            app()
    finally:
        # Write what is buffered while a full disk can still be reported; the interpreter itself would write it later.
        sys.stdout.flush()


def _refuse_other_than_text(arguments: Sequence[str]) -> None:
    """Refuse an argument that is not UTF-8: nothing in the log or a read model has such a name."""
    for argument in arguments:
        if any("\ud800" <= sign <= "\udfff" for sign in argument):
            fail(f"{os.fsencode(argument).decode(errors='backslashreplace')} is not written in UTF-8.", UNUSABLE)


def _end_without_output(error: OSError) -> NoReturn:
    """End when the output has no room or the reader closed the pipe, which needs no message.

    Raises *error* when it is about something else.
    """
    if error.errno not in (errno.EPIPE, *NO_ROOM):
        raise error
    # The interpreter writes the rest once more as it ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if error.errno == errno.EPIPE:
        sys.exit(1)
    fail(f"The output, or a scratch file, cannot be written whole: {error.strerror}.", BROKEN)


if __name__ == "__main__":
    main()
