"""``make golden``: write the stored form of each event and version that has none yet, from its example.

A stored form that exists is never written again: stored events of that form exist too.
"""

import sys
from pathlib import Path

from infra.log.codec import CODEC
from tests.kit.examples import EVENTS
from tests.kit.paths import ROOT


def write_missing(folder: Path) -> list[str]:
    """Write the missing files into *folder*; return their names."""
    wanted = {f"{name}.{CODEC.version(name)}.json": event for name, event in EVENTS.items()}
    missing = {name: event for name, event in wanted.items() if not (folder / name).exists()}
    for name, event in missing.items():
        (folder / name).write_bytes(CODEC.encode(event))
    return list(missing)


if __name__ == "__main__":
    written = write_missing(ROOT / "tests" / "golden")
    sys.stdout.write(f"Written: {', '.join(written)}.\n" if written else "No stored form is missing.\n")
