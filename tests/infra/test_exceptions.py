"""Every exception of ours says the same in another process: a rebuild runs in several, and its error is shown."""

import pickle
from datetime import UTC, datetime
from importlib import import_module
from pkgutil import walk_packages

import pytest

from api.commands.reading import UnknownName
from api.contract.errors import ClientError, OnlyReads, Problem
from domain.desk import OrdersRefused
from domain.history import StaleHistory
from domain.values.refusal import Refused
from infra.database.postgres import UnsafeSettings
from infra.database.rights import Unguarded
from infra.exports.standards.files import NothingToExport
from infra.exports.standards.left_out import CannotBeExported
from infra.exports.standards.three_sixty_form import Unfit
from infra.feeding.projector import Poisoned
from infra.files.bounded import UnreadableFile
from infra.imports.rows.parsing import InvalidValue
from infra.log.log_file import BadLogFile, LogNotEmpty
from infra.log.recorder import AppendRefused
from infra.web.edge.rates import Beyond, RateLimited
from projections.progress import NotReplayed

# One of each whose constructor takes other arguments than a text.
EXAMPLES: list[Exception] = [
    OrdersRefused({3: StaleHistory("bid-1")}),  # type: ignore[dict-item]
    StaleHistory("bid-1"),
    UnknownName("There is no bid x.", "bid", "x"),
    Problem("Too many.", "LIMIT_EXCEEDED", limit="depth", allowed=3),
    ClientError(Problem("Too many.", "LIMIT_EXCEEDED", limit="depth", allowed=3)),
    NotReplayed(datetime(2026, 11, 30, 12, tzinfo=UTC), "2026-11-30 11:59:58+00"),
    OnlyReads(),
    UnsafeSettings(["fsync is off", "full_page_writes is off"]),
    Unguarded(["The trigger never_changed of log.events is disabled.", "fundtrail_app owns log.counters."]),
    NothingToExport("360giving"),
    CannotBeExported("NoAmount", "It has no amount.", "amount", "x"),
    Unfit("2012", "a day"),
    Poisoned(27, ValueError("not today")),
    UnreadableFile("NOT_XML", "The file is not XML.", "line 3"),
    InvalidValue("NotADate", "Write a date."),
    AppendRefused("stream_version", "bid-1"),
    LogNotEmpty(3),
    RateLimited(Beyond("reads", 60, 12)),
    BadLogFile(7, "The file ends here."),
]


def classes() -> list[type[Exception]]:
    """Every exception class of ours."""
    found: dict[type[Exception], None] = {}
    for room in ("domain", "projections", "api", "infra"):
        for module in walk_packages(import_module(room).__path__, f"{room}."):
            if not module.name.endswith("__main__"):
                found |= dict.fromkeys(
                    kind
                    for kind in vars(import_module(module.name)).values()
                    if isinstance(kind, type) and issubclass(kind, Exception) and kind.__module__ == module.name
                )
    return list(found)


def arrived(error: Exception) -> Exception:
    """*error* as another process receives it."""
    found: Exception = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    return found


def same(sent: Exception, received: Exception) -> bool:
    """Whether both have one type, text and facts."""
    facts = [repr(each.__getstate__()) for each in (sent, received)]
    return (type(sent), str(sent), facts[0]) == (type(received), str(received), facts[1])


def test_every_exception_of_ours_arrives_as_it_was_sent() -> None:
    given = {type(example): example for example in EXAMPLES}
    own = {kind for kind in classes() if "__init__" in vars(kind) and kind is not Refused}
    assert own == given.keys(), "each class with a constructor of its own has an example here"
    assert [] == [error for error in EXAMPLES if not same(error, arrived(error))]


def test_every_other_exception_of_ours_arrives_with_its_text_or_its_facts() -> None:
    lost = []
    for kind in classes():
        if "__init__" in vars(kind) and kind is not Refused:
            continue
        if issubclass(kind, Refused):
            error: Exception = kind.__new__(kind, "a reason")
            error.why = {"number": 3}  # type: ignore[attr-defined]
        elif issubclass(kind, tuple(type(each) for each in EXAMPLES)):
            continue
        else:
            error = kind("a text")
        if not same(error, arrived(error)):
            lost.append(kind)
    assert [] == lost


def test_an_exception_that_is_not_portable_does_not_arrive() -> None:
    """The control: what a constructor with other arguments does without Portable."""
    with pytest.raises(TypeError):
        arrived(Lost(27, "not today"))


class Lost(Exception):
    """As Poisoned was."""

    def __init__(self, position: int, error: str) -> None:
        super().__init__(f"position {position}: {error}")
