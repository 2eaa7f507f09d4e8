"""The name of a letter, by the topic of the event it reports. Its text is the template's, which a town may change."""

from collections.abc import Mapping

from projections.sentences import Sentence

LETTERS: Mapping[str, Sentence] = {
    "petition.received": Sentence("受理告知", "received"),
    "petition.classified": Sentence("险情提醒", "somebody may be in danger"),
    "petition.triaged": Sentence("甄别告知", "classed"),
    "petition.reclassified": Sentence("更正类别告知", "classed anew"),
    "petition.dispatched": Sentence("派单告知", "given to a unit"),
    "petition.transferred": Sentence("转办告知", "moved to another unit"),
    "petition.returned": Sentence("退单告知", "returned by a unit"),
    "petition.reminded": Sentence("催办提醒", "reminder"),
    "petition.clock_warned": Sentence("时限提醒", "a deadline is near"),
    "petition.clock_breached": Sentence("超期报告", "a deadline was missed"),
    "petition.clocks_recomputed": Sentence("时限重算告知", "a deadline was counted again"),
    "petition.escalated": Sentence("升级告知", "taken up by the tier above"),
    "petition.urgency_set": Sentence("紧急程度变更", "urgency set"),
    "petition.supervised": Sentence("督办告知", "a leader watches it"),
    "petition.leader_reminded": Sentence("督办提醒", "reminder to the leader who watches it"),
    "petition.confidentiality_set": Sentence("保密要求告知", "confidentiality"),
    "petition.resident_joined": Sentence("联名告知", "joined"),
    "petition.merged": Sentence("并案告知", "merged"),
    "petition.unmerged": Sentence("撤销并案告知", "no longer merged"),
    "petition.assist_asked": Sentence("协办通知", "help is asked for"),
    "petition.assist_ended": Sentence("协办结束告知", "help is no longer needed"),
    "petition.proxy_taken": Sentence("代办告知", "done on the resident's behalf"),
    "petition.proxy_carried": Sentence("代办材料送达告知", "papers carried"),
    "petition.proxy_result_brought": Sentence("代办结果告知", "result of what was done on the resident's behalf"),
    "petition.handed_over": Sentence("引领告知", "brought to a centre"),
    "petition.hand_over_confirmed": Sentence("引领到达告知", "the centre has confirmed"),
    "petition.mediation_opened": Sentence("调解通知", "mediation"),
    "petition.mediation_ended": Sentence("调解结果告知", "outcome of the mediation"),
    "petition.referred": Sentence("提请议定告知", "referred for a decision"),
    "petition.referral_decided": Sentence("议定结果告知", "decision on the referral"),
    "petition.extension_asked": Sentence("延期申请", "more time is asked for"),
    "petition.extension_decided": Sentence("延期决定告知", "decision on more time"),
    "petition.paused": Sentence("补充材料通知", "something is missing"),
    "petition.resumed": Sentence("恢复办理告知", "handling goes on"),
    "petition.parking_asked": Sentence("挂账申请", "parking is asked for"),
    "petition.parking_decided": Sentence("挂账决定告知", "decision on parking"),
    "petition.unparked": Sentence("结束挂账告知", "no longer parked"),
    "petition.replied": Sentence("答复", "reply"),
    "petition.follow_up_asked": Sentence("回访", "is it settled?"),
    "petition.disputed": Sentence("居民异议告知", "the resident disagrees"),
    "petition.review_requested": Sentence("复查复核受理告知", "a review was asked for"),
    "petition.review_decided": Sentence("复查复核决定", "decision of the review"),
    "petition.withdrawn": Sentence("撤回告知", "withdrawn"),
    "petition.closed": Sentence("归档告知", "closed"),
}


def letter(topic: str) -> Sentence:
    """The name of a letter that reports an event; the topic itself where it has none."""
    return LETTERS.get(topic, Sentence(topic, topic))
