"""Run by a Python of its own that has pm4py and pyarrow: reads the four files and says what it found, as JSON."""

import json
import sys
from pathlib import Path

import pm4py
import pyarrow.parquet

folder = Path(sys.argv[1])
ocel = pm4py.read_ocel2_json(str(folder / "town.json"))
log = pm4py.read_xes(str(folder / "town.xes"))
table = pyarrow.parquet.read_table(folder / "town.parquet")
columns = table.to_pydict()
flat = {}
for kind in ("petition", "order"):
    cases = pm4py.ocel_flattening(ocel, kind)
    flat[kind] = cases.sort_values(["case:concept:name", "time:timestamp"], kind="stable")
sys.stdout.write(
    json.dumps(
        {
            "events": len(ocel.events),
            "objects": ocel.objects["ocel:type"].value_counts().to_dict(),
            "relations": len(ocel.relations),
            "changes": len(ocel.object_changes),
            "cases": int(log["case:concept:name"].nunique()),
            "steps": len(log),
            "variants": len(pm4py.get_variants(log)),
            "flat_petitions": int(flat["petition"]["case:concept:name"].nunique()),
            "order_variants": len(pm4py.get_variants(flat["order"])),
            "rows": table.num_rows,
            "types": {field.name: str(field.type) for field in table.schema},
            "activities": columns["activity"],
            "rules": columns["rule"],
            "times": [each.isoformat() for each in columns["time"]],
            "numbers": columns["version"],
            "labels": sorted(set(columns["activity_zh"])),
        }
    )
)
