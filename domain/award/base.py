"""What all commands to an award share."""

from domain.values.frozen import frozen
from domain.values.ids import AwardId
from domain.values.when import When


@frozen
class OfAward:
    """A command that is decided on the stream of the award."""

    award_id: AwardId
    on: When

    @property
    def stream(self) -> str:
        """The id of the stream that decides the command."""
        return self.award_id
