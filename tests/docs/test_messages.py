"""Messages that people read are sentences: nothing of Python shows through."""

import ast
import builtins
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType

from api.schema import schema
from domain.values.refusal import sentence_of
from infra.cli import main
from infra.database.postgres import Database
from tests.docs.refusals import every_rule
from tests.docs.test_command_lines import program
from tests.kit.paths import ROOT
from tests.kit.web.served import Api

# What must not be seen, and how a test calls it.
MARKS: dict[str, str] = {
    r"\bNone\b(?! of)": "None",
    r"\b(True|False)\b": "True or False",
    r"\[['\"]|['\"]\](?!\()": "a list of Python",
    r"(?<![\w{])\{\}|\{\w+\}(?!\w)": "a placeholder",
    r"(?<!\w)\$\.|`\$": "a path of msgspec",
    r"\w\(s\)": "(s)",
    r"(?<![\d.,:/-])1 (?!(?:is|was|has|does|as|this|its|less|plus|minus|always)\b)[a-z]+s\b": "1 of several",
    r"(?<![\w*])\*[a-z][\w ]*\*(?![\w*])": "*markup*",
    r"``": "``markup``",
    r"<\w+\.\w+: |<(?:class|function|object)\b|\bobject at 0x": "a value of Python",
    r"\b(?:Decimal|datetime\.\w+|date|UUID)\('?\d": "a value of Python",
    r"\bTraceback\b|\b[A-Z]\w+Error\b": "an exception of Python",
}


def marks(text: str) -> list[str]:
    """What of Python shows in *text*."""
    return [name for pattern, name in MARKS.items() if re.search(pattern, text)]


def flawed(texts: Iterator[tuple[str, str]]) -> list[tuple[str, str, list[str]]]:
    """Those of *texts* in which something of Python shows, each with where it is."""
    return [(where, text, found) for where, text in texts if (found := marks(text))]


@pytest.mark.parametrize(
    "text",
    [
        "Payment None is unknown.",
        "Open: True.",
        "There is no column ['Amount'].",
        "Payment {number} is unknown.",
        "Expected `int`, got `str` - at `$.number`",
        "It begins at $.number.",
        "2 row(s) were read.",
        "The sum of 1 events.",
        "At most *limit* days.",
        "What ``hand-in`` takes.",
        "It is <Status.OPEN: 'open'>.",
        "It is Decimal('5.00').",
        "ValueError: no.",
    ],
)
def test_what_must_not_be_seen_is_found(text: str) -> None:
    """A control: without it a test that finds nothing would pass."""
    assert marks(text)


@pytest.mark.parametrize(
    "text",
    [
        "The log is at position 1240. 1 event is new, 21 rows are not.",
        'Money is {"amount": "1.00", "currency": "GBP"}.',
        "Payment 1 was released on 1 Apr 2005; it asks for none, and says what is true.",
        "Day 2004-03-01 starts the period.",
    ],
)
def test_a_plain_sentence_passes(text: str) -> None:
    assert [] == marks(text)


# --- What the program may print ---------------------------------------------------------------------------------------


def refusals() -> Iterator[tuple[str, str]]:
    """The sentence of every rule, its facts left out."""
    for rule in every_rule() | every_rule("projections."):
        yield rule.__name__, re.sub(r"\{\w+\}", "x", sentence_of(rule))


def helps(command: Any, path: str = "fundtrail") -> Iterator[tuple[str, str]]:
    """The help of a command, of its arguments and options, and of all commands within it."""
    command = command.loaded() if hasattr(command, "loaded") else command
    yield path, command.help or ""
    for parameter in command.params:
        yield f"{path} {parameter.name}", getattr(parameter, "help", None) or ""
    for name, within in getattr(command, "commands", {}).items():
        yield from helps(within, f"{path} {name}")


def descriptions() -> Iterator[tuple[str, str]]:
    """Every description of the schema."""
    for name, kind in schema._schema.type_map.items():
        if name.startswith("__"):
            continue
        yield name, kind.description or ""
        if isinstance(kind, GraphQLEnumType):
            yield from ((f"{name}.{key}", value.description or "") for key, value in kind.values.items())
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for key, field in kind.fields.items():
                yield f"{name}.{key}", field.description or ""
                for argument, given in getattr(field, "args", {}).items():
                    yield f"{name}.{key}({argument})", given.description or ""


