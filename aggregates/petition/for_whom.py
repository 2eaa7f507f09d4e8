"""What part somebody of the staff may have in a petition or a service order, and which of them go with acts.

The tables in `what_may_follow.py`, here and of orders, say for each command which part it is for; `docs/life.md` and
`docs/orders.md` render them. Who has which part is found in `parts.py`, here and of orders. The resident acts with the
code, the engine by the agenda, and the supervisory committee sees everything and changes nothing: none of them needs
a part.
"""

from enum import StrEnum


class Part(StrEnum):
    """What somebody of the staff has to do with a petition or an order. The words are those of a refusal."""

    ANYBODY = "anybody of the staff"
    DOOR = "who keeps the door"
    DOORS_TURN = "who keeps the door, while the next step is the door's"
    TOOK_IN = "who took it in"
    ON_THE_SPOT = "the section or building lead of the place, at the lowest tier"
    IN_CHARGE = "the unit in charge"
    BELOW = "a unit below that keeps working"
    ASSISTING = "a unit that assists"
    NOTES = "who notes for the units of its tier"
    PAPERS = "the unit the papers are for"
    CENTRE = "the centre the resident is brought to"
    REVIEWING = "the unit that reviews"
    LEADER = "a leader of its tier or above"
    OFFERS = "who acts for a unit that takes orders"


P = Part
UNIT = frozenset({P.IN_CHARGE, P.NOTES})
"""What the unit alone decides, noted by itself or, where the rulebook says so, for it."""
AT_WORK = frozenset({P.IN_CHARGE, P.BELOW, P.ASSISTING})
CARRIES = AT_WORK | {P.DOOR, P.TOOK_IN}
DOOR = frozenset({P.DOOR, P.LEADER})
ANYBODY = frozenset({P.ANYBODY})
LEADER = frozenset({P.LEADER})
NOBODY: frozenset[Part] = frozenset()
ORDERS_DESK = DOOR
"""Who sees to service orders: the door gives them out and notes what their units did."""
ORDERS_UNIT = DOOR | {P.IN_CHARGE}
FOR_WHO_ORDERED = DOOR | {P.TOOK_IN}

MAY_KNOW_WHO = frozenset({P.TOOK_IN, P.DOORS_TURN, P.LEADER})
"""Who may see the identity behind a confidential petition; units never do."""
