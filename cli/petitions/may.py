"""`suqiu petition may`: what can be done with a petition now, and whom to ask or to name with `--by`."""

from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from aggregates.petition.commands import ACTS
from cli.doors import actor, opened, read_petition, staff_called
from cli.options import COMMON, Common
from cli.reads import NAMELESS
from cli.screen import OUT, emit, listing
from projections.words import PARTS, STAGES, both
from rulebook.words import PARTS as WORDS_OF_PARTS

if TYPE_CHECKING:
    from aggregates.petition.decisions.shares import Share
    from aggregates.petition.decisions.who_may import May
    from rulebook.model import Rulebook

OF_RESIDENTS = WORDS_OF_PARTS["resident"]
MANY = 12
"""More people than this are a number; `--json` names them all."""


def may(
    receipt: str,
    /,
    *,
    by: Annotated[
        str | None, Parameter(help=f"Who asks, and only what they may do: a staff id or name ({NAMELESS}).")
    ] = None,
    common: Common = COMMON,
) -> int:
    """可办: list what can be done with a petition now, and who may: units, and ids for --by. Changes nothing.

    An act may still be refused for a reason of its own, such as a window that is over. The supervisory committee may
    read everything and stands in no line.

    Parameters
    ----------
    receipt
        The petition's receipt.
    """
    from aggregates.petition.decisions.who_may import who_may
    from aggregates.petition.state import fold
    from evidence.untimely_events import ahead_in

    with opened(common) as ours:
        book = ours.rules
        read = read_petition(ours, receipt, actor(by, book) if by is not None else None)
        petition = read.stream
        state = fold(petition, (record.event for record in read.records))
        untimely = ahead_in(ours.event_log, petition)
    # Nothing is to be set aside where no step was recorded ahead of its time.
    acts = tuple(each for each in who_may(state, book) if untimely or _facts(each)["act"] != "set-aside")
    if by is not None:
        person = staff_called(by, book).id
        acts = tuple(each for each in acts if each.lets(person))
    if common.json:
        emit(
            {
                "receipt": state.receipt,
                "status": state.stage.value,
                "total": len(acts),
                "rows": [_facts(each) for each in acts],
            }
        )
        return 0
    OUT.print(f"{state.receipt} · {both(STAGES, state.stage.value)}", markup=False, soft_wrap=True)
    if not acts:
        OUT.print("现在无事可办 nothing can be done now" if by is None else f"{by}: 现在无事可办 nothing for them now")
        return 0
    table = listing("办理 act", "", "谁可办 who may (--by)")
    table.columns[0].no_wrap = True
    for each in acts:
        table.add_row(each.act.NAME, _called(each), "\n".join(_who(each, book)))
    OUT.print(table)
    return 0


def _called(each: "May") -> str:
    return ACTS[each.act.NAME].zh


def _who(each: "May", book: "Rulebook") -> list[str]:
    return ([f"{OF_RESIDENTS.zh} {OF_RESIDENTS.en}"] if each.resident else []) + [
        _line(share, book) for share in each.staff
    ]


def _line(share: "Share", book: "Rulebook") -> str:
    of = "、".join(book.unit(unit).name.zh for unit in share.units[:MANY])
    ids = ", ".join(share.people) if len(share.people) <= MANY else f"{len(share.people)} 人 people"
    return f"{both(PARTS, share.part.value)}{f' · {of}' if of else ''}: {ids}"


def _facts(each: "May") -> dict[str, Any]:
    return {
        "act": each.act.NAME,
        "zh": _called(each),
        "resident": each.resident,
        "staff": [
            {"part": share.part.value, "units": list(share.units), "people": list(share.people)} for share in each.staff
        ],
    }
