"""The reference tool of process mining reads what we write, in an environment of its own (it is AGPL, and large)."""

import json
import os
import subprocess
import sys
from datetime import UTC
from pathlib import Path

import pytest

from cli.evidence.traces import _csv
from eventstore.log import EventLog
from evidence.tracing import choose, traces
from projections.order_sentences import order_names_of
from projections.traces import table
from projections.traces.choosing import Wanted
from projections.traces.ocel import OBJECT_TYPES, ocel
from projections.traces.parquet import parquet
from projections.traces.xes import xes
from tests.projections.town import RULES

HERE = Path(__file__).parent
LOCK = HERE / "requirements-pm4py.txt"
TYPES = {"text": "string", "count": "int64", "moment": "timestamp[us, tz=UTC]"}


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with pm4py and pyarrow: that of SUQIU_PM4PY_PYTHON, else made here; offline it is skipped."""
    if given := os.environ.get("SUQIU_PM4PY_PYTHON"):
        return Path(given)
    folder = tmp_path_factory.mktemp("pm4py")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    program = folder / "bin" / "python"
    install = [program, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", LOCK]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("pm4py cannot be installed here: offline")
    return program


@pytest.mark.long
@pytest.mark.timeout(900)
def test_pm4py_reads_every_file(python: Path, busy_log: EventLog, tmp_path: Path) -> None:
    kept = choose(busy_log, Wanted())
    seen = list(traces(busy_log, kept))
    cases = [each for each in seen if each.kind != "messages"]
    text = "".join(ocel(seen, order_names_of(RULES)))
    (tmp_path / "town.json").write_text(text, "utf-8")
    (tmp_path / "town.xes").write_text("".join(xes(seen)), "utf-8")
    (tmp_path / "town.csv").write_bytes(b"".join(_csv(seen)))
    (tmp_path / "town.parquet").write_bytes(b"".join(parquet(table.COLUMNS, table.rows(seen))))
    told = subprocess.run([python, HERE / "pm4py_reading.py", tmp_path], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    found = json.loads(told.stdout.splitlines()[-1])
    log = json.loads(text)
    assert found["events"] == len(seen)
    assert found["steps"] == found["rows"] == len(cases) < len(seen)
    assert set(found["objects"]) == set(OBJECT_TYPES)
    assert sum(found["objects"].values()) == len(log["objects"])
    assert found["relations"] == sum(len(event["relationships"]) for event in log["events"])
    assert found["changes"] > 0
    assert found["cases"] == sum(each.kind != "messages" for each in kept)
    ways = {each.stream: tuple(seen.topic for seen in cases if seen.case == each.stream) for each in kept}
    assert found["variants"] == len({way for way in ways.values() if way})
    orders = {each.stream for each in kept if each.kind == "order"}
    assert found["order_variants"] == len({way for stream, way in ways.items() if stream in orders})
    assert found["flat_petitions"] == sum(each.kind == "petition" for each in kept)
    assert found["types"] == {column.name: TYPES[column.kind] for column in table.COLUMNS}
    assert found["activities"] == [each.topic for each in cases]
    assert found["rules"] == [each.rule for each in cases]
    assert found["numbers"] == [each.version for each in cases]
    assert found["labels"] == sorted({each.label for each in cases})
    assert found["times"] == [each.at.astimezone(UTC).isoformat() for each in cases]
