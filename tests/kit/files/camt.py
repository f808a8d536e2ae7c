"""camt.053 files for tests, as a bank writes them."""

from collections.abc import Sequence
from pathlib import Path

IBAN = "GB29NWBK60161331926819"
SPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


def balance(kind: str, amount: str, day: str, currency: str = "GBP") -> str:
    way = "DBIT" if amount.startswith("-") else "CRDT"
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="{currency}">{amount.lstrip("-")}</Amt>'
        f"<CdtDbtInd>{way}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def booked(
    amount: str,
    day: str,
    reference: str,
    end_to_end: str = "NOTPROVIDED",
    *,
    payee: str = "",
    text: str = "",
    status: str = "<Cd>BOOK</Cd>",
    returned: str = "",
    more: str = "",
) -> str:
    """A booked entry. Its amount is negative where money left the account."""
    out = amount.startswith("-")
    other = "Cdtr" if out else "Dbtr"
    party = f"<RltdPties><{other}><Pty><Nm>{payee}</Nm></Pty></{other}></RltdPties>" if payee else ""
    words = f"<RmtInf><Ustrd>{text}</Ustrd></RmtInf>" if text else ""
    reason = f"<RtrInf><Rsn><Cd>{returned}</Cd></Rsn></RtrInf>" if returned else ""
    detail = f"<TxDtls><Refs><EndToEndId>{end_to_end}</EndToEndId></Refs>{party}{words}{reason}</TxDtls>"
    return (
        f'<Ntry><Amt Ccy="GBP">{amount.lstrip("-")}</Amt><CdtDbtInd>{"DBIT" if out else "CRDT"}</CdtDbtInd>'
        f"<Sts>{status}</Sts><BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>"
        f"<AcctSvcrRef>{reference}</AcctSvcrRef><NtryDtls>{more or detail}</NtryDtls></Ntry>"
    )


def statement(
    entries: Sequence[str],
    opening: str,
    closing: str,
    *,
    identifier: str = "2004-07",
    account: str = IBAN,
    since: str = "2004-07-01T00:00:00",
    until: str = "2004-07-31T23:59:59",
    closed: str = "2004-07-31",
) -> str:
    """A statement of an account; by default of July 2004. *closed* is the date of the closing balance."""
    return (
        f"<Stmt><Id>{identifier}</Id><FrToDt><FrDtTm>{since}</FrDtTm><ToDtTm>{until}</ToDtTm>"
        f"</FrToDt><Acct><Id><IBAN>{account}</IBAN></Id></Acct>{balance('OPBD', opening, since[:10])}"
        f"{balance('CLBD', closing, closed)}{''.join(entries)}</Stmt>"
    )


def camt(path: Path, *statements: str, space: str = SPACE, before: str = "") -> Path:
    """Write a file of these statements."""
    body = "".join(statements)
    path.write_text(
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<Document xmlns="{space}"><BkToCstmrStmt>{body}</BkToCstmrStmt>'
        "</Document>",
        encoding="utf-8",
    )
    return path
