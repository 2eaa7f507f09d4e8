"""What a reader sees of a petition or a service order: shown, masked, or nothing at all, as if it were not on record.

One pure function, `sees`, for whoever asks: the shell today, an HTTP door as well. `office/reading.py` applies it. To
open sealed fields is an act, on record first; `sees` answers alike for them, and a test holds it against `decide`.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

import aggregates.orders.parts as of_orders
import aggregates.petition.parts as of_petitions
from aggregates.event import Actor, Event, Role
from aggregates.orders.state import Order
from aggregates.petition import commands as c
from aggregates.petition.decisions.access import may
from aggregates.petition.events import PetitionReceived, PetitionReclassified, PetitionTriaged
from aggregates.petition.for_whom import MAY_KNOW_WHO
from aggregates.petition.state import Petition
from aggregates.petition.what_may_follow import STAFF, TABLE
from rulebook.model import Rulebook


class Seen(StrEnum):
    """What a reader gets. `UNKNOWN`: the words for what is not on record, for this and for everything of the case."""

    SHOWN = "shown"
    MASKED = "masked"
    UNKNOWN = "unknown"


class Field(StrEnum):
    """What there is to see of a case."""

    CASE = "case"
    """Stage, unit, clocks, what happened and who may do what: no personal data."""
    COMPLAINT = "complaint"
    """Which units it complains about."""
    OTHER = "other"
    """The petition it was merged into, or that an order was raised from."""
    TEXT = "text"
    """What the resident says. Opening it is an act."""
    IDENTITY = "identity"
    """Name and telephone number, as first given; of a petition the address, too. Opening it is an act."""
    ADDRESS = "address"
    """Of an order: where to come to. Opening it is an act."""


class Complaint(NamedTuple):
    """Whom a petition complains about: units, and their people of the day each was named."""

    units: tuple[str, ...]
    people: tuple[str, ...]


NO_COMPLAINT = Complaint((), ())


def complaint_of(case: Petition | Order) -> Complaint:
    """Whom a case complains about; an order: the petition it was raised from."""
    if isinstance(case, Petition):
        return Complaint(case.complained_about, case.recused)
    return NO_COMPLAINT if case.origin is None else Complaint(case.origin.complained_about, case.origin.recused)


def complaint_in(events: Iterable[Event]) -> Complaint:
    """Whom a petition complains about, from those of its events that name a unit: `complaint_of` its whole fold."""
    units: dict[str, None] = {}
    people: dict[str, None] = {}
    for event in events:
        if isinstance(event, PetitionReceived | PetitionTriaged | PetitionReclassified) and event.complained_about:
            units[event.complained_about] = None
            people.update(dict.fromkeys(event.recused or ()))
    return Complaint(tuple(units), tuple(people))


def kept_from(reader: Actor | None, complaint: Complaint, rules: Rulebook) -> bool:
    """Whether a case with this complaint is unknown to a reader. None: whoever is at the machine and gives no name.

    Who gives no name could be anybody, also of the unit complained about: nobody's complaint is shown to them.
    """
    if not complaint.units:
        return False
    if reader is None:
        return True
    if reader.role in (Role.RESIDENT, Role.ENGINE):
        return False
    today = (person for unit in complaint.units for person in of_petitions.staff_of(unit, rules))
    return reader.id in (*complaint.people, *today)


def sees(reader: Actor | None, case: Petition | Order, field: Field, rules: Rulebook) -> Seen:
    """What a reader sees of a field of a case. `reader` None: whoever is at the machine and gives no name."""
    if kept_from(reader, complaint_of(case), rules):
        return Seen.UNKNOWN
    if field is Field.CASE:
        return Seen.SHOWN
    return Seen.SHOWN if reader is not None and _reads(reader, case, field, rules) else Seen.MASKED


def _reads(reader: Actor, case: Petition | Order, field: Field, rules: Rulebook) -> bool:
    """Whether a named reader may see what is not for all of the staff; a resident knows what they ordered from."""
    if reader.role is Role.SUPERVISOR:
        return True
    if reader.role not in STAFF:
        return reader.role is Role.RESIDENT and field is Field.OTHER and isinstance(case, Order)
    if isinstance(case, Petition):
        open_to = rules.access is None or may(reader.id, TABLE[c.ReadSealedFields].parts, case, rules)
        knows = rules.access is None or may(reader.id, MAY_KNOW_WHO, case, rules)
        confidential = case.keeps_who(1) and field in (Field.IDENTITY, Field.ADDRESS)
    else:
        open_to = of_orders.opens(reader, case, rules)
        knows = rules.access is None or of_orders.may(reader.id, MAY_KNOW_WHO, case, rules)
        confidential = case.origin is not None and case.origin.confidential and field is Field.IDENTITY
    return open_to and not (confidential and (reader.role is Role.OFFICER or not knows))
