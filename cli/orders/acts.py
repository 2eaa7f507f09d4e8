"""`suqiu order ACTION`: what people do with an order. An act is one line of `ACTS`.

Its options and its help are those of its command class (`aggregates/orders/commands.py`). What may follow what:
`aggregates/orders/what_may_follow.py`.
"""

from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from aggregates.orders import commands as c
from cli.acts import ANOTHER, Act, commands_of
from cli.orders.acting import ORDERS, desk_of

if TYPE_CHECKING:
    from cli.acting import LookUp

Own = Annotated[str, Parameter(name="--with", help="The receipt that the resident who says so holds.")]


def _supporter(*, own: Own) -> "LookUp":
    return lambda ours, order, _: {"supporter": desk_of(ours).pseudonym(order, own)}


def _inspector(*, own: Own) -> "LookUp":
    return lambda ours, order, _: {"inspector": desk_of(ours).pseudonym(order, own)}


def _shown(*, fields: tuple[Literal["text", "name", "phone", "address"], ...] = ("text",)) -> "LookUp":
    return lambda *_: {"fields": fields}


_WISH = "The wish's receipt."
_NOW = "what residents say of a wish counts when they say it"
ACTS = (
    Act(None, c.Claim, "--by contact-school-1 --unit partner-school --promise 2025-10-09T17:00"),
    Act(None, c.Assign, "--by window-1 --unit team-care"),
    Act(None, c.Start, "--by contact-school-1"),
    Act(None, c.Deliver, "--by contact-school-1"),
    Act(None, c.Rate, "--score 5 --words 讲得清楚", resident=True),
    Act(None, c.Release, "--by contact-school-1 --reason 老师出差"),
    Act(None, c.Withdraw, resident=True),
    Act(
        None,
        c.Support,
        f"--with {ANOTHER}",
        own=_supporter,
        finds=("supporter",),
        receipt=_WISH,
        only_now=_NOW,
        resident=True,
    ),
    Act(
        None,
        c.Inspect,
        f"--with {ANOTHER} --satisfied yes",
        own=_inspector,
        finds=("inspector",),
        receipt=_WISH,
        only_now=_NOW,
        resident=True,
    ),
    Act(None, c.ReadFields, "--by contact-school-1 --reason 上门前核对地址 --field address", own=_shown, looks=True),
)
COMMANDS = commands_of(ORDERS, ACTS)
