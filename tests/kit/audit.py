"""``make audit``: ask a vulnerability service about every package that is locked, and fail on what it knows.

If the service cannot be reached, nothing is known, so it says so and ends with 0. A service that answers with an error
is a failure: a check that never runs would look like one that passes.
"""

import argparse
import subprocess
import sys
from pathlib import Path

import httpx

from tests.kit.paths import ROOT

# OSV has the advisories of the Python packages, of GitHub and of others.
SERVICE = "https://api.osv.dev/v1/query"
LOCKED = "requirements.lock"
SKIPPED = "Skipped: {url} cannot be reached ({error}). Nothing is known of the packages."
# The only status of the audit that means that nothing was found.
CLEAN = 0


def audit(lock: Path, url: str, seconds: float = 15.0) -> int:
    """Audit the packages of *lock* with the service at *url*, which has OSV's interface. Return the exit code."""
    try:
        # Any answer shows that the service is there. What it says is left to pip-audit.
        httpx.post(url, json={"package": {"name": "pip", "ecosystem": "PyPI"}, "version": "24.0"}, timeout=seconds)
    except httpx.TransportError as error:
        sys.stdout.write(SKIPPED.format(url=url, error=str(error) or type(error).__name__) + "\n")
        return CLEAN
    command = [
        sys.executable, "-m", "pip_audit", "--requirement", str(lock), "--require-hashes", "--disable-pip",
        "--vulnerability-service", "osv", "--osv-url", url, "--timeout", f"{seconds:g}", "--progress-spinner", "off",
    ]  # fmt: skip
    return subprocess.run(command, check=False).returncode


def main() -> None:
    """Read the arguments and audit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lock", nargs="?", type=Path, default=ROOT / LOCKED, help="the lock with the packages")
    parser.add_argument("--service", default=SERVICE, help="a service with OSV's interface")
    asked = parser.parse_args()
    sys.exit(audit(asked.lock, asked.service))


if __name__ == "__main__":
    main()
