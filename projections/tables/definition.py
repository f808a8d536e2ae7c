"""The definition of a read model: the source text of the modules that fill its tables."""

import hashlib
import inspect
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

PACKAGE = "projections"
# This module only reads, so a change to it never changes the rows of a table.
READING = f"{PACKAGE}.tables.paging"


def definition_of(model: Any) -> str:
    """The digest of the modules that fill the read model *model*, which is a module."""
    return digest_of(model.__name__)


@cache
def digest_of(name: str) -> str:
    """The digest of the module *name* and of its imports. When it changes, the tables are outdated."""
    modules = _with_imports(import_module(name), {})
    return hashlib.sha256("".join(inspect.getsource(modules[name]) for name in sorted(modules)).encode()).hexdigest()


def _with_imports(module: ModuleType, found: dict[str, ModuleType]) -> dict[str, ModuleType]:
    """*module* and the modules of the package that it imports from, directly and indirectly."""
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
