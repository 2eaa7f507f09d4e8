"""`suqiu doctor`: what a start needs and a running office shows, one thing after the other, in words."""

import asyncio
from dataclasses import asdict

from cli.failures import FAILED
from cli.options import COMMON, Common
from cli.screen import OUT, emit, listing


def doctor(*, common: Common = COMMON) -> int:
    """Check what a start needs and a running office shows; say what is wrong and what to do. Exit 1 if anything is.

    It looks at this machine, the store and the engine, changes nothing, and ends within half a minute whatever hangs.
    docs/doctor.md has each check.
    """
    from machine.diagnosis.examination import diagnose
    from office.logs import configure_logs

    settings = common.settings()
    configure_logs(settings.log_level or "error")
    checks = asyncio.run(diagnose(settings))
    well = all(check.ok for check in checks)
    if common.json:
        emit({"ok": well, "checks": [asdict(check) for check in checks]})
        return 0 if well else FAILED
    table = listing("", "检查 check", "结果 found", "怎么办 what to do")
    for check in checks:
        mark = "[green]✓[/]" if check.ok else "[red]✗[/]"
        table.add_row(mark, check.name, _plain(check.says), "" if check.ok else _plain(check.remedy))
    OUT.print(table)
    verdict = "[green]一切就绪 all is well[/]" if well else "[red]尚有问题 something is wrong[/]"
    OUT.print(verdict)
    return 0 if well else FAILED


def _plain(words: str) -> str:
    from rich.markup import escape

    return escape(words)
