"""Who reads: the option of commands that show petitions, orders, or lists of them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from cli.doors import actor, partner_or_staff

if TYPE_CHECKING:
    from aggregates.event import Actor
    from rulebook.model import Rulebook

NAMELESS = "left out: whoever is at this machine, to whom petitions that complain about a unit are unknown"


@Parameter(name="*")
@dataclass(frozen=True)
class Reads:
    """What commands take that show petitions, orders, or lists of them."""

    by: Annotated[str | None, Parameter(name="--by", help=f"Who reads: a staff id or name ({NAMELESS}).")] = None

    def reader(self, rules: "Rulebook") -> "Actor | None":
        """Who reads; None: no name was given.

        Raises:
            WrongUse: the roster has nobody of this name.
        """
        return None if self.by is None else actor(self.by, rules)

    def orders_reader(self, rules: "Rulebook") -> "Actor | None":
        """As `reader`, of service orders, which contacts of partner units read too."""
        return None if self.by is None else partner_or_staff(self.by, rules)


READS = Reads()