def raised() -> Iterator[tuple[str, str]]:
    """The messages of errors of ours, and those with which a command ends; what is filled in shows as x."""
    for layer in ("domain", "projections", "api", "infra"):
        for path in (ROOT / layer).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and _is_shown(node.func):
                    for argument in (*node.args, *(each.value for each in node.keywords)):
                        text = _text(argument)
                        if text is not None and " " in text:
                            yield f"{path.relative_to(ROOT)}:{argument.lineno}", text


def _is_shown(called: ast.expr) -> bool:
    """Whether what *called* is given is shown: the name of an error of ours, or of a function that prints."""
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    if name in ("fail", "_fail", "problem", "print", "Text", "refused"):
        return True
    return name in ERRORS


def _errors() -> set[str]:
    """The names of the errors that the program has besides those of Python."""
    found, left = set(), [Exception]
    while left:
        for kind in left.pop().__subclasses__():
            left.append(kind)
            if kind.__module__.partition(".")[0] in ("domain", "projections", "api", "infra"):
                found.add(kind.__name__)
    return found - set(vars(builtins))


ERRORS = _errors()


def _text(node: ast.expr) -> str | None:
    """A text as it is shown, with x for what is filled in."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr():
            return "".join(_part(each) for each in node.values)
        case ast.BinOp(op=ast.Add()):
            parts = [_text(node.left), _text(node.right)]
            return "".join(part or "x" for part in parts)
    return None


def _part(node: ast.expr) -> str:
    if isinstance(node, ast.FormattedValue):
        return "'x'" if node.conversion == ord("r") else "x"
    return _text(node) or ""


@pytest.mark.parametrize("texts", [refusals, lambda: helps(program()), descriptions, raised],
                         ids=["refusals", "help", "schema", "messages"])  # fmt: skip
def test_no_text_of_the_program_shows_python(texts: Callable[[], Iterator[tuple[str, str]]]) -> None:
    assert 50 < len(list(texts()))
    assert [] == flawed(texts())


# --- What it does print -----------------------------------------------------------------------------------------------

REFUSED = [
    "timeline nowhere",
    "timeline dip --lane nothing",
    "funding nothing",
    "funding dip --as-at 2005-13-01",
    "funding dip --known-at yesterday",
    "funding dip --explain nothing",
    "delays --group-by nothing",
    "delays --measure nothing",
    "delays --programme nothing",
    "discrepancies --rule nothing",
    "discrepancies --severity nothing",
    "period nothing",
    "period cbp 2004-05",
    "period cbp --from 2005-01-01",
    "period cbp --from 2005-01-01 --to 2004-01-01",
    "export nothing",
    "export ledger --format nothing",
    "export ledger --programme cbp",
    "projections rebuild nothing",
    "projections retry nothing",
    "commands Nothing",
    "bank report nothing --from 2005-01-01 --to 2005-02-01",
    "import 360giving /dev/null --dry-run",
    "import iati /dev/null --dry-run",
    "import register /dev/null --map nothing",
    "import bank /dev/null",
    "hand-in FILE --as me",
    "hand-in FILE --as me --json",
]
LINES = """
[]
{"command": "Nothing", "id": "1"}
{"command": "OpenRound"}
{"command": "SetServiceStandard", "id": "2", "programme_id": "programme:nothing"}
{"command": "SetServiceStandard", "id": "3", "programme_id": "programme:cbp", "span": "nothing", "limit": 1}
{"command": "SetServiceStandard", "id": "4", "programme_id": "programme:cbp", "span": "decision", "limit": "many"}
{"command": "SetServiceStandard", "id": "5", "programme_id": "programme:cbp", "span": "decision"}
{"command": "SetServiceStandard", "id": "6", "programme_id": "programme:cbp", "span": 7, "on": "2004"}
{"command": "AllocateBudget", "id": "7", "programme_id": "programme:cbp", "amount": {"amount": 1, "currency": "GBP"}}
{"command": "AllocateBudget", "id": "8", "programme_id": "programme:cbp", "amount": {"amount": "1", "currency": "p"}}
{"command": "AllocateBudget", "id": "9", "programme_id": "programme:cbp", "amount": "many", "on": "2004"}
{"command": "ChooseCalendar", "id": "10", "programme_id": "programme:cbp", "calendar": "moon", "on": "2004-04-01"}
{"command": "ChooseCalendar", "id": "11", "programme_id": "programme:cbp", "calendar": null, "on": "2004-04-31"}
{"command": "ReleasePayment", "id": "12", "award_id": "award-0", "number": null, "on": "2004-04-01"}
{"command": "ClosePeriod", "id": "13", "programme_id": "programme:cbp", "name": "", "starts": "2004", "ends": "2003"}
{"command": "FormPartnership", "id": "14", "programme_id": "programme:cbp", "scheme_id": ["x"], "on": "2004"}
"""


Run = Callable[[str], tuple[int, list[str]]]


@pytest.fixture
def run(
    shared_programme: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Runs a command line on the loaded programme: its exit code, and the lines that it printed."""

    def running(words: str) -> tuple[int, list[str]]:
        file = tmp_path / "commands.jsonl"
        file.write_text(LINES, encoding="utf-8")
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["fundtrail", *words.replace("FILE", str(file)).split()])
            patch.setenv("DATABASE_URL", shared_programme.url)
            capsys.readouterr()
            with pytest.raises(SystemExit) as ended:
                main.main()
        return int(ended.value.code or 0), "".join(capsys.readouterr()).splitlines()

    return running


