"""What the demo shows before and after its story: where things are, what it came to, where to look next."""

from datetime import datetime
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict
from rich import box
from rich.console import Console, Group
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from aggregates.petition.state import Petition
from demo.figures import LEADER, Count, Evidence, Happened
from demo.telling import first_word
from office.run_info import RunInfo
from rulebook.model import Rulebook

BAR_CELLS = 10


def show_header(console: Console, run: RunInfo, folder: Path, petitions: int, begins: datetime, ends: datetime) -> None:
    """What this is, and where the servers are."""
    places = Table.grid(padding=(0, 2))
    places.add_column(style="dim", no_wrap=True)
    places.add_column(overflow="fold")
    places.add_row("数据库 PostgreSQL", _place(run.database))
    places.add_row("工作流 Temporal", f"{run.temporal} (namespace {run.namespace})")
    if run.temporal_ui is not None:
        places.add_row("网页 Temporal web UI", _workflows(run))
    places.add_row("数据 data", str(folder))
    console.print(
        Panel(
            Group(
                Text(
                    f"虚构的白杨社区，{petitions} 件诉求，{begins:%Y年%-m月%-d日}至{ends:%-m月%-d日}，"
                    "其间有国庆中秋长假和两个调休上班日。"
                ),
                Text(
                    f"A fictional district, {petitions} petitions, two weeks with a long holiday and two make-up "
                    "working days. Real PostgreSQL, real Temporal; only the clock is the story's.",
                    style="dim",
                ),
                Text(),
                places,
            ),
            title=Text("诉求 suqiu · demo", style="bold"),
            title_align="left",
            border_style="blue",
            box=box.ROUNDED,
            padding=(1, 2),
        )
    )


def show_summary(
    console: Console, rules: Rulebook, count: Count, story: Happened, evidence: Evidence, seconds: float
) -> None:
    """The figures: of the ledger, and of the log where only it knows."""
    console.print()
    console.print(Rule(Text("两周下来 What the two weeks came to", style="bold"), align="left", style="blue"))
    console.print()
    categories = {
        rules.category(key).name.zh + " " + rules.category(key).name.en: n
        for key, n in _known(count.by_category, [c.id for c in rules.categories])
    }
    tiers = {
        f"{rules.tier(key).name.zh} {rules.tier(key).name.en}": n
        for key, n in _known(count.by_tier, [t.id for t in rules.tiers])
    }
    steps = {_step(rules, key): n for key, n in story.escalations_by_step.items()}
    sides = Table.grid(padding=(0, 4))
    sides.add_row(
        Group(
            _bars("类别 by category", categories, "blue"), Text(), _bars("层级 where it ended, by tier", tiers, "cyan")
        ),
        Group(
            _bars("升级 escalations", steps, "dark_orange"),
            Text(),
            _bars("答复 answers", {"按时 on time": story.on_time, "逾期 late": story.late}, "green"),
        ),
    )
    console.print(sides)
    console.print()
    console.print(
        Text.assemble(
            ("诉求 petitions ", "dim"), (f"{count.petitions}", "bold"),
            (" = 归档 closed ", "dim"), (f"{count.closed}", "bold green"),
            (" + 在办 open ", "dim"), (f"{count.open}", "bold yellow"),
            (" + 撤回 withdrawn ", "dim"), (f"{count.withdrawn}", "bold"),
        )
    )  # fmt: skip
    console.print(
        Text.assemble(
            ("催办 reminders ", "dim"), f"{story.reminders}",
            (" · 退单 returns ", "dim"), f"{count.returns}",
            (" · 转办 transfers ", "dim"), f"{story.transfers}",
            (" · 异议 disputes ", "dim"), f"{count.disputes}",
            (" · 居民认可 confirmed ", "dim"), f"{story.confirmed}",
        )
    )  # fmt: skip
    console.print()
    console.print(
        Text.assemble(
            ("✓ ", "green"),
            "台账与事件日志一致 the ledger counts what the log counts: "
            f"{count.petitions} petitions, {story.events} events",
        )
    )
    _show_evidence(console, evidence)
    console.print(Text.assemble(("✓ ", "green"), f"用时 two weeks in {seconds:.1f} s"))


