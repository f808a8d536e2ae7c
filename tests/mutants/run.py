"""``make mutants``: apply each mutant to a copy of the checkout, run the tests that must notice, and say which did.

Words on the command line keep it to mutants of those subjects. Exits with 1 if a mutant survives that is not expected
to, if one is killed that is expected to survive, or if its tests cannot be run.
"""

import compileall
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from py_compile import PycInvalidationMode
from queue import SimpleQueue

from tests.kit.paths import ROOT
from tests.mutants import Mutant, mutants

FAILED = 1  # pytest's exit code where a test failed; others mean that tests could not be run.


def copy_of_checkout(folder: Path) -> Path:
    """The files under version control, as they are now, copied into *folder* and compiled."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    # Compiled once. The digest of a source tells that it has changed, even within a second.
    compileall.compile_dir(folder, quiet=2, invalidation_mode=PycInvalidationMode.CHECKED_HASH)
    return folder


def tests_fail(checkout: Path, tests: tuple[str, ...]) -> tuple[int, str]:
    """The exit code of pytest for *tests* in *checkout*, and the last lines that it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "-p", "no:cacheprovider", "--tb=line", *tests],
        cwd=checkout,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, "\n".join((done.stdout + done.stderr).splitlines()[-15:])


def result(mutant: Mutant, checkouts: "SimpleQueue[Path]") -> tuple[str, bool, float]:
    """How *mutant* fared, whether that is as it should be, and the seconds that it took."""
    checkout, started = checkouts.get(), time.monotonic()
    file = checkout / mutant.file
    text = file.read_text(encoding="utf-8")
    try:
        file.write_text(mutant.applied(text), encoding="utf-8")
        code, printed = tests_fail(checkout, mutant.tests)
    finally:
        file.write_text(text, encoding="utf-8")
        checkouts.put(checkout)
    took = time.monotonic() - started
    if code not in (0, FAILED):
        return f"ERROR    {printed}", False, took
    killed = code == FAILED
    return "killed" if killed else "SURVIVED", killed is (mutant.survives is None), took


def main(subjects: list[str]) -> int:
    """Run the mutants of *subjects*, or all; print how each fared. Returns the exit code."""
    wanted = [one for one in mutants() if not subjects or one.subject in subjects]
    workers = max(1, min(os.cpu_count() or 1, len(wanted)))
    as_should_be = killed = 0
    with tempfile.TemporaryDirectory(prefix="fundtrail-mutants-") as home, ThreadPoolExecutor(workers) as pool:
        checkouts: SimpleQueue[Path] = SimpleQueue()
        for number in range(workers):
            checkouts.put(copy_of_checkout(Path(home) / str(number)))
        for mutant, (fared, right, took) in zip(
            wanted, pool.map(lambda one: result(one, checkouts), wanted), strict=True
        ):
            expected = f" (expected: {mutant.survives})" if mutant.survives else ""
            sys.stdout.write(f"{fared:9}{took:5.1f} s  {mutant.subject:14}{mutant.breaks}{expected}\n")
            sys.stdout.flush()
            as_should_be += right
            killed += fared == "killed"
    sys.stdout.write(f"{killed} of {len(wanted)} mutants killed; {len(wanted) - as_should_be} not as expected.\n")
    return 0 if as_should_be == len(wanted) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
