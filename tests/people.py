"""Baiyang's people in the tests, as its frozen rulebook names them, and whoever a unit sends."""

from aggregates.event import Actor, Role
from aggregates.known import Known
from rulebook.model import Rulebook
from tests.rulebook.books import baiyang

RESIDES = Actor.resident()
AT_THE_COUNTER = Known(how="counter", seen="id_card")
"""How a resident is known who came in person."""
ENGINE = Actor.engine()
CLERK = Actor(role=Role.CLERK, id="window-1")
GRID = Actor(role=Role.CLERK, id="lead-b-101")
OFFICER = Actor(role=Role.OFFICER, id="station-1")
"""Of the service station; in a world's story somebody of whatever unit has the petition, as its head says."""
LEGAL_AID = Actor(role=Role.OFFICER, id="legal-aid-1")
COORDINATION = Actor(role=Role.OFFICER, id="coordination-1")
SCHOOL = Actor(role=Role.OFFICER, id="contact-school-1")
CARE = Actor(role=Role.OFFICER, id="care-1")
LEADER = Actor(role=Role.LEADER, id="leader-1")
OTHER_LEADER = Actor(role=Role.LEADER, id="leader-2")
SUPERVISOR = Actor(role=Role.SUPERVISOR, id="supervisor-1")

WHO = {
    Role.RESIDENT: RESIDES,
    Role.CLERK: CLERK,
    Role.OFFICER: OFFICER,
    Role.LEADER: LEADER,
    Role.SUPERVISOR: SUPERVISOR,
    Role.ENGINE: ENGINE,
}


def somebody_of(unit: str | None, rules: Rulebook | None = None, *, but: tuple[str, ...] = ()) -> Actor:
    """The first of a unit's staff but these, in the role the rulebook gives; where no unit has it, the clerk."""
    if unit is None:
        return CLERK
    book = rules or baiyang()
    staff = [person for person in book.unit(unit).staff if person not in but]
    return Actor(role=Role(book.staff_member(staff[0]).role), id=staff[0])
