"""Joining a person's petitions: only where they prove that both are theirs, by both codes or at the counter.

What is joined stands beside the keys and in no event (`eventstore/persons.py`): erasing and retention go by it.
"""

from aggregates.event import Actor, Role
from aggregates.known import Known
from aggregates.petition.decisions import Refused
from eventstore.log import EventLog
from eventstore.persons import Vouched, link, linked
from office.clock import Now

AT_THE_COUNTER = frozenset({Role.CLERK, Role.LEADER})


class Persons:
    """Links pseudonyms, and says which are linked."""

    def __init__(self, event_log: EventLog, now: Now) -> None:
        """Use a log, for its keys, and a clock."""
        self._petitions = event_log
        self._now = now

    def link(self, one: str, other: str, by: Actor, known: Known) -> bool:
        """Note that two residents are one person; False: that was known.

        `known`: by `code`, where both codes were given; else at the `counter`, by a member of staff.

        Raises:
            Refused: nobody has proven it, or it is not for this role.
            PersistenceError: the database was lost.
        """
        if not known.proven or (known.how == "counter" and by.role not in AT_THE_COUNTER):
            raise Refused("not-proven", "link: needs both codes, or the resident at the counter with a paper (--seen)")
        vouched = Vouched(known.how, known.seen, f"{by.role}:{by.id}", self._now())
        with self._petitions.datastore.get_connection() as connection:
            return link(connection, one, other, vouched)

    def of(self, resident: str) -> tuple[str, ...]:
        """All pseudonyms of this resident's person, this one first."""
        with self._petitions.datastore.get_connection() as connection:
            return linked(connection, resident)
