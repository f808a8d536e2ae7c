"""Evidence packs for tests: the log of a database is sealed, and packs are made of it as the command makes them."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from infra.database.pool import query
from infra.database.postgres import Database
from infra.evidence.check import unzipped, zipped
from infra.evidence.gathered import Gathered, gather
from infra.evidence.pack import Made, pack
from infra.evidence.printing import NoPdf, printed
from infra.evidence.question import Asked, question_of
from infra.seals.folder import KEY
from infra.seals.sealer import seal_all
from infra.seals.settings import SealSettings
from projections.tables.paging import Connection

DAY = date(2007, 3, 31)


def sealed(database: Database, home: Path) -> Path:
    """Seal the whole log. Returns the folder of the seals."""
    settings = SealSettings(key=home / "seal.key", folder=home / "seals", name="tests/log")
    seal_all(database, settings)
    return settings.folder


def key_in(folder: Path) -> str:
    """The public key of the log."""
    return (folder / KEY).read_text().strip()


def asked(kind: str, code: str, **values: Any) -> Asked:
    """A question, as at a day after everything that the programme did."""
    return replace(Asked(kind=kind, code=code, as_at=DAY), **values)


def gathered(database: Database, of: Asked) -> Gathered:
    """What a pack is made of."""

    async def read(connection: Connection) -> Gathered:
        return await gather(connection, await question_of(connection, of))

    return query(database, read)


def pack_of(database: Database, folder: Path, of: Asked, *, pdf: bool = False) -> Made:
    """A pack, without its PDF, which takes long, unless it is wanted."""
    return pack(database, folder, gathered(database, of), wait_seconds=0.0, prints=printed if pdf else _not_printed)


def _not_printed(_: str) -> bytes:
    raise NoPdf("The test needs none.")


def again(content: bytes, changed: Mapping[str, bytes | None], *, listed: bool = True) -> bytes:
    """A pack with other files (None takes one away). Its manifest lists them, unless it is not to be *listed*."""
    files = unzipped(content)
    for name, one in changed.items():
        if one is None:
            del files[name]
        else:
            files[name] = one
    if listed:
        manifest = json.loads(files["MANIFEST.json"])
        manifest["files"] = {name: sha256(one).hexdigest() for name, one in files.items() if name != "MANIFEST.json"}
        files["MANIFEST.json"] = json.dumps(manifest).encode()
    return zipped(files)


def unsigned(folder: Path, size: int) -> bytes:
    """A checkpoint of an earlier size, with the signature of the newest one."""
    note = (folder / "1" / "checkpoint").read_text()
    origin, _, rest = note.split("\n", 2)
    return f"{origin}\n{size}\n{rest}".encode()
