"""Where PgBouncer is."""

import os
import shutil

import pytest


def pgbouncer() -> str:
    """The program. Without it the test is skipped; in CI it fails."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        assert os.environ.get("FUNDTRAIL_CI") != "1", "pgbouncer is not installed"
        pytest.skip("pgbouncer is not installed")
    return program
