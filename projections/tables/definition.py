"""The definition of a read model: the source text of the modules that fill its tables."""

import ast
import hashlib
import inspect
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

PACKAGE = "projections"
# How values are written for people: titles and findings are stored as text.
SHOWN = "domain.values.shown"
# This module only reads, so a change to it never changes the rows of a table.
READING = f"{PACKAGE}.tables.paging"


def definition_of(model: Any) -> str:
    """The digest of the modules that fill the read model *model*, which is a module."""
    return digest_of(model.__name__)


@cache
def digest_of(name: str) -> str:
    """The digest of the module *name* and of its imports. When it changes, the tables are outdated."""
    return digest_from(inspect.getsource, import_module(name))


def digest_from(source: Callable[[ModuleType], str], model: Any) -> str:
    """The digest of the module *model* and of its imports, each with the text that *source* gives for it."""
    modules = _with_imports(model, {})
    return hashlib.sha256("".join(source(modules[name]) for name in sorted(modules)).encode()).hexdigest()


def _with_imports(module: ModuleType, found: dict[str, ModuleType]) -> dict[str, ModuleType]:
    """*module* and the modules of the package that it imports from, directly and indirectly."""
    if module.__name__ not in found:
        found[module.__name__] = module
        for name in set(_imported(module)):
            _with_imports(import_module(name), found)
    return found


def _imported(module: ModuleType) -> Iterator[str]:
    """The names of the modules that *module* imports and that may change what it stores."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if not isinstance(node, ast.ImportFrom) or node.module is None:
            continue
        for name in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names)):
            if name == SHOWN or (name.startswith(f"{PACKAGE}.") and name != READING and _is_file(name)):
                yield name


@cache
def _is_file(name: str) -> bool:
    """Whether *name* is a module of its own, neither a package nor a name in a module."""
    parent = import_module(name.rpartition(".")[0])
    found = find_spec(name) if hasattr(parent, "__path__") else None
    return found is not None and found.submodule_search_locations is None
