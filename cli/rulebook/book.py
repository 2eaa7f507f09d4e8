"""`suqiu rulebook …`: is a rulebook right, and when does a promise end, day by day."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.failures import WRONG_USE, WrongUse
from cli.moments import read_moment
from cli.options import COMMON, Common
from cli.screen import ERR, OUT, emit, listing, remarks

if TYPE_CHECKING:
    from rulebook.clocks import Deadline
    from rulebook.model import Rulebook

WEEKDAYS = ("周一 Mon", "周二 Tue", "周三 Wed", "周四 Thu", "周五 Fri", "周六 Sat", "周日 Sun")


def check(file: Path | None = None, /, *, common: Common = COMMON) -> int:
    """Check a rulebook: its main file or its folder; without one, the rulebook in use. Every problem on its line.

    Warned of, and not refused: one wording in two matters; a book that is not in force where an office runs.

    Parameters
    ----------
    file
        The main file, or the folder with `rulebook.yaml` in it.
    """
    from office.rules.book_in_use import not_in_force
    from office.rules.rulebooks import read_rulebook, spots_of
    from rulebook.doubts import doubts
    from rulebook.problems import RulebookError

    settings = common.settings()
    path = file or settings.rulebook
    try:
        book = read_rulebook(path)
    except RulebookError as error:
        if common.json:
            problems = [
                {
                    "file": each.file,
                    "line": each.line,
                    "path": each.path,
                    "id": each.id,
                    "expected": each.expected,
                    "found": each.found,
                }
                for each in error.problems
            ]
            emit({"ok": False, "error": f"{path}: {len(problems)} to mend", "problems": problems})
        for problem in error.problems:
            ERR.print(str(problem), markup=False, soft_wrap=True)
        return WRONG_USE
    facts = _facts(book)
    where = spots_of(path)
    warnings = [f"{where(each.place)}: {each.says}" for each in doubts(book)]
    if (why := not_in_force(settings, book)) is not None:
        here = where(("effective_from",))
        warnings.append(f"{here.file}:{here.line}: {why}")
    if common.json:
        emit({"ok": True, **facts, "warnings": warnings})
        return 0
    OUT.print(f"[green]✓[/] {path} [bold]{book.name.zh}[/] {book.name.en}", soft_wrap=True)
    table = listing("", "")
    table.show_header = False
    for name, value in facts.items():
        table.add_row(name, ", ".join(map(str, value)) if isinstance(value, list) else str(value))
    OUT.print(table)
    remarks(f"⚠ {warning}" for warning in warnings)
    return 0


def _facts(book: "Rulebook") -> dict[str, Any]:
    return {
        "id": book.id,
        "hash": book.hash,
        "effective_from": str(book.effective_from),
        "time_zone": book.time_zone,
        "tiers": [tier.id for tier in book.tiers],
        "categories": [category.id for category in book.categories],
        "matters": len(book.matters),
        "units": len(book.units),
        "staff": len(book.staff),
        "calendar_years": list(book.calendar.known_years),
    }


def deadline(
    *,
    received: str,
    tier: str,
    rulebook: Path | None = None,
    common: Common = COMMON,
) -> int:
    """Say when the promise of a tier ends for something received at a time, and why, day by day.

    Parameters
    ----------
    received
        When it was received, as 2025-09-30T15:00; without an offset it is the rulebook's zone.
    tier
        A tier of the rulebook, by its id (`suqiu rulebook check` lists them).
    rulebook
        Another rulebook than the one in force here: its main file or its folder.
    """
    from office.rules.book_in_use import book_at_hand
    from office.rules.rulebooks import read_rulebook
    from rulebook.clocks import deadline as ends

    settings = common.settings()
    book = read_rulebook(rulebook) if rulebook else book_at_hand(settings)
    notes: list[str] = []
    start = read_moment("--received", received, book.zone, notes)
    if rulebook is None:
        book = book_at_hand(settings, start)  # what was in force when it was received is what was promised
    rule = book.tier(tier).clock
    try:
        promise = ends(rule, start, book)
    except OverflowError:
        raise WrongUse(f"--received: expected a day the calendar can count on from; found {received!r}") from None
    if promise.provisional:
        last = max(book.calendar.known_years)
        notes.append(f"the working calendar is known up to {last}: counted by weekends only, and again when it comes")
    if common.json:
        emit(
            {
                "tier": tier,
                "rule": promise.rule,
                "received_at": start.isoformat(),
                "started_at": promise.started_at.isoformat(),
                "due_at": promise.due_at.isoformat(),
                "provisional": promise.provisional,
                "calendar": promise.calendar,
                "days": _days(promise),
                "notes": notes,
            }
        )
        return 0
    name = book.tier(tier).name
    OUT.print(f"[bold]{name.zh}[/] {name.en} · {promise.rule} · {rule.source}", soft_wrap=True)
    _draw(promise)
    provisional = " [yellow]暂定 provisional[/]" if promise.provisional else ""
    weekday = WEEKDAYS[promise.due_at.weekday()]
    OUT.print(f"到期 due [bold green]{promise.due_at:%Y-%m-%d %H:%M}[/] {weekday} {book.time_zone}{provisional}")
    remarks(notes)
    return 0


def _days(promise: "Deadline") -> list[dict[str, Any]]:
    """Each day: counted into the promised time or skipped, and why."""
    return [
        {
            "date": day.date.isoformat(),
            "counted": day.counted,
            "skipped": not day.counted,
            "why": day.why,
        }
        for day in promise.days
    ]


def _draw(promise: "Deadline") -> None:
    table = listing("日期 date", "", "计入 counted", "原因 why")
    for day in promise.days:
        mark, style = ("✓", "green") if day.counted else ("·", "dim")
        table.add_row(str(day.date), WEEKDAYS[day.date.weekday()], mark, day.why, style=style)
    OUT.print(table)
