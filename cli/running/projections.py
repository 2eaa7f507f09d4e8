"""`suqiu projections …`: how far the read models are, and one made anew."""

from typing import TYPE_CHECKING

from cli.doors import opened
from cli.moments import iso, shown
from cli.options import COMMON, Common
from cli.progress import bar
from cli.screen import OUT, emit, listing

if TYPE_CHECKING:
    from workers.reading.projection_runner import ProjectionStatus


def status(*, common: Common = COMMON) -> int:
    """Show how far each read model is behind the log, and who keeps it up, by its last heartbeat."""
    from projections import read_models
    from workers.reading.projection_runner import ProjectionRunner

    with opened(common) as ours:
        models = ProjectionRunner(ours.event_log, read_models()).status()
        zone = ours.rules.zone
    if common.json:
        rows = [
            {
                **model._asdict(),
                "updated_at": iso(model.updated_at, zone),
                "set_aside": [{**row._asdict(), "since": iso(since, zone)} for row, since in model.set_aside],
            }
            for model in models
        ]
        emit({"total": len(rows), "rows": rows, "next": None})
        return 0
    table = listing(
        "名称 name", "位置 position", "日志 head", "落后 lag", "更新 updated", "有人维护 kept up", "心跳 beat"
    )
    for model in models:
        style = "yellow" if model.lag else ""
        age = "—" if model.silent_seconds is None else f"{model.silent_seconds:.0f} s · {model.holder}"
        where = (str(model.position), str(model.head), str(model.lag))
        table.add_row(model.name, *where, shown(model.updated_at, zone), _kept_up(model), age, style=style)
    OUT.print(table)
    for model in models:
        for row, since in model.set_aside:
            said = f"{model.name}: set aside since {shown(since, zone)}: {row}"
            OUT.print(said, markup=False, style="yellow", soft_wrap=True)
    return 0


def _kept_up(model: "ProjectionStatus") -> str:
    if model.running:
        return "[green]是 yes[/]"
    silent = "" if model.silent_seconds is None else f" (silent for {model.silent_seconds:.0f} s)"
    return f"[red]否 no{silent}[/]"


def rebuild(name: str, /, *, common: Common = COMMON) -> int:
    """Make a read model anew from the log while the old one serves.

    Exit 1: rows that this program cannot read were left out, with what follows them in their petitions.

    Parameters
    ----------
    name
        ledger, worklist or timeline.
    """
    from projections import read_models
    from workers.reading.projection_runner import ProjectionRunner

    with opened(common) as ours, bar("事件 events", None) as move:
        runner = ProjectionRunner(ours.event_log, read_models())
        position = runner.rebuild(name, move)
        left = next(model.set_aside for model in runner.status() if model.name == name)
    if common.json:
        emit({"name": name, "position": position, "set_aside": [row._asdict() for row, _ in left]})
    else:
        OUT.print(f"{'[red]✗[/]' if left else '[green]✓[/]'} {name}: made anew from {position} events")
        for row, _ in left:
            OUT.print(f"  left out from there on: {row}", markup=False, soft_wrap=True)
    return 1 if left else 0
