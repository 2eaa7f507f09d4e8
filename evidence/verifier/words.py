"""Words for clocks, roles and acts, and the format of instants and durations."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from evidence.verifier.dossier import Event
from evidence.verifier.limits import Said

CLOCKS = {
    "tier": Said("层级", "tier"),
    "first_contact": Said("首次联系", "first-contact"),
    "statutory_accept": Said("法定受理", "statutory acceptance"),
    "statutory_handle": Said("法定办理", "statutory handling"),
    "hand_over": Said("引领", "hand-over"),
    "review": Said("复查", "review"),
    "second_review": Said("复核", "second-review"),
}
ROLES = {
    "resident": "居民",
    "clerk": "窗口人员",
    "officer": "承办人员",
    "leader": "领导",
    "supervisor": "监督员",
    "engine": "系统",
}
DONE = {
    "petition.received": Said("受理", "received"),
    "petition.classified": Said("分类", "classified"),
    "petition.triaged": Said("甄别", "triaged"),
    "petition.reclassified": Said("更正类别", "reclassified"),
    "petition.dispatched": Said("派单", "dispatched"),
    "petition.transferred": Said("转办", "transferred"),
    "petition.accepted": Said("签收", "accepted"),
    "petition.returned": Said("退单", "returned"),
    "petition.escalated": Said("升级", "escalated"),
    "petition.reminded": Said("催办", "reminded"),
    "petition.resident_contacted": Said("联系居民", "the resident was spoken with"),
    "petition.handed_over": Said("引领", "handed over"),
    "petition.hand_over_confirmed": Said("引领确认", "hand-over confirmed"),
    "petition.extension_asked": Said("申请延期", "an extension was asked for"),
    "petition.extension_decided": Said("延期决定", "an extension was decided"),
    "petition.paused": Said("待补充", "paused for the resident"),
    "petition.resumed": Said("恢复计时", "resumed"),
    "petition.parking_decided": Said("挂账决定", "parking was decided"),
    "petition.unparked": Said("结束挂账", "parked no more"),
    "petition.clocks_recomputed": Said("新日历或新规则", "a calendar or rulebook came into force"),
    "petition.replied": Said("答复", "replied"),
    "petition.disputed": Said("异议", "disputed"),
    "petition.review_requested": Said("申请复查", "a review was asked for"),
    "petition.review_decided": Said("复查决定", "the review was decided"),
    "petition.merged": Said("并入另一诉求", "merged into another petition"),
    "petition.unmerged": Said("恢复独立办理", "goes on by itself"),
    "petition.withdrawn": Said("撤回", "withdrawn"),
    "petition.closed": Said("归档", "closed"),
}


def done(event: Event) -> Said:
    """The event in a word or two."""
    return DONE.get(event.topic, Said(event.topic, event.topic))


def who(event: Event) -> tuple[str, str]:
    """The actor, in Chinese and English."""
    role, name = event.who
    return f"{ROLES.get(role, role)} {name}", f"{role} {name}"


def shown(moment: datetime, zone: tzinfo) -> str:
    """An instant to the minute, in the office's zone; with seconds if they are not zero."""
    here = moment.astimezone(zone)
    return here.strftime("%Y-%m-%d %H:%M:%S" if here.second else "%Y-%m-%d %H:%M")


def length(span: timedelta) -> Said:
    """A duration to the minute; below a minute, to the second."""
    seconds = int(span.total_seconds())
    if seconds < 60:
        return Said(f" {span.total_seconds():g} 秒", f"{span.total_seconds():g} s")
    parts = [
        (seconds // 86_400, "天", "d"),
        (seconds % 86_400 // 3600, "小时", "h"),
        (seconds % 3600 // 60, "分钟", "min"),
    ]
    zh = "".join(f" {number} {unit}" for number, unit, _ in parts if number)
    return Said(zh, " ".join(f"{number} {unit}" for number, _, unit in parts if number))
