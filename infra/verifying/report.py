"""The report of a verification: for the terminal, as JSON, and as a page that an auditor can keep."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import chain, takewhile
from typing import Any

from domain.values.shown import shown_count
from infra.verifying.checking import Report
from infra.verifying.findings import Finding, Looked, Quoted, Result, Severity

FORMAT = "fundtrail verification 1"


def in_words(looked: Sequence[Looked]) -> str:
    """What a check has looked at: 1,375 events, 461 streams."""
    tables = [one for one in looked if one.sha256 is not None]
    words = [shown_count(one.number, one.what) for one in looked if one.sha256 is None]
    if tables:
        rows = shown_count(sum(one.number for one in tables), "row")
        words.append(f"{rows} of {tables[0].what if len(tables) == 1 else shown_count(len(tables), 'table')}")
    return ", ".join(words)


def outcome(result: Result) -> str:
    """What a check came to: agrees, or how many things differ."""
    if not result.differs:
        return "agrees"
    differing = sum(finding.severity is Severity.DIFFERS for finding in result.findings) + result.more
    return shown_count(differing, "difference")


def place(finding: Finding) -> str:
    """Where something was found: stream, position, table and row, as far as it has one."""
    parts = {"stream": finding.stream, "position": finding.position, "table": finding.table, "row": finding.row}
    return ", ".join(f"{name} {value}" for name, value in parts.items() if value is not None)


def sides(finding: Finding) -> list[tuple[str, str | None, str | None]]:
    """What was found and what was expected, by column. What is no row has one line without the name of a column.

    Of a long text such as a function, only the lines that differ.
    """
    if isinstance(finding.found, str) and isinstance(finding.expected, str):
        return [("", *_apart(finding.found.splitlines(), finding.expected.splitlines()))]
    found, expected = _by_column(finding.found), _by_column(finding.expected)
    return [(column, found.get(column), expected.get(column)) for column in {**expected, **found}]


def _apart(found: list[str], expected: list[str]) -> tuple[str, str]:
    """The lines of both without those with which both begin and end."""
    begins = _same(found, expected)
    ends = _same(found[begins:][::-1], expected[begins:][::-1])
    return "\n".join(found[begins : len(found) - ends]), "\n".join(expected[begins : len(expected) - ends])


def _same(one: Sequence[str], other: Sequence[str]) -> int:
    """The number of lines with which both begin."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _by_column(quoted: Quoted) -> Mapping[str, str | None]:
    if quoted is None:
        return {}
    return {"": quoted} if isinstance(quoted, str) else quoted


# --- JSON -------------------------------------------------------------------------------------------------------------


def as_json(report: Report) -> dict[str, Any]:
    """The report for programs."""
    return {
        "format": FORMAT,
        "database": report.database,
        "fundtrail": report.fundtrail,
        "postgresql": report.server,
        "at": report.at.isoformat(),
        "position": report.position,
        "differs": report.differs,
        "checks": [
            {
                "name": result.check.name,
                "about": result.check.about,
                "differs": result.differs,
                "seconds": round(result.seconds, 3),
                "looked": [one._asdict() for one in result.looked],
                "findings": [
                    {"check": result.check.name} | finding._asdict() | {"severity": finding.severity.value}
                    for finding in result.findings
                ],
                "more": result.more,
            }
            for result in report.results
        ],
    }


# --- The page ---------------------------------------------------------------------------------------------------------

_STYLE = """body { font: 16px/1.5 sans-serif; max-width: 62em; margin: 2em auto; padding: 0 1em }
table { border-collapse: collapse; margin: 1em 0 }
th, td { border: 1px solid #999; padding: .3em .6em; text-align: left; vertical-align: top; overflow-wrap: anywhere }
.differs { color: #a00; font-weight: bold }"""


def as_page(report: Report) -> str:
    """The report as HTML in one file, which names no other."""
    return "".join(chain(_head(report), _checks(report.results), _findings(report.results), _sums(report.results)))


def _head(report: Report) -> Iterator[str]:
    title = f"Verification of the database {escape(report.database)}"
    verdict = "Something differs. The findings are below." if report.differs else "Nothing differs."
    yield f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
    yield f"<style>{_STYLE}</style></head>\n<body><h1>{title}</h1>\n"
    yield f'<p class="{"differs" if report.differs else "agrees"}">{verdict}</p>\n'
    facts = {
        "Database": report.database,
        "At": report.at.isoformat(),
        "Last position of the log": f"{report.position:,}",
        "Version of Fundtrail": report.fundtrail,
        "Version of PostgreSQL": report.server,
    }
    yield _table((), facts.items())


def _checks(results: Sequence[Result]) -> Iterator[str]:
    yield "<h2>Checks</h2>\n"
    rows = [
        (one.check.name, one.check.about, in_words(one.looked), outcome(one), f"{one.seconds:.1f}") for one in results
    ]
    yield _table(("Check", "What it shows", "Looked at", "Result", "Seconds"), rows)


def _findings(results: Sequence[Result]) -> Iterator[str]:
    yield "<h2>Findings</h2>\n"
    if not any(result.findings for result in results):
        yield "<p>None.</p>\n"
    for result in results:
        for finding in result.findings:
            said = f"<h3>{escape(result.check.name)}: {escape(finding.severity)}</h3>\n<p>{escape(finding.said)}</p>\n"
            yield said + (f"<p>{escape(where)}</p>\n" if (where := place(finding)) else "")
            quoted = [(column, *_shown(found, expected)) for column, found, expected in sides(finding)]
            yield _table(("", "Found", "Expected"), quoted) if quoted else ""
        if result.more:
            yield f"<p>{shown_count(result.more, 'more finding')} of {escape(result.check.name)}.</p>\n"


def _shown(found: str | None, expected: str | None) -> tuple[str, str]:
    return "" if found is None else found, "" if expected is None else expected


def _sums(results: Sequence[Result]) -> Iterator[str]:
    yield "<h2>Checksums</h2>\n<p>docs/verify.md of Fundtrail says how to repeat a checksum with psql.</p>\n"
    tables = [one for result in results for one in result.looked if one.sha256 is not None]
    yield _table(("Table", "Rows", "SHA-256"), [(one.what, f"{one.number:,}", one.sha256 or "") for one in tables])
    yield "</body></html>\n"


def _table(headings: Sequence[str], rows: Any) -> str:
    head = f"<tr>{''.join(f'<th>{heading}</th>' for heading in headings)}</tr>\n" if headings else ""
    cells = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows)
    body = "".join(f"<tr>{row}</tr>\n" for row in cells)
    return f"<table>\n{head}{body}</table>\n"
