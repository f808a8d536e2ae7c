"""An evidence pack: the zip file with a statement, the events, their receipts, and what checks them."""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from domain.values.money import minor_units
from domain.values.portable import Portable
from infra.database.postgres import READER, Database
from infra.evidence.check import Refused, check, zipped
from infra.evidence.gathered import Gathered, Stream
from infra.evidence.printing import NoPdf, printed
from infra.evidence.question import Question
from infra.evidence.statement import CHECK, Words, instant, statement
from infra.seals.entries import StoredEvent
from infra.seals.folder import KEY
from infra.seals.receipts import Receipt, receipts

FORMAT = "fundtrail evidence 1"
LOOK_SECONDS = 0.25
# Makes the PDF of the HTML of a statement, or raises NoPdf.
Prints = Callable[[str], bytes]


class NotSealed(Portable):
    """Events of the pack have no receipts. The message says what to do."""


class NotSound(Portable):
    """The pack that was made does not pass its own check, so that it is not handed out. The message says where."""


class Made:
    """A pack: the bytes of its zip file, what ``check.py`` says of it, and why it has no PDF (empty with one)."""

    def __init__(self, content: bytes, shown: list[str], pdf_missing: str) -> None:
        self.content, self.shown, self.pdf_missing = content, shown, pdf_missing


def pack(
    database: Database, folder: Path, gathered: Gathered, *, wait_seconds: float = 10.0, prints: Prints = printed
) -> Made:
    """The pack of what was *gathered*. *folder* is that of the seals, which has the public key of the log.

    Waits until the events that count are sealed. *prints* makes the PDF. Raises NotSealed and NotSound.
    """
    key = _key(folder)
    proofs = _receipts(database, gathered, wait_seconds)
    gathered = _sealed(gathered, proofs)
    words = Words(key, datetime.now(UTC))
    html, pdf = statement(gathered, words), None
    try:
        pdf = prints(html)
    except NoPdf as error:
        words = Words(key, words.made, str(error))
        html = statement(gathered, words)
    content = zipped(_files(gathered, proofs, words, html, pdf))
    try:
        shown = check(content, key)
    except Refused as error:
        raise NotSound(
            f"The pack does not pass its own check. {error}. Find out what was changed: `fundtrail verify`."
        ) from error
    return Made(content, shown, words.pdf_missing)


def _key(folder: Path) -> str:
    """The public key of the log. Raises NotSealed."""
    try:
        return (folder / KEY).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise NotSealed(
            "The public key of the log is not in the folder of the seals (FUNDTRAIL_SEALS). A pack needs it."
        ) from error


def _receipts(database: Database, gathered: Gathered, wait_seconds: float) -> dict[int, Receipt]:
    """The receipts of the events: of all that count, and of later ones that are sealed. Raises NotSealed."""
    positions = [event.position for event in gathered.events]
    needed = {event.position for one in gathered.streams for event in one.counted}
    needed |= {event.position for event in gathered.single}
    until = time.monotonic() + wait_seconds
    with database.connect(READER) as connection:
        while True:
            found = receipts(connection, positions)
            if needed <= found.keys():
                return found
            if time.monotonic() > until:
                first = min(needed - found.keys())
                raise NotSealed(
                    f"The event at position {first:,} is not sealed yet. Run `fundtrail seal` or `fundtrail serve`, and"
                    " ask again."
                )
            time.sleep(LOOK_SECONDS)


def _sealed(gathered: Gathered, proofs: Mapping[int, Receipt]) -> Gathered:
    """What was gathered, without later events that are not sealed yet."""
    streams = [
        Stream(one.name, one.counted, one.following if one.following and one.following.position in proofs else None)
        for one in gathered.streams
    ]
    return Gathered(gathered.question, gathered.figures, streams, gathered.single, gathered.periods)


# --- Files ------------------------------------------------------------------------------------------------------------


def _files(
    gathered: Gathered, proofs: Mapping[int, Receipt], words: Words, html: str, pdf: bytes | None
) -> dict[str, bytes]:
    """The files of a pack by name, with the manifest that lists them."""
    files = {"statement.html": html.encode(), "check.py": CHECK.read_bytes(), "key.txt": f"{words.key}\n".encode()}
    files["asked.json"] = _json(_asked(gathered))
    if pdf is not None:
        files["statement.pdf"] = pdf
    for event in gathered.events:
        receipt = proofs[event.position]
        files[f"events/{event.position:012}.json"] = _json(stored(event))
        files[f"receipts/{event.position:012}.tlog-proof"] = receipt.text.encode()
        files["checkpoint.txt"] = receipt.note.encode()
    manifest: dict[str, Any] = {"format": FORMAT, "made": instant(words.made)}
    if words.pdf_missing:
        manifest["no_pdf"] = words.pdf_missing
    manifest["files"] = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    return files | {"MANIFEST.json": _json(manifest)}


def _json(value: Any) -> bytes:
    return f"{json.dumps(value, indent=2, ensure_ascii=False)}\n".encode()


def _asked(gathered: Gathered) -> dict[str, Any]:
    """What the pack answers, as ``check.py`` reads it."""
    question: Question = gathered.question
    currencies = dict.fromkeys(one.currency for one in gathered.figures)
    return {
        "kind": "period" if question.is_period else "ladder",
        "of": question.of,
        "id": question.id,
        "code": question.code,
        "starts": question.starts.isoformat(),
        "ends": question.ends.isoformat(),
        "position": question.position,
        "known_at": instant(question.known_at),
        "figures": list(question.figures),
        "currencies": {currency: minor_units(currency) for currency in currencies},
    }


def stored(event: StoredEvent) -> dict[str, Any]:
    """The columns of an event. The body is JSON in UTF-8, so that its text has all of its bytes."""
    return {
        "position": event.position,
        "stream": event.stream,
        "version": event.version,
        "name": event.name,
        "schema": event.schema,
        "id": event.event_id,
        "recorded_at": instant(event.recorded_at),
        "actor": event.actor,
        "authority": event.authority,
        "command": event.command_id,
        "correlation": event.correlation_id,
        "causation": event.causation_id,
        "body": event.body.decode(),
    }
