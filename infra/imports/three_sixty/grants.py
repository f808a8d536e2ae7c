"""Read grants in the 360Giving Data Standard (1.4): its JSON as a stream, and what each grant states.

The standard: https://standard.threesixtygiving.org. A register is known by the publisher's prefix in the identifiers of
its grants. An identifier is never used for another grant.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import ijson
import msgspec

from domain.award import Particular, Transaction
from domain.organisation import one_code
from domain.stated_grant import (
    StatedComponent,
    StatedGrant,
    StatedOrganisation,
    StatedPeriod,
    StatedTransaction,
)
from domain.values.money import Money, total
from domain.values.when import UNKNOWN, When
from infra.files.bounded import BoundedFile, UnreadableFile, refuse_other_encodings
from infra.files.escapes import HalfPairs
from infra.imports.rows.naming import NO_SOURCE, identifiers_of, named_programme, slug
from infra.imports.rows.parsing import LONGEST_NAME, Dates, Fields, Problem
from infra.imports.rows.quarantine import AcceptedRow, QuarantinedRow, RawRow, RowRead

PREFIX = re.compile(r"(360G-[A-Za-z0-9]+)[-:].+")
# The most fields of a grant.
MOST_FIELDS = 5_000


# The deepest nesting of brackets: the work of the JSON reader grows with its square.
DEEPEST = 500
# Python refuses whole numbers of more than 4,300 digits, and ijson ends the whole process at such a number.
_ENDLESS = re.compile(rb"[0-9]{1000}")
_TOO_LONG = "The file has a number of about 1,000 digits or more. It is not a list of grants."
_NO_BRACKET = bytes(set(range(256)) - set(b"[]{}"))
_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


class _Source:
    """A file for ijson: without a byte order mark. Too deep nesting and endless numbers are refused."""

    def __init__(self, file: BoundedFile) -> None:
        self._file = file
        self._begun = False
        self._depth = 0
        self._digits = b""
        self._half_pairs = HalfPairs()

    def read(self, size: int) -> bytes:
        """The next bytes. With *size* 0 ijson only asks whether it reads bytes or text. Raises UnreadableFile."""
        if size == 0:
            return b""
        chunk = self._file.read(size)
        if not self._begun:
            self._begun = True
            chunk = refuse_other_encodings(chunk) or chunk
        if _ENDLESS.search(self._digits + chunk):
            raise UnreadableFile("number_too_long", _TOO_LONG)
        self._half_pairs.refuse(chunk)
        # A number at the end of these bytes may continue in the next.
        self._digits = (self._digits + chunk)[-999:]
        for bracket in chunk.translate(None, _NO_BRACKET):
            self._depth += _STEP[bracket]
            if self._depth > DEEPEST:
                raise UnreadableFile(
                    "too_deep", f"The file has more than {DEEPEST} nested brackets. It is not a list of grants."
                )
        return chunk

    def row(self) -> None:
        """Note that a row has been read. The depth starts again, because brackets in its texts were counted too."""
        self._file.row()
        self._depth = 0


def read_json(file: BoundedFile) -> Iterator[RawRow]:
    """The grants of a 360Giving package, one by one. Raises UnreadableFile where it cannot be read on."""
    number = 0
    source = _Source(file)
    try:
        for raw in ijson.items(source, "grants.item"):
            source.row()
            number += 1
            yield RawRow(number=number, place=f"grants/{number - 1}", raw=raw)
    except ijson.IncompleteJSONError as error:
        raise UnreadableFile(*_code_and_sentence(error), f"after grant {number}") from error
    except ijson.JSONError as error:
        raise UnreadableFile("not_json", "The file is not JSON.", f"after grant {number}") from error
    except ArithmeticError as error:
        raise UnreadableFile("number_too_long", _TOO_LONG, f"after grant {number}") from error
    except (UnicodeDecodeError, ValueError) as error:
        raise UnreadableFile(
            "not_json", f"The file cannot be read as JSON: {error}.", f"after grant {number}"
        ) from error
    if not number:
        raise UnreadableFile(
            "no_grants", 'The file has no list of grants. A 360Giving package has its grants in a list "grants".'
        )


def _code_and_sentence(error: Exception) -> tuple[str, str]:
    """The code and the sentence for an *error* of the JSON reader."""
    message = str(error)
    if "UTF8" in message or "UTF-8" in message:
        return "encoding", "The file is not in UTF-8. Save it in UTF-8."
    if "premature EOF" in message or "Incomplete" in message:
        return "truncated", "The file ends in the middle. Part of it is missing."
    return "not_json", "The file is not JSON."


def parse_row(row: RawRow, dates: Dates, register: str | None = None) -> RowRead:
    """The grant that *row* states, or the problems for which it is put aside. *register* replaces the prefix."""
    if not isinstance(row.raw, dict):
        hint = "This is not a grant. Write a grant as a JSON object."
        return QuarantinedRow(row, None, None, (Problem("", "", "not_a_grant", hint),))
    fields = Fields(row.raw, dates)
    identifier = fields.required("id", longest=LONGEST_NAME)
    its_register = register_of(identifier, register)
    if identifier and its_register is None:
        fields.add_problem(
            ("id",),
            identifier,
            "no_prefix",
            "The identifier does not begin with 360G- and a publisher. Correct it, or name the register (--register).",
        )
    grant = _grant(fields, identifier, its_register or "")
    if grant is None or fields.problems:
        return QuarantinedRow(row, its_register, identifier or None, tuple(fields.problems))
    return AcceptedRow(row, grant, tuple(fields.warnings))


def register_of(identifier: str, register: str | None) -> str | None:
    """The register of a grant: *register*, or otherwise the prefix of its publisher; None without a prefix."""
    prefix = PREFIX.fullmatch(identifier)
    return register or (prefix[1] if prefix else None)


def _grant(fields: Fields, identifier: str, register: str) -> StatedGrant | None:
    currency = fields.currency("currency")
    if currency is None and fields.value("currency") is None:
        fields.add_missing("currency")
    awarded = fields.amount("amountAwarded", currency=currency)
    if awarded is None and fields.value("amountAwarded") is None:
        fields.add_missing("amountAwarded")
    awarded_on = fields.date("awardDate")
    if awarded_on is None and fields.value("awardDate") is None:
        fields.add_missing("awardDate")
    funders, recipients = _organisations(fields, "fundingOrganization"), _recipients(fields)
    requested, requested_on = _requested(fields, currency)
    disbursed = fields.amount("amountDisbursed", currency=currency)
    known = {one.code for one in (*funders, *recipients)}
    transactions = _transactions(fields, currency, known)
    if not transactions and disbursed is not None and disbursed.amount:
        transactions = (StatedTransaction(kind=Transaction.DISBURSED_IN_ALL, amount=disbursed),)
    title, particulars = fields.required("title"), _particulars(fields)
    periods = tuple(_periods(fields, "plannedDates", "planned")) + tuple(_periods(fields, "actualDates", "actual"))
    components = tuple(_commitments(fields, currency))
    modified, related = fields.date("dateModified"), _related(fields)
    if awarded is None or awarded_on is None or not recipients or not funders:
        return None
    programme_code, programme_name = named_programme(register, f"Register {register}", awarded.currency)
    scheme = fields.text("grantProgramme", 0, "title") or fields.text("grantProgramme", 0, "code")
    return StatedGrant(
        register=register,
        identifier=identifier,
        source=NO_SOURCE,
        programme_code=programme_code,
        programme_name=programme_name,
        scheme_code=f"{programme_code}/{slug(fields.text('grantProgramme', 0, 'code') or scheme or 'no-programme')}",
        scheme_name=scheme or "No programme stated",
        scheme_titled=fields.text("grantProgramme", 0, "title") is not None,
        funder=funders[0],
        involved=tuple((one, "funder") for one in funders[1:]),
        recipients=recipients,
        title=title,
        description=fields.text("description"),
        requested=requested,
        requested_on=requested_on,
        awarded=awarded,
        awarded_on=awarded_on,
        basis="360Giving",
        disbursed=disbursed,
        components=components,
        transactions=transactions,
        periods=periods,
        regrant=fields.text("regrantType"),
        related=related,
        modified=modified,
        said=particulars,
    )


def _organisations(fields: Fields, name: str) -> tuple[StatedOrganisation, ...]:
    found = []
    for nth in range(fields.length(name)):
        code = one_code(fields.required(name, nth, "id", longest=LONGEST_NAME))
        given = [
            ("GB-CHC", fields.text(name, nth, "charityNumber", longest=LONGEST_NAME)),
            ("GB-COH", fields.text(name, nth, "companyNumber", longest=LONGEST_NAME)),
        ]
        found.append(
            StatedOrganisation(
                code=code,
                name=fields.required(name, nth, "name", longest=LONGEST_TEXT_OF_NAME),
                kind=fields.text(name, nth, "organisationType", longest=LONGEST_NAME),
                identifiers=identifiers_of(code, given),
            )
        )
    if not found and not any(problem.field == name for problem in fields.problems) and name == "fundingOrganization":
        fields.add_missing(name)
    return tuple(found)


LONGEST_TEXT_OF_NAME = 1_000


def _recipients(fields: Fields) -> tuple[StatedOrganisation, ...]:
    """The organisations, or the one individual, that receive the grant."""
    individual = fields.value("recipientIndividual")
    if individual is not None and fields.value("recipientOrganization") is None:
        code = one_code(fields.required("recipientIndividual", "id", longest=LONGEST_NAME))
        name = fields.required("recipientIndividual", "name", longest=LONGEST_TEXT_OF_NAME)
        return (StatedOrganisation(code=code, name=name, kind="individual"),)
    found = _organisations(fields, "recipientOrganization")
    if not found and not any(problem.field == "recipientOrganization" for problem in fields.problems):
        fields.add_missing("recipientOrganization")
    return found


def _requested(fields: Fields, currency: str | None) -> tuple[Money | None, When]:
    """The amount applied for and the first date of an application. Without an amount it is the sum of applications."""
    asked = fields.amount("amountAppliedFor", currency=currency)
    days, amounts = [], []
    for nth in range(fields.length("applicationTransaction")):
        at = ("applicationTransaction", nth)
        of = fields.currency(*at, "currency") or currency
        amount, day = fields.amount(*at, "value", currency=of), _day(fields, *at)
        amounts += [amount] if amount is not None and of == currency else []
        days += [day] if day.is_known else []
    if asked is None and amounts:
        asked = total(amounts, amounts[0].currency)
    return asked, min(days, key=lambda day: day.text, default=UNKNOWN)


def _day(fields: Fields, *at: str | int) -> When:
    return fields.date(*at, "transactionDate") or fields.date(*at, "valueDate") or UNKNOWN


def _transactions(fields: Fields, currency: str | None, known: set[str]) -> tuple[StatedTransaction, ...]:
    """The disbursements. A negative one is money that was returned."""
    found = []
    for nth in range(fields.length("disbursementTransaction")):
        at = ("disbursementTransaction", nth)
        amount = fields.amount(*at, "value", currency=fields.currency(*at, "currency") or currency)
        if amount is None:
            if fields.value(*at, "value") is None:
                fields.add_missing(*at, "value")
            continue
        returned = amount.amount < 0
        payer, payee = (
            one_code(fields.text(*at, name, longest=LONGEST_NAME) or "") for name in ("provider", "recipient")
        )
        found.append(
            StatedTransaction(
                kind=Transaction.RETURN if returned else Transaction.DISBURSEMENT,
                amount=Money.zero(amount.currency) - amount if returned else amount,
                on=_day(fields, *at),
                reference=fields.text(*at, "id", longest=LONGEST_NAME),
                payer=payer if payer in known else None,
                payee=payee if payee in known else None,
                description=fields.text(*at, "description"),
            )
        )
    return tuple(found)


def _commitments(fields: Fields, currency: str | None) -> Iterator[StatedComponent]:
    """The commitments that add up to the amount awarded. They are the same money, in parts."""
    for nth in range(fields.length("commitmentTransaction")):
        at = ("commitmentTransaction", nth)
        amount = fields.amount(*at, "value", currency=fields.currency(*at, "currency") or currency)
        name = fields.text(*at, "id", longest=LONGEST_NAME) or str(nth + 1)
        if amount is not None:
            yield StatedComponent(purpose=f"commitment {name}", amount=amount, on=_day(fields, *at))


def _periods(fields: Fields, name: str, sense: str) -> Iterator[StatedPeriod]:
    for nth in range(fields.length(name)):
        start, end = fields.date(name, nth, "startDate"), fields.date(name, nth, "endDate")
        yield StatedPeriod(sense=sense, number=nth + 1, on=start or UNKNOWN, until=end)


def _related(fields: Fields) -> tuple[str, ...]:
    texts = (
        fields.text("relatedActivity", nth, longest=LONGEST_NAME) for nth in range(fields.length("relatedActivity"))
    )
    return tuple(text for text in texts if text is not None)


def _particulars(fields: Fields) -> tuple[Particular, ...]:
    """Every field of the row as text, by its path, sorted, so that a row with its fields moved is the same row."""
    found: list[tuple[str, str]] = []
    waiting: list[tuple[str, Any]] = [("", fields.raw)]
    while waiting:
        path, value = waiting.pop()
        before = f"{path}/" if path else ""
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            # Nearly all values are printable text.
            if type(part) is str and part.isprintable():
                found.append((f"{before}{key}", part))
            elif isinstance(part, dict | list):
                waiting.append((f"{before}{key}", part))
            elif part is not None:
                _add_text(found, fields, f"{before}{key}", part)
        if len(found) + len(waiting) > MOST_FIELDS:
            hint = f"The grant has too many fields. It may have at most {MOST_FIELDS:,}."
            fields.add_problem((path,), value, "too_many_fields", hint)
            return ()
    found.sort()
    # One call converts them in a third of the time of creating them one by one.
    return msgspec.convert([{"name": name, "value": text} for name, text in found], tuple[Particular, ...])


def _add_text(found: list[tuple[str, str]], fields: Fields, path: str, value: object) -> None:
    text = _text_of(value)
    if text is not None:
        found.append((path, text))
    elif path not in {problem.field for problem in fields.problems}:
        fields.add_problem((path,), value, "control_character", "The text has control characters. Take them out.")


def _text_of(value: object) -> str | None:
    """A value as text; None where it cannot be stored."""
    if isinstance(value, bool):
        return "true" if value else "false"
    # Written in full, 1e999999999 has a thousand million digits.
    text = f"{value:f}" if isinstance(value, Decimal) and abs(value.adjusted()) < 1_000 else str(value)
    if text.isprintable():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return None
    return None if "\x00" in text else text
