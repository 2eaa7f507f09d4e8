"""`suqiu resident …`: erasing a resident's personal data, by two people or by the rulebook's retention."""

from typing import TYPE_CHECKING, Any

from aggregates.known import Known
from cli.doors import actor, intake_of, opened
from cli.failures import WrongUse
from cli.known import SeenHere
from cli.moments import iso
from cli.options import COMMON, Common
from cli.screen import OUT, emit, listing, remark
from projections.words import ERASURE_REASONS, ERASURE_STAGES, ERASURE_WAITS, both

if TYPE_CHECKING:
    from aggregates.erasures.events import Reason
    from office.composition import Office
    from office.keys.erasing import Eraser, Progress
    from rulebook.model import Rulebook


def erase(
    receipt: str,
    /,
    *,
    reason: str,
    by: str,
    approved_by: str | None = None,
    seen: SeenHere = None,
    number: int = 1,
    common: Common = COMMON,
) -> int:
    """删除个人信息: ask that everything personal of a resident become unreadable for good, in all their petitions.

    It is done when a second person, a leader, approves: with --approved-by, or later with `resident approve-erasure`.
    What the office did stays on record, with its proofs. It cannot be undone.

    Parameters
    ----------
    receipt
        A receipt of the resident's: of a petition, or of a service order.
    reason
        resident_asked (本人要求; they asked with `resident ask-erasure`, or are at the counter, --seen), not_needed
        (不再需要) or unlawful (不应收集).
    by
        Who asks for it: a staff id or name of the rulebook.
    approved_by
        The leader who approves it: somebody else.
    number
        Of a petition several residents brought: which of them, in the order they came (default 1).
    """
    with opened(common) as ours:
        eraser, resident = eraser_of(ours), resident_of(ours, receipt, number)
        # Both names are looked up before anything is written.
        asker, approver = actor(by, ours.rules), actor(approved_by, ours.rules) if approved_by else None
        if approver is not None and approver.id == asker.id:
            raise WrongUse("--approved-by: expected somebody other than --by")
        eraser.ask(resident, asker, _reason(reason), known=Known(how="counter", seen=seen) if seen else None)
        if approver is not None:
            eraser.decide(resident, approver, approved=True)
            eraser.carry_out(resident)
        return tell(eraser.acknowledge(resident), receipt, ours.rules, common)


def approve_erasure(receipt: str, /, *, by: str, refuse: bool = False, number: int = 1, common: Common = COMMON) -> int:
    """批准删除: approve what somebody else asked for, and do it; or refuse it.

    Parameters
    ----------
    receipt
        A receipt of the resident's.
    by
        The leader who decides: not who asked.
    refuse
        Do not erase; everything stays as it is.
    number
        As for `resident erase`.
    """
    with opened(common) as ours:
        eraser, resident = eraser_of(ours), resident_of(ours, receipt, number)
        eraser.decide(resident, actor(by, ours.rules), approved=not refuse)
        eraser.carry_out(resident)
        return tell(eraser.acknowledge(resident), receipt, ours.rules, common)


def erasure(receipt: str, /, *, number: int = 1, common: Common = COMMON) -> int:
    """删除情况: how far an erasure is: asked, approved, done, and acknowledged by every reader of the log.

    An erasure that was approved and interrupted is finished by this, too.

    Parameters
    ----------
    receipt
        A receipt of the resident's.
    number
        As for `resident erase`.
    """
    with opened(common) as ours:
        eraser, resident = eraser_of(ours), resident_of(ours, receipt, number)
        eraser.carry_out(resident)
        return tell(eraser.acknowledge(resident), receipt, ours.rules, common)


def retention(*, dry_run: bool = False, common: Common = COMMON) -> int:
    """保存期满: erase the data of residents whose petitions have all been closed as long as the rulebook keeps it.

    The office's rhythm does the same by itself on working days.

    Parameters
    ----------
    dry_run
        Only say whose time is over.
    """
    from office.keys.retaining import due, erase_due

    with opened(common) as ours:
        now, rules = ours.now(), ours.rules
        intake_of(ours)
        keeping = rules.retention.on(now.astimezone(rules.zone).date()) if rules.retention else None
        found = due(ours.event_log, rules, now) if dry_run else erase_due(ours.event_log, eraser_of(ours), rules, now)
    rows = [{**each._asdict(), "streams": list(each.streams)} for each in found]
    if common.json:
        emit({"total": len(rows), "erased": not dry_run, "years": keeping.years if keeping else None, "rows": rows})
        return 0
    if keeping is None:
        remark("规则未定保存期限 the rulebook in force keeps personal data without end: nothing is due")
        return 0
    table = listing("居民 resident", "件数 petitions", "办结 closed", "保存至 kept until", "依据 rule")
    for each in found:
        table.add_row(each.resident, str(len(each.streams)), str(each.closed), str(each.kept_until), each.rule)
    OUT.print(table)
    remark(f"{len(rows)} {'到期 due' if dry_run else '已删除 erased'} · {keeping.years} 年 years")
    return 0


