"""Every small change of a common kind that can be made to a module: a border, a condition, a constant, a step left out.

What nobody can see is left alone: docstrings and other texts, type annotations, decorators, assertions, and arms that
only assert that they are never reached.
"""

import ast
import copy
from itertools import pairwise
from typing import NamedTuple

MISSING = "False"  # The condition of an arm that is left out.


class Change(NamedTuple):
    """The text from *start* to *end* becomes *new*: a change of the kind *kind*."""

    kind: str
    start: int
    end: int
    new: str

    def applied(self, text: str) -> str:
        """*text* with the change."""
        return text[: self.start] + self.new + text[self.end :]


def changes(text: str) -> list[Change]:
    """The changes of *text*, the source of a module, in the order of their kinds and places."""
    walk = _Walk(text)
    walk.visit(ast.parse(text))
    return sorted({one for one in walk.found if one.applied(text) != text})


_COMPARED: dict[type[ast.cmpop], tuple[tuple[str, type[ast.cmpop]], ...]] = {
    ast.Lt: (("border", ast.LtE), ("comparison", ast.GtE)),
    ast.LtE: (("border", ast.Lt), ("comparison", ast.Gt)),
    ast.Gt: (("border", ast.GtE), ("comparison", ast.LtE)),
    ast.GtE: (("border", ast.Gt), ("comparison", ast.Lt)),
    ast.Eq: (("comparison", ast.NotEq),),
    ast.NotEq: (("comparison", ast.Eq),),
    ast.Is: (("comparison", ast.IsNot),),
    ast.IsNot: (("comparison", ast.Is),),
    ast.In: (("comparison", ast.NotIn),),
    ast.NotIn: (("comparison", ast.In),),
}
_SWAPPED = {"min": "max", "max": "min", "any": "all", "all": "any", "first": "last", "last": "first"}
_SWAPPED |= {"earliest": "latest", "latest": "earliest"}
# Whether a field is an argument of the constructor, and shown by repr, is for those who write the code.
_OF_DATACLASSES = ("init", "repr")


