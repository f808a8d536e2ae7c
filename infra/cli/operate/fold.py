"""``fundtrail log fold``: the state of one stream after one of its versions, as the domain folds it."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Annotated, Any, get_args

import typer
from rich.text import Text

from domain.desk import STREAMS
from domain.reading import folded
from domain.values.fact import signed
from domain.values.money import Money
from domain.values.shown import shown_date, shown_money
from domain.values.when import When
from infra.cli.asking import AsJson, NotThere, ask
from infra.cli.operate.browse import Stream, stream_named
from infra.cli.paper import moment_in_words
from infra.cli.terminal import BROKEN, fail, out, print_json, write
from infra.log.codec import CODEC, UnknownEvent, UnreadableEvent
from projections.audit import streams as log
from projections.tables.paging import Connection


def fold(
    stream: Stream,
    version: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="After this version of the stream; the last one by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the state of a stream after its first events, as the rules see it when they decide a command."""

    async def question(connection: Connection) -> tuple[str, list[log.StoredLine]]:
        named = await stream_named(connection, stream)
        found = await log.stored(connection, named)
        if [one.version for one in found] != list(range(1, len(found) + 1)):
            raise NotThere(f"{named} has events that only some readers see. It cannot be folded without them.")
        if version is not None and version > len(found):
            raise NotThere(f"{named} has no version {version}. Its last version is {len(found)}.")
        return named, found

    name, stored = ask(question)
    last = stored[(version or len(stored)) - 1]
    try:
        facts = [
            signed(CODEC.decode(one.name, one.schema_version, one.body), one.actor) for one in stored[: last.version]
        ]
    except (UnknownEvent, UnreadableEvent) as error:
        fail(f"{name} has an event that this version cannot read: {error}.", BROKEN)
    (module,) = (one for one in STREAMS if isinstance(facts[0], get_args(one.Event) or one.Event))
    state = folded(module, facts)
    if as_json:
        print_json({
            "stream": name, "kind": module.__name__.removeprefix("domain."), "version": last.version,
            "of_versions": len(stored), "position": last.position, "recorded_at": last.recorded_at.isoformat(),
            "state": _plain(state),
        })  # fmt: skip
        return
    out.print(
        Text(f"{name} after version {last.version} of {len(stored)}, position {last.position},"),
        Text(f"recorded on {moment_in_words(last.recorded_at)}"),
        soft_wrap=True,
    )
    if state is None:
        write("Its source now states nothing of it.")
    for line in _lines(state, ""):
        write(line)


def _plain(value: Any) -> Any:
    """A value of a state as JSON has it: an amount in major units with its currency, a date as it is stored."""
    match value:
        case None | bool() | int() | str():
            return value.value if isinstance(value, Enum) else value
        case Money():
            return {"amount": str(value.amount), "currency": value.currency}
        case When():
            return value.text
        case Enum():
            return _plain(value.value)
        case type():
            return value.__name__
        case Mapping():
            return {_key(key): _plain(each) for key, each in value.items()}
        case set() | frozenset():
            return sorted((_plain(each) for each in value), key=str)
        case list() | tuple() if not hasattr(value, "_fields"):
            return [_plain(each) for each in value]
        case tuple():
            return {name: _plain(getattr(value, name)) for name in _names_of(value)}
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return str(value)


def _names_of(value: Any) -> tuple[str, ...]:
    """The names of the fields of a NamedTuple."""
    return tuple(value._fields)


def _key(key: Any) -> str:
    if key is None:
        return "itself"
    plain = _plain(key)
    return plain if isinstance(plain, str) else ", ".join(map(str, plain)) if isinstance(plain, list) else str(plain)


def _lines(value: Any, above: str) -> Iterator[str]:
    """A state in lines, what is within something indented below its name. What is empty is left out."""
    for name, each in _members(value):
        words = f"{above}{name.replace('_', ' ')}"
        if each is None or each is False or each in ("", (), [], {}, frozenset()):
            continue
        if _is_one_line(each):
            yield f"{words}: {_words(each)}"
        else:
            yield words
            yield from _lines(each, f"{above}  ")


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    match value:
        case Mapping():
            yield from ((_key(key), each) for key, each in value.items())
        case list() | tuple() | set() | frozenset() if not hasattr(value, "_fields"):
            yield from ((str(nth), each) for nth, each in enumerate(value, 1))
        case tuple():
            yield from ((name, getattr(value, name)) for name in _names_of(value))
        case None:
            return
        case _:
            state: Any = value
            yield from ((field.name, getattr(state, field.name)) for field in fields(state))


def _is_one_line(value: Any) -> bool:
    if isinstance(value, (Money, When, str, Enum, type)):
        return True
    if isinstance(value, (list, tuple, set, frozenset)) and not hasattr(value, "_fields"):
        return all(_is_one_line(each) and not isinstance(each, tuple) for each in value)
    return not (is_dataclass(value) or isinstance(value, (Mapping, tuple)))


def _words(value: Any) -> str:
    match value:
        case Money():
            return shown_money(value)
        case When():
            return shown_date(value)
        case True:
            return "yes"
        case list() | tuple() | set() | frozenset():
            return ", ".join(_words(each) for each in value if each is not None)
    return str(_plain(value))
