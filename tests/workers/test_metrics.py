"""The gauges: the page and the code name the same ones, and a running part shows what is true."""

import json
import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from eventstore.parts.register import SILENT_SECONDS
from tests.workers.test_side_by_side import Production, figures, production  # noqa: F401 - the fixture
from workers.metrics.figures import OF_THE_ENGINE, OF_THE_STORE
from workers.metrics.gauges import GAUGES

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"
WITHIN = 200  # seconds, on a busy machine


def test_the_page_names_each_gauge_with_its_unit_and_labels_and_no_other() -> None:
    row = r"^\| `(suqiu_\w+)` \|([^|]+)\|([^|]*)\|([^|]+)\|([^|]+)\|$"
    rows = re.findall(row, PAGE.read_text("utf-8"), re.MULTILINE)
    told = {name: (unit.strip(), tuple(re.findall(r"`(\w+)`", labels))) for name, unit, labels, _, _ in rows}
    assert told == {gauge.name: (gauge.unit, gauge.labels) for gauge in GAUGES}
    assert all(alert.strip() for *_, alert in rows)
    subjects = next(says for name, _, _, says, _ in rows if name == "suqiu_figures_at_seconds")
    assert set(re.findall(r"`(\w+)`", subjects)) == {*OF_THE_STORE, *OF_THE_ENGINE, "store", "engine", "process"}


Figures = dict[str, float]


def scraped(url: str) -> Figures:
    """Our gauges as an endpoint shows them: name and labels of ours → value."""
    found: Figures = {}
    for line in figures(url).splitlines():
        if match := re.fullmatch(r"(suqiu_\w+)(?:\{(.*)\})? (\S+)", line):
            labels = dict(re.findall(r'(\w+)="([^"]*)"', match[2] or ""))
            labels.pop("service_name", None)
            found[" ".join((match[1], *(value for _, value in sorted(labels.items()))))] = float(match[3])
    return found


def until(url: str, right: Callable[[Figures], bool]) -> Figures:
    """What is shown, once it is as it should be."""
    deadline = time.monotonic() + WITHIN
    while True:
        found = scraped(url)
        if right(found):
            return found
        assert time.monotonic() < deadline, "\n".join(f"{name} {value}" for name, value in sorted(found.items()))
        time.sleep(0.5)


@pytest.mark.engine
@pytest.mark.timeout(500)
def test_running_parts_show_what_is_true_and_a_reader_that_stops_is_seen_by_the_others(
    production: Production,  # noqa: F811 - pytest's way
) -> None:
    production.run("schedules", "apply")
    parts = {name: production.start(name) for name in ("worker", "relay", "project", "messenger")}
    urls = {name: production.ready(part)["metrics"] for name, part in parts.items()}
    production.run("submit", "楼道的灯坏了三天了")

    # Then: all is well, and every gauge is there.
    well = until(
        urls["worker"],
        lambda found: (
            found.get("suqiu_log_events", 0) >= 2
            and found.get("suqiu_reader_lag_events relay") == 0
            and found.get("suqiu_current_build_polled") == 1
            and "suqiu_clock_ahead_seconds engine" in found
            and found.get("suqiu_part_working messenger") == 1
        ),
    )
    with psycopg.connect(production.environment["SUQIU_DATABASE_URL"]) as connection:
        (head,) = connection.execute("SELECT position FROM suqiu.head").fetchone() or (0,)
    assert until(urls["worker"], lambda found: found["suqiu_log_events"] >= head)
    assert {name.split(" ")[0] for name in well} == {gauge.name for gauge in GAUGES}
    assert abs(well["suqiu_clock_ahead_seconds database"]) < 5
    assert abs(well["suqiu_clock_ahead_seconds engine"]) < 5
    assert well["suqiu_current_build_set"] == well["suqiu_current_build_ours"] == 1
    assert well["suqiu_schedules_missing"] == well["suqiu_unreadable_rows"] == well["suqiu_messages_failed"] == 0
    assert well["suqiu_rules_adopted"] == 1
    assert well["suqiu_disk_free_bytes data"] > 0
    assert well["suqiu_part_silent_seconds relay"] < SILENT_SECONDS

    # Then: a part without a client shows the store's figures, and none of the engine's.
    of_project = until(urls["project"], lambda found: "suqiu_log_events" in found)
    assert "suqiu_current_build_set" not in of_project

    # When: the relay is stopped, and petitions come.
    os.kill(parts["relay"].pid, signal.SIGSTOP)
    try:
        for number in range(3):
            production.run("submit", f"井盖松动 {number}")
        until(urls["project"], lambda found: found["suqiu_reader_lag_events relay"] >= 3)
        hangs = until(urls["project"], lambda found: found["suqiu_part_working relay"] == 0)
        assert hangs["suqiu_part_silent_seconds relay"] > SILENT_SECONDS
        longer = until(
            urls["project"],
            lambda found: found["suqiu_reader_lag_seconds relay"] > hangs["suqiu_reader_lag_seconds relay"],
        )
        assert longer["suqiu_reader_lag_events projection ledger"] < 3
    finally:
        os.kill(parts["relay"].pid, signal.SIGCONT)

    # Then: it goes on, and the others see that too.
    until(
        urls["project"],
        lambda found: found["suqiu_part_working relay"] == 1 and found["suqiu_reader_lag_events relay"] == 0,
    )
    # Then: the ledger tells that what waited was taken up.
    rows = json.loads(production.run("ledger", "--json").stdout)
    assert rows["total"] == 4
    assert set(production.end()) == {0}
