"""Which rules can refuse which command, read from the code of ``domain``; writes docs/refusals.md, and the table from
which the descriptions of mutations name them.

The deciding function of a command is followed through all that it calls. Where the type of a command is known, only
the branches for that type count; what depends on values counts always. So a rule may be listed that no history can
lead to, but no rule that can refuse is missing: tests/kit/spec.py checks each refusal in the tests against this.

    python -m tests.docs.refusals
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterable, Sequence
from functools import cache
from types import FunctionType, ModuleType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from domain import bid, desk, history
from domain.across import authority, duties, mergers, permitted
from domain.commands import meaning
from domain.counters import Overspent
from domain.people import person
from domain.values.fact import Fact
from domain.values.refusal import Refused, sentence_of
from tests.kit.paths import ROOT

PAGE = ROOT / "docs" / "refusals.md"
TABLE = ROOT / "api" / "commands" / "refusals.py"

# What can refuse any command, whatever its own rules say.
GENERAL = (
    history.CommandIdReused, Overspent, desk.DatedInFuture, permitted.NotPermitted, permitted.PersonCannotAct,
)  # fmt: skip

# What can refuse an actor, by the events that the command leads to.
OF_ACTORS: dict[tuple[type[Fact], ...], set[type[Refused]]] = {
    duties.TAKING: {duties.SamePerson},
    duties.JUDGING: {duties.HasInterest},
    authority.DECISIONS: {authority.AuthorityUnknown, authority.AboveDelegatedLimit, authority.NoAuthority},
    (bid.BidApproved,): {authority.QuorumNotMet},
}

# A variable holds a value of one of some classes, or a list of such values; nothing is known of the others.
Classes = frozenset[type]


@cache
def rules_of(command: type) -> frozenset[type[Refused]]:
    """The rules that can refuse a *command*, by itself or as part of another one, but for those of any command."""
    stream = desk.OWN.get(command)
    decided: set[Any] = {desk.ACROSS[command]} if command in desk.ACROSS else set()
    if stream is not None:
        decided.add(stream.decide)
    if command in desk.NAMING:
        decided.add(mergers.going_on)
    found = _Found()
    for function in decided:
        found.follow(function, [None, frozenset({command})])
    rules = set(found.rules)
    if found.events & history._NAMING:
        rules.add(history.ReferenceTaken)
    if command is person.GrantRole:
        rules.add(permitted.OwnRole)
    for events, refused in OF_ACTORS.items():
        if found.events & set(events):
            rules |= refused
    return frozenset(rules)


def every_rule(package: str = "domain.") -> set[type[Refused]]:
    """All rules of *package*."""
    import api.schema  # noqa: F401 - so that its rules are there

    found: set[type[Refused]] = set()
    left: list[type[Refused]] = [Refused]
    while left:
        left += (known := left.pop().__subclasses__())
        found |= {rule for rule in known if rule.__module__.startswith(package)}
    return found


class _Found:
    """The rules raised and the events made in all functions that were followed."""

    def __init__(self) -> None:
        self.rules: set[type[Refused]] = set()
        self.events: set[type] = set()
        self._seen: set[tuple[FunctionType, tuple[tuple[str, Classes], ...]]] = set()

    def follow(self, function: Any, given: Sequence[Classes | None], named: dict[str, Classes] | None = None) -> None:
        """Read *function*, called with values of these classes where they are known."""
        if not isinstance(function, FunctionType) or not function.__module__.startswith("domain."):
            return
        names = function.__code__.co_varnames[: function.__code__.co_argcount + function.__code__.co_kwonlyargcount]
        hints = _hints(function)
        held = {name: classes for name in names if (classes := _classes(hints.get(name)))}
        held |= {name: classes for name, classes in zip(names, given, strict=False) if classes}
        held |= named or {}
        key = (function, tuple(sorted(held.items(), key=lambda item: item[0])))
        if key not in self._seen:
            self._seen.add(key)
            _Body(self, function, held).block(_tree(function).body)


class _Body:
    """The body of one function: *held* are the classes of the values that its variables hold."""

    def __init__(self, found: _Found, function: FunctionType, held: dict[str, Classes]) -> None:
        self._found = found
        self._function = function
        self._held = held
        self._lists: dict[str, Classes] = {}

    def block(self, statements: Iterable[ast.stmt]) -> bool:
        """Read *statements*; False where they never reach their end."""
        return all(self._statement(statement) for statement in statements)

    def _statement(self, statement: ast.stmt) -> bool:
        match statement:
            case ast.If():
                self._expression(statement.test)
                return self._branches(statement)
            case ast.Match():
                self._expression(statement.subject)
                return self._match(statement)
            case ast.For():
                self._expression(statement.iter)
                self._hold(statement.target, self._element(statement.iter))
                self.block(statement.body)
            case ast.Raise(exc=ast.expr() as raised):
                self._expression(raised)
                rule = self._resolve(raised.func if isinstance(raised, ast.Call) else raised)
                if isinstance(rule, type) and issubclass(rule, Refused):
                    self._found.rules.add(rule)
                return False
            case ast.Assign(targets=[target]):
                self._expression(statement.value)
                self._hold(target, self._of(statement.value), self._element(statement.value))
            case ast.AnnAssign(value=ast.expr() as value):
                self._expression(value)
                self._hold(statement.target, self._of(value), self._element(value))
            case ast.FunctionDef() | ast.While() | ast.Try() | ast.With():
                raise NotImplementedError(f"{self._function.__qualname__} has a {type(statement).__name__}")
            case _:
                for expression in ast.iter_child_nodes(statement):
                    self._expression(expression)
                return not isinstance(statement, ast.Return)
        return True

    def _branches(self, statement: ast.If) -> bool:
        answer = self._is_instance(statement.test)
        reaches = []
        if answer is not False:
            reaches.append(self.block(statement.body))
        if answer is not True:
            reaches.append(self.block(statement.orelse))
        return any(reaches)

    def _match(self, statement: ast.Match) -> bool:
        name = statement.subject.id if isinstance(statement.subject, ast.Name) else ""
        before = self._held.get(name)
        left, reaches = before, []
        for case in statement.cases:
            matched = left
            kinds = self._pattern(case.pattern)
            if left is not None and kinds is not None:
                matched = frozenset(kind for kind in left if issubclass(kind, tuple(kinds)))
                if case.guard is None and not _narrowed(case.pattern):
                    left -= matched
            if matched is not None and not matched:
                continue
            if matched is not None:
                self._held[name] = matched
            reaches.append(self.block(case.body))
        if before is not None:
            self._held[name] = before
        return any(reaches)

    def _pattern(self, pattern: ast.pattern) -> list[type] | None:
        """The classes that *pattern* asks for; None where it asks for none."""
        match pattern:
            case ast.MatchClass():
                kind = self._resolve(pattern.cls)
                return [kind] if isinstance(kind, type) else None
            case ast.MatchOr():
                kinds = [self._pattern(each) for each in pattern.patterns]
                return [kind for each in kinds if each for kind in each]
            case ast.MatchAs(pattern=ast.pattern() as within):
                return self._pattern(within)
        return None

    def _expression(self, node: ast.AST) -> None:
        """Read *node* and follow every function that it calls or passes on."""
        match node:
            case ast.IfExp():
                self._expression(node.test)
                answer = self._is_instance(node.test)
                if answer is not False:
                    self._expression(node.body)
                if answer is not True:
                    self._expression(node.orelse)
                return
            case ast.Call():
                self._call(node)
                return
            case ast.ListComp() | ast.GeneratorExp() | ast.SetComp() | ast.DictComp():
                for generator in node.generators:
                    self._expression(generator)
                    self._hold(generator.target, self._element(generator.iter))
            case ast.Name() | ast.Attribute():
                self._found.follow(self._resolve(node), [])
        for child in ast.iter_child_nodes(node):
            self._expression(child)

    def _call(self, node: ast.Call) -> None:
        called = self._resolve(node.func)
        for child in (*node.args, *node.keywords):
            self._expression(child)
        if isinstance(called, type) and issubclass(called, Fact):
            self._found.events.add(called)
        if not isinstance(called, FunctionType):
            self._expression(node.func)
            return
        named = {each.arg: held for each in node.keywords if each.arg and (held := self._of(each.value))}
        self._found.follow(called, [self._of(each) for each in node.args], named)

    def _is_instance(self, test: ast.expr) -> bool | None:
        """What ``isinstance`` of a variable answers; None where that depends on more than classes."""
        match test:
            case ast.Call(func=ast.Name(id="isinstance"), args=[ast.Name() as name, asked]):
                held, kinds = self._held.get(name.id), _classes(self._resolve(asked))
                if held and kinds:
                    answers = {issubclass(kind, tuple(kinds)) for kind in held}
                    return answers.pop() if len(answers) == 1 else None
            case ast.BoolOp(op=ast.And()):
                return False if any(self._is_instance(each) is False for each in test.values) else None
        return None

    def _hold(self, target: ast.expr, held: Classes | None, elements: Classes | None = None) -> None:
        if isinstance(target, ast.Name):
            for known, classes in ((self._held, held), (self._lists, elements)):
                known.pop(target.id, None)
                if classes:
                    known[target.id] = classes

    def _of(self, value: ast.expr) -> Classes | None:
        """The classes of *value*, where they are known."""
        match value:
            case ast.Name():
                return self._held.get(value.id)
            case ast.Call():
                called = self._resolve(value.func)
                if isinstance(called, type):
                    return frozenset({called})
                return _classes(_hints(called).get("return")) if isinstance(called, FunctionType) else None
        return None

    def _element(self, value: ast.expr) -> Classes | None:
        match value:
            case ast.Name():
                return self._lists.get(value.id)
            case ast.ListComp():
                return self._of(value.elt)
        return None

    def _resolve(self, node: ast.expr) -> Any:
        """What a name of the module stands for; None for variables and all that hangs on them."""
        match node:
            case ast.Name():
                local = {*self._function.__code__.co_varnames, *self._function.__code__.co_cellvars}
                return None if node.id in local else self._function.__globals__.get(node.id)
            case ast.Attribute():
                owner = self._resolve(node.value)
                return getattr(owner, node.attr, None) if isinstance(owner, ModuleType) else None
            case ast.BinOp(op=ast.BitOr()):
                left, right = self._resolve(node.left), self._resolve(node.right)
                return left | right if left is not None and right is not None else None
        return None


def _narrowed(pattern: ast.pattern) -> bool:
    """Whether *pattern* asks for more than a class."""
    return any(isinstance(each, ast.MatchClass) and (each.patterns or each.kwd_patterns) for each in ast.walk(pattern))


@cache
def _tree(function: FunctionType) -> ast.FunctionDef:
    (found,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    assert isinstance(found, ast.FunctionDef)
    return found


@cache
def _hints(function: FunctionType) -> dict[str, Any]:
    return get_type_hints(function)


def _classes(hint: Any) -> Classes | None:
    """The classes of a type or union of types; None where it says more, or nothing."""
    if get_origin(hint) in (Union, UnionType):
        parts = [_classes(part) for part in get_args(hint)]
        return frozenset().union(*(part for part in parts if part)) if all(parts) else None
    return frozenset({hint}) if isinstance(hint, type) and get_origin(hint) is None else None


# --- The page ---------------------------------------------------------------------------------------------------------

INTRODUCTION = """\
# Refusals

