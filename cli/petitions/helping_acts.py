"""`suqiu petition ACTION` with others: units that assist, papers carried, hand-over, mediation, the leading group."""

from typing import Literal

from cli.options import COMMON, Common
from cli.petitions.acting import ByStaff, act


def assist(receipt: str, /, *, unit: str, reason: str, doing: ByStaff, common: Common = COMMON) -> int:
    """协办: ask another unit to help. The one that has it stays responsible (首接负责).

    Parameters
    ----------
    receipt
        The petition's receipt.
    unit
        The id of the unit that is to help, of whatever tier.
    reason
        What it is asked to do. Kept sealed.
    """
    return act("assist", receipt, doing, common, unit=unit, reason=reason)


def end_assist(receipt: str, /, *, unit: str, doing: ByStaff, common: Common = COMMON) -> int:
    """结束协办: the other unit need not help any more.

    Parameters
    ----------
    receipt
        The petition's receipt.
    unit
        The id of the unit that helped.
    """
    return act("end-assist", receipt, doing, common, unit=unit)


def proxy(receipt: str, /, *, unit: str, papers: tuple[str, ...], doing: ByStaff, common: Common = COMMON) -> int:
    """代办: take the resident's papers, to carry them to a unit for the resident.

    Parameters
    ----------
    receipt
        The petition's receipt.
    unit
        The id of the unit they are carried to.
    papers
        A paper's name in the catalogue; may be given several times.
    """
    return act("proxy", receipt, doing, common, unit=unit, papers=papers)


def carry(receipt: str, /, *, doing: ByStaff, common: Common = COMMON) -> int:
    """送达材料: the papers are where they had to go.

    Parameters
    ----------
    receipt
        The petition's receipt.
    """
    return act("carry", receipt, doing, common)


def bring_result(
    receipt: str, /, *, how: Literal["fetched", "delivered"], doing: ByStaff, common: Common = COMMON
) -> int:
    """送回结果: the resident has the result of what was carried.

    Parameters
    ----------
    receipt
        The petition's receipt.
    how
        fetched by the resident 自取, or delivered home 送到家.
    """
    return act("bring-result", receipt, doing, common, how=how)


def hand_over(receipt: str, /, *, unit: str, doing: ByStaff, common: Common = COMMON) -> int:
    """引领: staff bring the resident to a centre in person. Done only when the centre confirms.

    Parameters
    ----------
    receipt
        The petition's receipt.
    unit
        The id of the centre: the legal-aid or the petition centre.
    """
    return act("hand-over", receipt, doing, common, unit=unit)


def confirm_hand_over(receipt: str, /, *, doing: ByStaff, common: Common = COMMON) -> int:
    """确认引领: the centre itself says that it has the resident.

    Parameters
    ----------
    receipt
        The petition's receipt.
    """
    return act("confirm-hand-over", receipt, doing, common)


def mediate(receipt: str, /, *, parties: tuple[str, ...], doing: ByStaff, common: Common = COMMON) -> int:
    """联合调解: mediate the dispute. The clocks run on.

    Parameters
    ----------
    receipt
        The petition's receipt.
    parties
        police, justice, petition_office or court; may be given several times.
    """
    return act("mediate", receipt, doing, common, parties=parties)


def end_mediation(
    receipt: str,
    /,
    *,
    outcome: Literal["agreed", "failed"],
    terms: str,
    doing: ByStaff,
    common: Common = COMMON,
) -> int:
    """调解结果: note what the mediation came to.

    Parameters
    ----------
    receipt
        The petition's receipt.
    outcome
        agreed 达成协议 or failed 未达成.
    terms
        What was agreed, or why it failed. Kept sealed.
    """
    return act("end-mediation", receipt, doing, common, outcome=outcome, terms=terms)


def refer(
    receipt: str,
    /,
    *,
    to: Literal["leading_group", "joint_meeting"],
    reason: str,
    doing: ByStaff,
    common: Common = COMMON,
) -> int:
    """提交研究: take a grave or stuck matter to the leading group or the joint meeting. The clocks run on.

    Parameters
    ----------
    receipt
        The petition's receipt.
    to
        leading_group 领导小组 or joint_meeting 联席会议.
    reason
        What is to be decided. Kept sealed.
    """
    return act("refer", receipt, doing, common, to=to, reason=reason)


def decide_referral(receipt: str, /, *, decision: str, doing: ByStaff, common: Common = COMMON) -> int:
    """研究决定: note what the leading group or the joint meeting decided.

    Parameters
    ----------
    receipt
        The petition's receipt.
    decision
        What was decided. Kept sealed.
    """
    return act("decide-referral", receipt, doing, common, decision=decision)