def _show_evidence(console: Console, evidence: Evidence) -> None:
    """That the log was signed, and recomputed from its rows as `suqiu audit verify` does."""
    console.print(
        Text.assemble(
            ("✓ ", "green"),
            f"日志已签名，逐行核验无误 signed and verified: {evidence.signed_events} events of "
            f"{evidence.streams} streams, {evidence.checkpoints} checkpoints",
        ),
        soft_wrap=True,
    )
    console.print(Text(f"  root {evidence.root}", style="dim"), soft_wrap=True)


def show_next(console: Console, folder: Path, run: RunInfo, tallest: Petition, order: str, *, mode: str) -> None:
    """Where to look next. `mode`: `keep` (it runs on), `data` (the folder stays), `gone` (nothing does)."""
    console.print()
    console.print(Rule(Text("接下来看 Where to look next", style="bold"), align="left", style="blue"))
    there, receipt, ordered = ("DIR",) + ("RECEIPT",) * 2 if mode == "gone" else (str(folder), tallest.receipt, order)
    rows = [
        ("一件诉求的来龙去脉 one petition from end to end", f"suqiu petition show {receipt} --data {there}"),
        ("民情台账 the ledger, one row a petition", f"suqiu ledger --data {there}"),
        ("各单位待办 what waits at each unit", f"suqiu worklist --data {there}"),
        ("一张服务订单 the service order: claimed, kept, rated", f"suqiu order show {ordered} --data {there}"),
        ("日志可核验 the whole log recomputed, against its checkpoints", f"suqiu audit verify --data {there}"),
    ]
    match mode:
        case "keep" if run.temporal_ui is None:
            pass
        case "keep":
            rows.append(("Temporal 里的流程 the workflows in Temporal", _workflows(run)))
        case "data":
            rows.insert(0, ("先启动，再另开终端 start it again, then from another shell", f"suqiu up --data {there}"))
        case _:
            keep = "suqiu demo --keep --data DIR"
            rows.insert(0, ("这次的数据已删；留下来看 these data are gone; to look around, keep them", keep))
    for meaning, command in rows:
        console.print()
        console.print(Text(meaning, style="dim"))
        console.print(Text(f"  {command}", style="bold cyan"), soft_wrap=True)
    if mode == "keep":
        console.print()
        console.print(Text("仍在运行，按 Ctrl-C 结束。 Everything runs on; Ctrl-C ends it.", style="bold"))


def _place(dsn: str) -> str:
    parts = conninfo_to_dict(dsn)
    return f"{parts.get('host')}:{parts.get('port')}, database {parts.get('dbname')}"


def _workflows(run: RunInfo) -> str:
    return f"{run.temporal_ui}/namespaces/{run.namespace}/workflows"


def _bars(title: str, counts: dict[str, int], colour: str) -> Table:
    table = Table(box=None, padding=(0, 1), title=Text(title, style="bold"), title_justify="left", show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, width=BAR_CELLS)
    table.add_column(justify="right", no_wrap=True)
    most = max(counts.values(), default=1) or 1
    for name, number in counts.items():
        length = max(round(BAR_CELLS * number / most), 1 if number else 0)
        table.add_row(name, Text("█" * length, style=colour), str(number))
    return table


def _known(counts: dict[str, int], order: list[str]) -> list[tuple[str, int]]:
    return [(key, counts.get(key, 0)) for key in order]


def _step(rules: Rulebook, step: str) -> str:
    below, above = (part for part in step.split("-", 1))
    lower = rules.tier(below).name
    if above == LEADER:
        return f"{lower.zh}→领导 {first_word(lower.en)}→leader"
    upper = rules.tier(above).name
    return f"{lower.zh}→{upper.zh} {first_word(lower.en)}→{first_word(upper.en)}"
