"""What all events and commands of what partners do jointly share."""

from domain.entries import OfEntry
from domain.values.frozen import frozen
from domain.values.ids import PartnershipId
from domain.values.when import When


@frozen
class OfPartners(OfEntry):
    """An event of an entry on the stream of a partnership."""

    partnership_id: PartnershipId


@frozen
class OfPartnership:
    """A command that is decided on the stream of the partnership."""

    partnership_id: PartnershipId
    on: When

    @property
    def stream(self) -> str:
        """The id of the stream that decides the command."""
        return self.partnership_id
