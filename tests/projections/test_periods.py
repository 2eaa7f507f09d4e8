"""A period is written in a few ways, and lies between two midnights of the office."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from projections.periods import BadPeriod, days, month_of, period_of
from tests.projections.town import MONDAY

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("written", "starts", "ends"),
    [
        ("2025-10-09", "2025-10-09", "2025-10-10"),
        ("2025-10", "2025-10-01", "2025-11-01"),
        ("2024-02", "2024-02-01", "2024-03-01"),
        ("2025-q4", "2025-10-01", "2026-01-01"),
        ("2025-Q1", "2025-01-01", "2025-04-01"),
        ("2025-H2", "2025-07-01", "2026-01-01"),
        (" 2025 ", "2025-01-01", "2026-01-01"),
    ],
)
def test_periods_begin_and_end_at_midnight_of_the_office(written: str, starts: str, ends: str) -> None:
    period = period_of(written, ZONE)
    assert (period.starts, period.ends) == tuple(
        datetime.fromisoformat(day).replace(tzinfo=ZONE) for day in (starts, ends)
    )
    assert period.label == written.strip().upper()


@pytest.mark.parametrize(
    "written", ["", "2025-13", "2025-02-30", "2025-Q5", "25-10", "2025-10-9", "0000", "２０２５", "x"]
)
def test_what_is_no_period_says_how_one_is_written(written: str) -> None:
    with pytest.raises(BadPeriod, match="expected one as 2025-10-09, 2025-10"):
        period_of(written, ZONE)


def test_days_from_to_and_the_month_of_an_instant() -> None:
    first, last = MONDAY.date(), MONDAY.date() + timedelta(days=2)
    assert days(first, last, ZONE).label == "2026-03-02–2026-03-04"
    assert days(first, last, ZONE).ends - days(first, last, ZONE).starts == timedelta(days=3)
    with pytest.raises(BadPeriod, match="a last day on or after"):
        days(last, first, ZONE)
    assert month_of(datetime(2025, 10, 31, 17, 0, tzinfo=UTC), ZONE).label == "2025-11"
