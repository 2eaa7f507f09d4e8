"""`suqiu schedules`: what the engine knows of the rulebook's rhythm."""

import asyncio
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from cli.failures import WrongUse
from cli.moments import iso, shown
from cli.options import COMMON, Common
from cli.screen import OUT, emit, listing

if TYPE_CHECKING:
    from rulebook.model import Rulebook
    from workers.engine.temporal_profile import Profile
    from workers.rhythm.schedules import Applied, Planned


def schedules(
    action: Annotated[Literal["list", "apply"], Parameter(show_choices=True)] = "list",
    *,
    common: Common = COMMON,
) -> int:
    """List the schedules of the rulebook's rhythm, or apply the rulebook to them. `suqiu up` applies it by itself.

    A schedule looks every morning whether it is the day; the list says on which day something is due, and about what.
    Applying twice changes nothing; a schedule somebody paused stays paused; one the rulebook has no more is deleted.

    Parameters
    ----------
    action
        list (default) or apply.
    """
    from office.logs import only_errors
    from office.rules.book_in_use import book_in_use
    from workers.engine.temporal_profile import profile_of

    only_errors()
    settings = common.settings()
    profile, rules = profile_of(settings), book_in_use(settings)
    if action == "apply":
        applied = asyncio.run(_apply(profile, rules))
        if common.json:
            emit(applied._asdict())
        else:
            for what, names in applied._asdict().items():
                OUT.print(f"{what}: {', '.join(names) or 'none'}", markup=False, soft_wrap=True)
        return 0
    found = asyncio.run(_planned(profile, rules))
    if common.json:
        emit({"total": len(found), "rows": [_row(each, rules) for each in found]})
    else:
        _draw(found, rules)
    return 0


async def _apply(profile: "Profile", rules: "Rulebook") -> "Applied":
    from workers.engine.connecting import connect
    from workers.rhythm.schedules import apply_schedules

    return await apply_schedules(await connect(profile), rules, profile.worker.task_queue)


async def _planned(profile: "Profile", rules: "Rulebook") -> "list[Planned]":
    from temporalio.service import RPCError, RPCStatusCode

    from workers.engine.connecting import connect
    from workers.rhythm.schedules import planned

    try:
        return await planned(await connect(profile), rules, profile.worker.task_queue)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise WrongUse("the rulebook's schedules are not there yet: `suqiu schedules apply` makes them") from error
        raise


def _row(each: "Planned", rules: "Rulebook") -> dict[str, object]:
    times = {"next_at": iso(each.next_at, rules.zone), "last_at": iso(each.last_at, rules.zone)}
    due = {"day": str(each.due.day), "period": each.due.period} if each.due else None
    return {**each._asdict(), **times, "due": due}


def _draw(found: "list[Planned]", rules: "Rulebook") -> None:
    table = listing(
        "计划 schedule", "节奏 beat", "下次该办 next due", "下次查看 looks", "上次 last", "次数 runs", "暂停 paused"
    )
    table.columns[0].no_wrap = True  # an id is there to be copied
    for each in found:
        times = (shown(each.next_at, rules.zone), shown(each.last_at, rules.zone))
        due = f"{each.due.day} · {each.due.period}" if each.due else "—"
        table.add_row(each.id, each.beat, due, *times, str(each.runs), "✓" if each.paused else "")
    OUT.print(table)
