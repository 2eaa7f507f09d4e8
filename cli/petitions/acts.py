"""`suqiu petition ACTION`: what people do with a petition, by whom it is for. An act is one line of `ACTS`.

Its options and its help are those of its command class (`aggregates/petition/commands/`). What may follow what:
`aggregates/petition/what_may_follow.py`.
"""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Group, Parameter

from aggregates.petition import commands as c
from cli.acts import ANOTHER, Act, commands_of
from cli.doors import intake_of
from cli.failures import WrongUse
from cli.petitions.acting import PETITIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aggregates.event import Actor, Event
    from aggregates.petition.state import Petition
    from cli.acting import LookUp
    from office.composition import Office

SEE = Group("See", sort_key=0)
DESK = Group("At the desk", sort_key=1)
UNIT = Group("At the unit", sort_key=2)
CLOCKS = Group("Clocks", sort_key=3)
OTHERS = Group("With others", sort_key=4)
RESIDENT = Group("The resident's", sort_key=5)
REVIEWS = Group("Reviews", sort_key=6)

# Options that are typed otherwise than the command's fields (`own` of an act); the acts are below.


Sealed = Literal[
    "title", "text", "name", "phone", "address", "reason", "grounds", "what", "answer", "terms", "decision"
]


def _shown(*, event: int = 1, fields: tuple[Sealed, ...] = ()) -> "LookUp":
    def found(ours: "Office", petition: str, _: "Actor") -> dict[str, Any]:
        from cli.petitions.sealed import event_of, unasked

        record = event_of(ours, petition, event)
        said = {"event": event, "event_topic": record.event.TOPIC, "resident": getattr(record.event, "resident", None)}
        return {**said, "fields": tuple(dict.fromkeys(fields)) or unasked(record)}

    return found


def _urgent(*, cause: Literal["life", "elderly", "minor", "none"]) -> "LookUp":
    return lambda *_: {"cause": None if cause == "none" else cause}


# Without those of reviews: the shell asks no more time for them.
def _clock(
    *, clock: Literal["tier", "first_contact", "statutory_accept", "statutory_handle", "hand_over"] = "tier"
) -> "LookUp":
    return lambda *_: {"clock": clock}


_INTO = "The petition it is merged into, by its receipt or its internal id: one that is open and not merged itself."


def _merged(*, into: Annotated[str, Parameter(help=_INTO)]) -> "LookUp":
    def target(ours: "Office", petition: str, who: "Actor") -> dict[str, Any]:
        from office.merging import merge_target

        return {"into": merge_target(ours, intake_of(ours).identities, petition, into, who)}

    return target


def _joined(*, name: str | None = None, phone: str | None = None, address: str | None = None) -> "LookUp":
    if not (name or phone or address):
        raise WrongUse("join: expected --name, --phone or --address of the resident who joins")

    def joiner(_: "Office", __: str, ___: "Actor") -> dict[str, Any]:
        from office.identity import new_pseudonym
        from office.intake import BadSubmission
        from office.submission import written_phone

        try:
            number = written_phone(phone) if phone else None
        except ValueError as error:
            raise BadSubmission(f"phone: {error}") from None
        return {"name": name, "phone": number, "address": address, "resident": new_pseudonym()}

    return joiner


def _confidential(*, lift: Annotated[bool, Parameter(help="Units may know again.")] = False) -> "LookUp":
    return lambda *_: {"confidential": not lift}


def _untimely() -> "LookUp":
    def found(ours: "Office", petition: str, _: "Actor") -> dict[str, Any]:
        from aggregates.petition.undoing import undone
        from evidence.untimely_events import ahead_in

        records = ours.event_log.read(petition)
        return undone(petition, records, ahead_in(ours.event_log, petition))._asdict()

    return found


def _whose_new_code(events: "Sequence[Event]", state: "Petition") -> str:
    number: int = getattr(events[0], "number", 1)
    return (state.resident, *state.joined)[number - 1]


