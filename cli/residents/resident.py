"""`suqiu resident …`: erasing a resident's personal data, by two people or by the rulebook's retention."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from aggregates.known import BY_CODE, NOTED, Known
from cli.doors import actor, intake_of, opened, stream_of_receipt
from cli.failures import WrongUse
from cli.known import CodeFrom, SeenHere, Shown
from cli.known import shown as shown_of
from cli.moments import iso
from cli.options import COMMON, Common
from cli.screen import OUT, emit, listing, remark
from projections.words import ERASURE_REASONS, ERASURE_STAGES, ERASURE_WAITS, both

if TYPE_CHECKING:
    from aggregates.erasures.events import Reason
    from aggregates.event import Actor
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
    dry_run: bool = False,
    common: Common = COMMON,
) -> int:
    """删除个人信息: ask that everything personal of a resident become unreadable for good.

    Of the petition, and of those that are known to be the same person's: what somebody vouched for with
    `resident link`, and what was taken in under one telephone number before petitions had pseudonyms of their own.
    `touches` says which; look before anybody approves.

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
    dry_run
        Only say what it would touch.
    """
    with opened(common) as ours:
        eraser, resident = eraser_of(ours), resident_of(ours, receipt, number)
        everything, touches = eraser.all_of(resident), touched(ours, resident)
        # Both names are looked up before anything is written.
        asker, approver = actor(by, ours.rules), actor(approved_by, ours.rules) if approved_by else None
        if approver is not None and approver.id == asker.id:
            raise WrongUse("--approved-by: expected somebody other than --by")
        why, known = _reason(reason), Known(how="counter", seen=seen) if seen else None
        if not dry_run:
            for each in everything:
                eraser.ask(each, asker, why, known=known)
        if approver is not None and not dry_run:
            _decide(eraser, everything, approver, approved=True)
        return tell(eraser.acknowledge(resident), receipt, ours.rules, common, touches)


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
        everything, touches = eraser.all_of(resident), touched(ours, resident)
        _decide(eraser, everything, actor(by, ours.rules), approved=not refuse)
        return tell(eraser.acknowledge(resident), receipt, ours.rules, common, touches)


def _decide(eraser: "Eraser", everything: tuple[str, ...], by: "Actor", *, approved: bool) -> None:
    """Decide on all of one person, and carry out what is approved."""
    resident, *others = everything
    eraser.decide(resident, by, approved=approved)
    for each in others:
        if eraser.load(each).stage == "asked":
            eraser.decide(each, by, approved=approved)
    for each in everything:
        eraser.carry_out(each)


def touched(ours: "Office", resident: str) -> list[str]:
    """The receipts of all petitions and orders that an erasure of this resident touches."""
    eraser = eraser_of(ours)
    streams = dict.fromkeys(stream for each in eraser.all_of(resident) for stream in eraser.streams_of(each))
    return [str(getattr(ours.event_log.read(stream)[0].event, "receipt", "")) for stream in streams]


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
        everything, touches = eraser.all_of(resident), touched(ours, resident)
        for each in everything:
            eraser.carry_out(each)
        return tell(eraser.acknowledge(resident), receipt, ours.rules, common, touches)


def link(
    receipt: str,
    other: str,
    /,
    *,
    code_from: CodeFrom = None,
    other_code_from: Annotated[str | None, Parameter(help="As --code-from, of OTHER.")] = None,
    by: str | None = None,
    seen: SeenHere = None,
    number: int = 1,
    other_number: int = 1,
    common: Common = COMMON,
) -> int:
    """认作同一人: note that two petitions are of one person: an erasure, and how long they are kept, go by both.

    By the codes of both, or by whoever saw the person at the counter and looked at a paper. A telephone number proves
    nothing. It stands beside the keys, in no event, and goes with an erasure.

    Parameters
    ----------
    receipt
        The receipt of one: of a petition, or of a service order.
    other
        The receipt of the other.
    by
        Who looked, of a person at the counter: a staff id or name.
    number
        With --by, of a petition several residents brought: which of them (default 1).
    other_number
        The same for OTHER.
    """
    from office.keys.persons import Persons

    first, second = shown_of(by, code_from, seen), shown_of(by, other_code_from, seen)
    with opened(common) as ours:
        one = resident_shown(ours, receipt, first, number)
        two = resident_shown(ours, other, second, other_number)
        by_code = first.code is not None and second.code is not None
        known = BY_CODE if by_code else Known(how="counter", seen=seen) if seen else NOTED
        persons = Persons(ours.event_log, ours.now)
        fresh = persons.link(one, two, actor(by, ours.rules), known)
    if common.json:
        emit({"receipt": receipt, "other": other, "linked": True, "repeated": not fresh})
        return 0
    OUT.print("✓ 已认作同一人 noted as one person" if fresh else "已是同一人 known as one person", markup=False)
    return 0


def resident_shown(ours: "Office", receipt: str, who: Shown, number: int = 1) -> str:
    """The resident of a receipt whose code was given; where none was, the `number`-th.

    Raises:
        Refused: the code is wrong, mistyped or not tried.
        WrongUse, BadReceipt: as `resident_of`.
    """
    resident = resident_of(ours, receipt, number)
    if who.code is None:
        return resident
    return intake_of(ours).codes.whose(stream_of_receipt(ours, receipt), who.code, ours.now())


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


def tell(progress: "Progress", receipt: str, book: "Rulebook", common: Common, touches: Sequence[str]) -> int:
    """Say how far an erasure is, and what it touches."""
    facts = {**facts_of(progress, book), "touches": list(touches), **recoverable(progress, common, book)}
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
    OUT.print(f"涉及 touches: {', '.join(touches)}", markup=False, soft_wrap=True)
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
    if facts["stage"] in ("erased", "acknowledged"):
        _tell_recoverable(facts["recoverable_until"])
    return 0


def recoverable(progress: "Progress", common: Common, book: "Rulebook") -> dict[str, str | None]:
    """Until when copies of the destroyed key could still be opened, by whoever has the master key too; None: no more.

    Of an erasure that is not carried out nothing can be said: None as well.
    """
    import psycopg

    from eventstore.master_key_age import master_key_age
    from office.connection import database_of
    from office.keys.master_key_due import recoverable_until

    erased = progress.erasure.erased
    if erased is None:
        return {"recoverable_until": None}
    with psycopg.connect(database_of(common.settings())) as connection:
        age = master_key_age(connection)
    return {"recoverable_until": iso(recoverable_until(erased.recorded_at, erased.position, age), book.zone)}


def _tell_recoverable(until: str | None) -> None:
    """What somebody could still bring back, until when, and what nobody can call back."""
    if until is None:
        remark(
            "主密钥已换，旧主密钥销毁后旧的密钥备份打不开 the master key was replaced since: where no copy of the old "
            "one is left, nothing opens the erased data"
        )
    else:
        remark(
            f"{shown_at(until)} 前更换主密钥 until the master key is replaced, which is due by then "
            "(`suqiu keys rotate-master`), 仍可恢复 the data can be recovered by whoever has that key and an older "
            "backup of keys, PostgreSQL's free space or its write-ahead log; 旧主密钥和旧的密钥备份须销毁 then back "
            "the keys up anew, and destroy the old master key and older backups of keys"
        )
    remark(
        "收不回的 beyond recall: 已发出的告知、已交出的卷宗 what was sent, and dossiers given out with texts opened; "
        "事件、流程、日志、报表中没有个人信息 events, workflows, logs and reports have nothing personal in clear"
    )


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
