"""Reads a command from named plain values, for GraphQL and for command files alike.

The values are those of JSON: texts, whole numbers, true and false, lists and objects. A thing is named by its id, its
code or reference, or its kind and code (``programme:cbp``). Ids of new things are made where none is given.
"""

from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from types import NoneType
from typing import Any, TypeVar

from api.contract.errors import Problem
from api.contract.inputs import LONG, SHORT, day, is_id, money, words
from api.contract.scalars import LAST_POSITION
from domain.bank.account import OpenBankAccount, account_identity
from domain.commands import CALLED_BY, Field, fields_of
from domain.history import Command, Log
from domain.organisation import one_code
from domain.values.ids import uuid7
from domain.values.money import Money
from domain.values.numbers import LAST
from domain.values.plain import plain
from domain.values.when import When

# Texts that people search for or read in one line; the others may be long.
IN_ONE_LINE = {"authority", "bank_reference", "code", "name", "owner", "reference", "value"}
# How the code of a thing is looked up, where it can be spelled in several ways.
ONE_FORM: dict[str, Callable[[str], str]] = {"bankaccount": plain, "organisation": one_code}
MOST = 100
T = TypeVar("T")


class UnknownName(Problem):
    """A code or reference that nothing of the *kind* has."""

    def __init__(self, message: str, kind: str, code: str) -> None:
        super().__init__(message)
        self.kind, self.code = kind, code


def read(log: Log, command: type[Any], given: Mapping[str, object], spelled: Callable[[str], str] = str) -> Command:
    """The *command* with the values *given*, by field. Raises Problem, which names the field as *spelled* says."""
    found: Command = _Reader(log, spelled).made(command, given)
    return found


def id_of(log: Log, kind: str, text: str) -> str | None:
    """The id of the thing of a *kind* that *text* names by its id, code or reference; None if there is none."""
    if is_id(kind, text) and (log.states.has(text) or log.history(text)):
        return text
    return log.find(kind, ONE_FORM.get(kind, str)(text))


class _Reader:
    """Makes values of the domain, and looks up the things that a command names."""

    def __init__(self, log: Log, spelled: Callable[[str], str]) -> None:
        self._log, self._spelled = log, spelled

    def made(self, kind: type[Any], given: Mapping[str, object], begins: str = "") -> Any:
        """The command or value of this *kind*. The paths of its fields begin with *begins*."""
        known = fields_of(kind)
        unknown = sorted(given.keys() - known.keys())
        if unknown:
            owner = begins.rstrip(", .") or kind.__name__
            raise Problem(f"{owner} has no field {', '.join(unknown)}.")
        values: dict[str, Any] = {}
        for name, field in known.items():
            path = f"{begins}{self._spelled(name)}"
            if name not in given and not field.optional:
                raise Problem(f"The field {path} is missing.")
            if given.get(name) is not None or not field.optional:
                values[name] = self._value(name, field, given[name], path)
        return kind(**(_new_id(kind, values) | values))

    def _value(self, name: str, field: Field, given: object, path: str) -> Any:
        kind = field.kind
        if field.list:
            entry = field._replace(list=False)
            entries = _checked(given, list, path)
            if len(entries) > MOST:
                raise Problem(f"{path} has {len(entries):,} entries. At most {MOST} are allowed.")
            return tuple(self._value(name, entry, one, f"{path}, entry {n}") for n, one in enumerate(entries, start=1))
        if kind is int:
            # A position of the log may be larger than other numbers.
            return _in_range(_checked(given, int, path), LAST_POSITION if name == "seen" else LAST, path)
        if kind is bool:
            return _checked(given, bool, path)
        if is_dataclass(kind):
            found = _checked(given, dict, path)
            begins = f"{path}, " if ", entry " in path else f"{path}."
            return _money(found, path) if kind is Money else self.made(kind, found, begins)  # type: ignore[arg-type]
        short = field.named is not None or name in IN_ONE_LINE
        text = _checked(given, str, path)
        text = words(path, text.strip() if short else text, SHORT if short else LONG)
        if kind is When:
            return day(path, text)
        if field.named is not None:
            return self._id(field, text, path)
        if kind is str:
            return text
        if text not in {one.value for one in kind}:
            raise Problem(f'{path} is "{text[:SHORT]}", which is not one of its values.')
        return kind(text)

    def _id(self, field: Field, given: str, path: str) -> str:
        """The id of the thing that *given* names. An id is not looked up: the rules refuse one that nothing has."""
        kind = field.named or ""
        called = CALLED_BY.get(kind)
        if is_id(kind, given) and (field.begun or called is None or self._log.states.has(given)):
            return given
        code = given.removeprefix(f"{kind}:")
        found = self._log.find(kind, ONE_FORM.get(kind, str)(code)) if called else None
        if is_id(kind, given):
            # A code may look like an id. The id comes first.
            return given if found is None or self._log.history(given) else found
        if found is None and called and code != given:
            raise UnknownName(f"{path}: there is no {field.thing} {code}.", kind, code)
        if found is None:
            nor = f", and no {field.thing} has this {called}" if called else ""
            raise UnknownName(f"{path} is not an id of type {kind}{nor}.", kind, code)
        return found


def _new_id(kind: type[Any], values: Mapping[str, Any]) -> dict[str, str]:
    """An id for the thing that a command begins, by the name of its field."""
    if kind is OpenBankAccount:
        # Its statements name the number of the account, so the id comes from the number.
        return {"account_id": account_identity(values["account"])}
    return {name: f"{field.named}-{uuid7()}" for name, field in fields_of(kind).items() if field.begun}


# What plain values are called, for those who write them.
PLAIN: dict[Any, str] = {
    int: "a whole number", str: "text", bool: "true or false", list: "a list", dict: "an object with fields",
    NoneType: "empty", float: "a number with decimals",
}  # fmt: skip


def _checked(given: object, kind: type[T], path: str) -> T:
    """*given*, which must be of this *kind*. Raises Problem naming the field."""
    if type(given) is not kind:
        raise Problem(f"{path} is {PLAIN.get(type(given), 'a value')}. It must be {PLAIN[kind]}.")
    return given


def _in_range(given: int, last: int, path: str) -> int:
    if not -last - 1 <= given <= last:
        raise Problem(f"{path} is out of range. A whole number is from {-last - 1:,} to {last:,}.")
    return given


def _money(given: Mapping[str, object], path: str) -> Money:
    for name in ("amount", "currency"):
        if name not in given:
            raise Problem(f"The field {path}.{name} is missing.")
    unknown = sorted(given.keys() - {"amount", "currency"})
    if unknown:
        raise Problem(f"{path} has no field {', '.join(unknown)}.")
    amount, currency = given["amount"], given["currency"]
    if not isinstance(amount, str) or not isinstance(currency, str):
        raise Problem(f"{path}: amount and currency must be texts.")
    return money(path, amount, currency)
