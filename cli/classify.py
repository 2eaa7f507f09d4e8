"""`suqiu classify`: what the classifier proposes for texts; changes nothing and needs no server."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

from cli.failures import WRONG_USE
from cli.options import COMMON, Common
from cli.rows import From, rows_of, texts_or_file
from cli.screen import ERR, OUT, emit, listing
from cli.words import Words

if TYPE_CHECKING:
    from office.intake import Offered
    from rulebook.model import Rulebook
    from rulebook.proposal import Proposal


def classify(
    *texts: str,
    from_: From = None,
    common: Common = COMMON,
) -> int:
    """Propose category, tier and matter, with reasons, for texts or the rows of a file. Changes nothing.

    With --json a line a row: `line`, `category`, `tier`, `matter`, `confidence`, `needs_human`, `reasons`; or `line`,
    `error`. Without it a file gives a summary. Exit 2 if a row was bad.

    Parameters
    ----------
    texts
        What a resident asks for, as `-`, which asks or reads standard input, or `@FILE`; typed here, others on this
        machine see it.
    """
    from office.rules.book_in_use import book_at_hand
    from rulebook.classification import TermClassifier

    words = Words(common)
    texts = words.each("TEXT", "texts", texts_or_file("classify", texts, from_))
    words.warn()
    book = book_at_hand(common.settings())
    classifier = TermClassifier(book)
    proposals: list[Proposal] = []
    bad = 0
    with ExitStack() as stack:
        for row in _rows(texts, from_, stack):
            if row.submission is None:
                bad += 1
                if common.json:
                    emit({"line": row.line, "error": row.error})
                else:
                    ERR.print(f"line {row.line}: {row.error}", style="red", markup=False, soft_wrap=True)
                continue
            proposal = classifier.classify(row.submission.title or "", row.submission.text)
            proposals.append(proposal)
            if common.json:
                emit({"line": row.line, **proposal.model_dump(mode="json")})
            elif texts:
                _draw(proposal, book)
    if not common.json and from_ is not None:
        _summary(proposals, book, bad)
    return WRONG_USE if bad else 0


def _rows(texts: tuple[str, ...], from_: str | None, stack: ExitStack) -> "Iterator[Offered]":
    from office.intake import BadSubmission, Offered, submission

    if from_ is not None:
        yield from stack.enter_context(rows_of(from_))[0]
    for number, text in enumerate(texts, 1):
        try:
            yield Offered(number, submission({"text": text}), None)
        except BadSubmission as error:
            yield Offered(number, None, str(error))


def _draw(proposal: "Proposal", book: "Rulebook") -> None:
    category, tier = book.category(proposal.category).name, book.tier(proposal.tier).name
    table = listing("", "")
    table.show_header = False
    table.add_row("类别 category", f"[bold]{category.zh}[/] {category.en}")
    table.add_row("层级 tier", f"{tier.zh} {tier.en}")
    if proposal.matter:
        matter = book.matter(proposal.matter).name
        table.add_row("事项 matter", f"{matter.zh} {matter.en}")
    table.add_row("把握 confidence", f"{proposal.confidence:.2f}")
    decides = "[yellow]须人工确认 a person confirms[/]" if proposal.needs_human else "[green]自动 automatic[/]"
    table.add_row("决定 decided by", decides)
    for reason in proposal.reasons:
        table.add_row("理由 reason", reason)
    OUT.print(table)


def _summary(proposals: "list[Proposal]", book: "Rulebook", bad: int) -> None:
    tiers = [tier.id for tier in book.tiers]
    heads = [f"{tier.name.zh} {tier.name.en}" for tier in book.tiers]
    table = listing("类别 category", *heads, "合计 total", "须人工 person confirms")
    cells = Counter((each.category, each.tier) for each in proposals)
    waits = Counter(each.category for each in proposals if each.needs_human)
    for category in book.categories:
        row = [cells[category.id, tier] for tier in tiers]
        name = f"{category.name.zh} {category.name.en}"
        table.add_row(name, *map(str, row), str(sum(row)), str(waits[category.id]))
    total = [sum(1 for each in proposals if each.tier == tier) for tier in tiers]
    table.add_row("合计 total", *map(str, total), str(len(proposals)), str(waits.total()), style="bold")
    for column in table.columns[1:]:
        column.justify = "right"
    OUT.print(table)
    if bad:
        ERR.print(f"有误 bad rows {bad}", style="bold")
