"""By which door a petition came."""

from enum import StrEnum


class Channel(StrEnum):
    """The doors of the office (渠道)."""

    COUNTER = "counter"
    MAILBOX = "mailbox"
    HOTLINE = "hotline"
    ONLINE = "online"
    VISIT = "visit"
    GRID = "grid"
    RECEPTION_DAY = "reception_day"
