"""Checkpoints: whether the log is signed up to now, and whether the file they go to can be written."""

import os
from collections.abc import Iterator
from typing import Any

import psycopg

from workers.evidence.log_key import checkpoint_file
from workers.machine.diagnosis.check import Check
from workers.machine.diagnosis.looking import Site
from workers.machine.diagnosis.words import span
from workers.vitals.checkpoints import signed

BEHIND_SECONDS = 300.0
"""The notary signs every minute."""


def look_at_checkpoints(connection: psycopg.Connection[Any], site: Site) -> Iterator[Check]:
    """How long the log's oldest unsigned event waits, and the file."""
    found = signed(connection)
    well = found.seconds <= BEHIND_SECONDS
    last = "none yet" if found.size is None else f"the last is over {found.size}"
    behind = "" if well else f"; what comes after it waits since {span(found.seconds)}"
    says = f"{last} of {found.head} events{behind}"
    remedy = (
        "start `suqiu relay` with the log key (SUQIU_LOG_KEY, or the data folder's); else its log says why it waits"
    )
    yield Check("checkpoints", well, says, remedy)
    yield from _file(site)


def _file(site: Site) -> Iterator[Check]:
    """Asked where these settings name one."""
    path = checkpoint_file(site.settings)
    if path is None:
        return
    there = path if path.exists() else path.parent
    well = there.exists() and os.access(there, os.R_OK | os.W_OK) and not path.is_dir()
    says = f"{path} can{'' if well else 'not'} be read and written"
    remedy = "give it back to the user the relay runs as, or name another one in SUQIU_CHECKPOINT_FILE"
    yield Check("checkpoint file", well, says, remedy)
