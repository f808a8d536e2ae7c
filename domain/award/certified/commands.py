"""The commands about returns in the programme's fields, and about certificates."""

from typing import TypeAlias

from domain.award.certified.events import ReturnAnswer
from domain.values.frozen import frozen
from domain.values.ids import AwardId
from domain.values.when import When


@frozen
class _OfAward:
    """A command that is decided on the stream of the award."""

    award_id: AwardId
    on: When

    @property
    def stream(self) -> str:
        """The id of the stream that decides the command."""
        return self.award_id


@frozen
class FileReturn(_OfAward):
    """File a return in the fields of the programme's template, and say how many hours it took.

    *template* is the version of the template. *answers* has each of its fields once. *hours* is how many hours of work
    the return took, to the nearest hour.
    """

    number: int
    template: int
    answers: tuple[ReturnAnswer, ...]
    hours: int


@frozen
class JudgeReturn(_OfAward):
    """Accept a return that was filed, or query it with a reason. After a query it is filed again.

    *accepted* is whether it was accepted.
    """

    number: int
    accepted: bool
    because: str | None = None


@frozen
class CertifyFunding(_OfAward):
    """Certify the figures of an award as at a day, in the words of whoever answers for the accounts.

    *post* is the post that certifies, such as the section 151 officer. *wording* is what is certified, in its words.
    *as_at* is the day of the figures. *documents* are the SHA-256 digests of the documents that were seen, each as 64
    hexadecimal digits.
    """

    number: int | None = None
    post: str
    wording: str
    as_at: When
    documents: tuple[str, ...] = ()


CertificateCommand: TypeAlias = FileReturn | JudgeReturn | CertifyFunding
