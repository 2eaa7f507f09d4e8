"""`suqiu order post | show`: orders taken in and looked at."""

import secrets
from typing import TYPE_CHECKING

from aggregates.known import Known
from aggregates.orders.events import Charge, Kind
from cli.acting import TOLD_ONCE, wrong_field
from cli.doors import intake_of, opened, partner_or_staff
from cli.failures import WrongUse
from cli.known import CodeFrom, Shown, known_in
from cli.known import shown as shown_of
from cli.moments import iso, shown
from cli.options import COMMON, Common
from cli.orders.acting import desk_of, facts, read_order
from cli.reads import READS, Reads
from cli.screen import OUT, emit, listing, remark
from cli.words import STDIN, Words
from projections.words import ORDER_CHARGES, ORDER_KINDS, ORDER_STAGES, both

if TYPE_CHECKING:
    from office.composition import Office


def post(
    text: str | None = None,
    /,
    *,
    kind: Kind = "service",
    service: str | None = None,
    charge: Charge | None = None,
    petition: str | None = None,
    age: str | None = None,
    name: str | None = None,
    phone: str | None = None,
    address: str | None = None,
    by: str | None = None,
    code_from: CodeFrom = None,
    external_id: str | None = None,
    common: Common = COMMON,
) -> int:
    """点单、发布: order a service, or post a need or a wish; the answer is its receipt, and a code told once.

    What the resident says is not for the command line, where others on this machine see it: TEXT and the options that
    say so are `-`, which asks or reads standard input, or `@FILE`; without TEXT, a terminal asks for it. Typed it is
    still taken in this version, for scripts; `@@` begins words that begin with `@`.

    Parameters
    ----------
    text
        What is asked for, as `-` or `@FILE`. Kept sealed.
    kind
        service (default), need, micro_wish or collective_wish.
    service
        An entry of the list of services (`suqiu order lists`).
    charge
        free or low_price, where no service says so.
    petition
        The receipt of the petition it comes from; a resident gives its code.
    age
        Of the resident, as `-` or `@FILE`: decides only whether they come first, and is not kept.
    name
        Of the resident, as `-` or `@FILE`. Kept sealed.
    phone
        Of the resident, as `-` or `@FILE`. Kept sealed.
    address
        Where to come to, as `-` or `@FILE`. Kept sealed.
    by
        Who posts it: a staff id or name (default: the resident).
    external_id
        Your id of it, as `-` or `@FILE` where it says who asks: the same one again is answered with the order it led
        to.
    """
    from pydantic import ValidationError

    from office.handling import UnknownPetition
    from office.rules.book_in_use import must_be_adopted

    given = {"text": text, "age": age, "name": name, "phone": phone, "address": address, "external_id": external_id}
    told = Words(common, "--code-from" if code_from == STDIN else "").of(given, needed=("text",), text="TEXT")
    external_id = told.pop("external_id", None)
    said = {"kind": kind, "service": service, "charge": charge, **told}
    showing = shown_of(None, code_from, None) if petition is not None and by is None else None
    with opened(common) as ours:
        must_be_adopted(ours.rules_in_force)
        who = partner_or_staff(by, ours.rules)
        key = f"external\n{external_id}" if external_id else f"once\n{secrets.token_hex(16)}"
        try:
            known = _known(ours, petition, showing) if petition is not None and showing is not None else None
            posted = desk_of(ours).post(key, who, petition=petition, known=known, **said)
        except ValidationError as error:
            raise wrong_field(error) from None
        except UnknownPetition:
            raise WrongUse(f"--petition: no petition with {petition} is on record here") from None
        state, book = ours.orders.load(posted.order), ours.rules
    if common.json:
        code = {"code": posted.code} if posted.code else {}
        emit({**facts(state, book, who), "repeated": posted.repeated, **code})
        return 0
    OUT.print(f"{posted.receipt} · {both(ORDER_STAGES, state.stage.value)}", style="bold", markup=False)
    if posted.code:
        OUT.print(f"查询码 code: {posted.code}  {TOLD_ONCE}", markup=False, soft_wrap=True)
    if posted.repeated:
        remark("已发布过，未重复 posted before with this id; not repeated")
    return 0


def _known(ours: "Office", petition: str, showing: Shown) -> Known:
    """How the resident of a petition is known who posts an order from it."""
    intake = intake_of(ours)
    source = intake.identities.petition(petition)
    return known_in(intake.codes, source, ours.handler.load(source).resident, showing, ours)


def show(receipt: str, /, *, reads: Reads = READS, common: Common = COMMON) -> int:
    """Show an order: where it is, its promises, and everything that happened. No personal data.

    Parameters
    ----------
    receipt
        The order's receipt.
    """
    from eventstore.log import ERASED
    from projections.order_sentences import order_names_of, says

    with opened(common) as ours:
        book = ours.rules
        reader = reads.orders_reader(book)
        order = read_order(ours, receipt, reader)
        records, state = order.records, ours.orders.load(order.stream)
        personal = ERASED if ours.event_log.is_erased(records[0]) else "sealed"
    names = order_names_of(book)
    lines = [(record, says(record.event, names)) for record in records]
    if common.json:
        timeline = [
            {
                "version": record.version,
                "topic": record.event.TOPIC,
                "at": iso(record.event.at, book.zone),
                "recorded_at": iso(record.recorded_at, book.zone),
                "by": f"{record.event.by.role.value}:{record.event.by.id}",
                "rule": record.event.rule,
                "zh": sentence.zh,
                "en": sentence.en,
            }
            for record, sentence in lines
        ]
        emit({**facts(state, book, reader), "personal": personal, "timeline": timeline})
        return 0
    told = [f"{both(ORDER_KINDS, state.kind)}", both(ORDER_CHARGES, state.charge), names(state.tier, "zh")]
    told += [names(state.unit, "zh")] if state.unit else []
    told += [f"承诺 promised by {shown(state.due_at, book.zone)}"] if state.due_at else []
    told += [f"支持 {len(state.supporters)}"] if state.kind == "collective_wish" else []
    OUT.print(f"{state.receipt} · {both(ORDER_STAGES, state.stage.value)}", style="bold", markup=False)
    told += [f"个人信息 personal data {ERASED}"] if personal == ERASED else []
    OUT.print(" · ".join(told), markup=False)
    table = listing("时间 time", "经过 what happened", "经手 who", "依据 rule")
    for record, sentence in lines:
        event = record.event
        table.add_row(shown(event.at, book.zone), f"{sentence.zh}\n{sentence.en}", event.by.id, event.rule or "")
    OUT.print(table)
    return 0
