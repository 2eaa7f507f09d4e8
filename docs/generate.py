"""The pages of this folder that the code writes about itself: `make docs`, or `python -m docs.generate`.

A test fails when a page is stale. The words above and below the tables are here; the tables are the code's own.
"""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from aggregates.catalogue import CATALOGUE
from aggregates.command import Command
from aggregates.event import Actor, Clock, Event
from aggregates.personal import personal_fields
from aggregates.petition.for_whom import MAY_KNOW_WHO, Part
from aggregates.petition.state import Stage
from aggregates.petition.what_may_follow import TABLE
from cli.reference import reference
from docs.orders_page import orders

FOLDER = Path(__file__).parent
ALWAYS = tuple(Event.model_fields)


def life() -> str:
    """`life.md`: what may follow what, as a picture and as tables."""
    return f"""# A petition's life

Written by `make docs` from `aggregates/petition/what_may_follow.py`. A test walks every pair of stage and command;
another fails when this page is stale.

```mermaid
stateDiagram-v2
{_diagram()}
```

A petition can be withdrawn from every stage that is open; that is not drawn. Nor is what leaves the stage as it is:
{", ".join(f"`{kind.NAME}`" for kind in TABLE if _only_stays(kind))}.

## What may be asked

| command | in which stages | leads to | by which roles | meaning |
|---|---|---|---|---|
{_rows()}

## Whose petition it is

Of the staff only those act who have a part in the petition that goes with the act: the same table says which,
`aggregates/petition/parts.py` finds who has it, from what is on record and the rulebook. There `access`
names the units that keep the door and, by tier, those that note what its units did. Whoever else asks is refused with
`not-your-unit` and told who may. Nobody of a unit complained about has any part. A book adopted without `access` asks
for roles only ([decision 4](decisions/0004-whose-petition-is-a-rule-of-the-book.md)). Residents act with their
code; the supervisory committee reads everything and changes nothing.

| command | for whom of the staff | because |
|---|---|---|
{_whose()}

Who asks confidentially is shown to {_parts(MAY_KNOW_WHO)} and the committee only.

## Stage by stage

| stage | what may follow |
|---|---|
{_stages()}

Whoever asks for something else is refused with `not-now`, the wrong role with `not-yours`, who has no part in it with
`not-your-unit`, and a step of the engine before its time with `not-due`; the reason says what would be possible.
"""


def _only_stays(kind: type[Command]) -> bool:
    return all(to == {stage} for stage, to in TABLE[kind].way.items())


def _diagram() -> str:
    edges: dict[tuple[Stage, Stage], list[str]] = {}
    for kind, row in TABLE.items():
        for stage in _in_order(row.way):
            for to in _in_order(row.way[stage] - {stage, Stage.WITHDRAWN}):
                edges.setdefault((stage, to), []).append(kind.NAME)
    lines = [
        f"    {'[*]' if stage is Stage.NEW else stage} --> {to}: {', '.join(names)}"
        for (stage, to), names in edges.items()
    ]
    return "\n".join([*lines, *(f"    {end} --> [*]" for end in (Stage.CLOSED,))])


def _in_order(stages: Any) -> list[Stage]:
    return [stage for stage in Stage if stage in stages]


def _rows() -> str:
    return "\n".join(
        f"| `{kind.NAME}` | {', '.join(_in_order(row.way))} "
        f"| {'stays' if _only_stays(kind) else ', '.join(_in_order(frozenset().union(*row.way.values())))} "
        f"| {', '.join(sorted(row.roles))} | {row.meaning} |"
        for kind, row in TABLE.items()
    )


def _whose() -> str:
    return "\n".join(
        f"| `{kind.NAME}` | {_parts(row.parts) or 'nobody by hand'} | {row.why} |" for kind, row in TABLE.items()
    )


def _parts(wanted: frozenset[Part]) -> str:
    return "; ".join(part for part in Part if part in wanted)


def _stages() -> str:
    return "\n".join(
        f"| {stage} | {', '.join(f'`{kind.NAME}`' for kind, row in TABLE.items() if stage in row.way)} |"
        for stage in Stage
    )


def events() -> str:
    """`events.md`: the catalogue of everything that can have happened."""
    return f"""# Events

Written by `make docs` from `aggregates/catalogue.py`; a test fails when this page is stale. Topics are permanent: a
change of shape is a new version with an upcast, a change of meaning a new event. `tests/eventstore/golden/` keeps a
stored example of every version.

Every event says these four, and each of its own after them:

| field | type | what |
|---|---|---|
| `at` | moment | when it counts; when it was written stands beside it in the log (`recorded_at`) |
| `by` | actor | {_doc(Actor)} |
| `rulebook` | text | the hash of the rulebook in force |
| `rule` | text or none | the rule of that book it follows |

A moment is an instant in UTC. A personal field is sealed with the resident's key before it is stored; proofs are made
of a commitment to it. A clock is several fields: {", ".join(f"`{name}`" for name in Clock.model_fields)}.
{_doc(Clock)}

{chr(10).join(_event(kind) for kind in CATALOGUE)}"""


def _event(kind: type[Event]) -> str:
    own = [(name, field) for name, field in kind.model_fields.items() if name not in ALWAYS]
    personal = personal_fields(kind)
    rows = "\n".join(
        f"| `{name}` | {_type(field.annotation)} | {'sealed' if name in personal else ''} |" for name, field in own
    )
    table = f"\n| field | type | personal |\n|---|---|---|\n{rows}\n" if own else ""
    return f"## {kind.TOPIC}\n\nVersion {kind.VERSION}. {_doc(kind)}\n{table}"


def _doc(kind: type) -> str:
    return " ".join((inspect.getdoc(kind) or "").split())


WORDS = {
    "str": "text",
    "datetime": "moment",
    "AwareDatetime": "moment",
    "bool": "yes or no",
    "int": "number",
    "float": "number",
    "NoneType": "none",
}


def _type(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return " or ".join(f"`{value}`" for value in get_args(kind))
    if get_origin(kind) is tuple:
        return f"list of {_type(get_args(kind)[0])}"
    if hasattr(kind, "__metadata__"):
        return _type(get_args(kind)[0])
    if arms := get_args(kind):
        return " or ".join(dict.fromkeys(_type(arm) for arm in arms if getattr(arm, "__name__", "") != "Sealed"))
    name = str(kind.__name__)
    return WORDS.get(name, name.lower())


DOCUMENTS: dict[str, Callable[[], str]] = {
    "life.md": life,
    "events.md": events,
    "commands.md": reference,
    "orders.md": orders,
}
"""Every written page, by its file in this folder."""


def stale() -> list[str]:
    """The pages that differ from what the code would write now."""
    return [
        name
        for name, write in DOCUMENTS.items()
        if not (FOLDER / name).exists() or (FOLDER / name).read_text("utf-8") != write()
    ]


if __name__ == "__main__":
    for document, write in DOCUMENTS.items():
        (FOLDER / document).write_text(write(), "utf-8")
