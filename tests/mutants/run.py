"""``make mutants``: apply each mutant to a copy of the checkout, run the tests that must notice, and say which did.

Words on the command line keep it to mutants of those subjects. Exits with 1 if a mutant survives that is not expected
to, if one is killed that is expected to survive, or if its tests cannot be run.
"""

import sys
import time

from tests.mutants import Mutant, mutants
from tests.mutants.copies import FAILED, changed, checkout, run_tests, workers


def result(mutant: Mutant) -> tuple[str, bool, float]:
    """How *mutant* fared, whether that is as it should be, and the seconds that it took."""
    started = time.monotonic()
    text = (checkout() / mutant.file).read_text(encoding="utf-8")
    with changed(mutant.file, mutant.applied(text)):
        code = run_tests(mutant.tests)
    took = time.monotonic() - started
    if code not in (0, FAILED):
        last = (checkout() / "printed.txt").read_text(encoding="utf-8").splitlines()[-15:]
        return "ERROR    " + "\n".join(last), False, took
    killed = code == FAILED
    return "killed" if killed else "SURVIVED", killed is (mutant.survives is None), took


def main(subjects: list[str]) -> int:
    """Run the mutants of *subjects*, or all; print how each fared. Returns the exit code."""
    wanted = [one for one in mutants() if not subjects or one.subject in subjects]
    as_should_be = killed = 0
    with workers(len(wanted)) as pool:
        for mutant, (fared, right, took) in zip(wanted, pool.imap(result, wanted), strict=True):
            expected = f" (expected: {mutant.survives})" if mutant.survives else ""
            sys.stdout.write(f"{fared:9}{took:5.1f} s  {mutant.subject:14}{mutant.breaks}{expected}\n")
            sys.stdout.flush()
            as_should_be += right
            killed += fared == "killed"
    sys.stdout.write(f"{killed} of {len(wanted)} mutants killed; {len(wanted) - as_should_be} not as expected.\n")
    return 0 if as_should_be == len(wanted) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
