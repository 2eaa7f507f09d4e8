"""`suqiu petition ACTION` about time: who watches, more time, waiting for the resident, parked until it can be done."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from cli.failures import WrongUse
from cli.moments import day_ahead
from cli.options import COMMON, Common
from cli.petitions.acting import ANYONE, ByAnyone, ByStaff, act

if TYPE_CHECKING:
    from office.composition import Office

Approved = Annotated[
    bool | None, Parameter(name="--approve", negative="--refuse", help="Approve it, or refuse it: one of them.")
]
OfTheClocks = Literal["tier", "first_contact", "statutory_accept", "statutory_handle", "hand_over"]


def _decided(approved: bool | None) -> bool:
    """Which of the two was said.

    Raises:
        WrongUse: neither.
    """
    if approved is None:
        raise WrongUse("--approve, --refuse: expected one of them; found neither")
    return approved


def supervise(receipt: str, /, *, leader: str | None = None, doing: ByStaff, common: Common = COMMON) -> int:
    """督办: a leader watches it until it is settled, and is reminded of it.

    Parameters
    ----------
    receipt
        The petition's receipt.
    leader
        The staff id of the leader (default: who asks).
    """
    return act("supervise", receipt, doing, common, leader=leader)


def set_aside(
    receipt: str,
    /,
    *,
    reason: str,
    note_only: Annotated[bool, Parameter(negative="", help="The steps stand; their times are noted as wrong.")] = False,
    doing: ByStaff,
    common: Common = COMMON,
) -> int:
    """撤除误时步骤: what the engine did before its time, by a wrong clock, counts no more. It names every such event.

    Reminders, escalations and missed deadlines recorded ahead of their time (`suqiu audit verify` finds them),
    and those that rest on them. The petition stands where it would without them, and does in time what is then owed.
    Refused where somebody has acted on them since: other acts put that right, and the times are only noted.

    Parameters
    ----------
    receipt
        The petition's receipt.
    reason
        Why; kept sealed.
    """

    def found(ours: "Office", petition: str) -> dict[str, Any]:
        from aggregates.petition.undoing import undone
        from evidence.untimely_events import ahead_in

        records = ours.petitions.read(petition)
        return undone(petition, records, ahead_in(ours.petitions, petition))._asdict()

    return act("set-aside", receipt, doing, common, look_up=found, reason=reason, note_only=note_only)


def extend(
    receipt: str,
    /,
    *,
    days: int,
    reason: str,
    clock: OfTheClocks = "tier",
    doing: ByStaff,
    common: Common = COMMON,
) -> int:
    """申请延期: ask for more time, before the deadline, once a clock. Somebody else decides.

    Parameters
    ----------
    receipt
        The petition's receipt.
    days
        How many days more, counted as the clock counts; its rule says how many are possible.
    reason
        Why. Kept sealed.
    clock
        Which clock: tier (the default), statutory_handle, … as `petition show` lists them.
    """
    return act("extend", receipt, doing, common, days=days, reason=reason, clock=clock)


def decide_extension(
    receipt: str, /, *, reason: str, approved: Approved = None, doing: ByStaff, common: Common = COMMON
) -> int:
    """审批延期: a leader who did not ask for it approves or refuses more time.

    Parameters
    ----------
    receipt
        The petition's receipt.
    reason
        Why. Kept sealed.
    """
    return act("decide-extension", receipt, doing, common, approved=_decided(approved), reason=reason)


def pause(receipt: str, /, *, what: str, days: int | None = None, doing: ByStaff, common: Common = COMMON) -> int:
    """待补充: ask the resident for what is missing and wait. The clocks that can wait stand still, for a bounded time.

    Parameters
    ----------
    receipt
        The petition's receipt.
    what
        What is missing. Kept sealed.
    days
        For how many working days at most (default: the rulebook's bound). Then the clocks run on by themselves.
    """
    return act("pause", receipt, doing, common, what=what, days=days)


def resume(receipt: str, /, *, answer: str | None = None, doing: ByAnyone = ANYONE, common: Common = COMMON) -> int:
    """已补充: the resident brought what was missing. The clocks run on with the time they had left.

    Parameters
    ----------
    receipt
        The petition's receipt.
    answer
        What was brought or said. Kept sealed.
    """
    return act("resume", receipt, doing, common, answer=answer)


def park(
    receipt: str,
    /,
    *,
    cause: Literal["money", "season", "law", "other"],
    look_again_on: str,
    reason: str,
    doing: ByStaff,
    common: Common = COMMON,
) -> int:
    """申请挂账: ask to park what cannot be done now, until a day on which it is looked at again. Somebody else decides.

    Parameters
    ----------
    receipt
        The petition's receipt.
    cause
        money 资金, season 季节, law 法律 or other 其他.
    look_again_on
        The day, as 2026-03-01, or 04-01: the next first of April.
    reason
        Why it cannot be done now. Kept sealed.
    """
    return act(
        "park",
        receipt,
        doing,
        common,
        look_up=lambda ours, _: {
            "look_again_on": day_ahead("--look-again-on", look_again_on, ours.now().astimezone(ours.rules.zone).date())
        },
        cause=cause,
        reason=reason,
    )


def decide_parking(
    receipt: str, /, *, reason: str, approved: Approved = None, doing: ByStaff, common: Common = COMMON
) -> int:
    """审批挂账: a leader who did not ask for it approves or refuses the parking.

    Parameters
    ----------
    receipt
        The petition's receipt.
    reason
        Why. Kept sealed.
    """
    return act("decide-parking", receipt, doing, common, approved=_decided(approved), reason=reason)


def unpark(receipt: str, /, *, reason: str | None = None, doing: ByStaff, common: Common = COMMON) -> int:
    """恢复办理: look at a parked petition again before its day. On the day the engine does it.

    Parameters
    ----------
    receipt
        The petition's receipt.
    reason
        Why now. Kept sealed.
    """
    return act("unpark", receipt, doing, common, reason=reason)


def recompute(
    receipt: str, /, *, cause: Literal["calendar", "rulebook"], doing: ByStaff, common: Common = COMMON
) -> int:
    """重新计算: count one petition's clocks again under what is in force. Adopting a rulebook does it for all.

    Parameters
    ----------
    receipt
        The petition's receipt.
    cause
        calendar 日历 or rulebook 规则.
    """
    return act("recompute", receipt, doing, common, cause=cause)
