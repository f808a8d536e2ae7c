"""``make sample``: make random changes to the rules, one at a time in a copy of the checkout, and report the unnoticed.

Every change to a file meets the same tests: those of its subject (``subjects``). Words on the command line keep it to
those subjects. SIZE changes are spread over the subjects by how many changes each allows, with at least 4 of each. SEED
chooses them: a seed always gives the same sample of the same code. AT_A_TIME is how many are tried at a time, by
default one for each processor. QUICK=1 leaves out the tests on a database. A change that goes unnoticed and that
``unseen.toml`` explains is shown with the reason. Exits with 1 if fewer than 95 % of the others are noticed.
"""

import os
import random
import sys
import time
from collections import defaultdict
from typing import NamedTuple

from tests.kit.paths import ROOT
from tests.mutants.changes import Change, changes
from tests.mutants.copies import changed, printed, run_tests, workers
from tests.mutants.subjects import SUBJECTS
from tests.mutants.unseen import lines_of, why_unseen

LEAST = 4
NOTICED = 0.95  # The share that must be noticed.


class Drawn(NamedTuple):
    """A *change* to *file*, whose source is *text*, drawn for *subject*."""

    subject: str
    file: str
    text: str
    change: Change

    def shown(self) -> str:
        """Where it is, and the lines before and after."""
        before, after = lines_of(self.text, self.change)
        lines = [f"{self.file}:{self.text.count(chr(10), 0, self.change.start) + 1} ({self.change.kind})"]
        lines += [f"      - {one}" for one in before.split("\n")] + [f"      + {one}" for one in after.split("\n")]
        return "\n".join(lines)


def draw(seed: int, size: int, subjects: list[str]) -> list[Drawn]:
    """*size* changes of *subjects*: a kind is drawn first, then one of its changes, so that rare kinds are tried."""
    chosen = random.Random(seed)
    of_each = {subject: _all_of(subject) for subject in subjects}
    number = sum(map(len, of_each.values()))
    return [
        one
        for subject, found in of_each.items()
        for one in _some(found, max(LEAST, round(size * len(found) / number)), chosen)
    ]


def _all_of(subject: str) -> list[Drawn]:
    return [
        Drawn(subject, path.as_posix(), text, change)
        for path in SUBJECTS[subject].sources()
        for text in ((ROOT / path).read_text(encoding="utf-8"),)
        for change in changes(text)
    ]


def _some(found: list[Drawn], number: int, chosen: random.Random) -> list[Drawn]:
    of_kind: dict[str, list[Drawn]] = defaultdict(list)
    for one in found:
        of_kind[one.change.kind].append(one)
    drawn: list[Drawn] = []
    while of_kind and len(drawn) < number:
        kind = chosen.choice(sorted(of_kind))
        one = of_kind[kind].pop(chosen.randrange(len(of_kind[kind])))
        if not of_kind[kind]:
            del of_kind[kind]
        if _compiles(one):
            drawn.append(one)
    return drawn


def _compiles(one: Drawn) -> bool:
    try:
        compile(one.change.applied(one.text), one.file, "exec")
    except SyntaxError:
        return False
    return True


def passes(subject: str) -> bool:
    """Whether the tests of *subject* pass without any change."""
    return not _any_fails(subject)


def notices(one: Drawn) -> tuple[bool, float]:
    """Whether a test of its subject notices *one*, and the seconds that it took."""
    started = time.monotonic()
    with changed(one.file, one.change.applied(one.text)):
        noticed = _any_fails(one.subject)
    return noticed, time.monotonic() - started


def _any_fails(subject: str) -> bool:
    """Whether any test of *subject* fails."""
    tests = SUBJECTS[subject]
    if any(run_tests((one,), quick=True) for one in tests.quick):
        return True
    return bool(tests.database) and os.environ.get("QUICK", "0") != "1" and run_tests(tests.database) != 0


def main(subjects: list[str]) -> int:
    """Try a sample of changes to *subjects*, or all; print those that go unnoticed, and the shares. The exit code."""
    seed, size = int(os.environ.get("SEED", "1")), int(os.environ.get("SIZE", "200"))
    wanted = subjects or list(SUBJECTS)
    drawn = draw(seed, size, wanted)
    of_each: dict[str, list[bool]] = defaultdict(list)
    explained = 0
    with workers(len(drawn)) as pool:
        for subject, passed in zip(wanted, pool.imap(passes, wanted), strict=True):
            if not passed:
                sys.stdout.write(f"The tests of {subject} fail without any change.\n{printed()}\n")
                return 1
        for one, (noticed, took) in zip(drawn, pool.imap(notices, drawn), strict=True):
            of_each[one.subject].append(noticed)
            sys.stderr.write(f"\r{sum(map(len, of_each.values()))} of {len(drawn)} ")
            if not noticed:
                why = why_unseen(one.file, one.text, one.change)
                explained += why is not None
                reason = f"      {why}\n" if why is not None else ""
                name = "UNNOTICED" if why is None else "UNSEEN"
                sys.stdout.write(f"{name} {one.subject} ({took:.1f} s) {one.shown()}\n{reason}")
                sys.stdout.flush()
    every = [noticed for fared in of_each.values() for noticed in fared]
    for subject, fared in [*of_each.items(), ("all", every)]:
        sys.stdout.write(f"{subject:14}{len(fared):4} changes{sum(fared):5} noticed{sum(fared) / len(fared):7.1%}\n")
    visible = len(every) - explained
    sys.stdout.write(f"without {explained} unseen {visible} changes{sum(every):5} noticed{sum(every) / visible:7.1%}\n")
    return 0 if sum(every) >= NOTICED * visible else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
