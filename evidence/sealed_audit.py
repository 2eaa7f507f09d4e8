"""Opens every sealed field with the keys at hand: leaves hold commitments, and these are checked against the texts.

Whoever lacks the master key verifies everything but this. Fields whose key was destroyed are counted as erased.
"""

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError

from aggregates.personal import Sealed
from eventstore.log import EventLog
from eventstore.proofs.rows import Wrong
from eventstore.recorder import StoredRow
from eventstore.sealing import CannotOpen, key_id, unseal

PAGE = 2_000


class Opened(NamedTuple):
    """How many fields were opened and agree, how many are erased, and the first that is wrong."""

    opened: int
    erased: int
    wrong: Wrong | None


def open_sealed(
    event_log: EventLog, size: int, progress: Callable[[int, int], object] = lambda _done, _all: None
) -> Opened:
    """Open every sealed field of the first `size` events.

    Raises:
        CannotOpen: the master key is not the one of this store.
        PersistenceError: the database was lost.
    """
    opened = erased = place = 0
    while place < size and (page := event_log.recorder.page(place, min(PAGE, size - place))):
        found = looked_at(event_log, page)
        opened, erased = opened + found.opened, erased + found.erased
        if found.wrong is not None:
            return Opened(opened, erased, found.wrong)
        place = page[-1].position
        progress(place, size)
    return Opened(opened, erased, None)


def looked_at(event_log: EventLog, page: Sequence[StoredRow]) -> Opened:
    """Open the sealed fields of some rows; raises as `open_sealed`."""
    opened = erased = 0
    bodies = [json.loads(row.state) for row in page]
    keys = event_log.keyring.keys_of({str(body.get("resident", "")) for body in bodies})
    for row, body in zip(page, bodies, strict=True):
        key = keys.get(str(body.get("resident", "")))
        for field, value in body.items():
            if not (isinstance(value, dict) and "ciphertext" in value):
                continue
            if key is None or key_id(key) != value.get("key"):
                erased += 1
            elif (wrong := _look(row, field, value, key)) is not None:
                return Opened(opened, erased, wrong)
            else:
                opened += 1
    return Opened(opened, erased, None)


def _look(row: StoredRow, field: str, value: dict[str, Any], key: bytes) -> Wrong | None:
    try:
        sealed = Sealed.model_validate(value)
        unseal(sealed, key, row.stream, row.version, field)
        # Other letters for the same bytes open too; the store never wrote them.
        whole = all(_again(text) == text for text in (sealed.nonce, sealed.ciphertext))
    except (CannotOpen, ValidationError, ValueError):
        whole = False
    what = f"the sealed field {field} does not open to what its commitment says"
    return None if whole else Wrong(row.position, row.stream, row.version, what)


def _again(text: str) -> str:
    return base64.b64encode(base64.b64decode(text)).decode()
