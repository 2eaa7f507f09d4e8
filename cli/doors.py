"""The store as commands use it: for a moment, with few connections, and with a receipt as the way in."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cli.failures import WrongUse
from cli.options import Common

if TYPE_CHECKING:
    from aggregates.event import Actor
    from office.composition import Office
    from office.intake import Intake
    from office.reading import Read
    from rulebook.model import Rulebook
    from rulebook.people import Staff

FEW = 2


@contextmanager
def opened(common: Common) -> "Iterator[Office]":
    """The office on the store these options mean; errors of its parts go to stderr.

    Raises:
        NotReachable, SettingsError: see `office.composition.office`.
    """
    from office.composition import office
    from office.logs import only_errors

    only_errors()
    with office(common.settings(), pool_size=FEW) as ours:
        yield ours


def intake_of(ours: "Office") -> "Intake":
    """The office's intake.

    Raises:
        WrongUse: there is no master key, and without it no receipt can be made or read.
    """
    if ours.intake is None:
        raise WrongUse("no master key: set SUQIU_MASTER_KEY, or give the data folder that has the key with --data")
    return ours.intake


def petition_of(ours: "Office", receipt: str, reader: "Actor | None") -> str:
    """The petition of a receipt or, for who gives a name, of an internal id.

    Raises:
        BadReceipt: it cannot be one.
        NotOnRecord: nobody here has given it out, or this reader may not know of it.
    """
    return read_petition(ours, receipt, reader).stream


def read_petition(ours: "Office", receipt: str, reader: "Actor | None") -> "Read":
    """As `petition_of`, with its records and what of it the reader is shown."""
    from office.reading import petition_for

    return petition_for(ours, intake_of(ours).identities, receipt, reader)


def stream_of_receipt(ours: "Office", receipt: str) -> str:
    """The petition or order of a receipt, if there is one.

    Raises:
        BadReceipt: it cannot be one.
    """
    from aggregates.streams import ORDER

    petition = intake_of(ours).identities.petition(receipt)
    return petition if ours.event_log.read(petition) else ORDER + petition.partition("-")[2]


def actor(who: str | None, rules: "Rulebook") -> "Actor":
    """Who acts: a member of staff by id or name, in the role the roster says; the resident when nobody is named.

    Raises:
        WrongUse: the roster has nobody of this name.
    """
    from aggregates.event import Actor, Role

    if who is None:
        return Actor.resident()
    member = staff_called(who, rules)
    return Actor(role=Role(member.role), id=member.id)


def partner_or_staff(who: str | None, rules: "Rulebook") -> "Actor":
    """Who acts: as for petitions, and contacts of partner units beside.

    Raises:
        UnknownName: neither the roster nor a partner unit has anybody of this name.
    """
    from aggregates.event import Actor, Role

    partners = rules.service_orders.partners if rules.service_orders else ()
    if any(who in partner.contacts for partner in partners):
        return Actor(role=Role.OFFICER, id=str(who))
    return actor(who, rules)


def staff_called(who: str, rules: "Rulebook", option: str = "--by") -> "Staff":
    """The member of staff called so, by id or name.

    Raises:
        WrongUse: the roster has nobody of this name; it says where everybody is listed.
    """
    from rulebook.problems import UnknownName, one_of

    try:
        return rules.staff_member(who)
    except UnknownName:
        known = [each.id if who.isascii() else each.name for each in rules.staff]
        raise WrongUse(
            f"{option}: no staff member is called {who!r}; expected {one_of(known, who)}, "
            "as `suqiu rulebook staff` lists them"
        ) from None