class _Walk(ast.NodeVisitor):
    """Goes through a module and finds its changes."""

    def __init__(self, text: str) -> None:
        self.found: list[Change] = []
        self._text = text
        self._lines = [0]
        for line in text.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))
        self._bytes = [line.encode() for line in text.splitlines(keepends=True)]

    # --- What is changed ----------------------------------------------------------------------------------------------

    def visit_Compare(self, node: ast.Compare) -> None:
        for index, op in enumerate(node.ops):
            for kind, other in _COMPARED[type(op)]:
                self._change(kind, node, ops=[*node.ops[:index], other(), *node.ops[index + 1 :]])
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        self._change("and or", node, op=other)
        for index in range(len(node.values)):
            self._without("and or", node, "values", index)
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not | ast.USub):
            self._instead("negation", node, node.operand)
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if isinstance(node.op, ast.Add | ast.Sub):
            other = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
            self._change("sign", node, op=other)
            self._instead("sign", node, node.left)
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, bool):
            self._replace("constant", node, str(not node.value))
        elif isinstance(node.value, int):
            self._replace("constant", node, str(node.value + 1))
            self._replace("constant", node, str(node.value - 1))

    def visit_Name(self, node: ast.Name) -> None:
        if node.id in ("min", "max", "any", "all"):
            self._replace("other end", node, _SWAPPED[node.id])

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if node.attr in ("first", "last", "earliest", "latest"):
            self._change("other end", node, attr=_SWAPPED[node.attr])
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._instead("condition", node, node.body)
        self._instead("condition", node, node.orelse)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for one in node.ifs:
            self._replace("condition", one, "True")
            self._negated(one)
        self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        self._negated(node.test)
        if not node.orelse and len(node.body) == 1:
            kind = "guard" if isinstance(node.body[0], ast.Return | ast.Raise | ast.Continue) else "step left out"
            self._replace(kind, node.test, "False")
        self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Constant) or _asserts_never(node):
            return
        if isinstance(node.value, ast.Yield):
            self._replace("step left out", node, "yield from ()")
        else:
            self._replace("step left out", node, "pass")
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._replace("step left out", node, "pass")
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        if any(isinstance(target, ast.Attribute | ast.Subscript) for target in node.targets):
            self._replace("step left out", node, "pass")
        self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        # The least and the greatest of several are the same in any order.
        ordered = not (isinstance(node.func, ast.Name) and node.func.id in ("min", "max"))
        for index, (first, second) in enumerate(pairwise(node.args) if ordered else ()):
            if not isinstance(first, ast.Starred) and not isinstance(second, ast.Starred):
                args = [*node.args[:index], second, first, *node.args[index + 2 :]]
                self._change("swapped arguments", node, args=args)
        for index, keyword in enumerate(node.keywords):
            if keyword.arg not in _OF_DATACLASSES:
                self._without("keyword left out", node, "keywords", index, least=1)
        self.generic_visit(node)

    def visit_Tuple(self, node: ast.Tuple) -> None:
        self._elements(node)

    def visit_List(self, node: ast.List) -> None:
        self._elements(node)

    def visit_Set(self, node: ast.Set) -> None:
        self._elements(node)

    def _elements(self, node: ast.Tuple | ast.List | ast.Set) -> None:
        if not isinstance(getattr(node, "ctx", None), ast.Store):
            for index in range(len(node.elts)):
                self._without("element left out", node, "elts", index)
            self.generic_visit(node)

    def visit_Dict(self, node: ast.Dict) -> None:
        if len(node.keys) > 1:
            for left_out in range(len(node.keys)):
                kept = [index for index in range(len(node.keys)) if index != left_out]
                keys, values = [node.keys[index] for index in kept], [node.values[index] for index in kept]
                self._change("element left out", node, keys=keys, values=values)
        self.generic_visit(node)

    def visit_Match(self, node: ast.Match) -> None:
        for case in node.cases:
            if case.guard is not None:
                self._replace("condition", case.guard, "True")
                self._negated(case.guard)
            if all(map(_asserts_never, case.body)):
                continue
            if case.guard is not None:
                self._replace("step left out", case.guard, MISSING)
            elif case is not node.cases[-1] or not _takes_all(case.pattern):
                end = self._span(case.pattern)[1]
                self.found.append(Change("step left out", end, end, f" if {MISSING}"))
        self.generic_visit(node)

    def visit_MatchOr(self, node: ast.MatchOr) -> None:
        for index in range(len(node.patterns)):
            self._without("element left out", node, "patterns", index)
        self.generic_visit(node)

    # --- What is left alone -------------------------------------------------------------------------------------------

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for default in [*node.args.defaults, *node.args.kw_defaults]:
            if default is not None:
                self.visit(default)
        for statement in node.body:
            self.visit(statement)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for statement in node.body:
            self.visit(statement)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if isinstance(node.target, ast.Attribute | ast.Subscript):
            self._replace("step left out", node, "pass")
        if node.value is not None and not _is_alias(node.annotation):
            self.visit(node.value)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """A text is not a rule."""

    def visit_Assert(self, node: ast.Assert) -> None:
        """An assertion is for those who write the code."""

    # --- How ----------------------------------------------------------------------------------------------------------

    def _negated(self, node: ast.expr) -> None:
        if not isinstance(node, ast.Compare | ast.UnaryOp) or (isinstance(node, ast.Compare) and len(node.ops) > 1):
            self._replace("negation", node, f"not ({ast.unparse(node)})")

    def _without(self, kind: str, node: ast.AST, name: str, index: int, least: int = 2) -> None:
        """*node* without one of several; alone, the other one stands for both."""
        several = getattr(node, name)
        if len(several) < least:
            return
        if len(several) == 2 and name in ("values", "patterns"):
            self._instead(kind, node, several[1 - index])
        else:
            self._change(kind, node, **{name: several[:index] + several[index + 1 :]})

    def _instead(self, kind: str, node: ast.AST, part: ast.AST) -> None:
        self._replace(kind, node, f"({ast.unparse(part)})")

    def _change(self, kind: str, node: ast.AST, **fields: object) -> None:
        """*node* with other *fields*."""
        new = copy.copy(node)
        for name, value in fields.items():
            setattr(new, name, value)
        text = ast.unparse(new)
        if text == ast.unparse(node):  # Two arguments that are alike were swapped.
            return
        self._replace(kind, node, text if isinstance(node, ast.Tuple) else f"({text})")

    def _replace(self, kind: str, node: ast.AST, new: str) -> None:
        start, end = self._span(node)
        self.found.append(Change(kind, start, end, new))

    def _span(self, node: ast.AST) -> tuple[int, int]:
        places = (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]
        start, end = (self._lines[line - 1] + len(self._bytes[line - 1][:column].decode()) for line, column in places)
        return start, end


def _asserts_never(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and ast.unparse(statement.value).startswith("assert_never")


def _takes_all(pattern: ast.pattern) -> bool:
    return isinstance(pattern, ast.MatchAs) and pattern.pattern is None


def _is_alias(annotation: ast.expr) -> bool:
    return ast.unparse(annotation).endswith("TypeAlias")