@pytest.mark.parametrize("words", REFUSED)
def test_a_refused_command_line_shows_nothing_of_python(words: str, run: Run) -> None:
    code, lines = run(words)

    assert code
    assert any(line.strip() for line in lines)
    assert [] == [(line, found) for line in lines if (found := marks(_prose(line)))]


@pytest.mark.parametrize(
    "words",
    [
        "commands",
        "commands SetCondition",
        "timeline worcestershire-partnership",
        "funding ace-cumbria --explain awarded",
        "delays",
        "delays --group-by quarter",
        "discrepancies",
        "period cbp",
        "period cbp --from 2004-04-01 --to 2005-03-31",
        "bank matches",
        "projections status",
        "audit --limit 3",
    ],
)
def test_an_answer_on_the_terminal_shows_nothing_of_python(words: str, run: Run) -> None:
    code, lines = run(words)

    assert 0 == code
    assert [] == [(line, found) for line in lines if (found := marks(_prose(line)))]


def _prose(line: str) -> str:
    """*line* without the columns of a table, which are apart by spaces, and without what JSON has besides texts."""
    return re.sub(r" {2,}", " ", line.replace("[]", "").replace('["', "").replace('"]', ""))


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ partnership { id } }", None),
        ('{ partnership(id: "a", code: "b") { id } }', None),
        ("{ partnerships(first: -1) { nodes { id } } }", None),
        ("{ partnerships(first: 5, last: 5) { nodes { id } } }", None),
        ('{ partnerships(after: "x") { nodes { id } } }', None),
        ('{ partnership(code: "dip") { funding(asAt: "2004-13-01") { currency } } }', None),
        ('{ partnership(code: "dip") { funding(knownAt: "x") { currency } } }', None),
        ('{ partnership(code: "dip") { timeline(lanes: [NOTHING]) { nodes { title } } } }', None),
        ("query ($n: Int!) { partnerships(first: $n) { nodes { id } } }", {}),
        ("query ($n: Int!) { partnerships(first: $n) { nodes { id } } }", {"n": None}),
        ("query ($n: Int!) { partnerships(first: $n) { nodes { id } } }", {"n": ["x"]}),
        ("query ($f: PartnershipFilter) { partnerships(filter: $f) { nodes { id } } }", {"f": {"nothing": True}}),
        ("query ($f: PartnershipFilter) { partnerships(filter: $f) { nodes { id } } }", {"f": {"text": 5}}),
        ("query ($d: Date) { delays(asAt: $d) { nodes { id } } }", {"d": 5}),
        ("query ($d: Date) { delays(asAt: $d) { nodes { id } } }", {"d": "yesterday"}),
        ('{ node(id: "x") { id } }', None),
        ('{ log(atLeast: "9999999") { position } }', None),
    ],
)
def test_a_question_that_is_refused_shows_nothing_of_python(
    query: str, variables: dict[str, Any] | None, shared_api: Api
) -> None:
    answer = shared_api.post(query, variables).json()

    messages = [error["message"] for error in answer.get("errors", [])]
    assert [] == [(message, found) for message in messages if (found := marks(message))]
