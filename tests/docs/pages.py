"""The documents as tests read them: their tables, code blocks, inline code and links."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from tests.kit.paths import ROOT

DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]


def name_of(page: Path) -> str:
    """*page* as a test names it."""
    return str(page.relative_to(ROOT))


def rows(text: str) -> list[list[str]]:
    """The rows of all tables of *text*, heads included, each a list of cells."""
    lines = [line.strip() for line in text.splitlines() if line.lstrip().startswith("|")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return [row for row in cells if not all(set(cell) <= set("-: ") for cell in row)]


def inline_code(text: str) -> list[str]:
    """What stands between backticks, outside of code blocks; on one line, however the page breaks it."""
    prose = re.sub(r"^```.*?^```|^ {4}[^\n]*", "", text, flags=re.MULTILINE | re.DOTALL)
    return [" ".join(code.split()) for code in re.findall(r"(?<!`)`([^`]+)`(?!`)", prose)]


def code_lines(text: str) -> list[str]:
    """The lines of the code blocks of *text*: indented ones, and those between fences."""
    fenced = re.findall(r"^```[^\n]*\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    indented = [line[4:] for line in text.splitlines() if line.startswith("    ")]
    return [*indented, *(line for block in fenced for line in block.splitlines())]


def commands_in_blocks(text: str) -> Iterator[list[str]]:
    """The words after ``fundtrail`` of each command line in a code block, up to a pipe or redirection."""
    for line in code_lines(text):
        found = re.match(r"(?:\$ )?(?:[A-Z_]+=\S+ )*(?:\S*/)?fundtrail (.*)", line)
        if found:
            yield words_of(found[1])


def commands_in_prose(text: str) -> Iterator[list[str]]:
    """The words after ``fundtrail`` of each command line in inline code."""
    for code in inline_code(text):
        found = re.match(r"(?:[A-Z_]+=\S+ )*(?:\S*/)?fundtrail (.*)", code)
        if found:
            yield words_of(found[1])


def words_of(line: str) -> list[str]:
    """The words of a command line, without a comment, up to a pipe or redirection; what is optional counts as given."""
    words = shlex.split(re.sub(r"[][]|(?<=\w) \| (?=-)", " ", line), comments=True)
    ends = [index for index, word in enumerate(words) if word in (">", "|", "<", "&&", ";")]
    return words[: min(ends, default=len(words))]


def links(text: str) -> list[str]:
    """The targets of the links of *text*."""
    return re.findall(r"\]\(([^)\s]+)\)", text)
