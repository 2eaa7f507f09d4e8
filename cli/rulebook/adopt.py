"""`suqiu rulebook adopt`: put a rulebook in force, and see running petitions counted again by it."""

import asyncio
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from cli.doors import actor, opened
from cli.failures import WrongUse
from cli.options import COMMON, Common
from cli.progress import bar
from cli.screen import OUT, emit, remark, remarks

if TYPE_CHECKING:
    from aggregates.event import Actor
    from rulebook.model import Rulebook
    from workers.engine.temporal_profile import Profile
    from workflows.adoption_contract import Adopted

BEGINS_WITHIN_SECONDS = 15.0
"""How long the relay may take to begin the adoption's workflow before we say that nobody does."""
ASK_EVERY_SECONDS = 0.3
KEEP = (
    "a clock that runs keeps the days it was promised, unless its rule says `keep_old_rule: false`; "
    "calendars and office hours reach every one"
)
STANDS = (
    "采用已生效，重新计算在后台继续 the adoption stands, and running petitions are counted again without us; "
    "the same command again shows how far that is"
)


def adopt(
    file: Path,
    /,
    *,
    from_: Annotated[str | None, Parameter(name="--from")] = None,
    by: str | None = None,
    wait: Annotated[bool, Parameter(negative="--no-wait")] = True,
    common: Common = COMMON,
) -> int:
    """Put a rulebook in force from a date; then every running petition it touches is counted again.

    A clock that runs keeps the days it was promised, unless its rule says `keep_old_rule: false`; calendars and office
    hours reach every one. What moves is recorded in each petition with its old and its new due time. Processes notice
    it within a second, none needs a restart. A book from a date to come counts from that day; only the first book of an
    office counts at once. Adopted again it stands once. `suqiu up` adopts a changed file of its own by itself.

    Parameters
    ----------
    file
        The main file, or the folder with `rulebook.yaml` in it.
    from_
        In force from this day, as 2026-01-01 (default: the book's own `effective_from`).
    by
        The leader who adopts it: a staff id or name of the rulebook (default: the office itself).
    wait
        Wait until the running petitions are counted again (default).
    """
    from office.rules.adoption import adopt as write
    from office.rules.adoption import adopt_file, adoptions
    from office.rules.rulebooks import read_rulebook
    from workers.engine.temporal_profile import profile_of

    book = read_rulebook(file)
    day = book.effective_from if from_ is None else _day(from_)
    profile = profile_of(common.settings())
    with opened(common) as ours:
        before = ours.rules_in_force.file
        if book.id != before.id:
            raise WrongUse(f"FILE: expected a book with the id {before.id}, which this office goes by; found {book.id}")
        who, now = _leader(by, ours.rules), ours.now()
        if not adoptions(ours.event_log, book.id) and book.hash != before.hash:
            adopt_file(ours.event_log, before, now)  # what was in force until now is on record before it
        rhythm_before = ours.rules.rhythm
        number, written = write(ours.event_log, book, who, now, day)
        today = now.astimezone(book.zone).date()
        days = [each.effective_from for each in adoptions(ours.event_log, book.id)]
    said: dict[str, Any] = {
        "book": book.id,
        "hash": book.hash,
        "effective_from": day.isoformat(),
        "number": number,
        "adopted": written,
        "calendar_years": list(book.calendar.known_years),
    }
    notes = [] if written else ["this book was adopted last, from this day: it stands, and was not written again"]
    far: Adopted | None = None
    if day > today:
        notes.append(from_when(day, days))
    elif number > 1 and wait:
        try:
            far = asyncio.run(_watch(profile, book.id, number, notes))
        except KeyboardInterrupt:
            remarks([STANDS])
            raise
    if written and day <= today and book.rhythm != rhythm_before:
        notes.append(asyncio.run(_bring_rhythm(profile, book)))
    counted = {"petitions": far.petitions, "moved": far.moved, "done": far.done} if far else None
    if common.json:
        emit({**said, "counted_again": counted, "notes": notes})
        return 0
    OUT.print(f"[green]✓[/] {book.name.zh} {book.name.en} · 自 from [bold]{day}[/] · {book.hash[:19]}", soft_wrap=True)
    if far:
        so_far = "" if far.done else " 尚未完成 so far"
        OUT.print(f"重新计算 counted again{so_far}: {far.petitions} petitions, {far.moved} with a deadline that moved")
        remark(KEEP)
    remarks(notes)
    return 0


def from_when(day: date, days: list[date]) -> str:
    """Since when a book from a day to come counts; `days` are those of all adopted, its own among them."""
    if day == min(days):
        return f"in force at once, and not only from {day}: an office is never without a book, and none begins earlier"
    return f"in force from {day}; on that day running petitions are counted again: {KEEP}"


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WrongUse(f"--from: expected a day, as 2026-01-01; found {text!r}") from None


def _leader(by: str | None, rules: "Rulebook") -> "Actor":
    from aggregates.event import Actor, Role

    if by is None:
        return Actor.engine()
    who = actor(by, rules)
    if who.role is not Role.LEADER:
        raise WrongUse(f"--by: expected a leader of the rulebook; {who.id} is {who.role}")
    return who


async def _bring_rhythm(profile: "Profile", book: "Rulebook") -> str:
    """Bring the engine's schedules up to date with a rhythm that changed; what became of it, in a sentence."""
    from temporalio.service import RPCError

    from office.connection import NotReachable
    from workers.engine.connecting import connect
    from workers.rhythm.schedules import apply_schedules

    try:
        applied = await apply_schedules(await connect(profile), book, profile.worker.task_queue)
    except (NotReachable, RPCError) as error:
        return f"the rhythm changed, and {error}: `suqiu schedules apply` brings the schedules up to date"
    told = ", ".join(f"{len(ids)} {what}" for what, ids in applied._asdict().items() if ids)
    return f"the rhythm changed; schedules: {told}"


async def _watch(profile: "Profile", book: str, number: int, notes: list[str]) -> "Adopted | None":
    """Follow the workflow to its end. Where no engine or relay runs, the adoption stands and they do it later."""
    from temporalio.service import RPCError, RPCStatusCode

    from office.connection import NotReachable
    from workers.engine.connecting import connect
    from workflows.adoption_contract import HOW_FAR, Adopted, workflow_id

    later = "running petitions are counted again as soon as relay and worker run"
    try:
        client = await connect(profile)
    except NotReachable as error:
        notes.append(f"{error}; {later}")
        return None
    handle = client.get_workflow_handle(workflow_id(book, number))
    patience = time.monotonic() + BEGINS_WITHIN_SECONDS
    far: Adopted | None = None
    with bar("事件 events", None) as move:
        while far is None or not far.done:
            try:
                far = await handle.query(HOW_FAR, result_type=Adopted)
            except RPCError as error:
                if error.status not in (RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION):
                    notes.append(f"Temporal does not answer ({error.status.name.lower()}); {later}")
                    return far
                if time.monotonic() > patience:
                    notes.append(later)
                    return far
            else:
                move(far.position, far.head or None)
            await asyncio.sleep(ASK_EVERY_SECONDS)
    return far
