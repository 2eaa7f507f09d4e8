"""`suqiu rulebook scenarios`: an office holds its rules against the stories it wrote down."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from cli.failures import FAILED
from cli.options import COMMON, Common
from cli.screen import ERR, OUT, emit, remarks


def scenarios(
    path: Path | None = None,
    /,
    *,
    rulebook: Path | None = None,
    write: Annotated[bool, Parameter(negative=())] = False,
    common: Common = COMMON,
) -> int:
    """Play a rulebook's scenarios: given this, when that, then is it so, and due when? Each difference on its line.

    After a change of the rules, `--write` writes what is expected anew; look through the difference before you keep it.

    Parameters
    ----------
    path
        A file of scenarios, a folder of them, or a rulebook's folder; without one, those of the rulebook in use.
    rulebook
        Another rulebook to hold them against, as before it is put in force.
    write
        Write expected values as the rules have them now. Acts that can be done no more are left to you.
    """
    from office.rules.scenarios import check_file, scenario_files, write_file

    where = path or common.settings().rulebook
    checked = [check_file(each, rulebook) for each in scenario_files(where if path or where.is_dir() else where.parent)]
    written: dict[str, int] = {}
    for place, one in enumerate(checked if write else ()):
        checked[place], count = write_file(one)
        if count:
            written[str(one.path)] = count
    wrong = [each for one in checked for outcome in one.outcomes for each in outcome]
    played = sum(len(one.outcomes) for one in checked)
    failed = sum(bool(outcome) for one in checked for outcome in one.outcomes)
    if common.json:
        emit(
            {
                "ok": not wrong,
                "files": len(checked),
                "scenarios": played,
                "failed": failed,
                "differences": [each._asdict() for each in wrong],
                "written": written,
            }
        )
        return FAILED if wrong else 0
    for one in checked:
        for scenario, outcome in zip(one.source.scenarios, one.outcomes, strict=True):
            mark = "[red]✗[/]" if outcome else "[green]✓[/]"
            OUT.print(f"{mark} {scenario.title.zh} [dim]{scenario.title.en}[/]", soft_wrap=True)
    for difference in wrong:
        ERR.print(str(difference), markup=False, soft_wrap=True)
    remarks(f"{file}: {count} expected values written anew; look through them" for file, count in written.items())
    OUT.print(f"{played - failed} / {played}", soft_wrap=True)
    return FAILED if wrong else 0