Which rules can refuse which command. A refusal gives the name of the rule, which never changes, and a sentence for
people: the fact first, then the rule. Words in *italics* are filled in with the facts of the case; a refusal also gives
these facts one by one.

This page is generated from the code by `make refusals`. A rule is listed if the code of the command can raise it.
"""

ANY_COMMAND = """\
`Overspent` comes from the database, which counts what is bound of budgets and awards as a second guard, after the rules
of the command. `DatedInFuture` is about the date `on`; what is planned may be dated ahead: a service standard,
criteria, a plan, an appointment, a role and a limit. `NotPermitted` is about people who are signed in
([permissions.md](permissions.md)).
"""

PARTS_ONLY = """\
These commands happen only as part of others. A client that gives one of them is refused:"""

BY_REGISTER = """\
A person who explains or waives a discrepancy has seen its figures. The mutations, the command line and the pages first
compare these with the register of discrepancies:
"""


def page() -> str:
    """docs/refusals.md as the code has it."""
    every = [command for command in get_args(history.Command) if command not in desk.PARTS]
    sections = [INTRODUCTION, "## Any command\n", ANY_COMMAND, _table(GENERAL)]
    sections += [PARTS_ONLY, ", ".join(f"`{each.__name__}`" for each in _sorted(desk.PARTS)) + ".\n"]
    sections += [_table([desk.DecidedTogether])]
    sections += ["## Commands that people give\n"]
    sections += [_section(each) for each in _sorted(command for command in every if command not in desk.OF_SOURCES)]
    sections += ["## Commands that imports give\n"]
    sections += [_section(each) for each in _sorted(desk.OF_SOURCES)]
    sections += ["## About a discrepancy that changed\n", BY_REGISTER, _table(every_rule("projections."))]
    return "\n".join(sections).rstrip() + "\n"


def _section(command: type) -> str:
    rules = rules_of(command)
    body = _table(rules) if rules else "No rule refuses it.\n"
    return f"### {command.__name__}\n\n{meaning(command)}\n\n{body}"


def _table(rules: Iterable[type[Refused]]) -> str:
    rows = [f"| `{rule.__name__}` | {_shown(rule)} |" for rule in _sorted(rules)]
    return "\n".join(["| rule | what a person reads |", "|---|---|", *rows, ""])


def _shown(rule: type[Refused]) -> str:
    """The sentence of *rule*, with the names of its facts in italics."""
    return sentence_of(rule).replace("{", "*").replace("}", "*").replace("|", "\\|")


def _sorted(kinds: Iterable[type]) -> list[Any]:
    return sorted(kinds, key=lambda kind: kind.__name__)


def table() -> str:
    """api/commands/refusals.py as the code has it: the names of the rules, for the descriptions of mutations."""
    every = _sorted(command for command in get_args(history.Command) if command not in desk.PARTS)
    lines = [
        '"""The rules that can refuse each command, by name. Written by `make refusals`."""\n',
        "REFUSALS: dict[str, tuple[str, ...]] = {",
    ]
    for command in every:
        names = [f'"{rule.__name__}"' for rule in _sorted(rules_of(command))]
        if len(names) > 1:
            lines += [f'    "{command.__name__}": (', *(f"        {name}," for name in names), "    ),"]
        elif names:
            lines += [f'    "{command.__name__}": ({names[0]},),']
    return "\n".join([*lines, "}", ""])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    TABLE.write_text(table(), encoding="utf-8")
