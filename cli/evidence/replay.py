"""`suqiu replay`: a case decided again from what is on record, under the rules of its time or under others."""

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

from cyclopts import Parameter

from cli.doors import opened, petition_of
from cli.failures import FAILED, WrongUse
from cli.moments import not_ahead, read_moment
from cli.options import COMMON, Common
from cli.progress import EVERY, bar
from cli.reads import READS, Reads
from cli.screen import remarks

if TYPE_CHECKING:
    from datetime import datetime

    from office.composition import Office


def replay(
    receipt: str | None = None,
    /,
    *,
    all_: Annotated[bool, Parameter(name="--all")] = False,
    under: Path | None = None,
    as_of: str | None = None,
    workflow: bool = False,
    reads: Reads = READS,
    common: Common = COMMON,
) -> int:
    """Decide a case again, step by step, and say what differs; exit 1 if anything does.

    Each command is reconstructed from the events it led to, and decided under the rulebook those name. With --under
    people's acts stay as they were, and the engine's reminders, escalations and ends follow from the other rules. No
    personal data is opened.

    Parameters
    ----------
    receipt
        The number the resident was given.
    all_
        Every petition on record, as a report with sums.
    under
        Another rulebook, its main file or its folder: what would have happened under it.
    as_of
        Only what was on record by then, as 2025-10-09T10:00.
    workflow
        Replay the workflow's own history instead, while Temporal keeps it.
    """
    if all_ == (receipt is not None):
        raise WrongUse("replay: expected either a receipt or --all")
    if workflow and (all_ or under or as_of):
        raise WrongUse("--workflow: expected with a receipt alone")
    with opened(common) as ours:
        if workflow:
            return _workflow(ours, petition_of(ours, receipt or "", reads.reader(ours.rules)), common)
        notes: list[str] = []
        now = ours.now()
        if as_of is not None:
            now = not_ahead("--as-of", read_moment("--as-of", as_of, ours.rules.zone, notes), now)
        remarks(notes)
        seen = Seen(now, None if as_of is None else now)
        if all_:
            return _all(ours, under, seen, common)
        return _one(ours, petition_of(ours, receipt or "", reads.reader(ours.rules)), under, seen, common)


class Seen(NamedTuple):
    """Until when a life is followed, and what of the record is looked at: that until an instant, or all there is."""

    now: "datetime"
    as_of: "datetime | None"


def _one(ours: "Office", petition: str, other: Path | None, seen: Seen, common: Common) -> int:
    from cli.evidence import replay_page as page
    from evidence.replaying import books_of, case_of, in_force_of, replayed, under
    from office.rules.rulebooks import read_rulebook

    book = read_rulebook(other) if other else None
    books = books_of(ours.event_log, ours.rules_in_force.file)
    case = case_of(ours.event_log.recorder.stream(petition), seen.as_of)
    if not case.records and not case.unreadable:
        raise WrongUse(f"--as-of: nothing was on record of this petition by {seen.now.isoformat()}")
    if book is None:
        told = replayed(case, books, in_force_of(ours.event_log, ours.rules_in_force.file, books))
        page.tell(told, case, common)
        return 0 if told.identical else FAILED
    differing = under(case, books, book, seen.now)
    page.tell_otherwise(differing, case, book, common)
    return 0 if differing.kind == "identical" else FAILED


def _all(ours: "Office", other: Path | None, seen: Seen, common: Common) -> int:
    from cli.evidence import replay_page as page
    from evidence.replaying import AllReplayed, AllUnder, books_of, cases, how_many, in_force_of, replayed
    from office.rules.rulebooks import read_rulebook

    book = read_rulebook(other) if other else None
    books = books_of(ours.event_log, ours.rules_in_force.file)
    may = in_force_of(ours.event_log, ours.rules_in_force.file, books)
    report, otherwise = AllReplayed(), AllUnder()
    began = time.monotonic()
    with bar("诉求 petitions", how_many(ours.event_log)) as move:
        for number, case in enumerate(cases(ours.event_log, seen.as_of), 1):
            if book is None:
                report.add(case, replayed(case, books, may))
            else:
                otherwise.add(case, books, book, seen.now)
            if number % EVERY == 0:
                move(number)
    seconds = time.monotonic() - began
    if book is None:
        page.tell_all(report, seconds, common)
        return FAILED if report.differ else 0
    page.tell_all_otherwise(otherwise, book, seconds, common)
    sums = otherwise.sums
    return 0 if sums.identical == sums.petitions and not otherwise.unfoldable else FAILED


def _workflow(ours: "Office", petition: str, common: Common) -> int:
    from cli.evidence import replay_page as page
    from workers.engine.connecting import connect
    from workers.engine.temporal_profile import profile_of
    from workers.workflow_replay import replay_workflow

    async def fetched() -> int:
        told = await replay_workflow(await connect(profile_of(common.settings())), petition)
        page.tell_workflow(told, petition, common)
        return 0 if told.kept and told.difference is None else FAILED

    assert ours.event_log
    return asyncio.run(fetched())
