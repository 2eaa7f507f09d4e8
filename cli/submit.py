"""`suqiu submit`: take petitions in, one text or a whole file; a receipt a row."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Literal

from cli.doors import actor, intake_of, opened
from cli.failures import FAILED, WRONG_USE, WrongUse, told
from cli.options import COMMON, Common
from cli.progress import counted
from cli.rows import From, rows_of, texts_or_file
from cli.screen import ERR, OUT, emit
from cli.words import Words, fields_of_words

if TYPE_CHECKING:
    from office.clock import Now
    from office.intake import Offered, Taken
    from rulebook.model import Rulebook


SAME_ID = "  编号同前、内容不同，另作一件 the same external id with other content: another petition"


def submit(
    *texts: str,
    from_: From = None,
    title: str | None = None,
    channel: str | None = None,
    name: str | None = None,
    phone: str | None = None,
    address: str | None = None,
    section: str | None = None,
    external_id: str | None = None,
    anonymous: bool = False,
    confidential: bool = False,
    urgent: Literal["life", "elderly", "minor"] | None = None,
    complained_about: str | None = None,
    submitted_at: str | None = None,
    by: str | None = None,
    common: Common = COMMON,
) -> int:
    """Take petitions in; each gets a receipt as soon as it is safe. Safe to repeat: the same row, the same receipt.

    With the receipt comes a code (查询码), told once: by it, and not by the receipt, the resident acts later. Whoever
    has lost it gets another at the counter (`suqiu petition new-code`).

    A row of a file is an object with `text` and, if known, `title`, `channel`, `submitted_at`, `name`, `phone`,
    `address`, `section`, `external_id`, `anonymous`, `confidential`, `urgent`, `complained_about`. A bad row is named
    and costs no good one. The same TEXT given on another day is another petition. Exit 2 if a row was bad, 1 if the
    database was lost on the way.

    What the resident says is not for the command line, where others on this machine see it: TEXT and the options that
    say so are `-`, which asks or reads standard input, or `@FILE`; without TEXT, a terminal asks for it. Typed it is
    still taken in this version, for scripts; `@@` begins words that begin with `@`.

    Parameters
    ----------
    texts
        What the resident asks for, as `-` or `@FILE`; several make several petitions.
    title
        A short title, as `-` or `@FILE`.
    channel
        counter, mailbox, hotline, online (the default), visit, grid or reception_day.
    name
        The resident's name, as `-` or `@FILE`. Kept sealed, as title, text, phone and address are.
    phone
        The resident's telephone number, as `-` or `@FILE`.
    address
        Where the resident lives, or where it is, as `-` or `@FILE`.
    section
        The section of the grid it is about, or one of its buildings: an id of the rulebook. Kept as the section only.
    external_id
        Your own id of it, as `-` or `@FILE` where it says who asks: the same from you again is answered, not repeated.
        With other content it is another petition.
    anonymous
        The resident does not want to be named.
    confidential
        Units are kept from knowing who asks.
    urgent
        life (danger to life), elderly (70 years and more) or minor: served before others.
    complained_about
        The id of a unit the resident complains about: it gets no part in this petition.
    submitted_at
        When the resident wrote it, as 2025-10-09T10:00; without an offset it is the office's zone.
    by
        Who takes it in: a staff id or name. Without it, the resident.
    """
    given = {
        "title": title,
        "channel": channel,
        "name": name,
        "phone": phone,
        "address": address,
        "section": section,
        "external_id": external_id,
        "submitted_at": submitted_at,
        "anonymous": anonymous or None,
        "confidential": confidential or None,
        "urgent": urgent,
        "complained_about": complained_about,
    }
    row = {field: value for field, value in given.items() if value is not None}
    from office.rules.book_in_use import must_be_adopted
    from office.submission import Submission

    texts = _check(texts, from_, row)
    words = Words(common)
    texts = words.each("TEXT", "texts", texts)
    row |= words.of({field: str(row[field]) for field in fields_of_words(Submission) & row.keys()})
    with opened(common) as ours, ExitStack() as stack:
        must_be_adopted(ours.rules_in_force)
        if from_ is None:
            rows, known = _typed(texts, row, ours.rules, ours.now), None
        else:
            rows, known = stack.enter_context(rows_of(from_))
        who = actor(by, ours.rules)
        taken = intake_of(ours).take_in(counted(rows, known, quiet=common.json and not ERR.is_terminal), who)
        return _answer(taken, json=common.json, many=from_ is not None)


def _check(texts: tuple[str, ...], from_: str | None, row: dict[str, Any]) -> tuple[str, ...]:
    texts = texts_or_file("submit", texts, from_)
    if from_ is not None and row:
        option = next(iter(row)).replace("_", "-")
        raise WrongUse(f"--{option}: goes with TEXT; a row of a file says its own")
    if len(texts) > 1 and "external_id" in row:
        raise WrongUse("--external-id: names one petition; give one TEXT with it")
    return texts


def _typed(texts: Iterable[str], row: dict[str, Any], rules: "Rulebook", now: "Now") -> "Iterator[Offered]":
    """Texts given one by one. Given again another day it is another petition: the day is part of its id."""
    from office.intake import BadSubmission, Offered, submission

    today = now().astimezone(rules.zone).date()
    for number, text in enumerate(texts, 1):
        said = {**row, "text": text}
        digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
        try:
            yield Offered(number, submission({"external_id": f"shell {today} {digest}", **said}), None)
        except BadSubmission as error:
            yield Offered(number, None, str(error))


def _answer(taken: "Iterator[Taken]", *, json: bool, many: bool) -> int:
    """Write each answer as soon as its row is safe; then the totals."""
    fresh = stood = bad = 0
    code = 0
    try:
        for row in taken:
            bad += row.error is not None
            stood += row.repeated
            fresh += row.error is None and not row.repeated
            _write(row, json=json)
    except Exception as error:
        known = told(error)
        if known is None:
            raise
        code, sentence = FAILED, f"{known[1]}. Rows answered above are safe; submit the same file again"
        if json:
            emit({"error": sentence})
        ERR.print(f"suqiu: {sentence}", style="red", markup=False, soft_wrap=True)
    if (many or bad) and not json:
        ERR.print(f"新受理 new {fresh} · 已在册 stood already {stood} · 有误 bad rows {bad}", style="bold")
    return code or (WRONG_USE if bad else 0)


def _write(row: "Taken", *, json: bool) -> None:
    if json:
        answer: dict[str, Any] = {"line": row.line}
        answer |= {"error": row.error} if row.error else {"receipt": row.receipt, "petition": row.petition}
        if row.code:
            answer["code"] = row.code
        if row.repeated:
            answer["repeated"] = True
        if row.same_id:
            answer["same_id"] = True
        emit(answer)
        return
    if row.error:
        ERR.print(f"line {row.line}: {row.error}", style="red", markup=False, soft_wrap=True)
        return
    mark = "  已在册 stood already" if row.repeated else f"  查询码 code {row.code}"
    OUT.file.write(f"{row.line:>6}  {row.receipt}{mark}{SAME_ID if row.same_id else ''}\n")
    OUT.file.flush()
