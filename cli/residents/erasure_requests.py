"""`suqiu resident ask-erasure | erasures`: what a resident alone can do about their data, and who must act on it."""

from typing import TYPE_CHECKING, Any

from aggregates.known import BY_CODE, NOTED, Known
from aggregates.streams import is_petition
from cli.doors import actor, intake_of, opened, stream_of_receipt
from cli.known import CodeFrom, SeenHere
from cli.known import shown as shown_of
from cli.moments import iso, shown
from cli.options import COMMON, Common
from cli.residents.resident import eraser_of, resident_shown, tell
from cli.screen import OUT, emit, listing, remark
from projections.words import ERASURE_REASONS, ERASURE_WAITS, both

if TYPE_CHECKING:
    from office.composition import Office
    from office.keys.erasing import Eraser


def ask_erasure(
    receipt: str,
    /,
    *,
    code_from: CodeFrom = None,
    by: str | None = None,
    seen: SeenHere = None,
    number: int = 1,
    common: Common = COMMON,
) -> int:
    """申请删除: the resident asks that what is personal of theirs be erased, in all that is proven to be theirs.

    They ask with the code that came with the receipt; of several residents each has one of their own. Or they come to
    the counter, where somebody looks at a paper and notes it. Nothing is erased by that. It stands on the office's list
    until somebody takes it up (`resident erase`) and a leader who is somebody else decides
    (`resident approve-erasure`). Asking again changes nothing.

    Parameters
    ----------
    receipt
        The receipt: of a petition, or of a service order.
    by
        Who notes it for a resident at the counter: a staff id or name.
    number
        With --by, of a petition several residents brought: which of them, in the order they came (default 1).
    """
    who = shown_of(by, code_from, seen)
    with opened(common) as ours:
        eraser, stream = eraser_of(ours), stream_of_receipt(ours, receipt)
        resident = resident_shown(ours, receipt, who, number)
        known = BY_CODE if who.code is not None else Known(how="counter", seen=who.seen) if who.seen else NOTED
        wishes = actor(by, ours.rules)
        eraser.wish(resident, wishes, stream, known)
        theirs = _theirs(eraser, resident, stream)
        for other, first in theirs.items():
            if other != resident and ours.event_log.keyring.name_of(other) is not None:
                eraser.wish(other, wishes, first[0], known)  # its own petition: an event links it to no other one
        shown_to_them = [each for streams in theirs.values() for each in streams]
        touches = [str(_receipt_of(ours, each)) for each in shown_to_them]
        code = tell(eraser.acknowledge(resident), receipt, ours.rules, common, touches)
        still = [] if common.json else _open_of(ours, tuple(shown_to_them))
    if still:
        remark(
            f"{len(still)} 件未结 still open: {', '.join(still)}; 删除后无法再联系居民 once it is erased, nobody can "
            "reach the resident about them; they may be withdrawn (`suqiu petition withdraw`)"
        )
    return code


def _theirs(eraser: "Eraser", resident: str, stream: str) -> dict[str, list[str]]:
    """What is proven to be the resident's, by pseudonym.

    Of a pseudonym from before petitions had one of their own, which a telephone number nobody checked made the same, it
    is only the petition asked about: others may be somebody else's.
    """
    found = {}
    for each in eraser.all_of(resident):
        streams = list(eraser.streams_of(each))
        several = sum(is_petition(one) for one in streams) > 1
        found[each] = [stream if each == resident else streams[0]] if several else streams
    return found


def erasures(*, common: Common = COMMON) -> int:
    """待办删除申请: erasures that wait for somebody: a resident's wish for the office, a request for a leader.

    The longest waiting first, with a receipt of the resident's, by which both commands find them.
    """
    from office.views import views
    from projections.erasures import waiting

    with views(common.settings()) as connection:
        rows = waiting(connection)
    with opened(common) as ours:
        intake_of(ours)
        zone = ours.rules.zone
        first = eraser_of(ours).first_streams({row.resident for row in rows if not row.petition})
        found = [(row, _receipt_of(ours, row.petition or first.get(row.resident))) for row in rows]
    if common.json:
        listed: list[dict[str, Any]] = [
            {
                "receipt": receipt,
                "resident": row.resident,
                "stage": row.stage,
                "waits_for": row.waits_for,
                "reason": row.reason,
                "wished_at": iso(row.wished_at, zone),
                "asked_at": iso(row.asked_at, zone),
                "asked_by": row.asked_by,
            }
            for row, receipt in found
        ]
        emit({"total": len(listed), "rows": listed})
        return 0
    table = listing("受理编号 receipt", "申请 asked", "原因 reason", "待 waits for")
    for row, receipt in found:
        why = both(ERASURE_REASONS, row.reason or "resident_asked")
        table.add_row(
            receipt or "—", shown(row.wished_at or row.asked_at, zone), why, ERASURE_WAITS[row.waits_for or "engine"]
        )
    OUT.print(table)
    remark(f"{len(found)} 件待办 wait")
    return 0


def _receipt_of(ours: "Office", stream: str | None) -> str | None:
    """A receipt by which the resident is found: of what they asked by, else of the first thing they brought."""
    records = ours.event_log.read(stream) if stream else []
    return getattr(records[0].event, "receipt", None) if records else None


def _open_of(ours: "Office", streams: tuple[str, ...]) -> list[str]:
    """The receipts of those petitions and orders that are still open."""
    from aggregates.kinds import kind_of

    found = []
    for stream in streams:
        kind = kind_of(stream)
        assert kind is not None, f"{stream} is a petition or an order"
        state = kind.fold(stream, (record.event for record in ours.event_log.read(stream)))
        if state.open:
            found.append(str(state.receipt))
    return found
