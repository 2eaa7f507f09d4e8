"""The demo's output: a rule for each day, a line for each event; made for 100 columns, terminal or pipe."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from aggregates.known import Known
from aggregates.orders import events as o
from aggregates.petition import events as e
from demo.chronicle import Happening, OrderHappening
from projections.order_sentences import order_names_of
from projections.words import CHANNELS, OUTCOMES, both
from rulebook.model import Rulebook
from rulebook.words import CAUSES, SEEN

TITLE_CELLS = 28
VERB_CELLS = 19
WEEKDAYS = ("星期一 Mon", "星期二 Tue", "星期三 Wed", "星期四 Thu", "星期五 Fri", "星期六 Sat", "星期日 Sun")
BASES = {"automatic": "", "confirmed": "（人工确认 confirmed）", "corrected": "（人工更正 corrected）"}
REASONS = {"confirmed": "居民已确认 confirmed", "unanswered": "回访无人应答 nobody answered"}
RISE = {"district": "bold yellow", "beyond": "bold dark_orange", None: "bold white on red"}
"""The style of an escalation, by the tier it leads to; None: the leader."""


class Line(NamedTuple):
    """The parts of a line: sign, verb in both languages, style, subject; and a line below it.

    `quiet` ones are dimmed; `long` ones have their subject under the title, where there is room.
    """

    sign: str
    zh: str
    en: str
    style: str
    about: str
    below: str = ""
    quiet: bool = False
    long: bool = False


class Telling:
    """Prints the story to a console as it happens."""

    def __init__(self, console: Console, rules: Rulebook, begins: datetime) -> None:
        """Begin on the day before the first."""
        self._console = console
        self._rules = rules
        self._day = begins.astimezone(rules.zone).date() - timedelta(days=1)
        self._silent = False
        self.codes: Mapping[str, str] = {}
        """The codes residents were told, by petition; the director's."""
        self._last: tuple[datetime, str] | None = None

    def tell(self, happening: Happening | OrderHappening, title: str) -> None:
        """Print one event, after the rules of the days up to it."""
        line = self._order(happening) if isinstance(happening, OrderHappening) else self._line(happening)
        if line is None:
            return
        at = happening.record.event.at.astimezone(self._rules.zone)
        self.days_until(at.date())
        self._silent = False
        self._write(line, at, happening.after.receipt, title)

    def days_until(self, last: date) -> None:
        """Print a rule for each day that has begun since the last one printed."""
        while self._day < last:
            if self._silent:
                self._console.print(Text("一日无事 a quiet day", style="dim"))
            self._day += timedelta(days=1)
            self._silent = True
            self._console.print()
            self._console.print(self._rule(self._day))

    def _rule(self, day: date) -> Rule:
        kind = self._rules.calendar.day(day)
        special = kind.why.partition(": ")[2]
        weekend = day.weekday() >= 5
        title = Text(f"{day} {WEEKDAYS[day.weekday()]}", style="bold")
        colour = "blue"
        if kind.working and weekend:
            colour = "yellow"
            title.append(f"  ⚒ 调休上班 make-up working day ({special.removesuffix('调休')})", style="yellow")
        elif special:
            colour = "red"
            title.append(f"  ☾ 放假 public holiday ({special})", style="red")
        elif not kind.working:
            colour = "bright_black"
            title.append("  ☾ 周末 weekend", style="bright_black")
        return Rule(title, align="left", style=colour)

    def _write(self, line: Line, at: datetime, receipt: str, title: str) -> None:
        """Print one line; a further event of the same petition at once is printed below, in the title's place."""
        goes_on = self._last == (at, receipt)
        self._last = (at, receipt)
        row = Text()
        row.append(" " * 16 if goes_on else f"{at:%H:%M}  {receipt[:7]}  ", style="dim")
        row.append(set_cell_size(f"{line.sign} {line.zh} {line.en}", VERB_CELLS), style=line.style)
        row.append(" ")
        loud = "bold" in line.style
        below = line.below
        if not goes_on:
            row.append(_fit(title, TITLE_CELLS) + "  ", style="bold" if loud else "")
        if not goes_on and line.long:
            below = line.about
        else:
            row.append(line.about, style=line.style if loud else "")
        if line.quiet:
            row.stylize("dim")
        self._print(row)
        if below:
            self._print(Text(" " * (17 + VERB_CELLS) + below, style="dim"))

    def _print(self, row: Text) -> None:
        row.rstrip()
        self._console.print(row, no_wrap=True, overflow="ellipsis")

    def _unit(self, unit: str) -> str:
        name = self._rules.unit(unit).name
        return f"{name.zh} {name.en}"

    def _unit_zh(self, unit: str) -> str:
        return self._rules.unit(unit).name.zh

    def _order(self, happening: OrderHappening) -> Line | None:  # noqa: PLR0911 - one arm an event
        match happening.record.event:
            case o.OrderPosted() as it:
                first = " · 七十岁以上优先 70 and more first" if it.first else ""
                return Line("○", "点单", "ordered", "bright_blue", self._named(it.service or "") + first, long=True)
            case o.OrderClaimed() as it:
                by = it.promised_by.astimezone(self._rules.zone)
                return Line(
                    "◑", "接单", "claimed", "cyan", f"{self._named(it.unit)} · 承诺 by {by:%m-%d %H:%M}", long=True
                )
            case o.OrderStarted() as it:
                return Line("◐", "开始", "begun", "cyan", self._named(it.unit))
            case o.OrderDelivered() as it:
                return Line("✓", "完成", "delivered", "green", "守诺 as promised" if it.kept else "未守诺 late")
            case o.OrderRated() as it:
                return Line("★", "评价", "rated", "bright_green", f"{it.score or '—'} / 5")
            case o.OrderClosed():
                return Line("■", "归档", "closed", "dim", "居民已评价 rated")
            case _:
                return None

    def _named(self, id: str) -> str:  # noqa: A002 - the catalogue's own word
        names = order_names_of(self._rules)
        return f"{names(id, 'zh')} {names(id, 'en')}"

    def _line(self, happening: Happening) -> Line | None:  # noqa: PLR0911, PLR0912 - one arm an event
        match happening.record.event:
            case e.PetitionReceived() as it:
                code = self._code(happening.record.stream)
                return Line("●", "收到", "received", "bright_blue", f"{both(CHANNELS, it.channel)}{code}", long=True)
            case e.PetitionClassified() as it:
                if not it.needs_human:
                    return None  # the next line says what kind it is
                return Line("?", "待定", "undecided", "bright_magenta", "须由人工甄别 a person decides")
            case e.PetitionTriaged() as it:
                category, tier = self._rules.category(it.category).name, self._rules.tier(it.tier).name
                about = f"{category.zh}·{tier.zh} {category.en}, {first_word(tier.en)}{BASES[it.basis]}"
                return Line("◇", "甄别", "triaged", "blue", about, long=True)
            case e.PetitionDispatched() as it:
                return Line("→", "派单", "dispatched", "blue", self._unit(it.unit))
            case e.PetitionAccepted() as it:
                return Line("◐", "签收", "accepted", "cyan", self._unit(it.unit))
            case e.PetitionReturned() as it:
                return Line("↶", "退单", "returned", "bold magenta", self._unit(it.unit))
            case e.PetitionTransferred() as it:
                about = f"{self._unit_zh(it.from_unit)} → {self._unit_zh(it.unit)}"
                return Line("⇄", "转办", "transferred", "bold magenta", about)
            case e.ResidentHandedOver() as it:
                return Line("⇒", "引领", "brought to", "bold cyan", self._unit(it.unit))
            case e.HandOverConfirmed() as it:
                return Line("✓", "接到", "confirmed", "bold cyan", self._unit(it.unit))
            case e.PetitionPaused():
                return Line("‖", "待补充", "waits", "bold magenta", "时限停住 the clock stands still")
            case e.PetitionResumed() as it:
                return Line("▸", "已补充", "goes on", "bold magenta", f"时限续走 the clock runs on{_by(it.known)}")
            case e.ExtensionAsked() as it:
                return Line("+", "申请延期", "asked", "bold magenta", f"{it.days}天 {it.days} days")
            case e.ExtensionDecided() as it:
                return self._decided(it)
            case e.PetitionMerged() as it:
                return Line("∪", "并件", "merged", "bold magenta", f"并入 into {it.into[:7]}")
            case e.CodeGiven() as it:
                code = self._code(happening.record.stream)
                return Line(
                    "⚿", "补发", "new code", "bold cyan", f"已核对 looked at {SEEN[it.seen].zh}{code}", long=True
                )
            case e.UrgencySet():
                return Line("!", "紧急", "urgent", "bold red", "先办 served first")
            case e.PetitionReminded() as it:
                unit = self._unit_zh(it.unit) if it.unit else ""
                return Line("·", "催办", "reminded", "", f"第{it.number}次 no. {it.number} · {unit}", quiet=True)
            case e.PetitionEscalated() as it:
                return self._risen(it)
            case e.PetitionReplied() as it:
                about = f"{both(OUTCOMES, it.outcome)} · {self._unit_zh(it.unit)}"
                if it.on_time:
                    return Line("✓", "答复", "answered", "green", about)
                return Line("✓", "迟复", "answered late", "bold red", about)
            case e.FollowUpAsked():
                return Line("?", "回访", "asked", "", "问居民：解决了吗 settled?", quiet=True)
            case e.PetitionConfirmed() as it:
                return Line("✔", "认可", "confirmed", "bright_green", f"居民：已解决 settled{_by(it.known)}")
            case e.PetitionDisputed() as it:
                return Line("✗", "异议", "disputed", "bold magenta", f"居民：没有解决 not settled{_by(it.known)}")
            case e.PetitionWithdrawn() as it:
                return Line("↩", "撤回", "withdrawn", "bold magenta", f"居民撤回 taken back{_by(it.known)}")
            case e.PetitionClosed() as it:
                return Line("■", "归档", "closed", "green", REASONS[it.reason], quiet=it.reason == "confirmed")
            case _:
                return None

    def _code(self, petition: str) -> str:
        return f" · 查询码 code {self.codes[petition]}" if petition in self.codes else ""

    def _decided(self, it: e.ExtensionDecided) -> Line:
        if it.moved is None:
            return Line("+", "不予延期", "no", "bold magenta", "时限不变 the deadline stands")
        due = it.moved.clock.due_at.astimezone(self._rules.zone)
        return Line("+", "延期", "granted", "bold magenta", f"他人批准至 until {due:%m-%d %H:%M}")

    def _risen(self, it: e.PetitionEscalated) -> Line:
        below, above = self._rules.tier(it.from_tier).name, self._rules.tier(it.to_tier).name if it.to_tier else None
        zh, en = (above.zh, first_word(above.en)) if above else ("分管领导", "leader")
        why = f"{CAUSES[it.cause].zh} {CAUSES[it.cause].en}"
        about = f"{below.zh}→{zh} {first_word(below.en)}→{en}"
        return Line("▲", "升级", "escalated", RISE[it.to_tier], about, f"{why} → {self._unit(it.unit)}")


def _by(known: Known | None) -> str:
    """How the resident was known."""
    return " · 凭码 code" if known is not None and known.how == "code" else ""


def first_word(name: str) -> str:
    """`beyond` of `beyond the district`: enough beside the Chinese, where there is little room."""
    return name.partition(" ")[0]


def _fit(text: str, cells: int) -> str:
    """Text cut or filled to so many cells."""
    return set_cell_size(text, cells) if cell_len(text) <= cells else set_cell_size(text, cells - 1) + "…"
