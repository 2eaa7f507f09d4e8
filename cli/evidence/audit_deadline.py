"""`suqiu audit deadline`: a dispute about time, answered in sentences from what is on record."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, get_args

from cli.doors import opened, petition_of
from cli.failures import WrongUse
from cli.moments import iso, not_ahead, read_moment, shown
from cli.options import COMMON, Common
from cli.reads import READS, Reads
from cli.screen import OUT, emit, remarks

if TYPE_CHECKING:
    from datetime import datetime

    from aggregates.replay.dispute import Finding
    from rulebook.model import Rulebook

    Proof = tuple[int, datetime] | None

NOT_IN_FORCE = 3
"""The exit code where a promise is not under the rules that were in force."""


def deadline(
    receipt: str,
    /,
    *,
    clock: str | None = None,
    as_of: str | None = None,
    reads: Reads = READS,
    common: Common = COMMON,
) -> int:
    """Say of each promise whether it was kept, by what was on record, and how its days were counted.

    What was entered after a deadline counts as late, whatever time it gives, and is shown. Exit 3 where a promise is
    not under the rules that were in force: its rulebook was never adopted, only later, or is another town's.

    Parameters
    ----------
    receipt
        The number the resident was given.
    clock
        Only this clock: tier, first_contact, statutory_accept, statutory_handle, hand_over, review, second_review.
    as_of
        Only what was on record by then, as 2025-10-09T10:00.
    """
    from aggregates.event import ClockName
    from aggregates.replay.dispute import findings
    from evidence.dossiers.rules_of_then import outside_of
    from evidence.replaying import books_of, checkpoint_after, not_in_force
    from office.rules.adoption import stream_of

    if clock is not None and clock not in get_args(ClockName):
        raise WrongUse(f"--clock: expected one of {', '.join(get_args(ClockName))}; found {clock[:40]!r}")
    notes: list[str] = []
    with opened(common) as ours:
        book, now = ours.rules, ours.now()
        petition = petition_of(ours, receipt, reads.reader(book))
        records = ours.event_log.read(petition)
        if as_of is not None:
            now = not_ahead("--as-of", read_moment("--as-of", as_of, book.zone, notes), now)
            records = [record for record in records if record.recorded_at <= now]
            if not records:
                raise WrongUse(f"--as-of: nothing was on record of this petition by {now.isoformat()}")
        books = books_of(ours.event_log, ours.rules_in_force.file)
        found = [
            each for each in findings(petition, records, books, now) if clock is None or each.promise.name == clock
        ]
        wrong = not_in_force(records, ours.event_log.read(stream_of(ours.rules_in_force.file.id)), books)
        outside = [outside_of(each, records, wrong) for each in found]
        proofs = [checkpoint_after(ours.event_log, each.end) for each in found]
    if not found:
        raise WrongUse(f"--clock: this petition has no {clock} clock")
    if common.json:
        emit(
            {
                "petition": petition,
                "promises": [facts(*each, book) for each in zip(found, outside, proofs, strict=True)],
                "notes": notes,
            }
        )
    else:
        _draw(found, outside, proofs, book)
        remarks(notes)
    return NOT_IN_FORCE if any(outside) else 0


def facts(finding: "Finding", outside: "Sequence[int]", proof: "Proof", book: "Rulebook") -> dict[str, Any]:
    """A promise for programs; `checkpoint` is the first one signed after it ended, which holds what was on record."""
    from evidence.deadline_sentences import about, not_under_the_rules, verdict

    zone, promise = book.zone, finding.promise
    said = [verdict(finding, zone), *not_under_the_rules(outside), *about(finding, book)]
    return {
        "clock": promise.name,
        "tier": promise.tier,
        "rule": promise.clock.rule,
        "rulebook": promise.book,
        "in_force": not outside,
        "started_at": iso(promise.clock.started_at, zone),
        "due_at": iso(promise.clock.due_at, zone),
        "ended_at": iso(finding.end, zone),
        "set_aside_by": finding.aside.version if finding.aside else None,
        "verdict": finding.verdict,
        "by_seconds": finding.by.total_seconds(),
        "judged_at": iso(finding.judged_at, zone),
        "days": [{"date": each.date.isoformat(), "counted": each.counted, "why": each.why} for each in finding.days],
        "on_record": [record.version for record in finding.on_record],
        "late": [record.version for record in finding.late],
        "extensions": [
            {"days": each.days, "approved": each.approved, "by": each.decided.event.by.id if each.decided else None}
            for each in finding.extensions
        ],
        "pauses": [
            {
                "why": each.why,
                "since": iso(each.begun.event.at, zone),
                "until": iso(each.ended.event.at, zone) if each.ended else None,
                "by": each.begun.event.by.id,
            }
            for each in finding.waits
        ],
        "checkpoint": {"size": proof[0], "made_at": iso(proof[1], zone)} if proof else None,
        "sentences": [each._asdict() for each in said],
    }


def _draw(
    found: "Sequence[Finding]", outside: "Sequence[Sequence[int]]", proofs: "Sequence[Proof]", book: "Rulebook"
) -> None:
    from evidence.deadline_sentences import about, day, not_under_the_rules, verdict

    for finding, wrong, proof in zip(found, outside, proofs, strict=True):
        settled = verdict(finding, book.zone)
        style = {"kept": "green", "missed": "bold red"}.get(finding.verdict, "cyan")
        OUT.print(f"{settled.zh} {settled.en}", style=style, markup=False, soft_wrap=True)
        for said in not_under_the_rules(wrong):
            OUT.print(f"  {said.zh} {said.en}", style="bold yellow", markup=False, soft_wrap=True)
        for said in about(finding, book):
            OUT.print(f"  {said.zh} {said.en}", markup=False, soft_wrap=True)
        for each in finding.days:
            counted = day(each)
            mark = "✓" if each.counted else "·"
            OUT.print(f"    {mark} {counted.zh}  {counted.en}", style=None if each.counted else "dim", markup=False)
        if proof:
            made = shown(proof[1], book.zone)
            OUT.print(f"  见证：{made} 的检查点，第 {proof[0]} 条 checkpoint of {made}, size {proof[0]}", markup=False)
        OUT.print()
