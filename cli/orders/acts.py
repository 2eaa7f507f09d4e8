"""`suqiu order ACTION`: what people do with an order. What may follow what: `aggregates/orders/what_may_follow.py`."""

from typing import Annotated, Literal

from cyclopts import Parameter

from cli.doors import opened
from cli.failures import WrongUse
from cli.options import COMMON, Common
from cli.orders.acting import act, command_id, desk_of, look, order_actor, order_of, tell
from cli.petitions.acting import ANYONE, ByAnyone, ByStaff

Own = Annotated[str, Parameter(name="--with", help="The receipt that the resident who says so holds.")]


def claim(receipt: str, /, *, unit: str, promise: str, doing: ByStaff, common: Common = COMMON) -> int:
    """认领: a team or partner unit takes it and promises a time. The promise is on record, kept or not.

    Parameters
    ----------
    receipt
        The order's receipt.
    unit
        The id of a team or partner unit that offers it.
    promise
        By when it will be done, as 2025-10-09T17:00.
    """
    return act("claim", receipt, doing, common, unit=unit, promised_by=promise)


def assign(receipt: str, /, *, unit: str | None = None, doing: ByStaff, common: Common = COMMON) -> int:
    """派给: the desk gives it to a unit, which is to claim it; with none named, to the team of its service.

    Parameters
    ----------
    receipt
        The order's receipt.
    unit
        The id of a team or partner unit.
    """
    return act("assign", receipt, doing, common, unit=unit)


def start(receipt: str, /, *, doing: ByStaff, common: Common = COMMON) -> int:
    """开始: the unit begins.

    Parameters
    ----------
    receipt
        The order's receipt.
    """
    return act("start", receipt, doing, common)


def deliver(receipt: str, /, *, words: str | None = None, doing: ByStaff, common: Common = COMMON) -> int:
    """完成: it is done. The resident is asked how it was.

    Parameters
    ----------
    receipt
        The order's receipt.
    words
        What was done. Kept sealed.
    """
    return act("deliver", receipt, doing, common, words=words)


def rate(
    receipt: str,
    /,
    *,
    score: Literal[1, 2, 3, 4, 5] | None = None,
    satisfied: Literal["yes", "no"] | None = None,
    words: str | None = None,
    doing: ByAnyone = ANYONE,
    common: Common = COMMON,
) -> int:
    """评价: the resident says how it was, by a score or by satisfied or not.

    Parameters
    ----------
    receipt
        The order's receipt.
    score
        1 to 5, 5 the best.
    satisfied
        Whether the resident is satisfied.
    words
        In the resident's own words. Kept sealed.
    """
    said = None if satisfied is None else satisfied == "yes"
    return act("rate", receipt, doing, common, score=score, satisfied=said, words=words)


def release(receipt: str, /, *, reason: str, doing: ByStaff, common: Common = COMMON) -> int:
    """退回: the unit gives it back; it waits to be claimed again.

    Parameters
    ----------
    receipt
        The order's receipt.
    reason
        Why. Kept sealed.
    """
    return act("release", receipt, doing, common, reason=reason)


def withdraw(receipt: str, /, *, reason: str | None = None, doing: ByAnyone = ANYONE, common: Common = COMMON) -> int:
    """撤回: whoever asked for it takes it back.

    Parameters
    ----------
    receipt
        The order's receipt.
    reason
        Why, if they said. Kept sealed.
    """
    return act("withdraw", receipt, doing, common, reason=reason)


def support(receipt: str, /, *, own: Own, doing: ByAnyone = ANYONE, common: Common = COMMON) -> int:
    """支持: another resident wants the same collective wish. Once each; who it was is not told to anybody.

    Parameters
    ----------
    receipt
        The wish's receipt.
    """
    _only_now(doing)
    with opened(common) as ours:
        order, by = order_of(ours, receipt), order_actor(doing.by, ours.rules)
        answer = desk_of(ours).support(order, own, by, command_id(doing.command_id))
        return tell(answer, ours.rules, common)


def inspect(
    receipt: str,
    /,
    *,
    own: Own,
    satisfied: Literal["yes", "no"],
    doing: ByAnyone = ANYONE,
    common: Common = COMMON,
) -> int:
    """查看: a resident says whether what was delivered for all is good. Once each.

    Parameters
    ----------
    receipt
        The wish's receipt.
    satisfied
        Whether it is good.
    """
    _only_now(doing)
    with opened(common) as ours:
        order, by, id_ = order_of(ours, receipt), order_actor(doing.by, ours.rules), command_id(doing.command_id)
        answer = desk_of(ours).inspect(order, own, by, id_, satisfied=satisfied == "yes")
        return tell(answer, ours.rules, common)


def _only_now(doing: ByAnyone) -> None:
    if doing.at is not None:
        raise WrongUse("--at: what residents say of a wish counts when they say it")


def read(
    receipt: str,
    /,
    *,
    reason: str,
    field: tuple[Literal["text", "name", "phone", "address"], ...] = ("text",),
    by: str,
    common: Common = COMMON,
) -> int:
    """查阅: show personal data of an order. Who looked, at what and why is recorded first.

    Parameters
    ----------
    receipt
        The order's receipt.
    reason
        Why you have to see it. Kept sealed.
    field
        What to show (default text); may be given several times.
    by
        Who looks: a staff id or name, or a contact of the partner unit that has claimed it.
    """
    return look(receipt, field, reason, by, common)


_SQ = "SQ-8F2K-M3QT-9WVB-0C4E7"
COMMANDS = tuple(
    (function, name, None, f"suqiu order {name} {_SQ} {options}".rstrip())
    for function, name, options in (
        (claim, "claim", "--by contact-school-1 --unit partner-school --promise 2025-10-09T17:00"),
        (assign, "assign", "--by window-1 --unit team-care"),
        (start, "start", "--by contact-school-1"),
        (deliver, "deliver", "--by contact-school-1"),
        (rate, "rate", "--score 5 --words 讲得清楚"),
        (release, "release", "--by contact-school-1 --reason 老师出差"),
        (withdraw, "withdraw", ""),
        (support, "support", "--with SQ-0123-4567-89AB-CDEFG"),
        (inspect, "inspect", "--with SQ-0123-4567-89AB-CDEFG --satisfied yes"),
        (read, "read", "--by contact-school-1 --reason 上门前核对地址 --field address"),
    )
)
