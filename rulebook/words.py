"""What things are called in Chinese and English: one table, which sentences, letters, lists, pages and the shell read.

A new outcome, stage or cause gets its word here, an act on a petition in its command's class. Where a letter means
something else it says so itself (`messages.yaml`, under `words`).
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple


class Word(NamedTuple):
    """What one thing is called."""

    zh: str
    en: str


Words = Mapping[Any, Word]
"""Words of one kind of thing, by the value that events and states have for it."""

STAGES: Final[Words] = {
    "received": Word("已受理", "received"),
    "proposed": Word("待甄别", "to be confirmed"),
    "triaged": Word("已甄别", "triaged"),
    "dispatched": Word("已派单", "dispatched"),
    "accepted": Word("已签收", "accepted"),
    "returned": Word("已退单", "returned"),
    "paused": Word("待补充", "waits for the resident"),
    "parked": Word("挂账", "parked"),
    "merged": Word("已并案", "merged"),
    "replied": Word("已答复", "answered"),
    "confirmed": Word("已确认", "confirmed"),
    "under_review": Word("复查中", "under review"),
    "under_second_review": Word("复核中", "under second review"),
    "closed": Word("已归档", "closed"),
    "withdrawn": Word("已撤回", "withdrawn"),
}
STEPS: Final[Words] = {
    "classify": Word("分类", "classify"),
    "dispatch": Word("派单", "dispatch"),
    "remind": Word("催办", "remind"),
    "escalate": Word("升级", "escalate"),
    "resume": Word("恢复计时", "the clock runs on"),
    "look-again": Word("挂账复看", "look at it again"),
    "warn": Word("预警", "warn"),
    "breach": Word("记逾期", "note that it is late"),
    "remind-leader": Word("提醒督办领导", "remind the leader"),
    "follow-up": Word("回访", "ask the resident"),
    "close": Word("归档", "close"),
}
OWES: Final[Words] = {
    "triage": Word("甄别", "triage"),
    "dispatch": Word("派单", "dispatch"),
    "accept": Word("签收", "accept"),
    "reply": Word("答复", "answer"),
    "decide-review": Word("复查决定", "decide the review"),
    "assist": Word("协办", "assist"),
}
"""What a unit has to do next."""
ACTS_ON_ORDERS: Final[Words] = {
    "claim": Word("认领", "claim"),
    "assign": Word("派给", "assign"),
    "start": Word("开始", "start"),
    "deliver": Word("完成", "deliver"),
    "rate": Word("评价", "rate"),
    "release": Word("退回", "release"),
    "withdraw": Word("撤回", "withdraw"),
    "support": Word("支持", "support"),
    "inspect": Word("查看", "inspect"),
    "read": Word("查阅", "read"),
}
OUTCOMES: Final[Words] = {
    "resolved": Word("已解决", "resolved"),
    "explained": Word("已说明", "explained"),
    "refused": Word("不予支持", "refused"),
}
"""What a reply comes to."""
OUTCOMES_OF_MEDIATION: Final[Words] = {
    "agreed": Word("达成协议", "came to an agreement"),
    "failed": Word("未达成协议", "failed"),
}
OUTCOMES_OF_REVIEWS: Final[Words] = {
    "upheld": Word("维持原答复", "the reply stands"),
    "changed": Word("变更原答复", "the reply is changed"),
    "revoked": Word("撤销原答复", "the reply is revoked"),
}
URGENT: Final[Words] = {
    "life": Word("危及生命", "danger to life"),
    "elderly": Word("七十岁以上", "an elderly resident"),
    "minor": Word("未成年人", "a minor"),
}
CAUSES: Final[Words] = {
    **URGENT,
    "deadline": Word("超过时限", "the deadline passed"),
    "dispute": Word("居民提出异议", "the resident disagrees"),
    "complaint": Word("回避被反映单位", "the unit complained about may not handle it"),
    "review": Word("原答复被撤销", "the reply was revoked"),
    "answered": Word("材料已补充", "what was missing has come"),
    "ran_out": Word("等待期已满", "the waiting time ran out"),
    "date": Word("复看日期已到", "the day has come"),
    "early": Word("条件已具备", "it can be done after all"),
    "money": Word("资金", "money"),
    "season": Word("季节", "the season"),
    "law": Word("法律政策", "the law"),
    "other": Word("其他原因", "another reason"),
    "different": Word("不是重复件", "not the same thing after all"),
    "left_alone": Word("并入的那件已撤回", "the one it was merged into was withdrawn"),
    "calendar": Word("工作日历更新", "a new working calendar"),
    "rulebook": Word("办理规则更新", "new rules"),
    "unclaimed": Word("无人认领", "nobody claimed it"),
    "by_hand": Word("人工", "by hand"),
}
"""Why something happened or waits."""
CHANNELS: Final[Words] = {
    "counter": Word("窗口", "the counter"),
    "mailbox": Word("信箱", "the mailbox"),
    "hotline": Word("专号电话", "the hotline"),
    "online": Word("网上", "the online form"),
    "visit": Word("入户走访", "a home visit"),
    "grid": Word("网格上报", "the grid"),
    "reception_day": Word("接待日", "the reception day"),
}
CLOCKS: Final[Words] = {
    "tier": Word("层级时限", "the tier's"),
    "first_contact": Word("首次联系", "first contact"),
    "statutory_accept": Word("法定受理", "statutory: accept or refuse"),
    "statutory_handle": Word("法定办理", "statutory: handle"),
    "hand_over": Word("引领", "hand-over in person"),
    "review": Word("复查", "review"),
    "second_review": Word("复核", "second review"),
}
REVIEWS: Final[Words] = {1: Word("复查", "review"), 2: Word("复核", "second review")}
"""The two levels of review."""
BODIES: Final[Words] = {
    "leading_group": Word("领导小组", "the leading group"),
    "joint_meeting": Word("联席会议", "the joint meeting"),
}
PARTIES: Final[Words] = {
    "police": Word("公安", "police"),
    "justice": Word("司法", "justice office"),
    "petition_office": Word("信访", "petition office"),
    "court": Word("法院", "court"),
}
"""Who mediates beside the office."""
PAPERS: Final[Words] = {
    "taken": Word("已收", "taken"),
    "carried": Word("已送达", "carried"),
    "done": Word("结果已送回", "the result was brought"),
}
ROLES: Final[Words] = {
    "resident": Word("居民", "resident"),
    "clerk": Word("窗口人员", "clerk"),
    "officer": Word("承办人员", "officer"),
    "leader": Word("领导", "leader"),
    "supervisor": Word("监督员", "supervisor"),
    "engine": Word("系统", "engine"),
}
PARTS: Final[Words] = {
    "resident": Word("居民（凭查询码）", "the resident, with the code"),
    **{
        en: Word(zh, en)
        for en, zh in {
            "anybody of the staff": "任何工作人员",
            "who keeps the door": "受理窗口",
            "who keeps the door, while the next step is the door's": "受理窗口（待其办理时）",
            "who took it in": "受理人",
            "the section or building lead of the place, at the lowest tier": "所在网格的片长、楼长（最低层级时）",
            "the unit in charge": "承办单位",
            "a unit below that keeps working": "继续办理的下级单位",
            "a unit that assists": "协办单位",
            "who notes for the units of its tier": "代记单位",
            "the unit the papers are for": "材料送达单位",
            "the centre the resident is brought to": "引领前往的中心",
            "the unit that reviews": "复查复核单位",
            "a leader of its tier or above": "本层级或上级领导",
            "who acts for a unit that takes orders": "可接单单位的人员",
        }.items()
    },
}
"""What somebody has to do with a petition (`aggregates.petition.for_whom.Part`)."""
AUDIENCES: Final[Words] = {
    "resident": Word("居民", "resident"),
    "unit": Word("承办单位", "unit"),
    "lead": Word("单位负责人", "lead"),
}
DELIVERIES: Final[Words] = {
    "outbox": Word("待转告", "to be passed on"),
    "unreachable": Word("无联系方式", "cannot be reached"),
    "waiting": Word("待发送", "waits to be sent"),
    "delivered": Word("已送达", "delivered"),
    "failed": Word("未送达", "not delivered"),
}
ERASURE_REASONS: Final[Words] = {
    "resident_asked": Word("本人要求", "the resident asked"),
    "not_needed": Word("不再需要", "not needed any more"),
    "unlawful": Word("不应收集", "should not have been taken"),
    "retention": Word("保存期满", "kept long enough"),
}
ERASURE_STAGES: Final[Words] = {
    "none": Word("未申请", "not asked for"),
    "wished": Word("居民已申请", "the resident asks for it"),
    "asked": Word("已申请", "asked for"),
    "approved": Word("已批准", "approved"),
    "erased": Word("已删除", "erased"),
    "acknowledged": Word("各处已确认", "acknowledged everywhere"),
}
ERASURE_WAITS: Final[Words] = {
    "office": Word("待办理人员受理", "waits for somebody of the office to take it up (`suqiu resident erase`)"),
    "leader": Word("待领导批准", "waits for a leader (`suqiu resident approve-erasure`)"),
    "engine": Word("已批准，正在删除", "approved, being carried out"),
}
"""Who must act next, and by which command."""
ORDER_KINDS: Final[Words] = {
    "service": Word("服务", "a service"),
    "need": Word("需求", "a need"),
    "micro_wish": Word("微心愿", "a micro-wish"),
    "collective_wish": Word("集体心愿", "a collective wish"),
}
ORDER_CHARGES: Final[Words] = {"free": Word("免费", "free"), "low_price": Word("低偿", "at a low price")}
ORDER_STAGES: Final[Words] = {
    "posted": Word("待认领", "to be claimed"),
    "claimed": Word("已认领", "claimed"),
    "started": Word("办理中", "under way"),
    "delivered": Word("已完成", "delivered"),
    "rated": Word("已评价", "rated"),
    "closed": Word("已归档", "closed"),
    "withdrawn": Word("已撤回", "withdrawn"),
}
ORDER_STEPS: Final[Words] = {
    "assign": Word("派单", "assign"),
    "escalate": Word("上升", "escalate"),
    "remind": Word("催办", "remind"),
    "break-commitment": Word("记未守诺", "note a broken promise"),
    "close": Word("归档", "close"),
}
SEEN: Final[Words] = {
    "id_card": Word("身份证", "an identity card"),
    "household_book": Word("户口簿", "a household book"),
    "residence_permit": Word("居住证", "a residence permit"),
    "social_card": Word("社保卡", "a social security card"),
}
"""What a resident showed at the counter (`aggregates.known.Seen`)."""
SATISFIED: Final[Words] = {True: Word("满意", "satisfied"), False: Word("不满意", "not satisfied")}

BY_FIELD: Final[Mapping[str, Words]] = {
    "outcome": {**OUTCOMES, **OUTCOMES_OF_MEDIATION, **OUTCOMES_OF_REVIEWS},
    "cause": CAUSES,
    "urgent": URGENT,
    "channel": CHANNELS,
    "clock": CLOCKS,
    "level": REVIEWS,
    "to": BODIES,
    "parties": PARTIES,
    "kind": ORDER_KINDS,
    "charge": ORDER_CHARGES,
    "satisfied": SATISFIED,
    "seen": SEEN,
}
"""Which words stand for the values of a field of an event, in sentences and letters alike."""


def word_of(field: str, value: object) -> Word | None:
    """What a value of an event's field is called; None where the table has no word for it."""
    words = BY_FIELD.get(field)
    return words.get(value) if words and isinstance(value, str | int) else None


def chinese(words: Words) -> dict[str, str]:
    """The Chinese words of one kind of thing."""
    return {value: word.zh for value, word in words.items()}
