"""`suqiu petition ACTION` about the decision: review by the tier above, and a second one, which is final."""

from typing import Literal

from cli.options import COMMON, Common
from cli.petitions.acting import ANYONE, ByAnyone, ByStaff, act


def request_review(receipt: str, /, *, reason: str, doing: ByAnyone = ANYONE, common: Common = COMMON) -> int:
    """申请复查/复核: the resident asks the tier above to look at the decision, or at the first review's.

    Parameters
    ----------
    receipt
        The petition's receipt.
    reason
        What is wrong with the decision. Kept sealed.
    """
    return act("request-review", receipt, doing, common, reason=reason)


def decide_review(
    receipt: str,
    /,
    *,
    outcome: Literal["upheld", "changed", "revoked"],
    text: str,
    grounds: str,
    doing: ByStaff,
    common: Common = COMMON,
) -> int:
    """复查/复核决定: somebody of the reviewing tier decides who had no part in the case. The second one is final.

    Parameters
    ----------
    receipt
        The petition's receipt.
    outcome
        upheld 维持, changed 变更, or revoked 撤销: then the tier above handles it anew.
    text
        What the resident is told. Kept sealed.
    grounds
        The facts and rules it rests on. Kept sealed.
    """
    return act("decide-review", receipt, doing, common, outcome=outcome, text=text, grounds=grounds)
