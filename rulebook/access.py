"""Who keeps the door, and who notes what others did. Which act is for whom, the program says: `for_whom.py`."""

from pydantic import Field

from rulebook.source import Id, Sourced


class Access(Sourced):
    """Under a book with this part, people act for and see the petitions they have a part in; else roles are asked only.

    `door`: the units that keep the door. `notes_for`: by tier, the units that note what units of that tier did: teams
    without a desk of their own, outside bodies. Nobody notes for a tier that is not named.
    """

    door: tuple[Id, ...] = Field(min_length=1)
    notes_for: dict[Id, tuple[Id, ...]] = Field(default_factory=dict)
    rule: Id
