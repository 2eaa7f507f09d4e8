"""The rows of `written_before.parquet`, which the program wrote when it still wrote Parquet by itself."""

from datetime import UTC, datetime, timedelta, timezone

from projections.traces.table import Value

BEIJING = timezone(timedelta(hours=8))

ROWS: tuple[tuple[Value, ...], ...] = (
    (
        "petition",
        "p-1",
        "p-1",
        "p-1/1",
        1,
        "petition.received",
        "受理",
        datetime(2025, 9, 24, 9, 0, 0, 123456, tzinfo=BEIJING),
        datetime(2025, 9, 24, 1, 0, 1, tzinfo=UTC),
        "resident",
        None,
        "resident-1 resident-2",
        None,
        "intake.channels",
        "a" * 64,
        None,
        None,
        None,
        None,
        "channel=hotline; text=三号楼前的路灯坏了",
    ),
    (
        "petition",
        "p-1",
        "p-1",
        "p-1/2",
        2,
        "petition.dispatched",
        "派单",
        datetime(2025, 9, 24, 1, 5, tzinfo=UTC),
        datetime(2025, 9, 24, 1, 5, 0, 1, tzinfo=UTC),
        "engine",
        "officer-1",
        "resident-1 resident-2",
        "property-services",
        None,
        "a" * 64,
        "lighting",
        "community",
        "tier hand_over",
        datetime(2025, 9, 24, 15, 59, 59, 999999, tzinfo=UTC),
        None,
    ),
    (
        "order",
        "o-1",
        None,
        "o-1/1",
        2**53,
        "order.posted",
        "",
        datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        *(None,) * 12,
    ),
)
