"""`suqiu petition ACTION`, the straight way from triage to the archive; all acts, by whom they are for, in `COMMANDS`.

What may follow what: `aggregates/petition/what_may_follow.py`. Acts beside the straight way: `door_acts`,
`helping_acts`, `waiting_acts`, `review_acts`.
"""

from typing import Literal

from cyclopts import Group

from cli.options import COMMON, Common
from cli.petitions import door_acts, helping_acts, review_acts, waiting_acts
from cli.petitions.acting import ANYONE, ByAnyone, ByStaff, act, look


def triage(
    receipt: str,
    /,
    *,
    category: str | None = None,
    tier: str | None = None,
    matter: str | None = None,
    complained_about: str | None = None,
    doing: ByStaff,
    common: Common = COMMON,
) -> int:
    """甄别: confirm the kind the classifier proposed (nothing given), or correct it.

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
    """
    return act(
        "triage",
        receipt,
        doing,
        common,
        category=category,
        tier=tier,
        matter=matter,
        complained_about=complained_about,
    )


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
    """异议: the resident says it is not settled; the tier above takes over. Also after it was closed, for a while.

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

    Refused to staff of a unit the petition complains about; who asks confidentially is not shown to units.

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


SEE = Group("See", sort_key=0)
DESK = Group("At the desk", sort_key=1)
UNIT = Group("At the unit", sort_key=2)
CLOCKS = Group("Clocks", sort_key=3)
OTHERS = Group("With others", sort_key=4)
RESIDENT = Group("The resident's", sort_key=5)
REVIEWS = Group("Reviews", sort_key=6)

_SQ = "SQ-8F2K-M3QT-9WVB-0C4E7"
_ANOTHER = "SQ-0123-4567-89AB-CDEFG"
_ACTS = (
    (SEE, read, "read", "--by repairs-1 --reason 上门前核对地址 --field address"),
    (DESK, triage, "triage", "--by window-1 --category legal --tier district"),
    (DESK, dispatch, "dispatch", "--by window-1 --unit service-station"),
    (DESK, door_acts.reclassify, "reclassify", "--by window-1 --matter minimum-living-allowance --reason 实为低保申请"),
    (DESK, door_acts.contact, "contact", "--by window-1 --how call"),
    (DESK, door_acts.urgent, "urgent", "--by window-1 --cause elderly"),
    (DESK, door_acts.merge, "merge", f"--by window-1 --into {_ANOTHER} --reason 同一处路灯"),
    (DESK, door_acts.unmerge, "unmerge", "--by window-1 --reason 不是同一处路灯"),
    (DESK, follow_up, "follow-up", "--by window-1"),
    (DESK, close, "close", "--by window-1"),
    (UNIT, accept, "accept", "--by repairs-1"),
    (UNIT, give_back, "return", "--by repairs-1 --reason 不属于维修范围"),
    (UNIT, transfer, "transfer", "--by repairs-1 --unit team-care --reason 由助老队办理"),
    (UNIT, reply, "reply", "--by repairs-1 --outcome resolved --text 灯已换好 --grounds 当日上门更换"),
    (CLOCKS, waiting_acts.supervise, "supervise", "--by leader-1"),
    (CLOCKS, waiting_acts.extend, "extend", "--by works-1 --days 3 --reason 配件在途"),
    (CLOCKS, waiting_acts.decide_extension, "decide-extension", "--by leader-1 --approve --reason 情况属实"),
    (CLOCKS, waiting_acts.pause, "pause", "--by works-1 --what 请补充房产证复印件 --days 5"),
    (CLOCKS, waiting_acts.resume, "resume", "--answer 材料已送到"),
    (
        CLOCKS,
        waiting_acts.park,
        "park",
        "--by works-1 --cause season --look-again-on 04-01 --reason 冬季不能施工",
    ),
    (CLOCKS, waiting_acts.decide_parking, "decide-parking", "--by leader-1 --approve --reason 开春办理"),
    (CLOCKS, waiting_acts.unpark, "unpark", "--by works-1 --reason 天气转暖"),
    (CLOCKS, waiting_acts.recompute, "recompute", "--by leader-1 --cause calendar"),
    (CLOCKS, waiting_acts.set_aside, "set-aside", "--by leader-1 --reason 服务器时钟快了两天"),
    (OTHERS, helping_acts.assist, "assist", "--by works-1 --unit team-repairs --reason 请到现场配合"),
    (OTHERS, helping_acts.end_assist, "end-assist", "--by works-1 --unit team-repairs"),
    (OTHERS, helping_acts.proxy, "proxy", "--by window-1 --unit service-station --papers 身份证 --papers 户口簿"),
    (OTHERS, helping_acts.carry, "carry", "--by window-1"),
    (OTHERS, helping_acts.bring_result, "bring-result", "--by window-1 --how delivered"),
    (OTHERS, helping_acts.hand_over, "hand-over", "--by legal-liaison-1 --unit legal-aid-centre"),
    (OTHERS, helping_acts.confirm_hand_over, "confirm-hand-over", "--by legal-aid-1"),
    (OTHERS, helping_acts.mediate, "mediate", "--by mediation-1 --parties police --parties justice"),
    (OTHERS, helping_acts.end_mediation, "end-mediation", "--by mediation-1 --outcome agreed --terms 双方各让一步"),
    (OTHERS, helping_acts.refer, "refer", "--by leader-1 --to joint_meeting --reason 涉及多个部门"),
    (OTHERS, helping_acts.decide_referral, "decide-referral", "--by leader-1 --decision 由城建办牵头"),
    (RESIDENT, confirm, "confirm", "--satisfied yes"),
    (RESIDENT, dispute, "dispute", "--reason 灯又坏了"),
    (RESIDENT, withdraw, "withdraw", ""),
    (RESIDENT, door_acts.join, "join", "--name 样例乙 --phone 13800000002"),
    (RESIDENT, door_acts.confidential, "confidential", ""),
    (REVIEWS, review_acts.request_review, "request-review", "--reason 对答复不服"),
    (
        REVIEWS,
        review_acts.decide_review,
        "decide-review",
        "--by works-1 --outcome upheld --text 维持原答复 --grounds 经查属实",
    ),
)
COMMANDS = tuple(
    (function, name, group, f"suqiu petition {name} {_SQ} {options}".rstrip())
    for group, function, name, options in _ACTS
)
