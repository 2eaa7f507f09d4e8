"""`suqiu petition ACTION` at the door: its kind corrected, who asks, how urgent it is, whether it is a double."""

from typing import TYPE_CHECKING, Any, Literal

from cli.doors import intake_of
from cli.failures import WrongUse
from cli.options import COMMON, Common
from cli.petitions.acting import ANYONE, ByAnyone, ByStaff, act

if TYPE_CHECKING:
    from office.composition import Office


def reclassify(
    receipt: str,
    /,
    *,
    category: str | None = None,
    tier: str | None = None,
    matter: str | None = None,
    complained_about: str | None = None,
    reason: str,
    doing: ByStaff,
    common: Common = COMMON,
) -> int:
    """更正类别: correct its kind after the dispatch. The time already used stays used.

    Parameters
    ----------
    receipt
        The petition's receipt.
    category
        The id of a category of the rulebook (`suqiu rulebook check` lists them).
    tier
        The id of a tier of the rulebook.
    matter
        The id of an entry of the catalogue.
    complained_about
        The id of a unit the resident complains about: it gets no part in this petition.
    reason
        Why. Kept sealed.
    """
    return act(
        "reclassify",
        receipt,
        doing,
        common,
        category=category,
        tier=tier,
        matter=matter,
        complained_about=complained_about,
        reason=reason,
    )


def contact(
    receipt: str,
    /,
    *,
    how: Literal["call", "visit", "message", "in_person"] = "call",
    doing: ByStaff,
    common: Common = COMMON,
) -> int:
    """联系居民: somebody spoke with the resident about it. It stops the clock of the first contact.

    Parameters
    ----------
    receipt
        The petition's receipt.
    how
        call (the default), visit, message or in_person.
    """
    return act("contact", receipt, doing, common, how=how)


def urgent(
    receipt: str,
    /,
    *,
    cause: Literal["life", "elderly", "minor", "none"],
    doing: ByStaff,
    common: Common = COMMON,
) -> int:
    """紧急: note who is in danger or in need. It is served before others; its deadlines stay.

    Parameters
    ----------
    receipt
        The petition's receipt.
    cause
        life 危及生命, elderly 七十岁以上, minor 未成年人; none: no longer urgent.
    """
    return act("urgent", receipt, doing, common, cause=None if cause == "none" else cause)


def merge(receipt: str, /, *, into: str, reason: str, doing: ByStaff, common: Common = COMMON) -> int:
    """并案: the same thing was reported already. Its clocks end; its resident keeps the receipt and is told.

    Parameters
    ----------
    receipt
        The receipt of the petition that is merged.
    into
        The receipt of the petition it is merged into: one that is open and not merged itself.
    reason
        Why they are the same. Kept sealed.
    """

    def other(ours: "Office", petition: str) -> dict[str, Any]:
        from office.merging import merge_target

        target = merge_target(ours.petitions, intake_of(ours).identities, petition, into)
        return {"into": target.id, "into_receipt": target.receipt}

    return act("merge", receipt, doing, common, look_up=other, reason=reason)


def unmerge(receipt: str, /, *, reason: str, doing: ByAnyone = ANYONE, common: Common = COMMON) -> int:
    """撤销并案: it was not the same thing after all. It goes on where it was, and the time in between counts.

    Parameters
    ----------
    receipt
        The receipt of the petition that was merged.
    reason
        Why it is not the same. Kept sealed.
    """
    return act("unmerge", receipt, doing, common, reason=reason)


def join(
    receipt: str,
    /,
    *,
    name: str | None = None,
    phone: str | None = None,
    address: str | None = None,
    doing: ByAnyone = ANYONE,
    common: Common = COMMON,
) -> int:
    """联名: another resident asks for the same, and is told of it like the first.

    Parameters
    ----------
    receipt
        The petition's receipt.
    name
        The other resident's name. Kept sealed, as phone and address are.
    phone
        The other resident's telephone number: the same number cannot join twice.
    address
        Where the other resident lives.
    """
    if not (name or phone or address):
        raise WrongUse("join: expected --name, --phone or --address of the resident who joins")

    def joiner(ours: "Office", petition: str) -> dict[str, Any]:
        from office.intake import BadSubmission, written_phone

        try:
            number = written_phone(phone) if phone else None
        except ValueError as error:
            raise BadSubmission(f"phone: {error}") from None
        whom = number or "\n".join((petition, name or "", address or ""))
        return {"phone": number, "resident": intake_of(ours).identities.resident(whom)}

    return act("join", receipt, doing, common, look_up=joiner, name=name, address=address)


def confidential(receipt: str, /, *, lift: bool = False, doing: ByAnyone = ANYONE, common: Common = COMMON) -> int:
    """保密: keep units from knowing who asks. They still see what is asked.

    Parameters
    ----------
    receipt
        The petition's receipt.
    lift
        Units may know again.
    """
    return act("confidential", receipt, doing, common, confidential=not lift)