ACTS = (
    Act(
        SEE,
        c.ReadSealedFields,
        "--by repairs-1 --reason 上门前核对地址 --field address",
        own=_shown,
        finds=("event_topic", "resident"),
        looks=True,
    ),
    Act(DESK, c.Triage, "--by window-1 --category legal --tier district"),
    Act(DESK, c.Dispatch, "--by window-1 --unit service-station"),
    Act(DESK, c.Reclassify, "--by window-1 --matter minimum-living-allowance --reason 实为低保申请"),
    Act(DESK, c.Contact, "--by window-1 --how call"),
    Act(DESK, c.SetUrgency, "--by window-1 --cause elderly", own=_urgent),
    Act(
        DESK,
        c.Merge,
        f"--by window-1 --into {ANOTHER} --reason 同一处路灯",
        own=_merged,
        receipt="The receipt of the petition that is merged.",
    ),
    Act(
        DESK,
        c.Unmerge,
        "--by window-1 --reason 不是同一处路灯",
        receipt="The receipt of the petition that was merged.",
        resident=True,
    ),
    Act(DESK, c.AskFollowUp, "--by window-1"),
    Act(DESK, c.Close, "--by window-1"),
    Act(UNIT, c.Accept, "--by repairs-1"),
    Act(UNIT, c.Return, "--by repairs-1 --reason 不属于维修范围"),
    Act(UNIT, c.Transfer, "--by repairs-1 --unit team-care --reason 由助老队办理"),
    Act(UNIT, c.Reply, "--by repairs-1 --outcome resolved --text 灯已换好 --grounds 当日上门更换"),
    Act(CLOCKS, c.Supervise, "--by leader-1"),
    Act(CLOCKS, c.RequestExtension, "--by works-1 --days 3 --reason 配件在途", own=_clock),
    Act(CLOCKS, c.DecideExtension, "--by leader-1 --approve --reason 情况属实"),
    Act(CLOCKS, c.Pause, "--by works-1 --what 请补充房产证复印件 --days 5"),
    Act(CLOCKS, c.Resume, "--answer 材料已送到", resident=True),
    Act(CLOCKS, c.RequestParking, "--by works-1 --cause season --look-again-on 04-01 --reason 冬季不能施工"),
    Act(CLOCKS, c.DecideParking, "--by leader-1 --approve --reason 开春办理"),
    Act(CLOCKS, c.Unpark, "--by works-1 --reason 天气转暖"),
    Act(CLOCKS, c.Recompute, "--by leader-1 --cause calendar"),
    Act(
        CLOCKS,
        c.SetAside,
        "--by leader-1 --reason 服务器时钟快了两天",
        own=_untimely,
        finds=("steps", "noted", "standing", "acted", "as_of"),
    ),
    Act(OTHERS, c.Assist, "--by works-1 --unit team-repairs --reason 请到现场配合"),
    Act(OTHERS, c.EndAssist, "--by works-1 --unit team-repairs"),
    Act(OTHERS, c.TakePapers, "--by window-1 --unit service-station --papers 身份证 --papers 户口簿"),
    Act(OTHERS, c.CarryPapers, "--by window-1"),
    Act(OTHERS, c.BringResult, "--by window-1 --how delivered"),
    Act(OTHERS, c.HandOver, "--by legal-liaison-1 --unit legal-aid-centre"),
    Act(OTHERS, c.ConfirmHandOver, "--by legal-aid-1"),
    Act(OTHERS, c.OpenMediation, "--by mediation-1 --parties police --parties justice"),
    Act(OTHERS, c.EndMediation, "--by mediation-1 --outcome agreed --terms 双方各让一步"),
    Act(OTHERS, c.Refer, "--by leader-1 --to joint_meeting --reason 涉及多个部门"),
    Act(OTHERS, c.DecideReferral, "--by leader-1 --decision 由城建办牵头"),
    Act(RESIDENT, c.Confirm, "--satisfied yes", resident=True),
    Act(RESIDENT, c.Dispute, "--reason 灯又坏了", resident=True),
    Act(RESIDENT, c.Withdraw, resident=True),
    Act(
        RESIDENT,
        c.AddResident,
        "--by window-1 --name 样例乙 --phone 13800000002",
        own=_joined,
        finds=("resident",),
        resident=True,
        gives_code=lambda events, _: str(getattr(events[0], "resident", "")),
    ),
    Act(RESIDENT, c.GiveCode, "--by window-1 --seen id_card", gives_code=_whose_new_code),
    Act(RESIDENT, c.SetConfidential, own=_confidential, finds=("confidential",), resident=True),
    Act(REVIEWS, c.RequestReview, "--reason 对答复不服", resident=True),
    Act(REVIEWS, c.DecideReview, "--by works-1 --outcome upheld --text 维持原答复 --grounds 经查属实"),
)
COMMANDS = commands_of(PETITIONS, ACTS)
