"""`suqiu petition ACTION`: what people do with a petition. What may follow what: `aggregates/what_may_follow.py`."""

from typing import Literal

from cli.acting import ANYONE, ByAnyone, ByStaff, act, look
from cli.options import COMMON, Common


def triage(
    receipt: str,
    /,
    *,
    category: str | None = None,
    tier: str | None = None,
    matter: str | None = None,
    doing: ByStaff,
    common: Common = COMMON,
) -> int:
    """甄别: confirm the kind the classifier proposed (nothing given), or correct it.

    Parameters
    ----------
    receipt
        The petition's receipt.
    category
        administrative, public_service, legal or stability.
    tier
        community, district or beyond.
    matter
        The id of an entry of the catalogue.
    """
    return act("triage", receipt, doing, common, category=category, tier=tier, matter=matter)


def dispatch(receipt: str, /, *, unit: str | None = None, doing: ByStaff, common: Common = COMMON) -> int:
    """派单: give it to a unit; with none named, to the desk the rulebook says.

    Parameters
    ----------
    receipt
        The petition's receipt.
    unit
        The id of a unit of the petition's tier.
    """
    return act("dispatch", receipt, doing, common, unit=unit)


def accept(receipt: str, /, *, doing: ByStaff, common: Common = COMMON) -> int:
    """签收: the unit takes it. The clock has been running already.

    Parameters
    ----------
    receipt
        The petition's receipt.
    """
    return act("accept", receipt, doing, common)


def give_back(receipt: str, /, *, reason: str, doing: ByStaff, common: Common = COMMON) -> int:
    """退单: the unit says it is not theirs, within the return window.

    Parameters
    ----------
    receipt
        The petition's receipt.
    reason
        Why it is not theirs. Kept sealed.
    """
    return act("return", receipt, doing, common, reason=reason)


def transfer(receipt: str, /, *, unit: str, reason: str, doing: ByStaff, common: Common = COMMON) -> int:
    """转办: move it to another unit of the same tier.

    Parameters
    ----------
    receipt
        The petition's receipt.
    unit
        The id of the unit that takes over.
    reason
        Why. Kept sealed.
    """
    return act("transfer", receipt, doing, common, unit=unit, reason=reason)


def reply(
    receipt: str,
    /,
    *,
    outcome: Literal["resolved", "explained", "refused"],
    text: str,
    grounds: str,
    doing: ByStaff,
    common: Common = COMMON,
) -> int:
    """答复: answer the resident, with grounds. It stops the clock.

    Parameters
    ----------
    receipt
        The petition's receipt.
    outcome
        resolved 已解决, explained 已说明 or refused 不予支持.
    text
        What the resident is told. Kept sealed.
    grounds
        The facts and rules it rests on. Kept sealed.
    """
    return act("reply", receipt, doing, common, outcome=outcome, text=text, grounds=grounds)


def follow_up(receipt: str, /, *, doing: ByStaff, common: Common = COMMON) -> int:
    """回访: the resident was asked whether it is settled. The answer is `confirm` or `dispute`.

    Parameters
    ----------
    receipt
        The petition's receipt.
    """
    return act("follow-up", receipt, doing, common)


def confirm(
    receipt: str,
    /,
    *,
    satisfied: Literal["yes", "no"] | None = None,
    doing: ByAnyone = ANYONE,
    common: Common = COMMON,
) -> int:
    """确认: the resident says it is settled.

    Parameters
    ----------
    receipt
        The petition's receipt.
    satisfied
        Whether the resident is satisfied, if they said so.
    """
    said = None if satisfied is None else satisfied == "yes"
    return act("confirm", receipt, doing, common, satisfied=said)


def dispute(receipt: str, /, *, reason: str, doing: ByAnyone = ANYONE, common: Common = COMMON) -> int:
    """异议: the resident says it is not settled; the tier above takes over.

    Parameters
    ----------
    receipt
        The petition's receipt.
    reason
        What is not settled. Kept sealed.
    """
    return act("dispute", receipt, doing, common, reason=reason)


def withdraw(receipt: str, /, *, reason: str | None = None, doing: ByAnyone = ANYONE, common: Common = COMMON) -> int:
    """撤回: the resident takes it back. Nothing rings for it any more.

    Parameters
    ----------
    receipt
        The petition's receipt.
    reason
        Why, if they said. Kept sealed.
    """
    return act("withdraw", receipt, doing, common, reason=reason)


def close(receipt: str, /, *, doing: ByStaff, common: Common = COMMON) -> int:
    """归档: nothing more is owed. The engine does it by itself when it is due.

    Parameters
    ----------
    receipt
        The petition's receipt.
    """
    return act("close", receipt, doing, common)


def read(
    receipt: str,
    /,
    *,
    reason: str,
    field: tuple[Literal["title", "text", "name", "phone", "address"], ...] = ("title", "text"),
    by: str,
    common: Common = COMMON,
) -> int:
    """查阅: show personal data of a petition. Who looked, at what and why is recorded first.

    Parameters
    ----------
    receipt
        The petition's receipt.
    reason
        Why you have to see it. Kept sealed.
    field
        What to show (default title and text); may be given several times.
    by
        Who looks: a staff id or name.
    """
    return look(receipt, field, reason, by, common)


_SQ = "SQ-8F2K-M3QT-9WVB-0C4E7"
COMMANDS = tuple(
    (function, name, None, f"suqiu petition {name} {_SQ} {options}".rstrip())
    for function, name, options in (
        (triage, "triage", "--by window-1 --category legal --tier district"),
        (dispatch, "dispatch", "--by window-1 --unit service-station"),
        (accept, "accept", "--by repairs-1"),
        (give_back, "return", "--by repairs-1 --reason 不属于维修范围"),
        (transfer, "transfer", "--by repairs-1 --unit team-care --reason 由助老队办理"),
        (reply, "reply", "--by repairs-1 --outcome resolved --text 灯已换好 --grounds 当日上门更换"),
        (follow_up, "follow-up", "--by window-1"),
        (confirm, "confirm", "--satisfied yes"),
        (dispute, "dispute", "--reason 灯又坏了"),
        (withdraw, "withdraw", ""),
        (close, "close", "--by window-1"),
        (read, "read", "--by repairs-1 --reason 上门前核对地址 --field address"),
    )
)
