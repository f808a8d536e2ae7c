"""The rules by which returns in the programme's fields and certificates are refused."""

from domain.values.refusal import Refused


class ReturnAnswersDiffer(Refused):
    """The return does not answer {field} as the template has it. It answers each field of the template once."""


class ReturnHoursNegative(Refused):
    """The return took {hours} hours. It takes 0 or more."""


class ReturnNotFiled(Refused):
    """Return {number} is not filed, or was judged since. It is judged once after each filing."""


class ReturnAccepted(Refused):
    """Return {number} was accepted. An accepted return is not filed again."""


class QueryUnexplained(Refused):
    """No reason was given. Say what is queried."""


class CertificateEmpty(Refused):
    """The post or the wording is empty. A certificate says who certifies, and what."""


class CertificateNumberTaken(Refused):
    """The award already has a different certificate {number}. Use another number."""


class CertificateNumberNotPositive(Refused):
    """The number is {number}. Certificates are numbered from 1."""


class CertificateDayUnclear(Refused):
    """The figures are as at {as_at}, and the certificate is of {on}. The figures are as at one day, on that day or
    earlier.
    """
