"""``python -m infra.cli`` is ``fundtrail``."""

from infra.cli.main import main

main()
