"""The channels by which petitions come."""

from enum import StrEnum


class Channel(StrEnum):
    """The channels of the office (渠道)."""

    COUNTER = "counter"
    MAILBOX = "mailbox"
    HOTLINE = "hotline"
    ONLINE = "online"
    VISIT = "visit"
    GRID = "grid"
    RECEPTION_DAY = "reception_day"
