"""Words for what people see: Chinese first, English beside. Events have theirs in `projections.sentences`."""

from datetime import datetime
from zoneinfo import ZoneInfo

STAGES = {
    "received": "已受理",
    "proposed": "待甄别",
    "triaged": "已甄别",
    "dispatched": "已派单",
    "accepted": "已签收",
    "returned": "已退单",
    "paused": "待补充",
    "parked": "挂账",
    "merged": "已并案",
    "replied": "已答复",
    "confirmed": "已确认",
    "under_review": "复查中",
    "under_second_review": "复核中",
    "closed": "已归档",
    "withdrawn": "已撤回",
}
STEPS = {
    "classify": "分类",
    "dispatch": "派单",
    "remind": "催办",
    "escalate": "升级",
    "resume": "恢复计时",
    "look-again": "挂账复看",
    "warn": "预警",
    "breach": "记逾期",
    "remind-leader": "提醒督办领导",
    "follow-up": "回访",
    "close": "归档",
}
OWES = {
    "triage": "甄别",
    "dispatch": "派单",
    "accept": "签收",
    "reply": "答复",
    "decide-review": "复查决定",
    "assist": "协办",
}
ERASURE_REASONS = {
    "resident_asked": "本人要求",
    "not_needed": "不再需要",
    "unlawful": "不应收集",
    "retention": "保存期满",
}
ERASURE_STAGES = {
    "none": "未申请",
    "wished": "居民已申请",
    "asked": "已申请",
    "approved": "已批准",
    "erased": "已删除",
    "acknowledged": "各处已确认",
}
ERASURE_WAITS = {
    "office": "待办理人员受理 waits for somebody of the office to take it up (`suqiu resident erase`)",
    "leader": "待领导批准 waits for a leader (`suqiu resident approve-erasure`)",
    "engine": "已批准，正在删除 approved, being carried out",
}
"""Who must act next, and by which command."""
URGENT = {"life": "危及生命", "elderly": "七十岁以上", "minor": "未成年人"}
OUTCOMES = {"resolved": "已解决", "explained": "已说明", "refused": "不予支持"}
ROLES = {
    "resident": "居民",
    "clerk": "窗口人员",
    "officer": "承办人员",
    "leader": "领导",
    "supervisor": "监督员",
    "engine": "系统",
}
PARTS = {
    "resident": "居民（凭受理编号） the resident, with the receipt",
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
}
"""What somebody has to do with a petition (`aggregates.petition.for_whom.Part`)."""
CHANNELS = {
    "counter": "窗口",
    "mailbox": "信箱",
    "hotline": "专号电话",
    "online": "网上",
    "visit": "入户走访",
    "grid": "网格上报",
    "reception_day": "接待日",
}
AUDIENCES = {"resident": "居民", "unit": "承办单位", "lead": "单位负责人"}
DELIVERIES = {
    "outbox": "待转告",
    "unreachable": "无联系方式",
    "waiting": "待发送",
    "delivered": "已送达",
    "failed": "未送达",
}
CLOCKS = {
    "tier": "层级时限",
    "first_contact": "首次联系",
    "statutory_accept": "法定受理",
    "statutory_handle": "法定办理",
    "hand_over": "引领",
    "review": "复查",
    "second_review": "复核",
}
CLOCKS_EN = {
    "tier": "the tier's",
    "first_contact": "first contact",
    "statutory_accept": "statutory: accept or refuse",
    "statutory_handle": "statutory: handle",
    "hand_over": "hand-over in person",
    "review": "review",
    "second_review": "second review",
}


def both(words: dict[str, str], word: str | None) -> str:
    """A word in Chinese and as code has it."""
    return "—" if word is None else f"{words.get(word, '')} {word}".strip()


def shown(moment: datetime | None, zone: ZoneInfo) -> str:
    """To the minute, in the office's zone."""
    return "—" if moment is None else f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
