"""The definition of a read model: what its tables hold is owed to the modules that fill them."""

import hashlib
import inspect
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

PACKAGE = "projections"
# What is only read with fills no table.
READING = f"{PACKAGE}.tables.paging"


def definition_of(model: Any) -> str:
    """The digest of the modules that fill the read model *model*, itself a module."""
    return digest_of(model.__name__)


@cache
def digest_of(name: str) -> str:
    """The digest of the module *name* and of those it takes from. A changed text may fill its tables otherwise."""
    modules = _with_imports(import_module(name), {})
    return hashlib.sha256("".join(inspect.getsource(modules[name]) for name in sorted(modules)).encode()).hexdigest()


def _with_imports(module: ModuleType, found: dict[str, ModuleType]) -> dict[str, ModuleType]:
    """*module* and what it takes from the others of its package, and they from others."""
    if module.__name__ not in found:
        found[module.__name__] = module
        for name in set(_imported(module)):
            _with_imports(import_module(name), found)
    return found


def _imported(module: ModuleType) -> Iterator[str]:
    for value in vars(module).values():
        name = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
        if isinstance(name, str) and name.startswith(f"{PACKAGE}.") and name != READING:
            yield name
