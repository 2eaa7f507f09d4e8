"""Known formats, limits of what is read, and the error that says what is wrong."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import NamedTuple

FORMAT = "suqiu/dossier/1"
WITH_EARLIER_KEYS = "suqiu/dossier/2"
"""The same for a log with an accepted loss: the manifest lists the keys that signed before, as `log.earlier`."""
LARGEST_FILE = 64 * 1024 * 1024
LARGEST_NOTE = 1_000_000
"""Bytes of a signed note with its cosignatures."""
MOST_ENTRIES = 5_000
MOST_EVENTS = 20_000
MOST_VALUES = 3_000_000
"""Values in all JSON of a dossier together: bounds the memory, whatever is in it."""
LONGEST_NUMBER = 20
LONGEST_CLOCK = 20_000
"""The most days of one clock."""
MOST_DAYS = 3_000_000
"""The most days of all clocks together: a real petition has some thousands."""
MOST_LOOKS = 500_000
"""The most clocks times events: each event is compared with each clock."""
CLOCKS_APART = timedelta(minutes=5)
"""How far the clocks of who records an event and who signs a checkpoint may differ."""
HEARD_WITHIN = timedelta(seconds=10)
"""How long after an adoption a step may still name the rulebook before it."""
LATE_ENTRY = timedelta(hours=1)
"""How late an act may be entered and still count from when it was done, where a rulebook says nothing of it."""

ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}", re.ASCII)
"""Who acts: one alphabet, so that no two names look alike."""
NAMES = re.compile(
    r"README\.txt|checkpoints/[1-9][0-9]{0,17}\.(?:cosigned|note|tsr)|events\.jsonl|manifest\.json|manifest\.sig|openings\.jsonl"
    r"|proofs\.json|report\.pdf|rulebooks/[0-9a-f]{64}\.json|verify\.py"
)
SHAPES = {
    "petition.confidentiality_set": 2,
    "petition.confirmed": 2,
    "petition.disputed": 2,
    "petition.merged": 2,
    "petition.received": 2,
    "petition.reclassified": 2,
    "petition.resident_joined": 2,
    "petition.resumed": 2,
    "petition.review_requested": 2,
    "petition.sealed_fields_read": 2,
    "petition.triaged": 2,
    "petition.unmerged": 3,
    "petition.withdrawn": 2,
}
"""The newest known version of a petition's event, where it is above 1."""
NEEDED = ("README.txt", "events.jsonl", "openings.jsonl", "proofs.json", "verify.py")


class Said(NamedTuple):
    """One sentence in two languages."""

    zh: str
    en: str


class Wrong(Exception):
    """The first error found, in two languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} {en}")
        self.said = Said(zh, en)
