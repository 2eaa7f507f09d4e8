"""`suqiu rulebook scenarios`: an office holds its rules against the stories it wrote down."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from cli.failures import FAILED
from cli.options import COMMON, Common
from cli.screen import ERR, OUT, emit, remarks

if TYPE_CHECKING:
    from aggregates.scenarios import Difference
    from office.rules.scenarios import Checked

WRITTEN = "expected values written anew; look through them, as a title may speak of the very day"
LEFT = (
    "{number} 件故事的结果变了，未改写 stories come out otherwise and were left: change the dates of each until it "
    "tells again what its title says, or the title; `--write-outcomes` writes what comes out now, whatever it says"
)


def scenarios(
    path: Path | None = None,
    /,
    *,
    rulebook: Path | None = None,
    write: Annotated[bool, Parameter(negative=())] = False,
    write_outcomes: Annotated[bool, Parameter(negative=())] = False,
    verbose: Annotated[bool, Parameter(negative=())] = False,
    common: Common = COMMON,
) -> int:
    """Play a rulebook's scenarios: given this, when that, then is it so, and due when? Each difference on its line.

    After a change of the rules, `--write` writes times and days anew; look through the difference before you keep it.
    A story in which something else comes out is left as it stands: its title may no longer be true.

    Parameters
    ----------
    path
        A file of scenarios, a folder of them, or a rulebook's folder; without one, those of the rulebook in use.
    rulebook
        Another rulebook to hold them against, as before it is put in force.
    write
        Write the times and numbers of days that are expected as the rules have them now.
    write_outcomes
        Write also stages, tiers, units and events that come out. Acts that can be done no more are left to you.
    verbose
        List every story, also those that come out as written; for a single file they always are.
    """
    from office.rules.scenarios import check_file, scenario_files, write_file

    where = path or common.settings().rulebook
    checked = [check_file(each, rulebook) for each in scenario_files(where if path or where.is_dir() else where.parent)]
    written: dict[str, int] = {}
    before = _differing(checked)
    for place, one in enumerate(checked if write or write_outcomes else ()):
        checked[place], count = write_file(one, outcomes=write_outcomes)
        if count:
            written[str(one.path)] = count
    wrong = _differing(checked)
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
    _list_stories(checked, every=verbose or len(checked) == 1)
    for difference in wrong:
        ERR.print(str(difference), markup=False, soft_wrap=True)
    still = {(each.file, each.scenario, each.place) for each in wrong}
    for each in before:
        if (each.file, each.scenario, each.place) not in still:
            line = f"{each.file}:{each.line}: “{each.scenario}”: {each.place}: {each.expected} → {each.found}"
            OUT.print(line, markup=False, soft_wrap=True)
    remarks(f"{file}: {count} {WRITTEN}" for file, count in written.items())
    if (write or write_outcomes) and wrong:
        remarks([LEFT.format(number=failed)])
    OUT.print(f"{played - failed} / {played}", soft_wrap=True)
    return FAILED if wrong else 0


def _differing(checked: "list[Checked]") -> "list[Difference]":
    return [each for one in checked for outcome in one.outcomes for each in outcome]


def _list_stories(checked: "list[Checked]", *, every: bool) -> None:
    for one in checked:
        for scenario, outcome in zip(one.source.scenarios, one.outcomes, strict=True):
            if outcome or every:
                mark = "[red]✗[/]" if outcome else "[green]✓[/]"
                OUT.print(f"{mark} {scenario.title.zh} [dim]{scenario.title.en}[/]", soft_wrap=True)
