"""`orders.md`: what may follow what for a service order, written from the code by `docs.generate`."""

from aggregates.orders.state import Stage
from aggregates.orders.what_may_follow import TABLE


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

Its events stand among all others in [events.md](events.md), with topics that begin with `order.`.
"""


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
