"""When the master key is to be replaced: soon after an erasure, else once a year.

An erasure destroys a resident's key. Copies of it that PostgreSQL (free space, write-ahead log) or an older backup of
the keys still has are wrapped by the master key: they are dead once that was replaced and its old copies destroyed.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from eventstore.master_key_age import MasterKeyAge
from projections.erasures import KeysDestroyed

AFTER_AN_ERASURE = timedelta(days=30)
"""Ours: several erasures share a replacement, and none waits longer than a month."""
AT_LEAST_EVERY = timedelta(days=365)
"""NIST SP 800-57 part 1, 5.3.6: a key that wraps keys is used for one to two years."""


class Due(NamedTuple):
    """The instant by which the master key is to be replaced, and how many destroyed keys it once wrapped."""

    by: datetime
    erased: int


def due(since: datetime, destroyed: KeysDestroyed) -> Due:
    """When a master key in use since then is to be replaced. `destroyed`: residents' keys it wrapped that are gone."""
    yearly = since + AT_LEAST_EVERY
    if destroyed.first is None:
        return Due(yearly, 0)
    return Due(min(yearly, destroyed.first + AFTER_AN_ERASURE), destroyed.number)


def recoverable_until(erased_at: datetime, position: int, age: MasterKeyAge) -> datetime | None:
    """By when the copies of a key that was destroyed at a position of the log are to be dead; None: they are."""
    if age.as_of is not None and position <= age.as_of:
        return None
    return erased_at + AFTER_AN_ERASURE
