"""The rulebook's part on access: the door's units, and who notes for others. Acts and parts: `for_whom.py`."""

from pydantic import Field

from rulebook.source import Id, Sourced


class Access(Sourced):
    """With this part, staff act on and see the petitions they have a part in; without it only roles are checked.

    `door`: the units that keep the door. `notes_for`: by tier, the units that note what units of that tier did: teams
    without a desk of their own, outside bodies. Nobody notes for a tier that is not named.
    """

    door: tuple[Id, ...] = Field(min_length=1)
    notes_for: dict[Id, tuple[Id, ...]] = Field(default_factory=dict)
    rule: Id
