"""What the stories of a petition have in common: fixed ids, and one ready-made command of each kind.

A command that is not spoken here is spoken as its help's example says.
"""

import shlex
from datetime import date, datetime, timedelta
from typing import Any, get_origin

from aggregates.command import Command, ResidentsWord
from aggregates.event import Actor, Role
from aggregates.known import BY_CODE
from aggregates.petition import commands as c
from cli.acting import option
from cli.petitions.acts import ACTS
from rulebook.proposal import Proposal
from tests.people import AT_THE_COUNTER, CLERK, ENGINE, LEADER, LEGAL_AID, OFFICER, RESIDES, WHO
from tests.rulebook.books import baiyang

PETITION = "p-0123456789abcdef0123456789abcdef"
RECEIPT = "SQ-0123-4567-89AB-CDEFG"
RESIDENT = "r-fedcba9876543210fedcba9876543210"
FAR = timedelta(days=3650)


def at(text: str) -> datetime:
    """An instant of Baiyang, as `2025-09-30 15:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=baiyang().zone)


def proposal(
    category: str = "administrative",
    tier: str = "community",
    matter: str | None = None,
    *,
    needs_human: bool = False,
) -> Proposal:
    """What a classifier would say."""
    return Proposal(
        category=category,
        tier=tier,
        matter=matter,
        confidence=0.4 if needs_human else 0.9,
        needs_human=needs_human,
        reasons=("命中词语：路灯（公共服务类 3.0）",),
    )


SPOKEN: dict[type[c.Command], tuple[Actor, dict[str, Any]]] = {
    c.Receive: (
        CLERK,
        {
            "receipt": RECEIPT,
            "resident": RESIDENT,
            "channel": "counter",
            "community": "baiyang",
            "title": "三号楼路灯",
            "text": "三号楼前的路灯坏了一周。",
            "name": "甲某",
            "phone": "+8613800000001",
            "address": "一片三号楼二单元",
        },
    ),
    c.Classify: (ENGINE, {"proposal": proposal()}),
    c.Triage: (CLERK, {}),
    c.Dispatch: (ENGINE, {}),
    c.Accept: (OFFICER, {}),
    c.Return: (OFFICER, {"reason": "不归我们管"}),
    c.Transfer: (OFFICER, {"unit": "window-housing", "reason": "属住房窗口"}),
    c.Remind: (ENGINE, {}),
    c.Escalate: (ENGINE, {}),
    c.Reply: (OFFICER, {"outcome": "resolved", "text": "路灯已经修好。", "grounds": "便民维修记录第 12 号"}),
    c.AskFollowUp: (ENGINE, {}),
    c.Confirm: (RESIDES, {"satisfied": True}),
    c.Dispute: (RESIDES, {"reason": "晚上还是不亮"}),
    c.Withdraw: (RESIDES, {"reason": "邻居已经修好"}),
    c.Close: (ENGINE, {}),
    c.Reclassify: (CLERK, {"category": "public_service", "reason": "是维修，不是办证"}),
    c.Contact: (OFFICER, {"how": "call"}),
    c.Assist: (OFFICER, {"unit": "team-care", "reason": "老人独居"}),
    c.EndAssist: (OFFICER, {"unit": "team-care"}),
    c.TakePapers: (CLERK, {"unit": "service-station", "papers": ("身份证",)}),
    c.CarryPapers: (OFFICER, {}),
    c.BringResult: (OFFICER, {"how": "delivered"}),
    c.HandOver: (CLERK, {"unit": "legal-aid-centre"}),
    c.ConfirmHandOver: (LEGAL_AID, {}),
    c.OpenMediation: (OFFICER, {"parties": ("police", "justice", "petition_office", "court")}),
    c.EndMediation: (OFFICER, {"outcome": "agreed", "terms": "双方同意周五前修好"}),
    c.Refer: (CLERK, {"to": "joint_meeting", "reason": "多部门都有责任"}),
    c.DecideReferral: (LEADER, {"decision": "由城建牵头，周五前办结"}),
    c.Warn: (ENGINE, {}),
    c.Breach: (ENGINE, {}),
    c.Supervise: (LEADER, {}),
    c.RemindLeader: (ENGINE, {}),
    c.RequestExtension: (OFFICER, {"days": 1, "reason": "配件明天才到"}),
    c.DecideExtension: (LEADER, {"approved": True, "reason": "情况属实"}),
    c.Pause: (OFFICER, {"what": "请补充户口簿"}),
    c.Resume: (RESIDES, {"answer": "户口簿已送到窗口"}),
    c.RequestParking: (OFFICER, {"cause": "season", "reason": "冬季不能开挖", "look_again_on": date(2025, 11, 3)}),
    c.DecideParking: (LEADER, {"approved": True, "reason": "情况属实"}),
    c.Unpark: (OFFICER, {"reason": "天气转暖"}),
    c.Recompute: (ENGINE, {"cause": "rulebook"}),
    c.Merge: (CLERK, {"into": "p-other", "reason": "同一盏路灯"}),
    c.Unmerge: (RESIDES, {"reason": "不是同一盏灯"}),
    c.AddResident: (CLERK, {"resident": "r-neighbour", "name": "乙某", "phone": "+8613800000002"}),
    c.SetConfidential: (RESIDES, {}),
    c.SetUrgency: (CLERK, {"cause": "elderly"}),
    c.RequestReview: (RESIDES, {"reason": "答复没有依据"}),
    c.DecideReview: (LEADER, {"outcome": "upheld", "text": "原答复正确。", "grounds": "现场复核记录第 3 号"}),
    c.SetAside: (LEADER, {"steps": (), "noted": (2,), "standing": None, "reason": "服务器时钟快了两天"}),
    c.GiveCode: (CLERK, {"seen": "id_card"}),
    c.ReadSealedFields: (OFFICER, {"reason": "上门前核对地址"}),
}


def as_in_help(kind: type[c.Command], example: str) -> tuple[Actor, dict[str, Any]]:
    """A command as its example says: its fields, and somebody in the role of who does it there."""
    fields = {option(name): name for name in kind.model_fields}
    words = shlex.split(example)
    said: dict[str, Any] = {}
    for typed, value in zip(words[::2], words[1::2], strict=False):
        assert typed in fields, f"{kind.NAME}: {typed} is no field of it; say in SPOKEN how it is spoken"
        name = fields[typed]
        several = get_origin(kind.model_fields[name].annotation) is tuple
        said[name] = (*said.get(name, ()), value) if several else value
    by = said.pop("by", None)
    return (RESIDES if by is None else WHO[Role(baiyang().staff_member(by).role)]), said


SPOKEN |= {each.command: as_in_help(each.command, each.example) for each in ACTS if each.command not in SPOKEN}

AFTER: dict[type[c.Command], tuple[type[c.Command], ...]] = {
    c.EndAssist: (c.Assist,),
    c.CarryPapers: (c.TakePapers,),
    c.BringResult: (c.TakePapers, c.CarryPapers),
    c.ConfirmHandOver: (c.HandOver,),
    c.EndMediation: (c.OpenMediation,),
    c.DecideReferral: (c.Refer,),
    c.DecideExtension: (c.RequestExtension,),
    c.DecideParking: (c.RequestParking,),
    c.RemindLeader: (c.Supervise,),
}
"""What has to have happened, at a unit, for a command to mean something."""


def say(kind: type[c.Command], when: datetime, by: Actor | None = None, **values: Any) -> c.Command:
    """A command of a kind as it is usually spoken, with what differs."""
    usual, said = SPOKEN[kind]
    return kind(**{"at": when, "by": by or usual, **said, **known_of(kind, by or usual), **values})


def known_of(kind: type[Command], by: Actor) -> dict[str, Any]:
    """How the resident is known whose word a command is: by their code, or, where staff note it, at the counter."""
    if not issubclass(kind, ResidentsWord) or by.role is Role.ENGINE:
        return {}
    return {"known": BY_CODE if by.role is Role.RESIDENT else AT_THE_COUNTER}
