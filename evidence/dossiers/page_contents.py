"""The content of a dossier's report, from the record: pure; no clock, no store, no key.

A sealed text is shown only if it was opened for this dossier (`Told.opened`).
"""

from collections.abc import Collection, Sequence
from types import MappingProxyType
from typing import NamedTuple

from aggregates.petition.state import fold
from aggregates.record import Recorded
from aggregates.replay.dispute import findings
from aggregates.replay.steps import Books
from eventstore.log import ERASED
from eventstore.proofs.checkpoint import Checkpoint, encode
from evidence.deadline_sentences import Said
from evidence.dossiers.page import Book, File, Head, Line, Page
from evidence.dossiers.page_clocks import clocks, line
from evidence.dossiers.page_entries import Opened, Teller
from evidence.dossiers.page_summary import facts, summary
from evidence.dossiers.rules_of_then import outside_of
from projections.words import shown
from rulebook.model import Rulebook


class Told(NamedTuple):
    """What the report is made from. `checkpoints`: oldest first, the last is the dossier's own; `files` as in the ZIP.

    `records` are all of the petition's up to that checkpoint, the other streams' likewise; `book` gives names, `books`
    counts days. `key`: the log's public key as text; `witnesses`: who cosigned the last checkpoint. `sealed`: how many
    texts are not opened; `no_key`: of these, how many the reader may read and no key here opens, no erasure on record.
    `outside`: versions of events not decided under the rules in force.
    """

    petition: str
    records: Sequence[Recorded]
    book: Rulebook
    books: Books
    checkpoints: Sequence[Checkpoint]
    key: str
    redaction: Said
    opened: Opened = MappingProxyType({})
    messages: Sequence[Recorded] = ()
    orders: Sequence[Sequence[Recorded]] = ()
    erasures: Sequence[Recorded] = ()
    witnesses: Sequence[str] = ()
    files: Sequence[tuple[str, Said]] = ()
    sealed: int = 0
    no_key: int = 0
    outside: Collection[int] = ()


def page_of(told: Told) -> Page:
    """The data of the report.

    Raises:
        ValueError: there is no checkpoint, or no event.
    """
    if not told.checkpoints or not told.records:
        raise ValueError("a page: expected at least one checkpoint and one event; found none")
    newest, book = told.checkpoints[-1], told.book
    state = fold(told.petition, [record.event for record in told.records])
    found = findings(told.petition, told.records, told.books, newest.at)
    teller = Teller(book, told.opened)
    timeline = teller.petition(told.records)
    return Page(
        receipt=state.receipt,
        petition=told.petition,
        log=newest.origin,
        key=told.key,
        made_at=newest.at,
        made=shown(newest.at, book.zone),
        redaction=line(told.redaction),
        summary=(
            *summary(state, told.records[0], found, shown(newest.at, book.zone), book),
            line(not_shown(told)),
        ),
        facts=facts(state, book),
        asked=timeline[0].fields,
        clocks=clocks(found, [outside_of(each, told.records, told.outside) for each in found], book, told.checkpoints),
        timeline=(timeline[0].model_copy(update={"fields": ()}), *timeline[1:]),
        orders=tuple(teller.order(each) for each in told.orders if each),
        messages=teller.messages(told.messages),
        erasures=teller.erasures(told.erasures),
        books=_books(told),
        checkpoints=tuple(_head(each, told) for each in told.checkpoints),
        files=tuple(File(name=name, what=line(what)) for name, what in told.files),
    )


def not_shown(told: Told) -> Said:
    """What of the case is not on the page: counted, for whoever reads it, the court too."""
    erased = sum(text == ERASED for text in told.opened.values())
    orders = sum(bool(each) for each in told.orders)
    zh = f"密封内容：开启 {len(told.opened) - erased} 项，已删除 {erased} 项，未开启 {told.sealed} 项"
    en = f"Sealed texts: {len(told.opened) - erased} opened, {erased} erased, {told.sealed} not opened"
    if told.no_key:
        zh += f"（其中 {told.no_key} 项应予开启，此处没有密钥，也没有删除记录）"
        en += f" (of these {told.no_key} should be and no key for them is here, nor an erasure on record)"
    zh += f"。随附服务单 {orders} 件，此外是否还有以办公室所称为准；删除记录 {len(told.erasures)} 条。"
    en += f". Service orders with it: {orders}, that there are no others is the office's word; "
    return Said(zh, f"{en}entries about erasures: {len(told.erasures)}.")


def _books(told: Told) -> tuple[Book, ...]:
    """The rulebooks that the petition's events name, in order of first use."""
    known = dict.fromkeys(record.event.rulebook for record in told.records)
    found = [(each, told.books(each)) for each in known]
    return tuple(
        Book(
            name=Line(zh=book.name.zh, en=book.name.en) if book else Line(zh="—", en="—"),
            since=book.effective_from.isoformat() if book else "",
            hash=each,
        )
        for each, book in found
    )


def _head(checkpoint: Checkpoint, told: Told) -> Head:
    own = checkpoint is told.checkpoints[-1]
    return Head(
        size=checkpoint.size,
        made=f"{checkpoint.at.astimezone(told.book.zone):%Y-%m-%d %H:%M:%S}",
        root=encode(checkpoint.root),
        witnesses=tuple(told.witnesses) if own else (),
    )
