"""Commands from a file, one JSON object a line.

A line names its ``command`` and its ``id``, and gives the fields. The same id gets the same answer again:

    {"command": "SetServiceStandard", "id": "standard-2004", "programme_id": "programme:cbp", "span": "to_decision",
     "limit": 60, "days": "working", "on": "2004-04-01"}

An id may be given by the code that people know (``programme:cbp``, ``bid:CBP-12``). Money is ``{"amount": "1.00",
"currency": "GBP"}``, a date ISO 8601 in reduced precision.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields

import msgspec

from api.contract.errors import Problem
from api.contract.inputs import LONG, identity, words
from domain.commands import COMMANDS, IDS
from domain.desk import submit
from domain.history import Command, Log, Order, StaleHistory
from domain.values.money import Money, NotMoney
from domain.values.refusal import Refused
from domain.values.when import NotADate, When, on_day
from infra.cli.record.invalid_fields import plain_message


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


def hand_in(log: Log, lines: Iterable[str], actor: str) -> Iterator[HandedIn]:
    """Give the command of each line for *actor*, in order. A refused line does not stop the next one."""
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        name = None
        try:
            name, command_id, command = read(log, text)
            answer = submit(log, Order(command_id=command_id, command=command, said=_said(text), actor=actor))
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


def read(log: Log, text: str) -> tuple[str, str, Command]:
    """The name, command id and command of a line. Raises Unreadable."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable("The line is not JSON.") from error
    if not isinstance(said, dict):
        raise Unreadable("The line is not a JSON object.")
    name, command_id = said.pop("command", None), said.pop("id", None)
    if not isinstance(name, str) or name not in COMMANDS:
        raise Unreadable(f"There is no command {name}. There are: {', '.join(sorted(COMMANDS))}.")
    if not isinstance(command_id, str) or not 0 < len(command_id) <= 200:
        raise Unreadable(
            "The line has no usable id. An id is a text of 1 to 200 characters; the same id gets the same answer again."
        )
    kind = COMMANDS[name]
    unknown = sorted(said.keys() - {field.name for field in fields(kind)})
    if unknown:
        raise Unreadable(f"{name} has no field {', '.join(unknown)}.")
    try:
        named = {field: _found(log, field, given) for field, given in said.items()}
        return name, command_id, msgspec.convert(named, kind, dec_hook=_from_text)
    except Problem as problem:
        raise Unreadable(f"{name}: {problem.message}") from problem
    except Unreadable:
        raise
    except (msgspec.MsgspecError, NotADate, NotMoney, TypeError, ValueError) as error:
        raise Unreadable(f"{name}: {plain_message(str(error))}") from error


def _said(text: str) -> str:
    """The line in one form, whatever its spacing and order of fields."""
    return json.dumps(json.loads(text), sort_keys=True, ensure_ascii=False)


def _found(log: Log, field: str, given: object) -> object:
    """The value of a field. A code, such as ``programme:cbp``, becomes the id of the thing."""
    if isinstance(given, dict) and given.keys() == {"amount", "currency"}:
        if not all(isinstance(part, str) for part in given.values()):
            raise Unreadable(f"{field}: amount and currency must be texts.")
        Money.of(given["amount"], given["currency"])
        return given
    if isinstance(given, list):
        return [_part(log, one) for one in given]
    if not isinstance(given, str):
        return given
    if field in IDS:
        kind, colon, code = given.partition(":")
        if not colon:
            return identity(field, IDS[field], given)
        found = log.find(kind, code) if kind == IDS[field] else None
        if found is None:
            raise Unreadable(f"{field}: there is no {given.replace(':', ' ', 1)}.")
        return found
    return words(field, given, LONG)


def _part(log: Log, part: object) -> object:
    """One of several values of a field, such as a budget line or a name."""
    if isinstance(part, dict):
        return {key: _found(log, key, given) for key, given in part.items()}
    return words("a part", part, LONG) if isinstance(part, str) else part


def _from_text(kind: type, value: object) -> object:
    if kind is not When or not isinstance(value, str):
        raise TypeError("a date is text")
    return on_day(value)