def resident_of(ours: "Office", receipt: str, number: int = 1) -> str:
    """The pseudonym of the `number`-th resident of a receipt.

    Raises:
        WrongUse: no petition and no order has it, or it has no such resident.
        BadReceipt: it cannot be one.
    """
    from aggregates.messages.telling import contacts_of
    from aggregates.streams import ORDER
    from office.identity import normalised

    petition = intake_of(ours).identities.petition(receipt)
    records = ours.event_log.read(petition) or ours.event_log.read(ORDER + petition.partition("-")[2])
    if not records:
        raise WrongUse(f"receipt: no petition and no order with {normalised(receipt)} is on record here")
    contacts = contacts_of(records)
    if not 1 <= number <= len(contacts):
        raise WrongUse(f"--number: expected 1 to {len(contacts)}; found {number}")
    return contacts[number - 1].resident


def eraser_of(ours: "Office") -> "Eraser":
    """What erases, on this office's store."""
    from office.keys.erasing import Eraser

    return Eraser(ours.event_log, lambda: ours.rules, ours.now)


def _reason(given: str) -> "Reason":
    for code, words in ERASURE_REASONS.items():
        if given in (code, words) and code != "retention":
            return code  # type: ignore[return-value] # the keys are the reasons
    known = ", ".join(f"{code} ({words})" for code, words in ERASURE_REASONS.items() if code != "retention")
    raise WrongUse(f"--reason: expected one of {known}: a sentence could hold what is to be erased")


def tell(progress: "Progress", receipt: str, book: "Rulebook", common: Common) -> int:
    """Say how far an erasure is."""
    facts = facts_of(progress, book)
    if common.json:
        emit({"receipt": receipt, **facts})
        return 0
    OUT.print(f"{receipt} · {both(ERASURE_STAGES, facts['stage'])}", style="bold", markup=False)
    for word, label in (
        ("wished", "居民申请"),
        ("asked", "申请"),
        ("approved", "批准"),
        ("erased", "删除"),
        ("acknowledged", "确认"),
    ):
        if step := facts[word]:
            OUT.print(f"{label} {word}: {shown_at(step['at'])} · {step['by']}", markup=False)
    if facts["stage"] == "none":
        return 0
    if facts["reason"]:
        OUT.print(f"原因 reason: {both(ERASURE_REASONS, facts['reason'])}", markup=False)
    if facts["waits_for"]:
        remark(ERASURE_WAITS[facts["waits_for"]])
    if facts["streams"]:
        remark(f"{len(facts['streams'])} 件 petitions and orders now read [erased]")
    if facts["behind"]:
        remark(f"尚未确认 not past it yet: {', '.join(facts['behind'])}")
    return 0


def shown_at(moment: str) -> str:
    """An ISO text as lists show moments."""
    return moment[:16].replace("T", " ")


def facts_of(progress: "Progress", book: "Rulebook") -> dict[str, Any]:
    """An erasure for programs."""
    state = progress.erasure

    def step(record: Any) -> dict[str, Any] | None:
        if record is None:
            return None
        event = record.event
        return {
            "at": iso(event.at, book.zone),
            "by": f"{event.by.role.value}:{event.by.id}",
            "rule": event.rule,
            "position": record.position,
        }

    decided, erased = state.decided, state.erased
    approved = decided if decided is not None and getattr(decided.event, "approved", False) else None
    return {
        "resident": state.subject,
        "stage": state.stage,
        "reason": state.asked_event.reason if state.asked else None,
        "waits_for": state.waits_for,
        "wished": step(state.wished),
        "asked": step(state.asked),
        "approved": step(approved),
        "refused": step(decided) if approved is None else None,
        "erased": step(erased),
        "acknowledged": step(state.acknowledged),
        "key_found": erased.event.key_found if erased else None,  # type: ignore[attr-defined] # its kind is fixed
        "streams": list(erased.event.streams) if erased else [],  # type: ignore[attr-defined]
        "readers": [
            {
                "reader": each.reader,
                "position": each.position,
                "past": bool(erased and each.position >= erased.position),
            }
            for each in progress.readers
        ],
        "behind": [each.reader for each in progress.behind] if erased else [],
    }
