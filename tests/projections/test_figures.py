"""Figures of reports: counted from a prefix of the log, the same again, and small counts left out."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.figures import KINDS, figures_of, hash_of
from projections.periods import period_of
from projections.suppression import suppressed
from projections.tables import Asked
from rulebook.rhythm import ReportKind
from tests.projections.town import CANARY, MONDAY, RULES, TOWN

RECORDS = TOWN.records()
MARCH = Asked(period_of("2026-03", RULES.zone), MONDAY + timedelta(days=25), RULES)


def tables(kind: ReportKind, asked: Asked = MARCH, upto: int | None = None) -> dict[str, Any]:
    figures = json.loads(figures_of(kind, asked, RECORDS[:upto]))
    assert figures["kind"] == kind
    return {
        table["name"]: {row[0]: dict(zip(table["columns"][1:], row[1:], strict=True)) for row in table["rows"]}
        for table in figures["tables"]
    }


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_prefix_gives_the_same_figures_and_another_gives_others(kind: ReportKind) -> None:
    whole = figures_of(kind, MARCH, RECORDS)
    assert hash_of(whole) == hash_of(figures_of(kind, MARCH, iter(RECORDS)))
    assert hash_of(whole) != hash_of(figures_of(kind, MARCH, RECORDS[: len(RECORDS) // 3]))
    assert "receipt" not in whole
    assert CANARY not in whole
    assert "R-" not in whole


def test_the_situation_adds_up() -> None:
    found = tables("situation")
    assert sum(row["asked"] for row in found["categories"].values()) == len(TOWN.states)
    open_ = sum(state.open for state in TOWN.states.values())
    assert sum(row["open"] for row in found["tiers"].values()) == open_
    risen = sum(state.escalations for state in TOWN.states.values())
    assert sum(row["risen"] for row in found["categories"].values()) == risen
    assert set(found["levels"]) >= {"community", "district", "beyond"}


def test_a_year_has_its_months_and_a_month_only_its_own() -> None:
    year = Asked(period_of("2026", RULES.zone), MARCH.moment, RULES)
    assert tables("review", year)["months"]["2026-03"]["asked"] == len(TOWN.states)
    april = Asked(period_of("2026-04", RULES.zone), MONDAY + timedelta(days=40), RULES)
    assert tables("review", april)["months"] == {}


def test_a_digest_tells_each_unit_what_is_due_overdue_and_new() -> None:
    evening = Asked(period_of("2026-03-02", RULES.zone), MONDAY + timedelta(hours=8), RULES)
    early = [record for record in RECORDS if record.recorded_at <= evening.moment]
    found = json.loads(figures_of("digest", evening, early))
    units = {row[0]: row[1:] for row in found["tables"][0]["rows"]}
    assert sum(new for *_, new in units.values()) > 0, "everything came today"
    assert any(due_today for _, due_today, _, _ in units.values())
    later = tables("digest")["units"]
    assert all(row["new"] == 0 for row in later.values())
    assert sum(row["overdue"] for row in later.values()) > 0


def test_the_publication_hides_small_counts_also_from_subtraction() -> None:
    found = tables("publication")
    assert found["asked"]["administrative"]["count"] == 7
    for table in found.values():
        for row in table.values():
            assert row["count"] in ("<5", "*") or row["count"] >= 5


@given(st.dictionaries(st.text("abcdefgh", min_size=1, max_size=3), st.integers(0, 30)), st.integers(2, 10))
def test_what_is_hidden_cannot_be_reckoned_from_the_total(counts: dict[str, int], smallest: int) -> None:
    shown = suppressed(counts, smallest)
    assert shown.keys() == counts.keys()
    hidden = [name for name, cell in shown.items() if not isinstance(cell, int)]
    for name, cell in shown.items():
        if isinstance(cell, int):
            assert cell == counts[name]
            assert cell == 0 or cell >= smallest
    whole = all(counts[name] == 0 for name in set(counts) - set(hidden))
    if hidden and not whole:
        assert len(hidden) > 1
        assert sum(counts[name] for name in hidden) >= smallest
