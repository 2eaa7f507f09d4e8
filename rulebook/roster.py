"""Which days a unit works: those of the office's calendar, or every day of the year."""

from typing import Literal

Roster = Literal["working", "every_day"]
