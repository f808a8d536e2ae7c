"""Commands from a file, one JSON object a line.

A line names its ``command`` and its ``id``, and gives the fields. The same id gets the same answer again:

    {"command": "SetServiceStandard", "id": "standard-2004", "programme_id": "cbp", "span": "to_decision",
     "limit": 60, "days": "working", "on": "2004-04-01"}

A thing is named by its id, or by the code that people know (``cbp``, or ``programme:cbp``). Money is ``{"amount":
"1.00", "currency": "GBP"}``, a date ISO 8601 in reduced precision. ``"as"`` names who gives the command of the line,
``"authority"`` the authority under which a decision is taken: the id or code of a delegated one.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from api.commands.reading import read
from api.contract.errors import Problem
from api.contract.inputs import words
from domain.across.authority import DECIDING
from domain.commands import COMMANDS
from domain.desk import submit
from domain.history import Command, Log, Order, StaleHistory
from domain.values.refusal import Refused
from infra.cli.asking import a_name


class Unreadable(ValueError):
    """A line is not a command. The message says why."""


@dataclass(frozen=True, slots=True)
class HandedIn:
    """The result of one line: its *position* in the log, the *rule* that refused it, or the *reason* it is unreadable.

    *recorded* is False where everything was already as the line wants it.
    """

    line: int
    command: str | None
    position: int | None = None
    replayed: bool = False
    recorded: bool = False
    rule: str | None = None
    reason: str | None = None


class Line(NamedTuple):
    """A line that is a command. *said* is the line in one form, whatever its spacing and order of fields."""

    name: str
    command_id: str
    command: Command
    said: str
    actor: str
    authority: str | None


def hand_in(
    log: Log, lines: Iterable[str], actor: str | None, check: Callable[[Command], None] | None = None
) -> Iterator[HandedIn]:
    """Give the command of each line, in order. A refused line does not stop the next one.

    *actor* gives those that do not say who gives them. *check* may raise Refused before a command is decided; it is
    skipped if the command was answered before.
    """
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        name = None
        try:
            line = read_line(log, text, actor)
            name = line.name
            order = Order(
                command_id=line.command_id,
                command=line.command,
                said=line.said,
                actor=line.actor,
                authority=line.authority,
            )
            if check is not None and not log.answers([order]):
                check(order.command)
            answer = submit(log, order)
            yield HandedIn(number, name, position=answer.position, replayed=answer.replayed, recorded=answer.recorded)
        except Unreadable as error:
            yield HandedIn(number, name, reason=str(error))
        except StaleHistory:
            yield HandedIn(
                number, name, rule="Conflict", reason="Others kept writing to the same streams first. Hand it in again."
            )
        except Refused as refused:
            details = f" ({refused.details})" if refused.details else ""
            yield HandedIn(number, name, rule=refused.rule, reason=f"{refused.reason}{details}")


def read_line(log: Log, text: str, actor: str | None) -> Line:
    """The command of a line, and who gives it. Raises Unreadable."""
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable("The line is not JSON.") from error
    if not isinstance(given, dict):
        raise Unreadable("The line is not a JSON object.")
    by = given.pop("as", actor)
    said = json.dumps(given, sort_keys=True, ensure_ascii=False)
    name, command_id = given.pop("command", None), given.pop("id", None)
    if not isinstance(name, str) or name not in COMMANDS:
        raise Unreadable(f"There is no command {name}. There are: {', '.join(sorted(COMMANDS))}.")
    if not isinstance(command_id, str) or not 0 < len(command_id) <= 200:
        raise Unreadable(
            "The line has no usable id. An id is a text of 1 to 200 characters; the same id gets the same answer again."
        )
    authority = given.pop("authority", None) if COMMANDS[name] in DECIDING else None
    if not isinstance(by, str):
        raise Unreadable('Nobody gives the command. Name who does, with "as" in the line or with --as for all lines.')
    try:
        return Line(name, command_id, read(log, COMMANDS[name], given), said, a_name("as", by), _authority(authority))
    except Problem as problem:
        raise Unreadable(f"{name}: {problem.message}") from problem


def _authority(given: object) -> str | None:
    if given is not None and not isinstance(given, str):
        raise Problem("authority must be a text.")
    return words("authority", given.strip()) if given is not None else None
