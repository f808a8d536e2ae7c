"""The statement of a pack: a page for a finance officer, which ``check.py`` compares with the events."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from domain.values.money import minor_units
from domain.values.shown import shown_date
from domain.values.when import When
from infra.evidence.gathered import ADJUSTED, MOVED, UNDATED, Gathered, certificates, documents
from pages.frame.rendering import moment
from pages.frame.words import in_words
from pages.money.ladder import MEANING

FOLDER = Path(__file__).parent
CHECK = FOLDER / "check.py"


def instant(of: datetime) -> str:
    """An instant as the entries of the tree have it."""
    return of.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def digits(amount: Decimal, currency: str) -> str:
    """An amount without its currency: 75,000.00, -5.00."""
    return f"{amount:,.{minor_units(currency)}f}"


@dataclass(frozen=True, slots=True)
class Words:
    """What a statement says beside what was gathered. *pdf_missing* is why there is no PDF; empty with one."""

    key: str
    made: datetime
    pdf_missing: str = ""


def statement(gathered: Gathered, words: Words) -> str:
    """The statement as HTML."""
    question = gathered.question
    return _environment().get_template("statement.html").render(
        question=question,
        figures=gathered.figures,
        currencies=list(dict.fromkeys(one.currency for one in gathered.figures)),
        parts=(MOVED, ADJUSTED, UNDATED) if question.is_period else (MOVED, UNDATED),
        streams=gathered.streams,
        single=gathered.single,
        periods=gathered.periods,
        certificates=certificates(gathered),
        documents=documents(gathered),
        meaning=MEANING,
        key=words.key,
        made=words.made,
        pdf_missing=words.pdf_missing,
        check_digest=hashlib.sha256(CHECK.read_bytes()).hexdigest(),
    )  # fmt: skip


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "when": lambda text: shown_date(When(text)),
        "moment": moment,
        "instant": instant,
        "digits": digits,
        "decimal": Decimal,
        "event": in_words,
    }
    return made
