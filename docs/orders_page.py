"""`orders.md`: what may follow what for a service order, written from the code by `docs.generate`."""

from aggregates.orders.state import Stage
from aggregates.orders.what_may_follow import TABLE
from aggregates.petition.for_whom import MAY_KNOW_WHO, Part


def orders() -> str:
    """The whole page."""
    return f"""# A service order's life

Written by `make docs` from `aggregates/orders/`. A test walks every pair of stage and command. Residents order, the
community posts needs, teams and partner units claim with a promised time; by itself the engine assigns and raises what
nobody claims, reminds, notes a promise that was not kept, and closes. Services, resources, partner units and every
step's days are data: `rulebook/baiyang/orders.yaml`.

```mermaid
stateDiagram-v2
{_diagram()}
```

What leaves the stage as it is, is not drawn.

| command | in which stages | leads to | by which roles | meaning |
|---|---|---|---|---|
{_rows()}

## Whose order it is

As with petitions ([life.md](life.md)), of the staff only those act who have a part in the order that goes with the
act: `aggregates/orders/parts.py` finds who has it. An order raised from a petition keeps to what stands of that
petition when somebody acts: units it complains about, and their people, have no part in the order, are never given it,
by hand or by the engine, and lose it if they had it; where who asks is confidential, name and telephone number are
shown to {parts_of(MAY_KNOW_WHO)} and the
committee, and the unit that has claimed it sees text and address. A book adopted without `access` asks for roles, and
keeps out only who is complained about.

| command | for whom of the staff | because |
|---|---|---|
{_whose()}

Its events stand among all others in [events.md](events.md), with topics that begin with `order.`.
"""


def parts_of(wanted: frozenset[Part]) -> str:
    """Parts, in words."""
    return "; ".join(part for part in Part if part in wanted)


def _whose() -> str:
    return "\n".join(
        f"| `{kind.NAME}` | {parts_of(row.parts)} | {row.why} |" for kind, row in TABLE.items() if row.parts
    )


def _diagram() -> str:
    edges: dict[tuple[Stage, Stage], list[str]] = {}
    for kind, row in TABLE.items():
        for stage in Stage:
            for to in Stage:
                if to is not stage and to in row.way.get(stage, ()):
                    edges.setdefault((stage, to), []).append(kind.NAME)
    lines = [
        f"    {'[*]' if stage is Stage.NEW else stage} --> {to}: {', '.join(names)}"
        for (stage, to), names in edges.items()
    ]
    return "\n".join([*lines, "    closed --> [*]", "    withdrawn --> [*]"])


def _rows() -> str:
    rows = []
    for kind, row in TABLE.items():
        stays = all(to == {stage} for stage, to in row.way.items())
        leads = frozenset[Stage]().union(*row.way.values())
        to = "stays" if stays else ", ".join(stage for stage in Stage if stage in leads)
        stages = ", ".join(stage for stage in Stage if stage in row.way)
        rows.append(f"| `{kind.NAME}` | {stages} | {to} | {', '.join(sorted(row.roles))} | {row.meaning} |")
    return "\n".join(rows)
