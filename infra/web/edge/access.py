"""Lines of the log about requests: who asked for what, and how it was answered. Never what was in it."""

import logging
from collections.abc import MutableMapping
from typing import Any

logger = logging.getLogger("fundtrail.access")

# Which requests have a line: commands and refusals, all, or none. The first is used if nothing is set. A failure of
# ours has a line of its own anyway.
COMMANDS, ALL, NONE = ACCESS = ("commands", "all", "none")
REFUSED = (401, 403, 429)
# The longest path in a line, in characters.
LONGEST_PATH = 200
# The key in the state of a request under which the number of its commands is counted.
COMMANDED = "commands"


def write(access: str, scope: MutableMapping[str, Any], status: int, seconds: float) -> None:
    """Write the line of a request that was answered with *status* after *seconds*, if *access* wants one.

    A query string may hold anything, so it is left out, as are headers and bodies.
    """
    commands = scope["state"].get(COMMANDED, 0)
    refused = status in REFUSED
    if access == NONE or (access == COMMANDS and not refused and not commands):
        return
    line = {
        "method": scope.get("method", "WEBSOCKET"),
        "path": scope["path"][:LONGEST_PATH],
        "status": status,
        "milliseconds": round(seconds * 1000, 1),
        **({"commands": commands} if commands else {}),
    }
    logger.log(logging.WARNING if refused else logging.INFO, "request", extra={"line": line})


def count_commands(state: MutableMapping[str, Any], number: int) -> None:
    """Note in the *state* of a request that it gives a *number* of commands."""
    state[COMMANDED] = state.get(COMMANDED, 0) + number
